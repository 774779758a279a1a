"""A loop waits in each turn, though no turn needs what another did."""

from __future__ import annotations

from collections.abc import Iterator

from coroscope.findings import Finding, Fix
from coroscope.fixes.together import gather_turns, group_turns
from coroscope.model.module import Module
from coroscope.model.one_by_one import turns


def check(module: Module) -> Iterator[Finding]:
    """Every loop and list comprehension that awaits one independent call a turn."""
    for found in turns(module):
        message = f"each turn waits for `{module.short(found.call)}`, and no turn needs what another did"
        yield module.finding(found.call, message)


def fixes(module: Module, finding: Finding) -> Iterator[Fix]:
    """Wait for all turns together."""
    node = module.expression_at(finding.range)
    found = next((one for one in turns(module) if one.call is node), None)
    if found is not None and "#" not in module.text(found.node):
        yield from gather_turns(module, found)
        yield from group_turns(module, found)
