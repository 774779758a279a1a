"""Awaitables that an async function returns though its result is something else: what its caller awaits gives them.

    async def load(pending: Awaitable[T]) -> T:
        return pending                  # `await load(…)` gives the awaitable

Calls that make a coroutine are `lifecycle`'s subject; here is what was made before, what works by itself, as futures
do, and what is returned in a collection.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from coroscope.knowledge import names
from coroscope.model.annotations import annotation
from coroscope.model.callees import qualified_names
from coroscope.model.guards import is_before
from coroscope.model.life import Life
from coroscope.model.occurrences import occurrences
from coroscope.model.protocols import awaited, is_lazy, is_refused
from coroscope.model.rigid import rigid_in
from coroscope.model.takers import taker_of
from coroscope.model.types import NONE, UNKNOWN, FunctionObject, Instance, SpecialForm, Type, members
from coroscope.nodes import parent_of
from coroscope.syntax import Block

if TYPE_CHECKING:
    from coroscope.model.module import Module

_COLLECTIONS = (ast.List, ast.Tuple, ast.Set, ast.ListComp, ast.SetComp)


def returned_awaitables(module: Module) -> Iterator[ast.expr]:
    """What async functions return that can be awaited and they surely do not mean, in the place where it was bound."""
    return (_first_place(module, value) for value in module.in_blocks(_returned))


def _returned(module: Module, block: Block) -> Iterator[ast.expr]:
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


def is_returned_in_collection(module: Module, life: Life) -> bool:
    """Whether an async function returns a collection of coroutines of its own, for whoever awaits it to await again.

        return [read() for _ in range(count)]       # in `async def read`, which gives a number elsewhere

    That goes on without end, unless collections are all that the function gives: these are jobs to do next.
    """
    function = module.function_around(life.origin)
    collection = parent_of(life.origin)
    if not isinstance(function, ast.AsyncFunctionDef) or not isinstance(collection, _COLLECTIONS):
        return False
    is_element = not isinstance(collection, (ast.ListComp, ast.SetComp)) or collection.elt is life.origin
    if not is_element or not _is_call_of(module, life.origin, function) or not _is_only_returned(module, collection):
        return False
    return _gives_no_collection(module, function, module.type_of(collection))


def is_returned_among_results(module: Module, life: Life) -> bool:
    """Whether an async function returns a coroutine as one item of a dictionary whose other items are none.

        return {"type": "thread", "payload": load()}

    Not so where the file reads items of that name, and may await them, nor in what resolves the fields of a query:
    there the framework does.
    """
    function = module.function_around(life.origin)
    display = parent_of(life.origin)
    if not isinstance(function, ast.AsyncFunctionDef) or not isinstance(display, ast.Dict) or not life.is_coroutine:
        return False
    if not isinstance(parent_of(display), ast.Return) or function.decorator_list or "resolve" in function.name:
        return False
    items = zip(display.keys, display.values, strict=True)
    key = next((key.value for key, value in items if value is life.origin and isinstance(key, ast.Constant)), None)
    others = [module.can_await(module.type_of(value)) for value in display.values if value is not life.origin]
    return isinstance(key, str) and False in others and True not in others and not _reads_item(module, key)


def _reads_item(module: Module, key: str) -> bool:
    """Whether code of the file reads an item under a key."""
    return any(
        isinstance(one, ast.Subscript) and isinstance(one.slice, ast.Constant) and one.slice.value == key
        for one in module.tree.walk(ast.Subscript)
    )


def _is_call_of(module: Module, origin: ast.expr, function: ast.AsyncFunctionDef) -> bool:
    """Whether an expression calls the function that it stands in."""
    callee = module.type_of(origin.func) if isinstance(origin, ast.Call) else None
    if not isinstance(callee, FunctionObject) or callee.declaration.name != function.name:
        return False
    is_own = callee.scope.module.summary.path == module.summary.path
    return is_own and callee.declaration.qualname == module.qualname(function.body[0])


def _is_only_returned(module: Module, collection: ast.expr) -> bool:
    """Whether a collection is returned, perhaps by a name, and nothing takes anything out of it in sight."""
    above = parent_of(collection)
    if isinstance(above, ast.Return):
        return True
    target = above.targets[0] if isinstance(above, ast.Assign) else None
    if not isinstance(target, ast.Name):
        return False
    scope = module.bodies.scope_of(target)
    _, is_captured, by_binding, _ = scope.known(("reads", target.id), lambda: occurrences(scope, target.id))
    reads = by_binding.get(scope.names.by_node[target], [])
    return (
        not is_captured
        and any(isinstance(parent_of(read), ast.Return) for read in reads)
        and all(isinstance(parent_of(read), (ast.Return, ast.Call)) and not taker_of(module, read) for read in reads)
    )


def _gives_no_collection(module: Module, function: ast.AsyncFunctionDef, collection: Type) -> bool:
    """Whether an async function says that it gives no such collection, or gives something else on another path."""
    if function.returns is not None:
        scope = module.bodies.declaring(function)
        if is_refused(collection, annotation(function.returns, scope), scope):
            return True
    values = (one.value for one in module.tree.block(function).nodes_of((ast.Return,)) if isinstance(one, ast.Return))
    return any(value is not None and _is_other(module, module.type_of(value), collection) for value in values)


def _is_other(module: Module, given: Type, collection: Type) -> bool:
    """Whether a value surely is neither awaitable, nor None, nor such a collection."""
    if module.can_await(given) is not False or any(not isinstance(member, Instance) for member in members(given)):
        return False
    return is_refused(collection, given, module.bodies.module)


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
        if said == NONE and isinstance(made, ast.Call) and _starts_task(module, made):
            return False
        rigid = rigid_in(said, module.bodies, value) if isinstance(made, ast.Call) else frozenset()
        return is_refused(module.type_of(value), said, scope, rigid)
    return said != UNKNOWN and awaited(module.type_of(value), module.program) == said


def _starts_task(module: Module, call: ast.Call) -> bool:
    """Whether a call makes a task, which goes on by itself."""
    return bool(qualified_names(module.type_of(call.func)) & names("futures", "tasks"))


def _first_place(module: Module, value: ast.expr) -> ast.expr:
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
