"""What a value says of the type variables in an annotated type: `unify(list[T], list[int])` binds T to int."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coroscope.model.substitution import substitute, variables
from coroscope.model.types import (
    NONE,
    SELF,
    UNKNOWN,
    CallableType,
    ClassObject,
    FunctionObject,
    Instance,
    MethodWrapper,
    NoneType,
    Overloads,
    TupleType,
    Type,
    TypeVariable,
    Union,
    UnknownType,
    union,
    without_literal,
)

if TYPE_CHECKING:
    from coroscope.model.classes import ClassInfo

FUNCTIONS = (FunctionObject, Overloads, CallableType, MethodWrapper)
"""The kinds of types that are functions."""


def unify(wanted: Type, value: Type, bindings: dict[TypeVariable, Type]) -> None:
    """Bind the type variables of an annotated type by what a value shows them to be."""
    match wanted:
        case TypeVariable():
            _bind(wanted, value, bindings)
        case Union():
            _unify_union(wanted, value, bindings)
        case Instance() if wanted.args:
            _unify_instance(wanted, value, bindings)
        case CallableType():
            _unify_callable(wanted, value, bindings)
        case ClassObject() if wanted.args and isinstance(value, ClassObject):
            unify(Instance(wanted.cls, wanted.args), Instance(value.cls, value.args), bindings)
        case TupleType() if isinstance(value, TupleType):
            for inner, item in zip(wanted.items, value.items, strict=False):
                unify(inner, item, bindings)


def _bind(variable: TypeVariable, value: Type, bindings: dict[TypeVariable, Type]) -> None:
    known = bindings.get(variable)
    if variable.kind == "parameters" and known is not None:
        return
    if variable.kind == "types" and not isinstance(value, TupleType):
        bindings.setdefault(variable, UNKNOWN)  # one of several, nobody knows how many
        return
    value = without_literal(value)
    bindings[variable] = value if known is None or known == value else union([known, value])


def _unify_union(wanted: Union, value: Type, bindings: dict[TypeVariable, Type]) -> None:
    values = list(value.members) if isinstance(value, Union) else [value]
    open_ = [member for member in wanted.members if isinstance(member, TypeVariable)]
    shaped = [member for member in wanted.members if not isinstance(member, TypeVariable)]
    for one in values:
        home = next((member for member in shaped if _same_shape(member, one)), None)
        if home is not None:
            unify(home, one, bindings)
        elif open_ and one != NONE:
            _bind(open_[0], one, bindings)


def _same_shape(wanted: Type, value: Type) -> bool:
    from coroscope.model.matching import has_members, is_protocol

    if isinstance(wanted, NoneType):
        return value == NONE
    if isinstance(wanted, Instance) and isinstance(value, Instance):
        return value.cls.derives_from(wanted.cls) or (is_protocol(wanted) and has_members(value, wanted))
    if isinstance(wanted, CallableType):
        return isinstance(value, (*FUNCTIONS, ClassObject))
    return type(wanted) is type(value)


def _unify_instance(wanted: Instance, value: Type, bindings: dict[TypeVariable, Type]) -> None:
    from coroscope.model.matching import is_protocol

    if isinstance(value, Union):
        for member in value.members:
            _unify_instance(wanted, member, bindings)
        return
    program = wanted.cls.program
    if isinstance(value, TupleType):
        value = program.instance("builtins", "tuple", union(value.items))
    if isinstance(value, ClassObject) or not isinstance(value, Instance):
        if isinstance(value, UnknownType):
            for variable in variables(wanted):
                bindings.setdefault(variable, UNKNOWN)
        elif is_protocol(wanted):
            _unify_protocol(wanted, value, bindings)
        return
    if value.cls.derives_from(wanted.cls):
        for inner, arg in zip(wanted.args, arguments_as(value, wanted.cls), strict=False):
            unify(inner, arg, bindings)
    elif is_protocol(wanted):
        _unify_protocol(wanted, value, bindings)


def _unify_protocol(wanted: Instance, value: Type, bindings: dict[TypeVariable, Type]) -> None:
    """Compare the results of a protocol's methods with those of the value's methods of the same name."""
    comparing = wanted.cls.program.comparing
    pair = (wanted.cls, value)
    if pair in comparing:
        return
    comparing.add(pair)
    try:
        for name in wanted.cls.declaration.names:
            _unify_member(wanted, value, name, bindings)
    finally:
        comparing.discard(pair)


def _unify_member(wanted: Instance, value: Type, name: str, bindings: dict[TypeVariable, Type]) -> None:
    from coroscope.model.attributes import attribute
    from coroscope.model.calls import declared_result
    from coroscope.model.signatures import parameter_type, parameters_of

    theirs = attribute(wanted, name, wanted.cls.program)
    if not isinstance(theirs, FunctionObject):
        if any(True for _ in variables(theirs)):
            unify(theirs, attribute(value, name, wanted.cls.program), bindings)
        return
    shown = substitute(declared_result(theirs), dict(theirs.bindings))
    if name == "__call__" and not isinstance(value, Instance):
        _unify_callable(CallableType(shown), value, bindings)
        return
    mine = attribute(value, name, wanted.cls.program)
    if isinstance(mine, FUNCTIONS):
        unify(shown, result_of(mine), bindings)
    if isinstance(mine, FunctionObject):
        wanted_parameters = (parameter_type(theirs, parameter) or UNKNOWN for parameter in parameters_of(theirs))
        own = dict(theirs.bindings)
        _unify_parameters(tuple(substitute(one, own) for one in wanted_parameters), mine, bindings)


def _unify_callable(wanted: CallableType, value: Type, bindings: dict[TypeVariable, Type]) -> None:
    if isinstance(value, Union):
        for member in value.members:
            _unify_callable(wanted, member, bindings)
        return
    if isinstance(value, UnknownType):
        for variable in variables(wanted):
            bindings.setdefault(variable, UNKNOWN)
        return
    takes_over = isinstance(wanted.parameters, TypeVariable)
    if isinstance(wanted.parameters, TypeVariable):
        _bind(wanted.parameters, value, bindings)
    elif isinstance(wanted.parameters, tuple):
        _unify_parameters(wanted.parameters, value, bindings)
    if any(True for _ in variables(wanted.result)):
        result = result_of(value)
        unify(wanted.result, result if takes_over else substitute(result, _left_open(value)), bindings)


def _left_open(function: Type) -> dict[TypeVariable, Type]:
    """The type variables, as Unknown, that the arguments of a function bind: whoever else calls it knows what they are.

    Those of a function in a function may be the ones of what is around.
    """
    from coroscope.model.scopes import ClassScope, ModuleScope
    from coroscope.model.signatures import parameter_type, parameters_of

    if not isinstance(function, FunctionObject) or not isinstance(function.scope, (ModuleScope, ClassScope)):
        return {}
    types = (parameter_type(function, parameter) or UNKNOWN for parameter in parameters_of(function))
    found = {variable for type_ in types for variable in variables(type_)}
    return dict.fromkeys(found - {variable for variable, _ in function.bindings}, UNKNOWN)


def _unify_parameters(wanted: tuple[Type, ...], value: Type, bindings: dict[TypeVariable, Type]) -> None:
    from coroscope.model.signatures import parameter_type, parameters_of

    if isinstance(value, CallableType) and isinstance(value.parameters, tuple):
        for mine, theirs in zip(wanted, value.parameters, strict=False):
            unify(mine, theirs, bindings)
    elif isinstance(value, FunctionObject):
        for mine, parameter in zip(wanted, parameters_of(value), strict=False):
            unify(mine, parameter_type(value, parameter) or UNKNOWN, bindings)


def result_of(function: Type) -> Type:
    """What calling a value makes, whatever the arguments."""
    from coroscope.model.calls import declared_result

    match function:
        case FunctionObject():
            return substitute(declared_result(function), _of_receiver(function))
        case Overloads():
            return result_of(function.items[0])
        case CallableType():
            return function.result
        case ClassObject():
            return Instance(function.cls, function.args)
        case MethodWrapper():
            return result_of(function.function)
        case TypeVariable(bound=bound) if bound is not None:
            return result_of(bound)
        case Instance():
            from coroscope.model.attributes import special_method

            method = special_method(function, "__call__", function.cls.program)
            return UNKNOWN if method is None or isinstance(method, Instance) else result_of(method)
    return UNKNOWN


def _of_receiver(function: FunctionObject) -> dict[TypeVariable, Type]:
    """What the receiver of a method says of the type variables in its signature."""
    from coroscope.model.signatures import parameter_type

    bindings = dict(function.bindings)
    if function.bound is None:
        return bindings
    if isinstance(function.bound, Instance):
        bindings[SELF] = function.bound
    first = function.declaration.parameters[:1]
    if first and first[0].annotation and function.owner is not None:
        comparing = function.scope.program.comparing
        pair = (function.owner, function.bound)
        if pair not in comparing:  # a receiver that is annotated as callable asks for this very method
            comparing.add(pair)
            unify(parameter_type(function, first[0]) or UNKNOWN, function.bound, bindings)
            comparing.discard(pair)
    return bindings


def arguments_as(value: Instance, cls: ClassInfo) -> tuple[Type, ...]:
    """The type arguments that a value has as an instance of one of its ancestors."""
    from coroscope.model.classes import arguments_of

    known = arguments_of(value)
    if cls is value.cls:
        return tuple(known.get(parameter, UNKNOWN) for parameter in cls.parameters)
    entry = next((entry for entry in value.cls.mro if entry.cls is cls), None)
    return () if entry is None else tuple(substitute(arg, known) for arg in entry.args)
