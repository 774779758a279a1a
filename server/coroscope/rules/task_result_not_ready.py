"""The result of a task or a future is asked for before anything can have set it."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from coroscope.findings import Finding, Fix
from coroscope.fixes.await_task import await_instead, run_instead
from coroscope.model.module import Module
from coroscope.model.pending import asked_too_early, told_too_early
from coroscope.model.tasks import is_task


def check(module: Module) -> Iterator[Finding]:
    """Every `result()` of what surely is pending."""
    return told_too_early(module, "result")


def fixes(module: Module, finding: Finding) -> Iterator[Fix]:
    """Await the task, or run its loop until it is done; whether anything will set a future, nobody knows."""
    node = module.expression_at(finding.range)
    life = next((life for life, call in asked_too_early(module, "result") if call is node), None)
    if not isinstance(node, ast.Call) or life is None or not is_task(life):
        return
    if module.in_async(node):
        yield await_instead(module, node)
    elif isinstance(life.origin, ast.Call) and isinstance(maker := life.origin.func, ast.Attribute):
        if isinstance(maker.value, ast.Name) and maker.value.id != "asyncio":
            yield run_instead(module, node, maker.value.id)
