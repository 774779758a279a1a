"""Make a function `async`, where nothing calls it that would have to follow."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from coroscope.findings import Fix, TextEdit
from coroscope.fixes.await_it import awaiting
from coroscope.fixes.edits import insert
from coroscope.knowledge import names
from coroscope.model.callees import qualified_names
from coroscope.model.module import Module
from coroscope.model.references import references
from coroscope.nodes import FunctionNode, parent_of

_KNOWN_DECORATORS = ("staticmethod", "classmethod")


def make_async(module: Module, function: FunctionNode, awaited: Sequence[ast.expr] = ()) -> Fix:
    """Turn `def` into `async def`, and await these expressions in it."""

    def make() -> Sequence[TextEdit]:
        edits = [insert(module, module.tree.span(function).start, "async ")]
        for node in awaited:
            edits += awaiting(module, node)
        return edits

    return Fix(f"Make `{function.name}` async", make, preferred=True)


def can_be_async(module: Module, function: FunctionNode) -> bool:
    """Whether a `def` can become `async def` with no caller that would have to follow."""
    if isinstance(function, ast.AsyncFunctionDef) or _is_special(function) or _yields_from(module, function):
        return False
    for decorator in function.decorator_list:
        if not (isinstance(decorator, ast.Name) and decorator.id in _KNOWN_DECORATORS):
            return False
    if _overrides(module, function):
        return False
    places = references(module, function)
    return all(_follows_already(place) or _is_run_by_name(module, place) for place in places)


def _is_special(function: FunctionNode) -> bool:
    return function.name.startswith("__") and function.name.endswith("__")


def _yields_from(module: Module, function: FunctionNode) -> bool:
    return any(isinstance(node, (ast.YieldFrom, ast.Yield)) for node in module.tree.block(function).nodes)


def _overrides(module: Module, function: FunctionNode) -> bool:
    """Whether a base class has, or may have, a method of this name."""
    around = module.scope_node(function)
    if not isinstance(around, ast.ClassDef):
        return False
    cls = module.bodies.class_(around)
    if cls.has_unknown_base:
        return True
    return any(function.name in entry.cls.declaration.names for entry in cls.mro[1:])


def _follows_already(reference: ast.AST) -> bool:
    """Whether a reference is a call whose result is awaited, or handed to something that runs it."""
    call = parent_of(reference)
    if isinstance(call, ast.Attribute):
        call = parent_of(call)
    if not isinstance(call, ast.Call) or (call.func is not reference and parent_of(reference) is call):
        return False
    above = parent_of(call)
    if isinstance(above, ast.Starred):
        above = parent_of(above)
    if isinstance(above, ast.Await):
        return True
    return isinstance(above, ast.Call) and _runs(above.func)


def _is_run_by_name(module: Module, reference: ast.AST) -> bool:
    """Whether a reference is handed to what runs an async function: `trio.run(main)`, `nursery.start_soon(main)`."""
    call = parent_of(reference)
    if isinstance(call, ast.Attribute):
        reference, call = call, parent_of(call)
    if not isinstance(call, ast.Call) or not call.args or call.args[0] is not reference:
        return False
    takers = names("loops", "running_function") | names("loops", "starting_function")
    return bool(qualified_names(module.type_of(call.func)) & takers)


def _runs(function: ast.expr) -> bool:
    name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    return name in ("run", "create_task", "gather", "ensure_future", "run_until_complete", "wait_for", "shield")
