"""Asynchronous syntax, or a special method, in a form that Python does not allow or does not use."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from coroscope.findings import Finding, Fix
from coroscope.fixes.specials import instead_of_yield_from, make_plain, make_special_async, rename
from coroscope.model.module import Module
from coroscope.model.specials import async_specials, plain_specials, values_returned, yields_from
from coroscope.nodes import FUNCTIONS
from coroscope.source import Range
from coroscope.syntax import Block


def check(module: Module) -> Iterator[Finding]:
    """Special methods against Python's use of them; `yield from`, and `return` with a value."""
    for function, becomes in module.in_blocks(async_specials):
        made = "an async generator" if any(module.tree.block(function).nodes_of((ast.Yield,))) else "a coroutine"
        words = f"Python takes {made} for its result" if becomes == "used" else f"Python drops {made} that it makes"
        yield _on_name(module, function, f"`{function.name}` is `async`: {words}")
    for plain, words in module.in_blocks(plain_specials):
        yield _on_name(module, plain, f"`{plain.name}` is not `async`: `{words}` awaits what it returns")
    for node in module.in_blocks(yields_from):
        yield module.finding(node, "`yield from` stands in an `async def`")
    for statement in module.in_blocks(values_returned):
        yield module.finding(statement, "`return` has a value, in an async generator")


def fixes(module: Module, finding: Finding) -> Iterator[Fix]:
    """The name, the `async` or the statement that was meant."""
    for node in module.tree.walk(ast.YieldFrom):
        if module.range(node) == finding.range:
            yield from instead_of_yield_from(module, node)
    function = next((block.node for block in module.tree.blocks if _is_named_at(module, block, finding.range)), None)
    if isinstance(function, ast.FunctionDef):
        yield make_special_async(module, function)
    elif isinstance(function, ast.AsyncFunctionDef):
        yield from list(rename(module, function)) or make_plain(module, function)


def _is_named_at(module: Module, block: Block, range_: Range) -> bool:
    return isinstance(block.node, FUNCTIONS) and module.tree.name_range(block.node) == range_


def _on_name(module: Module, function: ast.FunctionDef | ast.AsyncFunctionDef, message: str) -> Finding:
    return module.finding(function, message, range=module.tree.name_range(function))
