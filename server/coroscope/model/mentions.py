"""Which names the code of a file has: what most rules need to know first, for most files have none of theirs.

Kept block by block, since to look through the text of a long file costs more than an edit may.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from functools import cache
from typing import TYPE_CHECKING

from coroscope.syntax import Block

if TYPE_CHECKING:
    from coroscope.model.module import Module


def has_names(module: Module, names: frozenset[str]) -> bool:
    """Whether the code of a file has any of these, as a variable, an attribute, a keyword or in an import."""
    return bool(module.in_blocks(_asking(names)))


@cache
def _asking(names: frozenset[str]) -> Callable[[Module, Block], Iterator[bool]]:
    def ask(_: Module, block: Block) -> Iterator[bool]:
        if not names.isdisjoint(_names_in(block)):
            yield True

    return ask


def _names_in(block: Block) -> frozenset[str]:
    known = block.facts.get(_names_in)
    if not isinstance(known, frozenset):
        known = block.facts[_names_in] = frozenset(_named(block))
    return known


def _named(block: Block) -> Iterator[str]:
    for node in block.nodes_of((ast.Name, ast.Attribute, ast.keyword, ast.Import, ast.ImportFrom)):
        match node:
            case ast.Name(id=name) | ast.Attribute(attr=name) | ast.keyword(arg=str() as name):
                yield name
            case ast.Import(names=aliases) | ast.ImportFrom(names=aliases):
                for alias in aliases:
                    yield from alias.name.split(".")
                if isinstance(node, ast.ImportFrom):
                    yield from (node.module or "").split(".")
