"""One coroutine that is handed out many times: by a list that repeats it, a cache, or a function that captures it.

pending = fetch()                   # made once

async def again():
    return await pending            # and awaited by each call of `again`
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from coroscope.model.bodies import BodyScope
from coroscope.model.callees import qualified_names
from coroscope.model.effects import is_unconditional
from coroscope.model.names import Binding
from coroscope.model.occurrences import occurrences
from coroscope.model.protocols import is_coroutine
from coroscope.nodes import FUNCTIONS, parent_of
from coroscope.syntax import Block

if TYPE_CHECKING:
    from coroscope.model.module import Module

_CACHES = frozenset({"functools.lru_cache", "functools.cache", "functools.cached_property"})


class Shared(NamedTuple):
    """What hands one coroutine out again and again, and what makes it.

    That is the repetition; or the decorator of the function that makes it; or the function that awaits it at each call.
    """

    node: ast.expr | ast.AsyncFunctionDef
    maker: ast.expr | ast.AsyncFunctionDef


def shared_coroutines(module: Module, block: Block) -> Iterator[Shared]:
    """Every repetition or capture of a coroutine in a block's code, and every cache around a coroutine function."""
    for node in block.nodes_of((ast.BinOp,)):
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
            for display in (node.left, node.right):
                if isinstance(display, (ast.List, ast.Tuple)) and len(display.elts) == 1:
                    element = display.elts[0]
                    if isinstance(element, ast.Call) and is_coroutine(module.type_of(element)):
                        yield Shared(node, element)
    if isinstance(block.node, ast.AsyncFunctionDef):
        for decorator in block.node.decorator_list:
            called = decorator.func if isinstance(decorator, ast.Call) else decorator
            if not qualified_names(module.type_of(called)).isdisjoint(_CACHES):
                yield Shared(decorator, block.node)
    if isinstance(block.node, FUNCTIONS):
        for child in block.children:
            maker = _captured(module, child)
            if maker is not None and isinstance(child.node, ast.AsyncFunctionDef):
                yield Shared(child.node, maker)


def _captured(module: Module, inner: Block) -> ast.expr | None:
    """What makes the coroutine that a function inside another captures and awaits, if that calls it again and again."""
    function = inner.node
    if not isinstance(function, ast.AsyncFunctionDef) or function.decorator_list:
        return None
    own = module.bodies.body(function)
    around = module.bodies.scope_of(function)
    for one in inner.nodes_of((ast.Await,)):
        name = one.value if isinstance(one, ast.Await) else None
        if not isinstance(name, ast.Name) or name.id in own.names.bindings or not is_unconditional(name, function):
            continue
        bindings = around.names.bindings.get(name.id, [])
        maker = bindings[0].value if len(bindings) == 1 and bindings[0].kind == "assign" else None
        if isinstance(maker, ast.Call) and not bindings[0].path and is_coroutine(module.type_of(maker)):
            if _is_called_again(around, function, bindings[0]):
                return maker
    return None


def _is_called_again(scope: BodyScope, function: ast.AsyncFunctionDef, binding: Binding) -> bool:
    """Whether code awaits a function inside it twice, and neither makes the function anew in between nor the value."""
    calls = [parent_of(read) for read in occurrences(scope, function.name).here]
    awaited = [one for one in calls if isinstance(one, ast.Call) and isinstance(parent_of(one), ast.Await)]
    if len(awaited) < len(calls) or len(scope.names.bindings.get(function.name, ())) != 1:
        return False
    graph = scope.graph
    places = {point for call in awaited for point in graph.points(call)}
    stops = {*graph.points(binding.node), *graph.points(function)}
    return any(not places.isdisjoint(graph.onward(graph.after[point], stops)) for point in places)
