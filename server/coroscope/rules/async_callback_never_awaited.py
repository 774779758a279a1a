"""A function that makes a coroutine is handed to what only calls it, so that nobody awaits the coroutine."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from coroscope.findings import Finding, Fix, Related
from coroscope.fixes.call_async import called_directly, run_in_thread, started_by_loop
from coroscope.model.callbacks import LostCallback, lost_callbacks
from coroscope.model.misuse import callee_text
from coroscope.model.module import Module


def check(module: Module) -> Iterator[Finding]:
    """Every coroutine function in the place of a callback whose result nobody awaits."""
    for lost in module.in_blocks(lost_callbacks):
        message = f"`{callee_text(module, lost.call)}` calls {_called(module, lost)} and {_LOSS[lost.use]}"
        yield module.finding(lost.node, message, related=_places(module, lost))


def fixes(module: Module, finding: Finding) -> Iterator[Fix]:
    """Await the function itself, start a task, or run a loop, as the place where it is called allows."""
    node = module.expression_at(finding.range)
    lost = next((lost for lost in module.in_blocks(lost_callbacks) if lost.node is node), None)
    if lost is None or lost.is_own:
        return
    if lost.use == "given":
        yield from called_directly(module, lost)
    elif lost.use == "loop":
        yield from started_by_loop(module, lost)
    elif lost.use == "thread":
        yield from run_in_thread(module, lost)


_LOSS = {
    "loop": "drops the coroutine that it makes",
    "thread": "drops the coroutine that it makes",
    "dropped": "drops the coroutine that it makes",
    "tested": "takes the coroutine that it makes for its result",
    "folded": "gives back the coroutine that it makes, which nothing awaits",
    "given": "gives back the coroutine that it makes, which nothing awaits",
}


def _called(module: Module, lost: LostCallback) -> str:
    if lost.decorated is not None:
        return f"`{lost.decorated.name}`"
    return "this lambda" if isinstance(lost.node, ast.Lambda) else f"`{module.short(lost.node)}`"


def _places(module: Module, lost: LostCallback) -> Iterator[Related]:
    """Where the coroutine function is defined, and the function that calls it."""
    node = lost.node
    if isinstance(node, ast.Lambda):
        yield from module.definition_of(node.body)
    elif lost.decorated is None:
        yield from module.definition(module.type_of(node), "`{name}` is an `async def`")
    if lost.is_own:
        callee = module.type_of(lost.call.func)
        yield from module.definition(callee, "`{name}` calls what it gets, and awaits nothing")
