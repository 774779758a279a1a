"""`asyncio.wait` gets coroutines, and takes tasks and futures only."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from coroscope.findings import Finding, Fix, Related
from coroscope.fixes.as_tasks import collection_as_tasks
from coroscope.fixes.edits import merged
from coroscope.model.elements import elements_of, may_have_changed, written
from coroscope.model.misuse import callee_text
from coroscope.model.module import Module
from coroscope.model.protocols import is_coroutine, iterated
from coroscope.model.takers import calls_taking, collection_of, is_meant, refuses_coroutines
from coroscope.model.types import Type
from coroscope.nodes import parent_of


def check(module: Module) -> Iterator[Finding]:
    """Every collection with a coroutine in it that `wait` gets, for targets that have no more of that.

    Before CPython 3.11 such code runs; that it has no future is what `obsolete-asyncio-api` is to say.
    """
    for call in calls_taking(module, "collection"):
        node = collection_of(call)
        if node is None or isinstance(node, ast.Starred) or not refuses_coroutines(module, call):
            continue
        if not _holds_coroutine(module, node) or module.is_asked_for_kind(node):
            continue
        if not is_meant(module, node, "TypeError"):
            message = (
                f"`{module.short(node)}` holds coroutines: `{callee_text(module, call)}` takes only tasks and futures"
            )
            yield module.finding(node, message, related=_made(module, node))


def fixes(module: Module, finding: Finding) -> Iterator[Fix]:
    """Make a task of each."""
    node = module.expression_at(finding.range)
    call = None if node is None else parent_of(node)
    call = parent_of(call) if isinstance(call, ast.keyword) else call
    if node is None or not isinstance(call, ast.Call):
        return
    edits = collection_as_tasks(module, call, node)
    if edits:
        yield Fix("Make tasks of them", lambda: merged(edits), preferred=True)


def _holds_coroutine(module: Module, node: ast.expr) -> bool:
    """Whether some element surely is a coroutine: one that is written out, or any."""
    if any(is_coroutine(_held(module, element)) for element in written(node) or ()):
        return True
    if isinstance(node, ast.Name) and may_have_changed(module, node):
        return False
    return is_coroutine(iterated(module.type_of(node), module.program))


def _held(module: Module, element: ast.expr) -> Type:
    """What an element is; what it holds, if it is starred."""
    if isinstance(element, ast.Starred):
        return iterated(module.type_of(element.value), module.program)
    return module.type_of(element)


def _made(module: Module, node: ast.expr) -> Iterator[Related]:
    """Where the coroutines are made that a variable holds, and where the first one's function is defined."""
    is_local = isinstance(node, ast.Name)
    elements = elements_of(module, node) or []
    coroutines = [element for element in elements if is_coroutine(_held(module, element))]
    if is_local:
        for element in coroutines:
            yield module.related(element, "this coroutine is put in")
    if coroutines:
        yield from module.definition_of(coroutines[0])
