"""A task or a future is asked for its exception before it can have ended."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from coroscope.findings import Finding, Fix
from coroscope.fixes.await_task import can_wait_before, wait_before
from coroscope.model.module import Module
from coroscope.model.pending import asked_too_early, told_too_early
from coroscope.model.tasks import is_task


def check(module: Module) -> Iterator[Finding]:
    """Every `exception()` of what surely is pending."""
    return told_too_early(module, "exception")


def fixes(module: Module, finding: Finding) -> Iterator[Fix]:
    """Wait for the task first; whether anything will set a future, nobody knows."""
    node = module.expression_at(finding.range)
    life = next((life for life, call in asked_too_early(module, "exception") if call is node), None)
    if isinstance(node, ast.Call) and life is not None and is_task(life) and can_wait_before(module, node):
        yield wait_before(module, node)
