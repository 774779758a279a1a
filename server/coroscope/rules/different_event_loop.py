"""A task or a future of one event loop is awaited in another one."""

from __future__ import annotations

from collections.abc import Iterator

from coroscope.findings import Finding, Fix
from coroscope.fixes.edits import replace
from coroscope.model.foreign import Foreign, foreign
from coroscope.model.module import Module


def check(module: Module) -> Iterator[Finding]:
    """Every awaitable of a loop that surely gets to another one."""
    for found in foreign(module):
        message = f"`{module.short(found.use)}` belongs to `{found.loop}`, and is awaited in another event loop"
        related = [
            module.related(found.birth, f"made for `{found.loop}` here"),
            module.related(found.run, "another loop runs here"),
        ]
        yield module.finding(found.use, message, related=related)


def fixes(module: Module, finding: Finding) -> Iterator[Fix]:
    """Run the loop that it belongs to."""
    node = module.expression_at(finding.range)
    found = next((one for one in foreign(module) if one.use is node), None)
    if found is not None and not found.run.keywords:
        yield _run_own_loop(module, found)


def _run_own_loop(module: Module, found: Foreign) -> Fix:
    span, text = module.tree.span(found.run.func), f"{found.loop}.run_until_complete"
    return Fix(f"Run `{found.loop}`", lambda: [replace(module, span.start, span.end, text)], preferred=True)
