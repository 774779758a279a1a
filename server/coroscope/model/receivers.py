"""What the other calls on a receiver tell: it is the asynchronous one of two kinds, since these are awaited.

    class Lock:
        def __init__(self, connection: Connection | AsyncConnection):
            self.connection = connection

        async def extend(self):
            await self.connection.send("EXTEND")        # so `connection` is an `AsyncConnection`
            self.connection.receive()                   # and this wants an `await`, too

A method *depends on its receiver* if it makes something awaitable for one kind and a plain value for another: one of
several classes is called, or one of several overloads. Only asynchronous code counts; the synchronous methods beside
it are there for the other kind.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from coroscope.model.calls import declared_result
from coroscope.model.guards import is_conditional
from coroscope.model.types import FunctionObject, Overloads, Type, members
from coroscope.model.usage import Witness, calls_in, home_of, is_handed_over, witness_of
from coroscope.model.uses import dotted
from coroscope.nodes import parent_of

if TYPE_CHECKING:
    from coroscope.model.module import Module


def awaited_on_receiver(module: Module, call: ast.Call) -> Witness | None:
    """Another call on the same receiver that is awaited on the way to this one, if all such calls are; else None."""
    if not _depends_on_receiver(module, call) or module.may_make_another(call):
        return None
    witness = None
    for other in _others(module, call):
        above = parent_of(other)
        if isinstance(above, ast.Await):
            if witness is None and not is_conditional(above, call):
                witness = above
        elif not is_handed_over(module, other):
            return None
    if witness is None or not isinstance(witness.value, ast.Call):
        return None
    words = f"and `{module.text(witness.value.func)}` is awaited, as in `{module.qualname(witness)}`"
    return witness_of(module, witness)._replace(words=words)


def _others(module: Module, call: ast.Call) -> Iterator[ast.Call]:
    """The other calls in async code, on the same receiver, of methods that depend on it."""
    receiver = dotted(call.func.value) if isinstance(call.func, ast.Attribute) else None
    home = None if receiver is None else home_of(module, call)
    if receiver is None or home is None:
        return
    for other in calls_in(module, home):
        if other is call or not isinstance(other.func, ast.Attribute) or dotted(other.func.value) != receiver:
            continue
        if home_of(module, other) is home and module.in_async(other) and _depends_on_receiver(module, other):
            yield other


def _depends_on_receiver(module: Module, call: ast.Call) -> bool:
    """Whether what is called makes something awaitable for one kind of receiver, and a plain value for another."""
    if not isinstance(call.func, ast.Attribute):
        return False
    functions = list(_functions(module.type_of(call.func)))
    if any(function.declaration.name != call.func.attr for function in functions):
        return False  # made by a `__getattr__`, which decides by the name and not by the kind
    answers = {module.can_await(declared_result(function)) for function in functions}
    return True in answers and len(answers) > 1


def _functions(callee: Type) -> Iterator[FunctionObject]:
    """The functions that may be called, as far as they are known."""
    for one in members(callee):
        for function in one.items if isinstance(one, Overloads) else (one,):
            if isinstance(function, FunctionObject):
                yield function
