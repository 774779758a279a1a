"""What the callers of a private function pass to it (which calls these are, `coroscope.model.callers` says)."""

from __future__ import annotations

import ast

from coroscope.model.scopes import ModuleScope, Scope
from coroscope.model.summary import Call, Class, Function, Parameter
from coroscope.model.types import NEVER, UNKNOWN, FunctionObject, Instance, Type, members, union
from coroscope.syntax import parse_expression


def passed(function: FunctionObject, parameter: Parameter) -> Type | None:
    """What a parameter without an annotation is by the calls of its function; None if they are not known."""
    scope = function.scope
    calls = scope.module.summary.calls.get(function.declaration.qualname)
    if calls is None:
        return None
    key = ("passed", scope.path, function.declaration.qualname, parameter.name)
    return scope.program.remember(key, lambda: _passed(function, parameter, calls), UNKNOWN)


def _passed(function: FunctionObject, parameter: Parameter, calls: tuple[Call, ...]) -> Type:
    if _is_inherited(function):
        return UNKNOWN
    return union(_plain(_by_call(function, parameter, call)) for call in calls)


def _is_inherited(function: FunctionObject) -> bool:
    """Whether classes of other modules know a method of that name, so that they may call it as well."""
    owner, name = function.owner, function.declaration.name
    if owner is None or name == "__init__":
        return False
    if owner.has_unknown_base:
        return True
    return any(
        entry.cls.module is not owner.module and entry.cls.own_member(name) is not None for entry in owner.mro[1:]
    )


def _by_call(function: FunctionObject, parameter: Parameter, call: Call) -> Type:
    """What one call passes, or the default if it passes nothing."""
    from coroscope.model.infer import arguments_of_call, infer_text
    from coroscope.model.signatures import matched, receiver_of

    expression = parse_expression(call.text)
    scope = _scope_of(call.within, function.scope.module)
    if not isinstance(expression, ast.Call) or scope is None:
        return UNKNOWN
    receiver = receiver_of(function)
    is_bound = receiver is not None and not (call.on_class and isinstance(receiver[1], Instance))
    bound = receiver[1] if is_bound and receiver is not None else None
    called = FunctionObject(function.declaration, function.scope, function.owner, bound)
    arguments = arguments_of_call(expression, scope)
    given = [argument for wanted, argument in matched(called, arguments) if wanted.name == parameter.name]
    if arguments.spread and given and given[0] in arguments.rest:
        return UNKNOWN
    if given:
        is_itself = call.within == function.declaration.qualname and _names_itself(expression, parameter.name)
        return NEVER if is_itself else given[0]()
    if arguments.spread or arguments.spread_keywords or parameter.default is None:
        return UNKNOWN
    return infer_text(parameter.default, function.scope)


def _names_itself(call: ast.Call, name: str) -> bool:
    """Whether a recursive call hands on a parameter as it is."""
    values = [*call.args, *(keyword.value for keyword in call.keywords)]
    return any(isinstance(value, ast.Name) and value.id == name for value in values)


def _scope_of(qualname: str, module: ModuleScope) -> Scope | None:
    """The scope of a function of the module, a module's own for no name; None for what has several definitions."""
    from coroscope.model.declarations import function_object
    from coroscope.model.signatures import ParameterScope

    scope: Scope = module
    names = module.summary.names
    for part in qualname.split(".") if qualname else []:
        declarations = names.get(part, ())
        if len(declarations) != 1:
            return None
        match declarations[0]:
            case Class() as cls:
                scope = scope.program.class_info(cls, module, scope).scope
                names = cls.names
            case Function() as function:
                return ParameterScope(function_object(function, scope))
            case _:
                return None
    return scope if not qualname else None


def _plain(type_: Type) -> Type:
    """A type without the values of constants, of which a caller passes one and the next another."""
    return union(Instance(m.cls, m.args) if isinstance(m, Instance) else m for m in members(type_))
