"""Awaits wait one after the other, though none needs what another gives."""

from __future__ import annotations

from collections.abc import Iterator

from coroscope.findings import Finding, Fix
from coroscope.fixes.together import gather_run, group_run, text_between
from coroscope.model.module import Module
from coroscope.model.one_by_one import runs


def check(module: Module) -> Iterator[Finding]:
    """Every run of independent awaits: told at the second one, which waits for nothing but the first."""
    for run in runs(module):
        first, second = run.calls[:2]
        message = f"`{module.short(second)}` waits for `{module.short(first)}`, and needs nothing of it"
        yield module.finding(second, message, related=[module.related(first, "is awaited before")])


def fixes(module: Module, finding: Finding) -> Iterator[Fix]:
    """Wait for all of them together."""
    node = module.expression_at(finding.range)
    run = next((run for run in runs(module) if run.calls[1] is node), None)
    if run is not None and "#" not in text_between(module, run):
        yield from gather_run(module, run)
        yield from group_run(module, run)
