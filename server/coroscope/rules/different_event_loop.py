"""What belongs to one event loop is used in another one."""

from __future__ import annotations

from collections.abc import Iterator

from coroscope.findings import Finding, Fix, Related
from coroscope.fixes.edits import replace
from coroscope.model.across_threads import Crossing, crossings
from coroscope.model.carried import Carried, carried
from coroscope.model.early_bound import early_bound
from coroscope.model.foreign import Foreign, foreign
from coroscope.model.module import Module


def check(module: Module) -> Iterator[Finding]:
    """What surely gets from one loop to another: made by hand, by `asyncio.run`, in a thread, or not made yet."""
    for found in foreign(module):
        message = f"`{module.short(found.use)}` belongs to `{found.loop}`, and is awaited in another event loop"
        related = [
            module.related(found.birth, f"made for `{found.loop}` here"),
            module.related(found.run, "another loop runs here"),
        ]
        yield module.finding(found.use, message, related=related)
    for left in carried(module):
        yield module.finding(left.use, _words(module, left), related=_runs(module, left))
    for crossing in crossings(module):
        message = f"`{module.short(crossing.use)}` is used by the event loops of two threads, and is not made for that"
        yield module.finding(crossing.use, message, level="warning", related=_threads(module, crossing))
    for early in early_bound(module):
        message = f"`{module.short(early.made)}` is made for another event loop than the one that `asyncio.run` makes"
        related = [module.related(early.run, "this loop is another one"), module.related(early.use, "it is used here")]
        yield module.finding(early.made, message, level="warning", related=related)


def fixes(module: Module, finding: Finding) -> Iterator[Fix]:
    """Run the loop that it belongs to."""
    node = module.expression_at(finding.range)
    found = next((one for one in foreign(module) if one.use is node), None)
    if found is not None and not found.run.keywords:
        yield _run_own_loop(module, found)


def _run_own_loop(module: Module, found: Foreign) -> Fix:
    span, text = module.tree.span(found.run.func), f"{found.loop}.run_until_complete"
    return Fix(f"Run `{found.loop}`", lambda: [replace(module, span.start, span.end, text)], preferred=True)


def _words(module: Module, left: Carried) -> str:
    use = module.short(left.use)
    if not left.loop:
        return f"`{use}` belongs to the event loop of an earlier `asyncio.run`, which is closed"
    return f"`{use}` belongs to `{left.loop}`, and is used in another event loop"


def _runs(module: Module, left: Carried) -> list[Related]:
    if left.first is left.second:
        return [module.related(left.second, "each time, another loop runs here")]
    first = module.related(left.first, "the loop that it belongs to runs here")
    return [first, module.related(left.second, "another loop runs here")]


def _threads(module: Module, crossing: Crossing) -> list[Related]:
    thread = module.related(crossing.thread, "one loop runs in this thread")
    return [thread, module.related(crossing.other, "it is used in another loop here")]
