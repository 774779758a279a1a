"""Handlers of newer kinds: `except*` (PEP 654, CPython 3.11), and several types without parentheses (PEP 758, 3.14)."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import pairwise

from coroscope.newer.lexing import Token
from coroscope.newer.nodes import TryStar
from coroscope.newer.nodes import node as new
from coroscope.newer.rewriting import Edit, Rewriting
from coroscope.source import Source


def exception_groups(_: Source, tokens: Sequence[Token]) -> Iterator[Rewriting]:
    """Every `except*`, made `except`; the statement that it belongs to is a `TryStar`."""
    for word, star in pairwise(tokens):
        if word.text == "except" and star.text == "*":
            yield Rewriting((Edit(star.start, star.end, " "),), ast.Try, word.start, _as_group)


def _as_group(node: ast.AST, _: ast.AST) -> ast.AST:
    return new(TryStar, node, **dict(ast.iter_fields(node)))


def listed_exceptions(source: Source, tokens: Sequence[Token]) -> Iterator[Rewriting]:
    """Every list of types without parentheses, its commas made `|`: the types are names, attributes and calls."""
    for index, token in enumerate(tokens):
        commas = _commas(tokens, index + 1) if token.text == "except" else []
        if commas:
            is_last = tokens[commas[-1] + 1].text == ":"
            places = [tokens[comma] for comma in commas]
            edits = [Edit(comma.start, comma.end, "|") for comma in places]
            end = None
            if is_last:
                edits[-1] = edits[-1]._replace(instead=" ")
                end = source.utf8_place(places[-1].end)
            put_back = partial(_as_tuple, count=len(commas) - is_last, end=end)
            yield Rewriting(tuple(edits), ast.ExceptHandler, token.start, put_back)


def _commas(tokens: Sequence[Token], start: int) -> list[int]:
    """Where commas are in the header of a handler outside of all brackets; none if it binds a name."""
    found: list[int] = []
    depth = 0
    for index in range(start, len(tokens) - 1):
        match tokens[index].text:
            case "(" | "[" | "{":
                depth += 1
            case ")" | "]" | "}":
                depth -= 1
            case "," if depth == 0:
                found.append(index)
            case ":" if depth == 0:
                return found
            case "as" | "\n":
                return []
    return []


def _as_tuple(node: ast.AST, _: ast.AST, count: int, end: tuple[int, int] | None) -> ast.AST:
    """The handler with a tuple of the types between so many `|`, which ends where the last type does, or a comma."""
    assert isinstance(node, ast.ExceptHandler)
    assert node.type is not None
    first, types = node.type, list[ast.expr]()
    while isinstance(first, ast.BinOp) and len(types) < count:
        types.insert(0, first.right)
        first = first.left
    made = ast.copy_location(ast.Tuple([first, *types], ast.Load()), node.type)
    if end is not None:
        made.end_lineno, made.end_col_offset = end
    node.type = made
    return node
