"""What the project decorates with a function tells what that function gets.

    def logged(function):
        @wraps(function)
        async def wrapper(*args):
            return await function(*args)        # a coroutine: `@logged` stands before `async def`s alone
        return wrapper

A decorator that is itself made by a call, `@logged("name")`, is a function in the one that is called.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from coroscope.model.bodies import BodyScope
from coroscope.model.usage import Witness
from coroscope.model.uses import DECORATED, DECORATES
from coroscope.nodes import FUNCTIONS, FunctionNode

if TYPE_CHECKING:
    from coroscope.model.module import Module


def decorates_async(module: Module, call: ast.Call) -> Witness | None:
    """An `async def` that is decorated with the function around a call, which calls what it decorates.

    None unless all that the project decorates with it are `async def`s.
    """
    decorator = _decorator_around(module, call.func)
    if decorator is None:
        return None
    word, within = decorator.name, module.summary.name.rpartition(".")[2].lstrip("_")
    told = [module.world.asked(DECORATES, key, module.file) for key in (DECORATED + word, word, f"{within}.{word}")]
    by_path = {path: one for answers in told for path, one in (answers or {}).items()}
    if None in told or any(one.others for one in by_path.values()):
        return None
    for path, one in by_path.items():
        source = module.world.source(path)
        if source is not None and one.where is not None and one.range is not None:
            words = f"and all that `{word}` decorates are `async def`s, as `{one.where}` is"
            return Witness(words, "decorated here", source.path, one.range)
    return None


def _decorator_around(module: Module, callee: ast.expr) -> FunctionNode | None:
    """The function of the module whose first parameter a name is, or of a function in it; None if it is none."""
    scope = module.bodies.scope_of(callee) if isinstance(callee, ast.Name) else None
    while isinstance(scope, BodyScope) and callee.id not in scope.names.bindings:  # type: ignore[attr-defined]  # a Name
        scope = scope.parent if isinstance(scope.parent, BodyScope) else None
    if scope is None or not isinstance(callee, ast.Name) or not isinstance(scope.node, FUNCTIONS):
        return None
    bindings = scope.names.bindings[callee.id]
    first = [*scope.node.args.posonlyargs, *scope.node.args.args][:1]
    if len(bindings) > 1 or [binding.node for binding in bindings] != first or scope.bodies.sent_to(scope, callee.id):
        return None
    return _outermost(module, scope.node)


def _outermost(module: Module, function: FunctionNode) -> FunctionNode | None:
    """A function of the module, or the one around it that is one."""
    around = module.scope_node(function)
    if isinstance(around, FUNCTIONS):
        function, around = around, module.scope_node(around)
    return function if isinstance(around, ast.Module) else None
