"""A lock of threads is held while async code waits."""

from __future__ import annotations

from collections.abc import Iterator

from coroscope.findings import Finding, Fix
from coroscope.fixes.async_lock import use_async_lock
from coroscope.model.module import Module
from coroscope.model.thread_locks import held_across


def check(module: Module) -> Iterator[Finding]:
    """Every lock of threads behind which async code waits before it gives it back."""
    for held in module.in_blocks(held_across):
        message = f"`{module.short(held.lock)}` is a lock of threads, and is held while this code waits"
        yield module.finding(held.lock, message, related=[module.related(held.suspension, "waits here")])


def fixes(module: Module, finding: Finding) -> Iterator[Fix]:
    """Use a lock for async code."""
    node = module.expression_at(finding.range)
    if node is not None:
        yield from use_async_lock(module, node)
