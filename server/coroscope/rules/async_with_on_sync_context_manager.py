"""`async with` enters what only `with` can enter."""

from __future__ import annotations

from collections.abc import Iterator

from coroscope.findings import Finding, Fix
from coroscope.fixes.counterparts import enter_plain
from coroscope.model.counterparts import wrongly_async_entered
from coroscope.model.module import Module


def check(module: Module) -> Iterator[Finding]:
    """Every plain context manager that `async with` enters."""
    for item in module.in_blocks(wrongly_async_entered):
        message = f"`async with` cannot enter `{module.short(item.context_expr)}`: only `with` can"
        yield module.finding(item.context_expr, message)


def fixes(module: Module, finding: Finding) -> Iterator[Fix]:
    """Enter it with `with`, if all that the statement enters can be entered so."""
    node = module.expression_at(finding.range)
    return enter_plain(module, node) if node is not None else iter(())
