"""Loops of async code that take so many turns without giving way that the event loop stands still.

for number in range(10_000_000):        # no other task runs for a second or so
    total += number
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from coroscope.model.callees import qualified_names
from coroscope.model.suspension import suspensions
from coroscope.nodes import nodes_within
from coroscope.syntax import Block

if TYPE_CHECKING:
    from coroscope.model.module import Module

_MANY = 1_000_000
_LARGEST_POWER = 64
_LEAVES_EARLY = (ast.Break, ast.Return, ast.Raise, ast.Yield, ast.YieldFrom)


class LongLoop(NamedTuple):
    """The `range(…)` of a loop, and how many turns it takes."""

    range: ast.Call
    turns: int


def long_loops(module: Module, block: Block) -> Iterator[LongLoop]:
    """Every loop in a block's async code that surely takes a million turns or more before any other task runs."""
    if not isinstance(block.node, ast.AsyncFunctionDef):
        return
    for loop in block.nodes_of((ast.For,)):
        if isinstance(loop, ast.For) and isinstance(loop.iter, ast.Call):
            turns = _turns(module, loop.iter)
            if turns >= _MANY and not any(suspensions(loop.body)) and not module.is_dead(loop.iter):
                if not any(isinstance(node, _LEAVES_EARLY) for node in nodes_within(loop.body)):
                    yield LongLoop(loop.iter, turns)


def _turns(module: Module, call: ast.Call) -> int:
    """How many turns a loop over a call of `range` takes; 0 for all other calls, and where that cannot be said."""
    bounds = [_number(argument) for argument in call.args]
    if not isinstance(call.func, ast.Name) or call.func.id != "range" or None in bounds or call.keywords:
        return 0
    if qualified_names(module.type_of(call.func)) != {"builtins.range"}:
        return 0
    known = [bound for bound in bounds if bound is not None]
    try:
        return len(range(*known))
    except (TypeError, ValueError, OverflowError):
        return 0


def _number(node: ast.expr) -> int | None:
    """A constant, as it is written: `1_000_000`, `10**6`, `1000 * 1000`."""
    match node:
        case ast.Constant(value=int(value)):
            return value
        case ast.BinOp(left=left, op=ast.Mult() | ast.Pow(), right=right):
            first, second = _number(left), _number(right)
            if first is None or second is None or second < 0:
                return None
            if isinstance(node.op, ast.Mult):
                return first * second
            return first**second if second < _LARGEST_POWER and abs(first) <= _MANY else None
    return None
