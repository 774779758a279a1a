"""What belongs to an event loop is used from a thread that the loop does not run in."""

from __future__ import annotations

from collections.abc import Iterator

from coroscope.findings import Finding, Fix
from coroscope.fixes.thread_safe import from_thread
from coroscope.model.misuse import callee_text
from coroscope.model.module import Module
from coroscope.model.trespass import trespasses


def check(module: Module) -> Iterator[Finding]:
    """Every call in a thread that only the thread of the loop may make."""
    for found in trespasses(module):
        message = f"`{module.short(found.method)}` is not thread-safe, and runs in another thread than the event loop"
        related = [module.related(found.start, f"`{callee_text(module, found.start)}` runs it in a thread")]
        yield module.finding(found.node, message, related=related)


def fixes(module: Module, finding: Finding) -> Iterator[Fix]:
    """Let the loop make the call, in its own thread."""
    node = module.expression_at(finding.range)
    found = next((one for one in trespasses(module) if one.node is node), None)
    if found is not None:
        yield from from_thread(module, found)
