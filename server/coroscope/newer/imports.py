"""Lazy imports (PEP 810, CPython 3.15)."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import pairwise

from coroscope.newer.lexing import LINE_END, Token
from coroscope.newer.rewriting import Edit, Rewriting
from coroscope.source import Source


def lazy_imports(source: Source, tokens: Sequence[Token]) -> Iterator[Rewriting]:
    """Every `lazy import` and `lazy from`, made `pass;import` and `pass;from`."""
    for before, (word, behind) in zip([LINE_END, *tokens], pairwise(tokens), strict=False):
        begins = before.text in ("\n", ";", ":") and source.text[word.end : word.end + 1] in (" ", "\t")
        if word.text == "lazy" and begins and behind.text in ("import", "from"):
            kind = ast.Import if behind.text == "import" else ast.ImportFrom
            place = source.utf8_place(word.start)
            yield Rewriting((Edit(word.start, word.end + 1, "pass;"),), ast.Pass, word.start, _left_out)
            yield Rewriting((), kind, behind.start, partial(_lazy, place=place))


def _left_out(node: ast.AST, _: ast.AST) -> None:
    return None


def _lazy(node: ast.AST, _: ast.AST, place: tuple[int, int]) -> ast.AST:
    node.lineno, node.col_offset = place  # type: ignore[attr-defined]  # it is a statement
    node.is_lazy = 1  # type: ignore[attr-defined]  # what newer Pythons call it
    return node
