"""Something is iterated over that only `async for` can iterate over."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from coroscope.findings import Finding, Fix
from coroscope.fixes.counterparts import collect_async, use_async
from coroscope.model.counterparts import wrongly_iterated
from coroscope.model.misuse import callee_text
from coroscope.model.module import Module
from coroscope.nodes import parent_of

_WORDS: dict[type, str] = {ast.Starred: "*", ast.YieldFrom: "yield from"}


def check(module: Module) -> Iterator[Finding]:
    """Every asynchronous iterable in a plain `for`, or in the place of an iterable."""
    for node in module.in_blocks(wrongly_iterated):
        above = parent_of(node)
        taker = callee_text(module, above) if isinstance(above, ast.Call) else _WORDS.get(type(above), "for")
        message = f"`{taker}` cannot iterate over `{module.short(node)}`: only `async for` can"
        yield module.finding(node, message)


def fixes(module: Module, finding: Finding) -> Iterator[Fix]:
    """Iterate with `async for`."""
    node = module.expression_at(finding.range)
    match None if node is None else parent_of(node):
        case ast.For() | ast.comprehension() as loop:
            yield from use_async(module, loop)
        case ast.Call() as call:
            yield from collect_async(module, call)
