"""The places that want an awaitable: operands of `await`, and what asyncio's functions are to run.

A function that takes several wants each as an argument of its own (`gather`), or all in one collection (`wait`).
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from coroscope.knowledge import last_names, names
from coroscope.model.callees import aliases, callee_name, qualified_names
from coroscope.model.misuse import callee_text
from coroscope.model.protocols import iterated
from coroscope.model.types import CallableType, FunctionObject, Instance, TupleType, Type, members
from coroscope.nodes import parent_of
from coroscope.syntax import Block

if TYPE_CHECKING:
    from coroscope.model.module import Module

_COLLECTIONS = ("builtins", "collections", "typing", "_collections_abc")
"""The modules whose classes hold what anybody puts in."""


def takers(module: Module, block: Block) -> Iterator[tuple[str, ast.expr]]:
    """What stands in the places of a block that want an awaitable, and what takes it: `await`, or a callee as written.

    A collection of awaitables in the place of one is a mistake of its own: `collections_for_one` has it.
    """
    mentioned = _mentions(block, "all", "first")
    for node in block.nodes_of((ast.Await, ast.Call)):
        if isinstance(node, ast.Await):
            yield "await", node.value
        elif isinstance(node, ast.Call) and node.args and callee_name(node) in mentioned:
            yield from _arguments(module, node)


def collections_for_one(module: Module) -> Iterator[tuple[ast.Call, ast.expr]]:
    """Every argument that holds awaitables where each is to be an argument of its own, with its call."""
    for call in calls_taking(module, "all"):
        for argument in call.args:
            if not isinstance(argument, ast.Starred) and is_collection(module, argument):
                yield call, argument


def calls_taking(module: Module, way: str) -> Iterator[ast.Call]:
    """Every call of a function that takes awaitables in one of the ways that `takers.toml` lists."""
    return (call for call, known in module.in_blocks(_taking) if known & names("takers", way))


def collection_of(call: ast.Call) -> ast.expr | None:
    """What `wait` or `as_completed` is to wait for: its first argument, by position or as `fs`."""
    if call.args:
        return call.args[0]
    return next((keyword.value for keyword in call.keywords if keyword.arg == "fs"), None)


def is_collection(module: Module, node: ast.expr) -> bool:
    """Whether a value cannot be awaited itself, but what is in it can, or may: a list of tasks, or of nobody knows."""
    type_ = module.type_of(node)
    found = members(type_)
    if not all(isinstance(member, (Instance, TupleType)) for member in found) or module.can_await(type_) is not False:
        return False
    if module.can_iterate(type_) is not True:
        return False
    held = [module.can_await(iterated(member, module.program)) for member in found]
    if all(held) or holds_awaitables_by_key(module, type_):
        return True
    is_plain = isinstance(node, ast.GeneratorExp) or all(_is_plain_collection(member) for member in found)
    return False not in held and is_plain


def refuses_coroutines(module: Module, call: ast.Call) -> bool:
    """Whether a call is of `asyncio.wait` and the target has one that takes no coroutines (3.11, deprecated in 3.8)."""
    is_wait = "asyncio.tasks.wait" in qualified_names(module.type_of(call.func))
    return is_wait and module.program.target.python >= (3, 11)


def is_single(module: Module, type_: Type) -> bool:
    """Whether a value surely is one awaitable, and no collection of any: coroutines, futures, own classes."""
    return all(_is_single(module, member) for member in members(type_))


def is_future(member: Type) -> bool:
    """Whether a type is asyncio's future, or a task."""
    return isinstance(member, Instance) and any(
        member.cls.ancestor(home, "Future") is not None for home in ("_asyncio", "asyncio.futures")
    )


def holds_awaitables_by_key(module: Module, type_: Type) -> bool:
    """Whether a value is a dictionary whose values can be awaited, and whose keys cannot."""
    entry = type_.cls.ancestor("builtins", "dict") if isinstance(type_, Instance) else None
    if entry is None or not isinstance(type_, Instance) or entry.cls is not type_.cls or len(type_.args) != 2:
        return False
    return module.can_await(type_.args[0]) is False and module.can_await(type_.args[1]) is True


def is_meant(module: Module, node: ast.expr, *errors: str) -> bool:
    """Whether a misplaced value is never made, or is expected to raise an error, or an override may make another.

    `errors` are the builtin exceptions that the mistake raises.
    """
    if module.is_dead(node) or module.is_chosen(node) or _may_be_another(module, node):
        return True
    return module.is_expected(node, *errors)


def _may_be_another(module: Module, node: ast.expr) -> bool:
    """Whether the value comes from a callback, or from a method that leaves to its overrides what it does.

    The code that awaits it tells as much of what such a call makes as an annotation does; nor does an annotation count
    that the body contradicts.
    """
    if not isinstance(node, ast.Call):
        return False
    callee = module.type_of(node.func)
    if any(isinstance(member, CallableType) for member in members(callee)):
        return not isinstance(node.func, ast.Lambda)
    if module.may_be_awaitable(node):
        return True
    if not isinstance(callee, FunctionObject) or callee.owner is None:
        return False
    return callee.declaration.returns is None or module.is_left_open(node)


def taker_of(module: Module, node: ast.expr) -> ast.Call | None:
    """The call that takes an expression over to run it, such as `create_task(…)`; None if none does."""
    above = parent_of(node)
    if not isinstance(above, ast.Call) or node not in above.args:
        return None
    known = qualified_names(module.type_of(above.func))
    takes = known & names("takers", "all") or (above.args[0] is node and known & names("takers", "first"))
    return above if takes else None


def _taking(module: Module, block: Block) -> Iterator[tuple[ast.Call, set[str]]]:
    """The calls of what may take awaitables by its name, with the names that the standard library has for it."""
    mentioned = _mentions(block, "all", "first", "collection")
    for node in block.nodes_of((ast.Call,)):
        if isinstance(node, ast.Call) and (node.args or node.keywords) and callee_name(node) in mentioned:
            yield node, qualified_names(module.type_of(node.func))


def _arguments(module: Module, call: ast.Call) -> Iterator[tuple[str, ast.expr]]:
    known = qualified_names(module.type_of(call.func))
    if known & names("takers", "all"):
        for argument in call.args:
            if not isinstance(argument, ast.Starred) and not is_collection(module, argument):
                yield callee_text(module, call), argument
    elif known & names("takers", "first") and not isinstance(call.args[0], ast.Starred):
        yield callee_text(module, call), call.args[0]


def _is_single(module: Module, member: Type) -> bool:
    if module.can_await(member) is not True:
        return False
    return is_future(member) or module.can_iterate(member) is False


def _is_plain_collection(member: Type) -> bool:
    """Whether a type is of those that hold anything; a generator may be one that asyncio runs, before Python 3.12."""
    if not isinstance(member, Instance):
        return isinstance(member, TupleType)
    return member.cls.module_name in _COLLECTIONS and not member.cls.is_("typing", "Generator")


def _mentions(block: Block, *ways: str) -> frozenset[str]:
    """How calls of these functions end in a block: `gather`, or `g` by `from asyncio import gather as g`."""
    wanted = last_names("takers", *ways)
    return wanted | aliases(block, wanted)
