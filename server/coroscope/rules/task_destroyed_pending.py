"""A loop that is run by hand ends before a task that it has."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from coroscope.findings import Finding, Fix
from coroscope.fixes.end_task import can_end, cancel_and_wait, run_to_its_end
from coroscope.model.destroyed import Destroyed, destroyed
from coroscope.model.durations import never_ends
from coroscope.model.module import Module


def check(module: Module) -> Iterator[Finding]:
    """Every task that is pending when the code that runs its loop is through with it."""
    for found in destroyed(module):
        loop = module.short(found.run.func.value) if isinstance(found.run.func, ast.Attribute) else "the loop"
        message = f"`{loop}` ends before this task: nothing runs it until it is done"
        if found.cancel is not None:
            message = f"`{loop}` ends before this task: it does not run any more once the task is cancelled"
        related = [module.related(found.run, f"`{loop}` runs until this is done")]
        if found.cancel is not None:
            related.append(module.related(found.cancel, "cancelled here"))
        if found.close is not None:
            related.append(module.related(found.close, "closed here"))
        yield module.finding(found.life.origin, message, related=related)


def fixes(module: Module, finding: Finding) -> Iterator[Fix]:
    """Run a task to its end; cancel one that has none, and let it end."""
    node = module.expression_at(finding.range)
    found = next((one for one in destroyed(module) if one.life.origin is node), None)
    if found is None or not can_end(module, found):
        return
    if _is_endless(module, found):
        yield cancel_and_wait(module, found)
    else:
        yield run_to_its_end(module, found)


def _is_endless(module: Module, found: Destroyed) -> bool:
    origin = found.life.origin
    return isinstance(origin, ast.Call) and never_ends(module, origin.args[0])
