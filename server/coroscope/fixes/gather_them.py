"""Await what is a collection of awaitables, or a future of a thread."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from coroscope.findings import Fix, TextEdit
from coroscope.fixes.edits import in_parentheses, insert, wrap
from coroscope.fixes.words import word
from coroscope.model.module import Module
from coroscope.model.protocols import iterated
from coroscope.model.types import Instance, TupleType, Type

_COLLECTIONS = ("list", "tuple", "set", "frozenset", "dict_values")


def can_gather(module: Module, node: ast.expr) -> bool:
    """Whether an expression is a collection of awaitables."""
    type_ = module.type_of(node)
    is_collection = isinstance(type_, TupleType) or (
        isinstance(type_, Instance) and (type_.cls.name in _COLLECTIONS or isinstance(node, ast.GeneratorExp))
    )
    return is_collection and module.can_await(iterated(type_, module.program)) is True


def gather_them(module: Module, node: ast.expr) -> Iterator[Fix]:
    """Spread the collection into `asyncio.gather`."""
    word_for_gather = word(module, node, "gather")
    if word_for_gather is None:
        return
    gather, imports = word_for_gather.said, word_for_gather.imports

    def make() -> Sequence[TextEdit]:
        if isinstance(node, ast.GeneratorExp) or in_parentheses(module, node):
            start = module.tree.span(node).start
            offset = start if isinstance(node, ast.GeneratorExp) else module.source.text.rindex("(", 0, start)
            close = [] if not isinstance(node, ast.GeneratorExp) else [insert(module, module.tree.span(node).end, ")")]
            opening = f"{gather}(*" if isinstance(node, ast.GeneratorExp) else gather
            star = [] if isinstance(node, ast.GeneratorExp) else [insert(module, start, "*")]
            return [*imports, insert(module, offset, opening), *star, *close]
        return [*imports, *wrap(module, node, f"{gather}(*", ")")]

    yield Fix("Gather them with `asyncio.gather`", make, preferred=True)


def is_thread_future(type_: Type) -> bool:
    """Whether a type is the future that an executor or `run_coroutine_threadsafe` makes."""
    return isinstance(type_, Instance) and type_.cls.ancestor("concurrent.futures._base", "Future") is not None


def wrap_future(module: Module, node: ast.expr) -> Iterator[Fix]:
    """Turn a thread's future into one of the loop's."""
    name = word(module, node, "wrap_future")
    if name is not None:
        edits = [*name.imports, *wrap(module, node, f"{name.said}(", ")")]
        yield Fix(f"Wrap it with `{name.name}`", lambda: edits, preferred=True)
