"""An event loop is run by code that an event loop runs."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from coroscope.findings import Finding, Fix, Level, Related
from coroscope.fixes.await_argument import await_argument
from coroscope.model.chains import Chain
from coroscope.model.loops import Nested, nested_loops
from coroscope.model.module import Module

_PATCH = "nest_asyncio"


def check(module: Module) -> Iterator[Finding]:
    """Every call that runs an event loop where one is running, itself or through plain functions."""
    nested = list(module.in_blocks(nested_loops))
    for found in [] if nested and _is_patched(module) else nested:
        is_sure = module.in_async(found.call)
        message = _message(module, found) if is_sure else _message_for_script(module, found)
        level: Level = "error" if is_sure else "hint"
        yield module.finding(found.call, message, level=level, related=_places(module, found))


def fixes(module: Module, finding: Finding) -> Iterator[Fix]:
    """Await the coroutine that was to be run; in a script that Python runs, too, that could not stand there."""
    node = module.expression_at(finding.range)
    if isinstance(node, ast.Call) and module.in_async(node):
        yield from await_argument(module, node)


def _message(module: Module, found: Nested) -> str:
    callee = module.short(found.call.func)
    running = "this code" if module.function_around(found.call) is not None else "the cells of a notebook"
    if found.chain is None:
        return f"`{callee}` cannot run a loop here: one is running already, and runs {running}"
    return f"`{callee}` runs an event loop, and one is running already that runs {running}"


def _message_for_script(module: Module, found: Nested) -> str:
    runs = "cannot run a loop" if found.chain is None else "runs an event loop, which it cannot"
    return f"`{module.short(found.call.func)}` {runs} where an editor runs this cell: it does so in a running one"


def _is_patched(module: Module) -> bool:
    """Whether the project changes asyncio so that loops may run in loops."""
    return _PATCH in module.source.text or any("apply(" in source.text for source in module.world.mentions(_PATCH))


def _places(module: Module, found: Nested) -> Iterator[Related]:
    """The async function, or link by link the plain ones that come to run a loop."""
    function = module.function_around(found.call)
    if found.chain is not None:
        yield from _links(module, found.chain)
    elif function is not None:
        yield from module.related_name(function, f"`{function.name}` is an `async def`")


def _links(module: Module, chain: Chain) -> Iterator[Related]:
    called = [*(f"`{function.declaration.name}`" for function in chain.functions[1:]), f"`{_shown(chain.end)}`"]
    for function, name in zip(chain.functions, called, strict=True):
        yield from module.definition(function, f"`{{name}}` calls {name}")


def _shown(name: str) -> str:
    """The dotted name of a function of a library as people write it."""
    return "asyncio.run" if name == "asyncio.runners.run" else name.rpartition(".")[2]
