"""Tasks are waited for in a way that raises nothing, and nobody asks them whether they failed."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from coroscope.findings import Finding, Fix
from coroscope.fixes.ask_tasks import (
    ask_done,
    can_ask_done,
    can_gather_instead,
    can_raise_first,
    gather_instead,
    raise_first,
)
from coroscope.model.module import Module
from coroscope.model.unheard import results_unread, waits_unheard


def check(module: Module) -> Iterator[Finding]:
    """Every `asyncio.wait` whose tasks nobody asks, and every `gather` whose exceptions nobody reads."""
    for wait, failing in waits_unheard(module):
        message = "`asyncio.wait` raises nothing, and nobody asks these tasks whether they failed"
        related = [module.related(task, "may fail unheard") for task in failing]
        yield module.finding(wait, message, related=related)
    for gather, target in results_unread(module):
        message = f"`asyncio.gather` puts exceptions into `{target.id}`, which nobody reads"
        yield module.finding(gather, message)


def fixes(module: Module, finding: Finding) -> Iterator[Fix]:
    """Ask each task for its result, or gather them; raise what `gather` has collected."""
    node = module.expression_at(finding.range)
    if not isinstance(node, ast.Call):
        return
    if can_ask_done(module, node):
        yield ask_done(module, node)
    if can_gather_instead(module, node):
        yield gather_instead(module, node)
    if can_raise_first(module, node):
        yield raise_first(module, node)
