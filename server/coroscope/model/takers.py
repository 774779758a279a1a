"""The places that want an awaitable: operands of `await`, and what asyncio's functions are to run."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from coroscope.knowledge import last_names, names
from coroscope.model.misuse import callee_text, qualified_names

if TYPE_CHECKING:
    from coroscope.model.module import Module


def takers(module: Module) -> Iterator[tuple[str, ast.expr]]:
    """Every expression in a place that wants an awaitable, with what takes it: `await`, or the callee as written."""
    for node in module.tree.walk(ast.Await, ast.Call):
        if isinstance(node, ast.Await):
            yield "await", node.value
        elif node.args:
            yield from _arguments(module, node)


def _arguments(module: Module, call: ast.Call) -> Iterator[tuple[str, ast.expr]]:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    if name not in last_names("takers", "all", "first"):
        return
    known = qualified_names(module.type_of(call.func))
    if known & names("takers", "all"):
        for argument in call.args:
            if not isinstance(argument, ast.Starred):
                yield callee_text(module, call), argument
    elif known & names("takers", "first") and not isinstance(call.args[0], ast.Starred):
        yield callee_text(module, call), call.args[0]
