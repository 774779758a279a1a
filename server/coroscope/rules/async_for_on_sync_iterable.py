"""`async for` iterates over what only `for` can iterate over."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from coroscope.findings import Finding, Fix
from coroscope.fixes.counterparts import use_plain
from coroscope.model.counterparts import wrongly_async_iterated
from coroscope.model.module import Module
from coroscope.nodes import parent_of


def check(module: Module) -> Iterator[Finding]:
    """Every plain iterable in an `async for`."""
    for node in module.in_blocks(wrongly_async_iterated):
        yield module.finding(node, f"`async for` cannot iterate over `{module.short(node)}`: only `for` can")


def fixes(module: Module, finding: Finding) -> Iterator[Fix]:
    """Iterate with `for`."""
    node = module.expression_at(finding.range)
    loop = None if node is None else parent_of(node)
    if isinstance(loop, (ast.AsyncFor, ast.comprehension)):
        yield use_plain(module, loop)
