"""Where `await`, `async with`, `async for` and asynchronous comprehensions stand that may not."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from coroscope.source import Position, Range
from coroscope.syntax import COMPREHENSIONS, Comprehension, ScopeNode

if TYPE_CHECKING:
    from coroscope.model.module import Module

_WORDS: dict[type[ast.AST], str] = {ast.Await: "await", ast.AsyncWith: "async with", ast.AsyncFor: "async for"}


class Keyword(NamedTuple):
    """One misplaced keyword: its node, its words, the range of its first word, and the code that it runs in."""

    node: ast.AST
    words: str
    range: Range
    around: ScopeNode


def misplaced(module: Module) -> list[Keyword]:
    """Every keyword that CPython's compiler rejects for where it stands, in the order of the text."""
    return sorted(_misplaced(module), key=lambda keyword: keyword.range)


def _misplaced(module: Module) -> Iterator[Keyword]:
    kinds = (ast.Await, ast.AsyncWith, ast.AsyncFor, *COMPREHENSIONS)
    for node in module.tree.walk(*kinds):
        if isinstance(node, COMPREHENSIONS):
            yield from _in_comprehension(module, node)
            continue
        around = module.code_around(node)
        if _rejects(module, around):
            words = _WORDS[type(node)]
            start = module.range(node).start
            yield Keyword(node, words, _first_word(start, words), around)


def _in_comprehension(module: Module, node: Comprehension) -> Iterator[Keyword]:
    """`async for` in a comprehension; a generator expression may be asynchronous anywhere (PEP 530)."""
    if isinstance(node, ast.GeneratorExp):
        return
    around = module.code_around(node)
    if not _rejects(module, around):
        return
    for index, generator in enumerate(node.generators):
        if not generator.is_async:
            continue
        before = node.generators[index - 1] if index else None
        earlier = [before.iter, *before.ifs][-1] if before else getattr(node, "elt", None) or node.value  # type: ignore[union-attr]
        text = module.source.text
        start = text.index("async", module.tree.span(earlier).end)
        yield Keyword(generator.iter, "async for", _first_word(module.source.position(start), "async"), around)


def _rejects(module: Module, around: ScopeNode) -> bool:
    return not isinstance(around, ast.GeneratorExp) and not module.takes_await(around)


def _first_word(start: Position, words: str) -> Range:
    return Range.on_line(start.line, start.column, start.column + len(words.partition(" ")[0]))
