"""The repairs that every rule about a coroutine that does not run has in common."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from coroscope.findings import Fix
from coroscope.fixes.await_it import await_it
from coroscope.fixes.make_async import can_be_async, make_async
from coroscope.fixes.run_it import run_it
from coroscope.model.module import Module
from coroscope.model.protocols import is_coroutine
from coroscope.model.references import references
from coroscope.model.top_level import TopLevel, under_main_guard
from coroscope.nodes import FUNCTIONS, FunctionNode


def repairs(module: Module, node: ast.expr) -> Iterator[Fix]:
    """Await it in async code; in sync code make the function async, or run it; at module level run it."""
    if module.in_async(node):
        yield await_it(module, node)
        return
    around = module.code_around(node)
    if isinstance(around, FUNCTIONS):
        yield from _in_function(module, node, around)
    elif isinstance(around, ast.Module) and is_coroutine(module.type_of(node)):
        yield from run_it(module, node, preferred=True, safe=under_main_guard(node))


def _in_function(module: Module, node: ast.expr, function: FunctionNode) -> Iterator[Fix]:
    if function.name.startswith("__") and function.name.endswith("__"):
        return
    follows = can_be_async(module, function)
    if follows:
        yield make_async(module, function, [node])
    if module.top_level is TopLevel.CELLS:
        return  # which call the function where a loop is running
    if not _runs_in_async(module, function) and is_coroutine(module.type_of(node)):
        yield from run_it(module, node, preferred=not follows)


def _runs_in_async(module: Module, function: FunctionNode) -> bool:
    """Whether a function is defined in async code or called from it, so that a loop is running already."""
    return module.in_async(function) or any(
        module.in_async(r) for r in references(module, function) if r in _own(module)
    )


def _own(module: Module) -> set[ast.AST]:
    return {node for block in module.tree.blocks for node in block.nodes}
