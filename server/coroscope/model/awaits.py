"""Where `await`, `async with`, `async for` and asynchronous comprehensions stand that may not."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from coroscope.nodes import COMPREHENSIONS, Comprehension, ScopeNode
from coroscope.source import Position, Range
from coroscope.syntax import Block

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
    found: list[Keyword] = []
    for node in module.in_blocks(_rejected):
        around = module.code_around(node)
        if isinstance(node, COMPREHENSIONS):
            found += _in_comprehension(module, node, around)
        else:
            words = _WORDS[type(node)]
            found.append(Keyword(node, words, _first_word(module.range(node).start, words), around))
    return sorted(found, key=lambda keyword: keyword.range)


def _rejected(module: Module, block: Block) -> Iterator[ast.AST]:
    """What may not stand where it does, in a block; a generator expression may be asynchronous anywhere (PEP 530)."""
    for node in block.nodes_of((ast.Await, ast.AsyncWith, ast.AsyncFor, ast.ListComp, ast.SetComp, ast.DictComp)):
        if isinstance(node, COMPREHENSIONS) and not any(generator.is_async for generator in node.generators):
            continue
        around = module.code_around(node)
        if not isinstance(around, ast.GeneratorExp) and not module.takes_await(around):
            yield node


def _in_comprehension(module: Module, node: Comprehension, around: ScopeNode) -> Iterator[Keyword]:
    """`async for` in a comprehension."""
    for index, generator in enumerate(node.generators):
        if not generator.is_async:
            continue
        before = node.generators[index - 1] if index else None
        earlier = [before.iter, *before.ifs][-1] if before else getattr(node, "elt", None) or node.value  # type: ignore[union-attr]
        text = module.source.text
        start = text.index("async", module.tree.span(earlier).end)
        yield Keyword(generator.iter, "async for", _first_word(module.source.position(start), "async"), around)


def _first_word(start: Position, words: str) -> Range:
    return Range.on_line(start.line, start.column, start.column + len(words.partition(" ")[0]))
