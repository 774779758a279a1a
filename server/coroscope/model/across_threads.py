"""Queues, locks and events of asyncio that the event loops of two threads use.

    queue = asyncio.Queue()
    threading.Thread(target=lambda: asyncio.run(produce(queue))).start()    # a loop in a thread of its own
    asyncio.run(consume(queue))                                             # and one beside it

Nothing of asyncio is safe to use from two threads: whoever waits in one loop is not woken up by the other. Only threads
tell that are started where the other loop is run, or runs; and only what both surely use.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from coroscope.knowledge import last_names, names
from coroscope.model.callees import callee_name, qualified_names
from coroscope.model.certain import certain_calls
from coroscope.model.graph import Graph
from coroscope.model.mentions import has_names
from coroscope.model.reached import Reached, Thing, View, reached, seen_within, thing_at
from coroscope.model.threads import Threaded, own_function, threaded
from coroscope.model.types import Instance
from coroscope.model.values import maker

if TYPE_CHECKING:
    from coroscope.model.module import Module


_MAKING = frozenset({"Thread"})
_ASKING = frozenset({"empty", "full", "qsize", "locked", "is_set"})


class Crossing(NamedTuple):
    """An object where the loop of a thread gets it, the call that makes this thread, and its use in another loop."""

    use: ast.expr
    thread: ast.Call
    other: ast.expr


class _Loop(NamedTuple):
    """A coroutine that a thread runs in a loop of its own, as seen from the code that makes the thread."""

    thread: ast.Call
    coroutine: ast.Call
    view: View


def crossings(module: Module) -> Iterator[Crossing]:
    """Every object that a thread's loop and the loop beside it surely use."""
    if not has_names(module, _MAKING) or not has_names(module, last_names("loops", "waking")):
        return
    seen: set[ast.expr] = set()
    for loop in _loops(module):
        others = [one for one in _beside(module, loop) if one.method not in _ASKING]
        for use in reached(module, loop.coroutine, loop.view) if others else ():
            same = [one for one in others if one.thing.key == use.thing.key and (one.waits or use.waits)]
            if same and use.method not in _ASKING and use.thing.node not in seen and _is_shared(module, use):
                seen.add(use.thing.node)
                yield Crossing(use.thing.node, loop.thread, same[0].at)


def _loops(module: Module) -> Iterator[_Loop]:
    """The loops that run in threads which a file makes and leaves alone."""
    for found in module.in_blocks(threaded):
        if callee_name(found.call) == "Thread" and not module.is_dead(found.call):
            for run, view in _runs_in(module, found):
                if isinstance(run, ast.Call) and "asyncio.runners.run" in qualified_names(module.type_of(run.func)):
                    if run.args and isinstance(run.args[0], ast.Call):
                        yield _Loop(found.call, run.args[0], view)


def _runs_in(module: Module, found: Threaded) -> Iterator[tuple[ast.expr, View]]:
    """The calls that a thread makes in any case, with what their arguments are for the code that makes it."""
    call = ast.Call(found.function, _arguments(found.call), [])

    def here(node: ast.expr) -> Thing | None:
        return thing_at(module, node)

    if isinstance(found.function, ast.Lambda):
        yield found.function.body, here
        return
    function = own_function(module, module.type_of(found.function))
    if function is None:
        yield call, here
    elif isinstance(function, ast.FunctionDef):
        view = seen_within(module, call, function)
        yield from ((one, view) for one in certain_calls(function.body) if callee_name(one) == "run")


def _arguments(thread: ast.Call) -> list[ast.expr]:
    """What a thread's function gets."""
    given = next((keyword.value for keyword in thread.keywords if keyword.arg == "args"), None)
    return list(given.elts) if isinstance(given, (ast.Tuple, ast.List)) else []


def _beside(module: Module, loop: _Loop) -> Iterator[Reached]:
    """What another loop uses, in which the code runs that makes a thread, or which it runs then."""
    code = module.code_around(loop.thread)
    block = module.tree.block(loop.thread)
    graph = module.bodies.scope_of(loop.thread).frame.graph
    joins = [node for node in block.nodes_of((ast.Call,)) if isinstance(node, ast.Call) and callee_name(node) == "join"]
    for call in block.nodes_of((ast.Call,)):
        if not isinstance(call, ast.Call) or call is loop.coroutine or module.code_around(call) is not code:
            continue
        if not graph.follows(loop.thread, [call]) or any(_is_between(graph, join, call) for join in joins):
            continue
        if module.in_async(call):
            yield from reached(module, call)
        elif "asyncio.runners.run" in qualified_names(module.type_of(call.func)) and call.args:
            coroutine = call.args[0]
            if isinstance(coroutine, ast.Call):
                yield from reached(module, coroutine)


def _is_between(graph: Graph, join: ast.Call, call: ast.Call) -> bool:
    return join is not call and graph.follows(join, [call]) and not graph.follows(call, [join])


def _is_shared(module: Module, use: Reached) -> bool:
    """Whether an object is made once, and surely one of asyncio's own that wake somebody up."""
    value = maker(module, use.thing)
    made = None if value is None else module.type_of(value)
    return isinstance(made, Instance) and f"{made.cls.module_name}.{made.cls.qualname}" in names("loops", "waking")
