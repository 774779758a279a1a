"""Awaitables that an async function returns though its result is something else: what its caller awaits gives them.

    async def load(pending: Awaitable[T]) -> T:
        return pending                  # `await load(…)` gives the awaitable

Calls that make a coroutine are `lifecycle`'s subject; here is what was made before, and what works by itself, as
futures do.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from coroscope.model.annotations import annotation
from coroscope.model.guards import is_before
from coroscope.model.protocols import awaited, is_lazy, is_refused
from coroscope.model.rigid import rigid_in
from coroscope.model.types import UNKNOWN, SpecialForm, members
from coroscope.syntax import Block, parent_of

if TYPE_CHECKING:
    from coroscope.model.module import Module


def returned_awaitables(module: Module, block: Block) -> Iterator[ast.expr]:
    """What a block's async code returns that can be awaited, and that its function surely does not mean to return."""
    function = block.node
    if not isinstance(function, ast.AsyncFunctionDef):
        return
    for statement in block.nodes_of((ast.Return,)):
        if not isinstance(statement, ast.Return) or statement.value is None or module.is_dead(statement):
            continue
        value = statement.value
        if isinstance(value, ast.Await) or module.can_await(module.type_of(value)) is not True:
            continue
        if isinstance(value, ast.Call) and is_lazy(module.type_of(value)):
            continue
        if isinstance(value, ast.Attribute) and module.refusal_of_target(value, value):
            continue  # which the assignment to it tells
        if _is_refused(module, function, value):
            yield _first_name(module, value)
        elif function.decorator_list or not isinstance(value, ast.Name):
            continue
        elif _is_returned_anyway(module, statement, value):
            yield value


def _is_refused(module: Module, function: ast.AsyncFunctionDef, value: ast.expr) -> bool:
    """Whether a function's annotation says that it returns something else than this, such as its result.

    `Response | Any` says nothing else, but if that is how the result is declared, nothing else is meant.
    """
    if function.returns is None:
        return False
    scope = module.bodies.declaring(function)
    said = annotation(function.returns, scope)
    if any(isinstance(member, SpecialForm) for member in members(said)):
        return False
    if UNKNOWN not in members(said):
        made = _bound(module, value) or value
        rigid = rigid_in(said, module.bodies, value) if isinstance(made, ast.Call) else frozenset()
        return is_refused(module.type_of(value), said, scope, rigid)
    return said != UNKNOWN and awaited(module.type_of(value), module.program) == said


def first_place(module: Module, value: ast.expr) -> ast.expr:
    """What a returned attribute was bound to before in the function, if nothing else of the file binds or awaits it.

    A variable that is returned is told where it was bound already.
    """
    if not isinstance(value, ast.Attribute):
        return value
    same = [node for node in module.tree.walk(ast.Attribute) if node.attr == value.attr]
    stores = [node for node in same if not isinstance(node.ctx, ast.Load)]
    above = parent_of(stores[0]) if len(stores) == 1 else None
    if not isinstance(above, ast.Assign) or module.function_around(above) is not module.function_around(value):
        return value
    if any(isinstance(parent_of(node), ast.Await) for node in same) or not is_before(above, value):
        return value
    return above.value if above.targets == stores and isinstance(above.value, (ast.Name, ast.Attribute)) else value


def _first_name(module: Module, value: ast.expr) -> ast.expr:
    """The name that a returned variable was bound to, if that is all that binds it: `result = task`."""
    bound = _bound(module, value)
    return bound if isinstance(bound, (ast.Name, ast.Attribute)) else value


def _bound(module: Module, value: ast.expr) -> ast.expr | None:
    """What the one binding of a variable binds it to that may be in force; None if there are more."""
    if not isinstance(value, ast.Name):
        return None
    scope = module.bodies.scope_of(value)
    reaching = scope.graph.reaching(value, value.id, scope.names)
    return reaching[0].value if len(reaching) == 1 and not reaching[0].path else None


def _is_returned_anyway(module: Module, statement: ast.Return, value: ast.Name) -> bool:
    """Whether a condition finds that a value can be awaited, and it is returned as it is in any case."""
    condition = parent_of(statement)
    if not isinstance(condition, ast.If) or condition.body != [statement]:
        return False
    if condition.orelse:
        other: ast.stmt | None = condition.orelse[0] if len(condition.orelse) == 1 else None
    else:
        other = _next(condition)
    if not isinstance(other, ast.Return) or not isinstance(other.value, ast.Name) or other.value.id != value.id:
        return False
    return module.can_await(module.type_of(other.value)) is not True


def _next(statement: ast.stmt) -> ast.stmt | None:
    """The statement after another in the same block."""
    above = parent_of(statement)
    for body in (getattr(above, name, None) for name in ("body", "orelse", "finalbody")):
        if isinstance(body, list) and statement in body:
            rest = body[body.index(statement) + 1 :]
            return rest[0] if rest else None
    return None
