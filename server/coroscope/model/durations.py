"""How long an async function takes, as far as its text tells: which of two surely outlasts the other.

    async def beat():                async def main():
        while True:                      await asyncio.sleep(1)
            await asyncio.sleep(1)       print("done")

`beat` takes at least for ever, `main` at most a second. What waits for anything but `asyncio.sleep` may take any time.
"""

from __future__ import annotations

import ast
import math
from typing import TYPE_CHECKING

from coroscope.model.callees import qualified_names
from coroscope.model.endings import fallen_off
from coroscope.model.names import own_nodes
from coroscope.model.types import FunctionObject

if TYPE_CHECKING:
    from coroscope.model.module import Module

_REPEATS = (ast.For, ast.AsyncFor, ast.While, ast.AsyncWith, ast.ListComp, ast.SetComp, ast.DictComp)


def outlasts(module: Module, first: ast.expr, second: ast.expr) -> bool:
    """Whether one coroutine surely takes longer than another; both are the expressions that make them."""
    at_least = _at_least(module, first)
    return at_least > 0 and (at_least == math.inf or at_least > _at_most(module, second))


def never_ends(module: Module, coroutine: ast.expr) -> bool:
    """Whether a coroutine goes on until it is cancelled, unless it fails."""
    function = _function(module, coroutine)
    if function is None or list(fallen_off(function.body)):
        return False
    nodes = list(own_nodes(function))
    gives_way = any(isinstance(node, (ast.Await, ast.AsyncFor, ast.AsyncWith)) for node in nodes)
    return gives_way and not any(isinstance(node, (ast.Return, ast.Raise)) for node in nodes)


def _at_least(module: Module, coroutine: ast.expr) -> float:
    if never_ends(module, coroutine):
        return math.inf
    function = _function(module, coroutine)
    if function is None:
        return _slept(module, coroutine) or 0
    seconds = 0.0
    for statement in function.body:
        if any(isinstance(node, ast.Return) for node in ast.walk(statement)):
            break
        if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Await):
            seconds += _slept(module, statement.value.value) or 0
    return seconds


def _at_most(module: Module, coroutine: ast.expr) -> float:
    function = _function(module, coroutine)
    if function is None:
        seconds = _slept(module, coroutine)
        return math.inf if seconds is None else seconds
    nodes = list(own_nodes(function))
    if any(isinstance(node, _REPEATS) for node in nodes):
        return math.inf
    waits = [_slept(module, node.value) for node in nodes if isinstance(node, ast.Await)]
    return sum(math.inf if seconds is None else seconds for seconds in waits)


def _function(module: Module, coroutine: ast.expr) -> ast.AsyncFunctionDef | None:
    """The function of this file whose call makes a coroutine."""
    callee = module.type_of(coroutine.func) if isinstance(coroutine, ast.Call) else None
    if not isinstance(callee, FunctionObject):
        return None
    same = (f for f in module.tree.walk(ast.AsyncFunctionDef) if f.name == callee.declaration.name)
    return next((f for f in same if module.bodies.function(f).declaration is callee.declaration), None)


def _slept(module: Module, node: ast.expr) -> float | None:
    """The seconds of `asyncio.sleep(1)`; None for everything else."""
    match node:
        case ast.Call(func=func, args=[ast.Constant(value=int() | float() as seconds), *_]):
            return float(seconds) if "asyncio.tasks.sleep" in qualified_names(module.type_of(func)) else None
    return None
