"""Locks of threads that async code holds while it waits.

    with self.lock:                 # the thread of the event loop has the lock
        await store(item)           # other tasks run now: one of them that wants the lock stops the loop, and for good

The lock may be given back on the way: what is looked for is a way from where it is taken to a place where code waits
that does not come by a `release`. Code that only tries to take it, or not for long, knows what it does.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from coroscope.knowledge import names
from coroscope.model.graph import Graph
from coroscope.model.suspension import suspensions
from coroscope.model.types import Instance, Type, members
from coroscope.nodes import nodes_within
from coroscope.syntax import Block

if TYPE_CHECKING:
    from coroscope.model.module import Module


class Held(NamedTuple):
    """A lock as it is taken, by `with` or by `acquire()`, and the first place where code waits that has it."""

    lock: ast.expr
    suspension: ast.AST


def held_across(module: Module, block: Block) -> Iterator[Held]:
    """Every lock of threads that a block's async code holds while it waits."""
    if not isinstance(block.node, ast.AsyncFunctionDef):
        return
    for node in block.nodes_of((ast.With, ast.Call)):
        if isinstance(node, ast.With):
            waits = list(suspensions(node.body)) if module.in_async(node) else []
            for item in node.items if waits else ():
                if is_thread_lock(module.type_of(item.context_expr)):
                    yield from _held(module, block, item.context_expr, item.context_expr, waits)
        elif isinstance(node, ast.Call) and _takes(module, node) and isinstance(node.func, ast.Attribute):
            yield from _held(module, block, node.func.value, node, list(suspensions(block.node.body)))


def is_thread_lock(type_: Type) -> bool:
    """Whether a value surely is a lock of threads or processes."""
    locks = names("locks", "of_threads")
    found = members(type_)
    return bool(found) and all(
        isinstance(one, Instance) and any(f"{e.cls.module_name}.{e.cls.qualname}" in locks for e in one.cls.mro)
        for one in found
    )


def _takes(module: Module, call: ast.Call) -> bool:
    """Whether a call in async code waits for a lock as long as it takes."""
    if not isinstance(call.func, ast.Attribute) or call.func.attr != "acquire" or call.args or call.keywords:
        return False
    return module.in_async(call) and is_thread_lock(module.type_of(call.func.value))


def _held(module: Module, block: Block, lock: ast.expr, taken: ast.expr, waits: list[ast.AST]) -> Iterator[Held]:
    graph = module.bodies.scope_of(taken).frame.graph
    text = module.text(lock)
    releases = {point for call in _releases(module, block, text) for point in graph.points(call)}
    starts = [point for part in nodes_within([taken]) for point in graph.points(part)]
    reached = graph.onward(starts, releases)
    for one in waits:
        if not module.is_dead(one) and any(point in reached and point not in releases for point in _points(graph, one)):
            yield Held(lock, one)
            return


def _releases(module: Module, block: Block, text: str) -> Iterator[ast.Call]:
    for call in block.nodes_of((ast.Call,)):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == "release":
            if module.text(call.func.value) == text:
                yield call


def _points(graph: Graph, suspension: ast.AST) -> Iterator[int]:
    """The points of a place where code waits; `async with` has those of what it enters, `async for` of its iterable."""
    match suspension:
        case ast.AsyncWith(items=items):
            parts = list(nodes_within(item.context_expr for item in items))
        case ast.AsyncFor(iter=iterable):
            parts = list(nodes_within([iterable]))
        case _:
            parts = [suspension]
    return (point for part in parts for point in graph.points(part))
