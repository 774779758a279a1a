"""The lives of what is awaitable by all that is known of it, though no type is certain.

    event = events.__anext__()      # by the protocol of asynchronous iterators, whatever `events` is (PEP 492)
    connection.flush()              # `CoroutineType[Any, Any, None] | Unknown`: only a coroutine is known of it

Only what asynchronous code loses is told: it could be awaited there, and was not.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from coroscope.model.attributes import special_method
from coroscope.model.calls import declared_result
from coroscope.model.flags import is_left_to_plain
from coroscope.model.following import followed
from coroscope.model.life import Life
from coroscope.model.program import Program
from coroscope.model.protocols import is_lazy
from coroscope.model.types import (
    UNKNOWN,
    CallableType,
    FunctionObject,
    Instance,
    NoneType,
    Overloads,
    Type,
    members,
    without_none,
)
from coroscope.nodes import parent_of
from coroscope.syntax import Block

if TYPE_CHECKING:
    from coroscope.model.module import Module

_SPECIAL = frozenset({"__anext__", "__aenter__", "__aexit__"})
"""What `async for` and `async with` await (data model, 3.4.3 and 3.4.4)."""
_OF_GENERATORS = frozenset({"asend", "athrow", "aclose"})
"""What asynchronous generators have (PEP 525), and, of `aclose`, all that `contextlib.aclosing` closes."""


def presumed_lives(module: Module, block: Block) -> Iterator[Life]:
    """The life of every value that a block's async code makes and loses, and that is awaitable by all that is known."""
    if not isinstance(block.node, ast.AsyncFunctionDef):
        return
    for call in block.nodes_of((ast.Call,)):
        if not isinstance(call, ast.Call) or isinstance(parent_of(call), ast.Await) or not module.in_async(call):
            continue
        if not (_is_protocol(module, call) or _builds_if_known(module, call)):
            continue
        if module.is_chosen(call) or module.is_dead(call):
            continue
        life = followed(module, call, module.type_of(call))
        if life.is_lost and not is_left_to_plain(module, call):
            yield life


def _is_protocol(module: Module, call: ast.Call) -> bool:
    """Whether the name of the method says that a call makes an awaitable; a known `aclose` says it by its type."""
    method = call.func
    if not isinstance(method, ast.Attribute) or module.type_of(call) != UNKNOWN:
        return False
    if method.attr in _OF_GENERATORS:
        return without_none(module.type_of(method)) == UNKNOWN
    return method.attr in _SPECIAL


def _builds_if_known(module: Module, call: ast.Call) -> bool:
    """Whether a call makes a coroutine or `Awaitable` by all that is known of its type, and of what is called.

    A function that gives back what it is given makes none, even if it is given a coroutine elsewhere.
    """
    type_ = module.type_of(call)
    known = [member for member in members(type_) if member != UNKNOWN]
    if not 0 < len(known) < len(members(type_)) or not all(is_lazy(member) for member in known):
        return False
    callees = [member for member in members(module.type_of(call.func)) if member != UNKNOWN]
    return all(_says_so(callee, module.program) for callee in callees)


def _says_so(callee: Type, program: Program) -> bool:
    """Whether something callable says that it makes awaitables and nothing else, or says nothing, or cannot be called.

    That is asked of the members of a type of which one says it.
    """
    match callee:
        case Overloads():
            return all(_says_so(item, program) for item in callee.items)
        case FunctionObject():
            return callee.declaration.is_async or (
                callee.declaration.returns is not None and is_lazy(declared_result(callee))
            )
        case Instance():
            method = special_method(callee, "__call__", program)
            return method is None or (not isinstance(method, Instance) and _says_so(method, program))
        case CallableType():
            return callee.result == UNKNOWN or is_lazy(callee.result)
    return isinstance(callee, NoneType)
