"""One coroutine that is handed out many times: by a list that repeats it, or by a cache."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from coroscope.model.callees import qualified_names
from coroscope.model.protocols import is_coroutine
from coroscope.syntax import Block

if TYPE_CHECKING:
    from coroscope.model.module import Module

_CACHES = frozenset({"functools.lru_cache", "functools.cache", "functools.cached_property"})


class Shared(NamedTuple):
    """What hands one coroutine out again and again: the repetition, or the decorator of the function that makes it."""

    node: ast.expr
    maker: ast.expr | ast.AsyncFunctionDef


def shared(module: Module, block: Block) -> Iterator[Shared]:
    """Every repetition of a coroutine in a block's code, and every cache around a coroutine function."""
    for node in block.nodes_of((ast.BinOp,)):
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
            for display in (node.left, node.right):
                if isinstance(display, (ast.List, ast.Tuple)) and len(display.elts) == 1:
                    element = display.elts[0]
                    if isinstance(element, ast.Call) and is_coroutine(module.type_of(element)):
                        yield Shared(node, element)
    if isinstance(block.node, ast.AsyncFunctionDef):
        for decorator in block.node.decorator_list:
            called = decorator.func if isinstance(decorator, ast.Call) else decorator
            if not qualified_names(module.type_of(called)).isdisjoint(_CACHES):
                yield Shared(decorator, block.node)
