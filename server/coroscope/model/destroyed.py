"""Tasks of a loop that code runs by hand, and closes before they are done.

loop = asyncio.new_event_loop()
loop.create_task(beat())                # nobody waits for it
loop.run_until_complete(main())         # the loop runs until this is done, and not longer
loop.close()
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from coroscope.knowledge import names
from coroscope.model.callees import callee_name, qualified_names
from coroscope.model.durations import outlasts
from coroscope.model.graph import Graph
from coroscope.model.life import LOST, Fate, Life
from coroscope.model.suspension import runs_loop
from coroscope.model.tasks import loop_of
from coroscope.nodes import FUNCTIONS

if TYPE_CHECKING:
    from coroscope.model.module import Module

_ASKS_NOTHING = frozenset({"add_done_callback", "set_name", "get_name", "cancel"})
_KNOWS_TASKS = ("all_tasks", "set_task_factory")
"""What a file mentions that finds the tasks of a loop by itself."""


@dataclass(frozen=True)
class Destroyed:
    """A task that surely is pending when its loop ends, what that loop runs last, and where it is closed, if it is."""

    life: Life
    run: ast.Call
    close: ast.Call | None
    cancel: ast.AST | None = None


def destroyed(module: Module) -> Iterator[Destroyed]:
    """Every task that code makes which is not async, and that outlasts what its loop is run for."""
    for life in module.tasks():
        origin = life.origin
        if not module.in_async(origin) and isinstance(origin, ast.Call) and origin.args and _is_left_alone(life):
            found = _ended_before(module, life, origin)
            if found is not None and not _may_be_found(module, found):
                yield found


def _is_left_alone(life: Life) -> bool:
    return all(use.fate in LOST or (use.fate is Fate.ASKED and use.name in _ASKS_NOTHING) for use in life.uses)


def _ended_before(module: Module, life: Life, origin: ast.Call) -> Destroyed | None:
    code = module.code_around(origin)
    if not isinstance(code, (ast.Module, *FUNCTIONS)):
        return None
    graph = module.bodies.scope_of(origin).frame.graph
    calls = [node for node in module.tree.block(origin).nodes_of((ast.Call,)) if isinstance(node, ast.Call)]
    runs = [call for call in calls if runs_loop(module, call) and graph.follows(origin, [call])]
    if not runs or not all(_is_run_of(module, run, life) and not graph.follows(run, [run]) for run in runs):
        return None
    if not all(outlasts(module, origin.args[0], run.args[0]) for run in runs):
        return None
    last = next((run for run in runs if not graph.follows(run, runs)), None)
    close = None if last is None else _closed(module, graph, last, calls)
    if last is None or (close is None and not isinstance(code, ast.Module)):
        return None
    cancels = [use.node for use in life.ends(Fate.ASKED) if use.name == "cancel"]
    if any(graph.follows(cancel, runs) for cancel in cancels):
        return None
    return Destroyed(life, last, close, cancels[0] if cancels else None)


def _may_be_found(module: Module, found: Destroyed) -> bool:
    """Whether a file finds the tasks of a loop by itself, and may do more with them than cancel them too late."""
    count = sum(module.source.text.count(word) for word in _KNOWS_TASKS)
    if not count:
        return False
    graph = module.bodies.scope_of(found.run).frame.graph
    late = [
        node
        for node in module.tree.block(found.run).nodes_of((ast.For,))
        if isinstance(node, ast.For) and _only_cancels(node) and _is_after(graph, found.run, node.iter)
    ]
    return count > len(late)


def _only_cancels(loop: ast.For) -> bool:
    """Whether a statement cancels all tasks, and nothing else: `for task in asyncio.all_tasks(loop): task.cancel()`."""
    if not isinstance(loop.iter, ast.Call) or callee_name(loop.iter) != "all_tasks":
        return False
    match loop.target, loop.body:
        case ast.Name(id=task), [ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="cancel")))]:
            return task == name
    return False


def _is_after(graph: Graph, first: ast.AST, node: ast.AST) -> bool:
    return graph.follows(first, [node]) and not graph.follows(node, [first])


def _is_run_of(module: Module, run: ast.Call, life: Life) -> bool:
    """Whether a call runs the very loop of a task until something is done."""
    if callee_name(run) != "run_until_complete" or not run.args or not isinstance(run.func, ast.Attribute):
        return False
    loop = loop_of(life)
    return loop is not None and module.text(loop) == module.text(run.func.value)


def _closed(module: Module, graph: Graph, run: ast.Call, calls: list[ast.Call]) -> ast.Call | None:
    """The call that closes the loop once it has run."""
    for call in calls:
        if callee_name(call) == "close" and graph.follows(run, [call]):
            if qualified_names(module.type_of(call.func)) & names("futures", "closing"):
                return call
    return None
