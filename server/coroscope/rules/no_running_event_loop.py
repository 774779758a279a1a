"""What needs a running event loop is called where none is running."""

from __future__ import annotations

from collections.abc import Iterator

from coroscope.findings import Finding, Fix, Related
from coroscope.fixes.run_coroutine import run_instead_of_task
from coroscope.model.loopless import Loopless, loopless
from coroscope.model.misuse import callee_text
from coroscope.model.module import Module


def check(module: Module) -> Iterator[Finding]:
    """Every call that needs a running loop at the module level, in functions that it calls, and in threads."""
    for found in loopless(module):
        message = f"`{module.short(found.call.func)}` needs a running event loop, and none runs {_where(module, found)}"
        yield module.finding(found.call, message, related=_places(module, found))


def fixes(module: Module, finding: Finding) -> Iterator[Fix]:
    """Run a coroutine of which a task was to be made; a loop that runs elsewhere is known to no rule."""
    node = module.expression_at(finding.range)
    found = next((one for one in loopless(module) if one.call is node), None)
    if found is not None and not found.threads:
        yield from run_instead_of_task(module, found.call)


def _where(module: Module, found: Loopless) -> str:
    if found.threads:
        return "in this thread"
    return f"when the module calls `{found.way[0].name}`" if found.way else "at the module level"


def _places(module: Module, found: Loopless) -> Iterator[Related]:
    if found.start is not None:
        words = f"`{callee_text(module, found.start)}` runs it in a thread" if found.threads else "called here"
        yield module.related(found.start, words)
    for function, called in zip(found.way, found.way[1:], strict=False):
        yield from module.related_name(function, f"`{function.name}` calls `{called.name}`")
