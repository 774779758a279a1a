"""Tasks in the place of the coroutines that `asyncio.wait` is given."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from coroscope.findings import TextEdit
from coroscope.fixes.edits import has_parentheses_of_call, insert, replace, with_parentheses, wrap
from coroscope.fixes.imports import asyncio_name, import_asyncio
from coroscope.model.elements import elements_of, written
from coroscope.model.graph import key_of
from coroscope.model.module import Module
from coroscope.model.protocols import is_coroutine, iterated
from coroscope.model.takers import is_future
from coroscope.nodes import parent_of

_NEEDS_PARENTHESES = (ast.IfExp, ast.Lambda, ast.NamedExpr)
"""What cannot stand behind the `in` of a comprehension."""


def element_as_task(module: Module, call: ast.Call, node: ast.expr) -> list[TextEdit] | None:
    """The edits that make a task of an awaitable which a call of `wait` gets; None if there is no way to say it.

    There are none for what is a task or future already, and for what nobody knows.
    """
    if isinstance(node, ast.Starred):
        return collection_as_tasks(module, call, node.value)
    type_ = module.type_of(node)
    if is_future(type_) or module.can_await(type_) is not True:
        return []
    name = "create_task" if is_coroutine(type_) else "ensure_future"
    maker = _maker(module, call, name)
    return None if maker is None else [*_imported(module, call, name), *wrap(module, node, f"{maker}(", ")")]


def collection_as_tasks(module: Module, call: ast.Call, node: ast.expr) -> list[TextEdit] | None:
    """The edits that make tasks of the coroutines in a collection which a call of `wait` gets.

    They go where the coroutines are made, if nothing but the call needs them; else where the collection is handed over.
    """
    is_local = isinstance(node, ast.Name) and module.in_async(call)
    elements = elements_of(module, node) if is_local else written(node)
    if elements is not None:
        edits = _together(element_as_task(module, call, element) for element in elements)
        if edits and isinstance(node, ast.GeneratorExp):
            opening, closing = in_brackets(module, node)
            edits = [opening, *edits, closing]
        return edits
    if not is_coroutine(iterated(module.type_of(node), module.program)):
        return []
    maker = _maker(module, call, "create_task")
    if maker is None:
        return None
    is_loose = isinstance(node, _NEEDS_PARENTHESES) and with_parentheses(module, node) == module.tree.span(node)
    before, after = ("(", ")]") if is_loose else ("", "]")
    span = with_parentheses(module, node)
    opening = insert(module, span.start, f"[{maker}(coro) for coro in {before}")
    return [*_imported(module, call, "create_task"), opening, insert(module, span.end, after)]


def in_brackets(module: Module, node: ast.GeneratorExp) -> list[TextEdit]:
    """The edits that make a list of a generator expression; before CPython 3.12 `wait` takes that for a coroutine."""
    start, end = module.tree.span(node)
    if has_parentheses_of_call(module, node):
        return [insert(module, start + 1, "["), insert(module, end - 1, "]")]
    return [replace(module, start, start + 1, "["), replace(module, end - 1, end, "]")]


def _together(parts: Iterable[list[TextEdit] | None]) -> list[TextEdit] | None:
    found: dict[TextEdit, None] = {}
    for part in parts:
        if part is None:
            return None
        found.update(dict.fromkeys(part))
    return list(found)


def _maker(module: Module, call: ast.Call, name: str) -> str | None:
    """How to make a task where `wait` is called: by the running loop, or by the one that is to run it."""
    if module.in_async(call):
        return asyncio_name(module, name) or f"asyncio.{name}"
    loop = _loop_to_run(call)
    return None if loop is None or name != "create_task" else f"{module.text(loop)}.{name}"


def _imported(module: Module, call: ast.Call, name: str) -> list[TextEdit]:
    return import_asyncio(module, name) if module.in_async(call) else []


def _loop_to_run(call: ast.Call) -> ast.expr | None:
    """The loop in `loop.run_until_complete(asyncio.wait(…))`."""
    runner = parent_of(call)
    function = runner.func if isinstance(runner, ast.Call) else None
    if not isinstance(function, ast.Attribute) or function.attr != "run_until_complete":
        return None
    return function.value if key_of(function.value) is not None else None
