"""One of several awaitables fails, its failure is caught, and the others run on, which nobody knows of."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from coroscope.findings import Finding, Fix
from coroscope.fixes.use_task_group import can_use_task_group, use_task_group
from coroscope.model.module import Module
from coroscope.model.siblings import left_siblings
from coroscope.nodes import parent_of


def check(module: Module) -> Iterator[Finding]:
    """Every `gather` whose first failure a handler catches while the other awaitables run."""
    for left in left_siblings(module):
        function = left.gather.func
        message = f"if one of them fails, `{module.short(function)}` raises at once, and the others run on"
        place = left.handler.type or left.handler
        yield module.finding(function, message, related=[module.related(place, "the failure is caught here")])


def fixes(module: Module, finding: Finding) -> Iterator[Fix]:
    """Let a task group end them; `return_exceptions=True` is no repair, for it changes what the code gets."""
    function = module.expression_at(finding.range)
    call = None if function is None else parent_of(function)
    if isinstance(call, ast.Call) and can_use_task_group(module, call):
        yield use_task_group(module, call)
