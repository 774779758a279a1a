"""Where code gives way, so that the event loop may run other tasks before it goes on.

An `async def` gives way at `await`, `yield`, `async for` and `async with`, and nowhere else: between two of them no
other task takes a step (PEP 492). Other code gives way where it runs the loop itself, or calls what may do so. A
notebook waits for its user between two cells, and its loop runs on.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from coroscope.knowledge import last_names, names
from coroscope.model.callees import callee_name, qualified_names
from coroscope.model.graph import Graph
from coroscope.model.top_level import are_in_one_cell
from coroscope.nodes import COMPREHENSIONS, nodes_within

if TYPE_CHECKING:
    from coroscope.model.module import Module

_GIVES_WAY = (ast.Await, ast.Yield, ast.YieldFrom, ast.AsyncFor, ast.AsyncWith)


def suspensions(statements: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """The places of some code where it may wait: `await`, `async for`, `async with`, asynchronous comprehensions."""
    for node in nodes_within(statements):
        if isinstance(node, (ast.Await, ast.AsyncFor, ast.AsyncWith)):
            yield node
        elif isinstance(node, COMPREHENSIONS) and any(generator.is_async for generator in node.generators):
            if not isinstance(node, ast.GeneratorExp):
                yield node


def gives_way_after(module: Module, node: ast.AST) -> bool:
    """Whether the code around a node may give way once it has run it."""
    graph = module.bodies.scope_of(node).frame.graph
    return any(_gives_way(module, graph, point) for point in graph.later(node))


def gives_way_between(module: Module, first: ast.AST, last: ast.AST) -> bool:
    """Whether the code around two nodes may give way on some path from the first to the last one."""
    if not are_in_one_cell(module.tree, first, last):
        return True
    graph = module.bodies.scope_of(last).frame.graph
    return any(_gives_way(module, graph, point) for point in graph.between(first, last))


def runs_loop_after(module: Module, node: ast.AST, loop: ast.expr | None) -> bool:
    """Whether the code around a node runs an event loop once it has run the node, or hands that loop to what does."""
    graph = module.bodies.scope_of(node).frame.graph
    text = None if loop is None else module.text(loop)
    for call in module.tree.block(node).nodes_of((ast.Call,)):
        if isinstance(call, ast.Call) and (runs_loop(module, call) or _gets(module, call, text)):
            if graph.follows(node, [call]):
                return True
    return False


def loop_run_before(module: Module, node: ast.AST) -> ast.expr | None:
    """The event loop that the code around a node has run by hand before: `loop` of `loop.run_forever()`."""
    graph = module.bodies.scope_of(node).frame.graph
    for call in module.tree.block(node).nodes_of((ast.Call,)):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and runs_loop(module, call):
            if callee_name(call).startswith("run_") and graph.follows(call, [node]):
                return call.func.value
    return None


def runs_loop(module: Module, call: ast.Call) -> bool:
    """Whether a call surely runs an event loop."""
    if callee_name(call) not in last_names("futures", "running"):
        return False
    return bool(qualified_names(module.type_of(call.func)) & names("futures", "running"))


def _gives_way(module: Module, graph: Graph, point: int) -> bool:
    node = graph.nodes[point] or graph.gates.get(point)
    match node:
        case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
            return any(generator.is_async for generator in node.generators)
        case ast.Call():
            if module.in_async(node):
                return callee_name(node) in last_names("futures", "running")  # patched loops may run within themselves
            return _may_run_loop(module, node)
    return isinstance(node, _GIVES_WAY)


def _gets(module: Module, call: ast.Call, text: str | None) -> bool:
    """Whether code that is not async hands an expression of that text to a call."""
    handed = [*call.args, *(keyword.value for keyword in call.keywords)]
    return text is not None and not module.in_async(call) and any(module.text(arg) == text for arg in handed)


def _may_run_loop(module: Module, call: ast.Call) -> bool:
    """Whether a call in code that is not async may run an event loop: all but the standard library's own functions."""
    known = qualified_names(module.type_of(call.func))
    if not known or known & names("futures", "running"):
        return True
    return any(name.partition(".")[0] not in sys.stdlib_module_names for name in known)
