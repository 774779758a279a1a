"""`with` enters what only `async with` can enter."""

from __future__ import annotations

from collections.abc import Iterator

from coroscope.findings import Finding, Fix
from coroscope.fixes.counterparts import enter_async
from coroscope.model.counterparts import wrongly_entered
from coroscope.model.module import Module


def check(module: Module) -> Iterator[Finding]:
    """Every asynchronous context manager that a plain `with` enters."""
    for item in module.in_blocks(wrongly_entered):
        message = f"`with` cannot enter `{module.short(item.context_expr)}`: only `async with` can"
        yield module.finding(item.context_expr, message)


def fixes(module: Module, finding: Finding) -> Iterator[Fix]:
    """Enter it with `async with`, if all that the statement enters can be entered so."""
    node = module.expression_at(finding.range)
    return enter_async(module, node) if node is not None else iter(())
