"""Whether it makes no difference to a call when others run: it reads nothing that they write, and the other way round.

    async def load(name):                       # independent: what it awaits is, and it changes nothing but
        response = await session.get(name)      # its own variables
        return response.json()

    async def count(name):                      # not: it changes what others may read
        totals[name] += 1

Only a proof counts. Calls are independent of methods that only read, of receivers made for concurrent use
(`concurrent.toml`); and of plain async functions of the file whose body does nothing but compute, and await such calls.
One that awaits nothing has nothing to wait for. To print or log is no change that anybody would mind in another order.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from coroscope.knowledge import names
from coroscope.model.callees import qualified_names
from coroscope.model.suspension import suspensions
from coroscope.model.types import ClassObject, FunctionObject, Instance, Type, members
from coroscope.nodes import nodes_within

if TYPE_CHECKING:
    from coroscope.model.module import Module

_DEEPEST = 3
_REFUSED = (
    *(ast.Global, ast.Nonlocal, ast.Delete, ast.Yield, ast.YieldFrom, ast.AsyncFor),
    *(ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda, ast.Import, ast.ImportFrom),
)
_DISPLAYS = (ast.Dict, ast.List, ast.Set, ast.ListComp, ast.SetComp, ast.DictComp)
_PLAIN = frozenset({"str", "bytes", "int", "float", "bool", "tuple", "frozenset"})
_COMPUTED = (ast.Call, ast.Await, ast.NamedExpr, ast.Yield, ast.YieldFrom, ast.Lambda)


def is_independent(module: Module, call: ast.Call, depth: int = _DEEPEST) -> bool:
    """Whether what an awaited call runs is independent; its arguments are computed before in any case."""
    if isinstance(call.func, ast.Attribute) and _is_method(module, call.func, "methods"):
        return True
    callee = module.type_of(call.func)
    if qualified_names(callee) & names("concurrent", "waiting"):
        return True
    if (
        not isinstance(callee, FunctionObject)
        or callee.owner is not None
        or not callee.declaration.is_async
        or not depth
    ):
        return False
    function = _definition(module, callee)
    if function is None or function.decorator_list or not any(suspensions(function.body)):
        return False
    return _is_closed(module, function, depth - 1)


def has_plain_arguments(call: ast.Call) -> bool:
    """Whether the arguments of a call are computed without calling anything, as far as the text tells."""
    arguments = [*call.args, *(keyword.value for keyword in call.keywords)]
    return not any(isinstance(node, _COMPUTED) for argument in arguments for node in ast.walk(argument))


def _definition(module: Module, callee: FunctionObject) -> ast.AsyncFunctionDef | None:
    """The text of a function of the file."""
    if callee.scope.module.summary is not module.summary:
        return None
    for block in module.tree.blocks:
        if isinstance(block.node, ast.AsyncFunctionDef) and block.node.name == callee.declaration.name:
            if module.bodies.function(block.node).declaration is callee.declaration:
                return block.node
    return None


def _is_closed(module: Module, function: ast.AsyncFunctionDef, depth: int) -> bool:
    """Whether a body changes nothing but what it makes itself."""
    own = _own_containers(function)
    return all(_is_harmless(module, node, own, depth) for node in nodes_within(function.body))


def _own_containers(function: ast.AsyncFunctionDef) -> set[str]:
    """The variables that are bound to new containers, and to nothing else."""
    bound: dict[str, list[bool]] = {}
    for node in nodes_within(function.body):
        if isinstance(node, (ast.Assign, ast.AnnAssign)):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for target in targets:
                if isinstance(target, ast.Name):
                    bound.setdefault(target.id, []).append(isinstance(node.value, _DISPLAYS))
    parameters = {arg.arg for arg in ast.walk(function.args) if isinstance(arg, ast.arg)}
    return {name for name, fresh in bound.items() if all(fresh)} - parameters


def _is_harmless(module: Module, node: ast.AST, own: set[str], depth: int) -> bool:
    match node:
        case _ if isinstance(node, _REFUSED):
            return False
        case ast.Attribute(ctx=ast.Store() | ast.Del()):
            return False
        case ast.Subscript(value=container, ctx=ast.Store() | ast.Del()):
            return isinstance(container, ast.Name) and container.id in own
        case ast.Await(value=value):
            return isinstance(value, ast.Call) and (is_independent(module, value, depth) or _is_answer(module, value))
        case ast.With():
            return False
        case ast.AsyncWith(items=items):
            return all(_may_enter(module, item.context_expr) for item in items)
        case ast.Call():
            return _is_known_call(module, node, own, depth)
    return True


def _may_enter(module: Module, entered: ast.expr) -> bool:
    if not isinstance(entered, ast.Call):
        return False
    called = qualified_names(module.type_of(entered.func))
    if called & names("concurrent", "entered"):
        return True
    return isinstance(entered.func, ast.Attribute) and _is_method(module, entered.func, "methods")


def _is_known_call(module: Module, call: ast.Call, own: set[str], depth: int) -> bool:
    """Whether a call is one that others judge, or changes nothing."""
    if is_independent(module, call, depth) or _is_answer(module, call) or _may_enter(module, call):
        return True
    callee = module.type_of(call.func)
    if isinstance(callee, ClassObject):
        return any(entry.cls.is_("builtins", "BaseException") for entry in callee.cls.mro) or _is_pure(callee)
    if isinstance(call.func, ast.Attribute):
        receiver = call.func.value
        if isinstance(receiver, ast.Name) and receiver.id in own:
            return True
        if _is_plain(module.type_of(receiver)):
            return True
    return _is_pure(callee)


def _is_pure(callee: Type) -> bool:
    for name in qualified_names(callee):
        home, _, last = name.rpartition(".")
        if home == "builtins" and last in names("concurrent", "builtins"):
            return True
        if any(home == module or home.startswith(f"{module}.") for module in names("concurrent", "modules")):
            return True
    return False


def _is_plain(type_: Type) -> bool:
    """Whether a value cannot be changed: strings, numbers and tuples."""
    return all(
        isinstance(one, Instance) and any(one.cls.is_("builtins", name) for name in _PLAIN) for one in members(type_)
    )


def _is_answer(module: Module, call: ast.Call) -> bool:
    """Whether a call asks what such a call gave, which is nobody else's."""
    return isinstance(call.func, ast.Attribute) and _is_method(module, call.func, "answers")


def _is_method(module: Module, method: ast.Attribute, kind: str) -> bool:
    known = names("concurrent", kind)
    found = members(module.type_of(method.value))
    return bool(found) and all(
        isinstance(one, Instance)
        and any(f"{entry.cls.module_name}.{entry.cls.qualname}.{method.attr}" in known for entry in one.cls.mro)
        for one in found
    )
