"""Queues, locks and events that are made before the event loop in which they are used, for a Python before 3.10.

    lock = asyncio.Lock()           # belongs to what `get_event_loop` gives here
    asyncio.run(main())             # makes a loop of its own, in which `main` cannot wait for that lock

Since 3.10 they belong to the loop that first has to wait for them (see `coroscope.model.carried`).
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from coroscope.knowledge import last_names, names
from coroscope.model.callees import callee_name, qualified_names
from coroscope.model.certain import may_be_caught
from coroscope.model.mentions import has_names
from coroscope.model.reached import reached
from coroscope.model.values import maker

if TYPE_CHECKING:
    from coroscope.model.module import Module

_RUNNING = frozenset({"run"})
_KNOWING = frozenset({"get_event_loop", "set_event_loop", "nest_asyncio"})
"""What a file mentions that may run the loop to which they belong."""


class EarlyBound(NamedTuple):
    """The call that makes an object, a use of it, and the call that runs the loop of this use."""

    made: ast.Call
    use: ast.expr
    run: ast.Call


def early_bound(module: Module) -> Iterator[EarlyBound]:
    """Every object made outside of async code that a coroutine surely waits for which `asyncio.run` runs."""
    if module.program.target.python >= (3, 10) or not has_names(module, _RUNNING) or has_names(module, _KNOWING):
        return
    if not has_names(module, last_names("loops", "waking")):
        return
    seen: set[ast.expr] = set()
    for run in module.tree.walk(ast.Call):
        if callee_name(run) != "run" or len(run.args) != 1 or module.in_async(run) or module.is_dead(run):
            continue
        coroutine = run.args[0]
        if isinstance(coroutine, ast.Call) and "asyncio.runners.run" in qualified_names(module.type_of(run.func)):
            for use in reached(module, coroutine):
                made = maker(module, use.thing) if use.waits and not may_be_caught(use.at) else None
                if isinstance(made, ast.Call) and made not in seen and _is_early(module, made):
                    seen.add(made)
                    yield EarlyBound(made, use.at, run)


def _is_early(module: Module, made: ast.Call) -> bool:
    """Whether a call makes something of asyncio for the loop of its time, where none runs."""
    if module.in_async(made) or any(keyword.arg in (None, "loop") for keyword in made.keywords):
        return False
    return bool(qualified_names(module.type_of(made.func)) & names("loops", "waking"))
