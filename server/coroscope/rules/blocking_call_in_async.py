"""Async code calls what does not give way before it is done, and the event loop stands still."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import chain

from coroscope.findings import Finding, Fix, Level
from coroscope.fixes.give_way import call_in_thread, make_plain, run_process, use_async_path, use_twin
from coroscope.knowledge import names
from coroscope.model.blocking import BlockingCall, blocking_calls
from coroscope.model.framework import equivalent
from coroscope.model.module import Module
from coroscope.model.test_files import is_for_tests
from coroscope.model.turns import long_loops


def check(module: Module) -> Iterator[Finding]:
    """Every call in async code that keeps its thread; a hint, if it is quick as a rule, or nothing runs beside it."""
    alone = is_for_tests(module.file, module.summary.name)
    for found in blocking_calls(module):
        level: Level = "hint" if found.known.kind == "brief" or alone else "warning"
        links = [module.definition(one.function, f"`{one.name}` calls `{one.calls}`") for one in found.links]
        yield module.finding(found.call, _message(module, found), level=level, related=chain.from_iterable(links))

    for loop in module.in_blocks(long_loops):
        message = f"this loop takes {loop.turns:,} turns, and no other task runs until it is done"
        yield module.finding(loop.range, message)


def fixes(module: Module, finding: Finding) -> Iterator[Fix]:
    """What the framework has for it, a thread, or a plain function where the framework calls these in a thread."""
    call = module.expression_at(finding.range)
    found = next((one for one in blocking_calls(module) if one.call is call), None)
    if not isinstance(call, ast.Call) or found is None:
        return
    twins = [
        *use_twin(module, call, found.known.twin),
        *use_async_path(module, call, found.name),
        *run_process(module, call, found.name),
    ]
    yield from twins
    if not any(found.name == name or found.name.startswith(f"{name}.") for name in names("blocking", "here")):
        yield from call_in_thread(module, call, preferred=not twins)
    function = module.function_around(call)
    if function is not None:
        yield from make_plain(module, function)


def _message(module: Module, found: BlockingCall) -> str:
    text, twin = module.short(found.call), equivalent(module, found.call, found.known.twin)
    if found.links:
        last = found.links[-1]
        through = f"through `{last.name}` " if len(found.links) > 1 else ""
        return f"`{text}` stops the event loop until it is done: {through}it calls `{last.calls}`"
    if found.known.kind == "brief":
        return f"`{text}` holds up the event loop for as long as it takes"
    if twin:
        return f"`{text}` stops the event loop until it is done, where `{twin}` lets other tasks run"
    return f"`{text}` stops the event loop: no other task runs until it is done"
