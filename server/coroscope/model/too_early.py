"""Functions that are called where they were to be handed over, to something that calls them later.

    threading.Thread(target=work())         # `work` runs here; the thread gets `None`, and does nothing
    loop.call_later(1, report("late"))      # `report` runs now; the loop gets `None`, and cannot call it

Only what surely cannot be called tells: a call may well make a function. `None` is no function either, even where it
may be left out.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from coroscope.knowledge import callbacks, callers
from coroscope.model.callees import callee_name, qualified_names, taken_function
from coroscope.model.protocols import has_method, is_lazy
from coroscope.model.types import NEVER, FunctionObject, Instance, NoneType, TupleType, Type, members
from coroscope.syntax import Block

if TYPE_CHECKING:
    from coroscope.model.module import Module

_TAKING = frozenset({"loop", "thread", "dropped", "given"})
"""The uses of a callback (`coroscope.knowledge.Callback`) whose functions are called some time later, or elsewhere."""


class TooEarly(NamedTuple):
    """A call in the place of a function, what gets its result, and what that is."""

    call: ast.Call
    taker: ast.Call
    made: Type


def called_too_early(module: Module, block: Block) -> Iterator[TooEarly]:
    """Every call in a block in the place of a function that is to be called later."""
    for taker in block.nodes_of((ast.Call,)):
        call = _in_place_of_function(module, taker) if isinstance(taker, ast.Call) else None
        if call is None or not isinstance(taker, ast.Call):
            continue
        made = module.type_of(call)
        if _is_surely_no_function(module, call, made) and not module.is_expected(call, "TypeError", "RuntimeWarning"):
            if not module.is_dead(taker):
                yield TooEarly(call, taker, made)


def _in_place_of_function(module: Module, taker: ast.Call) -> ast.Call | None:
    name = callee_name(taker)
    if not any(isinstance(taken_function(one, taker), ast.Call) for one in callers().get(name, ())):
        return None
    known = (callbacks().get(one) for one in qualified_names(module.type_of(taker.func)))
    callback = next((one for one in known if one is not None and one.use in _TAKING), None)
    node = None if callback is None else taken_function(callback, taker)
    return node if isinstance(node, ast.Call) else None


def _is_surely_no_function(module: Module, call: ast.Call, made: Type) -> bool:
    if is_lazy(made):
        return True
    callee = module.type_of(call.func)
    if isinstance(callee, FunctionObject) and callee.declaration.is_left_open:
        return False
    return made != NEVER and all(_is_plain(module, member) for member in members(made))


def _is_plain(module: Module, member: Type) -> bool:
    if isinstance(member, (NoneType, TupleType)):
        return True
    return isinstance(member, Instance) and has_method(member, "__call__", module.program) is False
