"""Statements of async code that would do something if an `await` stood in them, and do nothing as they are.

for task in tasks:
    task.cancel()
    task                            # only names it
if inspect.isawaitable(result):
    result = result                 # assigns it to itself
lines(page)                         # makes an async generator, whose body nothing runs
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from coroscope.knowledge import last_names, names
from coroscope.model.callees import callee_name, qualified_names
from coroscope.model.declared import may_be_dropped
from coroscope.model.following import followed
from coroscope.model.life import Fate
from coroscope.model.protocols import is_coroutine, is_lazy
from coroscope.model.shown import is_shown
from coroscope.model.types import UNKNOWN, ClassObject, FunctionObject, Type, members, without_none
from coroscope.nodes import FUNCTIONS
from coroscope.syntax import Block

if TYPE_CHECKING:
    from coroscope.model.module import Module

_BARE = (ast.Name, ast.Attribute, ast.Subscript)


def only_named(module: Module, block: Block) -> Iterator[ast.Name]:
    """The local variables that are a whole statement of a block's async code, if nothing is known of what they are.

    Naming a variable does nothing; where the type is known to be awaitable, that is told without this question.
    """
    if not isinstance(block.node, ast.AsyncFunctionDef):
        return
    for statement in block.nodes_of((ast.Expr,)):
        if not isinstance(statement, ast.Expr) or not isinstance(statement.value, ast.Name):
            continue
        name = statement.value
        scope = module.bodies.scope_of(name)
        is_local = isinstance(scope.node, FUNCTIONS) and name.id in scope.names.bindings
        if is_local and module.in_async(name) and _may_be_awaitable(module, name) and not module.is_dead(name):
            yield name


def dropped_awaitables(module: Module, block: Block) -> Iterator[ast.expr]:
    """What can be awaited among the values of a block's async statements, but for the calls that make coroutines."""
    for statement in block.nodes_of((ast.Expr,)):
        for node in _values(statement.value) if isinstance(statement, ast.Expr) else ():
            if isinstance(node, (ast.Call, *_BARE)) and module.in_async(node) and _is_awaitable(module, node):
                if not may_be_dropped(node, module.bodies.scope_of(node)) and not is_shown(module, node):
                    yield node


def dropped_futures(module: Module, block: Block) -> Iterator[ast.Call]:
    """The statements of a block's async code that only call what makes a future that stands for other work."""
    for statement in block.nodes_of((ast.Expr,)):
        call = statement.value if isinstance(statement, ast.Expr) else None
        if isinstance(call, ast.Call) and callee_name(call) in last_names("futures", "made"):
            if module.in_async(call) and qualified_names(module.type_of(call.func)) & names("futures", "made"):
                if not may_be_dropped(call, module.bodies.scope_of(call)) and not is_shown(module, call):
                    yield call


def assigned_to_themselves(module: Module, block: Block) -> Iterator[ast.Name]:
    """The names that a block's async code assigns to themselves, and that can be awaited there."""
    if not isinstance(block.node, ast.AsyncFunctionDef):
        return
    for statement in block.nodes_of((ast.Assign,)):
        if not isinstance(statement, ast.Assign) or not isinstance(statement.value, ast.Name):
            continue
        value = statement.value
        same = [isinstance(target, ast.Name) and target.id == value.id for target in statement.targets]
        if all(same) and module.in_async(value) and module.can_await(module.type_of(value)) is True:
            if not module.is_dead(value):
                yield value


def unused_generators(module: Module, block: Block) -> Iterator[ast.Call]:
    """The calls by which a block's code makes an async generator that nothing iterates over: its body never runs."""
    for statement in block.nodes_of((ast.Expr, ast.Assign)):
        call = statement.value if isinstance(statement, (ast.Expr, ast.Assign)) else None
        if not isinstance(call, ast.Call) or not _is_generator_function(module.type_of(call.func)):
            continue
        if isinstance(statement, ast.Assign) and not isinstance(block.node, FUNCTIONS):
            continue  # others may import what a module names
        life = followed(module, call, module.type_of(call))
        if life.only(Fate.DROPPED, Fate.UNUSED, Fate.OVERWRITTEN) and not module.is_dead(call):
            yield call


def never_stopping(module: Module, block: Block) -> Iterator[ast.Call]:
    """The calls for the next item in a block's async code for whose end a handler waits that nothing can reach."""
    if not isinstance(block.node, ast.AsyncFunctionDef):
        return
    for statement in block.nodes_of((ast.Try,)):
        if not isinstance(statement, ast.Try) or not any(_is_end(module, one.type) for one in statement.handlers):
            continue
        inside = [node for part in statement.body for node in ast.walk(part)]
        if any(isinstance(node, (ast.Await, ast.AsyncFor, ast.AsyncWith, ast.Raise)) for node in inside):
            continue
        for part in statement.body:
            value = part.value if isinstance(part, (ast.Assign, ast.AnnAssign, ast.Return)) else None
            if isinstance(value, ast.Call) and _is_next(module, value) and not module.is_dead(value):
                yield value


def _values(node: ast.expr) -> Iterator[ast.expr]:
    """The expressions whose value a statement may have: through conditional expressions, `and` and `or`."""
    match node:
        case ast.IfExp():
            yield from _values(node.body)
            yield from _values(node.orelse)
        case ast.BoolOp():
            yield from _values(node.values[-1])
        case _:
            yield node


def _is_awaitable(module: Module, node: ast.expr) -> bool:
    type_ = without_none(module.type_of(node)) if isinstance(node, _BARE) else module.type_of(node)
    if is_coroutine(type_) and isinstance(node, ast.Call):
        return False
    if module.can_await(type_) is not True:
        return False
    if isinstance(node, _BARE):
        return True
    return is_lazy(type_) and not (isinstance(node, ast.Call) and module.may_make_another(node))


def _is_generator_function(callee: Type) -> bool:
    """Whether something is an async generator function that no override replaces."""
    if not isinstance(callee, FunctionObject) or callee.declaration.decorators:
        return False
    return callee.declaration.is_async and callee.declaration.is_generator and not callee.declaration.is_left_open


def _is_end(module: Module, caught: ast.expr | None) -> bool:
    """Whether a handler is for `StopAsyncIteration` alone."""
    if not isinstance(caught, ast.Name) or caught.id != "StopAsyncIteration":
        return False
    type_ = module.type_of(caught)
    return isinstance(type_, ClassObject) and type_.cls.is_("builtins", "StopAsyncIteration")


def _is_next(module: Module, call: ast.Call) -> bool:
    """Whether a call asks an asynchronous iterator for its next item."""
    if isinstance(call.func, ast.Attribute):
        return call.func.attr == "__anext__"
    return bool(qualified_names(module.type_of(call.func)) & {"builtins.anext"})


def _may_be_awaitable(module: Module, name: ast.Name) -> bool:
    """Whether a type leaves it open that a value can be awaited, and names nothing that cannot be."""
    type_ = module.type_of(name)
    known = [member for member in members(type_) if member != UNKNOWN]
    return len(known) < len(members(type_)) and all(module.can_await(member) is True for member in known)
