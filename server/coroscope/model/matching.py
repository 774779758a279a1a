"""How types fit together: does an argument suit a parameter, and what does it say of the type variables there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coroscope.model.types import (
    NONE,
    SELF,
    UNKNOWN,
    CallableType,
    ClassObject,
    FunctionObject,
    Instance,
    MethodWrapper,
    ModuleObject,
    NoneType,
    Overloads,
    SpecialForm,
    TupleType,
    Type,
    TypeVariable,
    Union,
    UnknownType,
    settled,
    substitute,
    union,
    variables,
)

if TYPE_CHECKING:
    from coroscope.model.scopes import Scope

_FUNCTIONS = (FunctionObject, Overloads, CallableType, MethodWrapper)
_PROMOTED = {
    ("int", "float"),
    ("int", "complex"),
    ("float", "complex"),
    ("bytearray", "bytes"),
    ("memoryview", "bytes"),
}


def assignable(value: Type, wanted: Type, scope: Scope) -> bool | None:
    """Whether a value suits an annotated type: True surely, False surely not, None if it cannot be said."""
    if isinstance(value, UnknownType) or isinstance(wanted, (UnknownType, SpecialForm)):
        return None
    if isinstance(value, Union):
        answers = {assignable(member, wanted, scope) for member in value.members}
        return answers.pop() if len(answers) == 1 else None
    if isinstance(wanted, Union):
        answers = {assignable(value, member, scope) for member in wanted.members}
        return True if True in answers else None if None in answers else False
    match wanted:
        case TypeVariable():
            return True if wanted.bound is None else assignable(value, wanted.bound, scope)
        case NoneType():
            return value == NONE
        case Instance():
            return _suits_instance(value, wanted, scope)
        case CallableType():
            return _suits_callable(value, wanted, scope)
        case ClassObject():
            return value.cls.derives_from(wanted.cls) if isinstance(value, ClassObject) else _unless_plain(value)
        case TupleType():
            if isinstance(value, TupleType):
                return len(value.items) == len(wanted.items) and None
            return _unless_plain(value)
    return None


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
    value = _without_literal(value)
    bindings[variable] = value if known is None or known == value else union([known, value])


def _without_literal(value: Type) -> Type:
    if isinstance(value, Instance) and value.literal is not None:
        return Instance(value.cls, value.args)
    return value


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
    if isinstance(wanted, NoneType):
        return value == NONE
    if isinstance(wanted, Instance) and isinstance(value, Instance):
        return value.cls.derives_from(wanted.cls) or (_is_protocol(wanted) and _has_members(value, wanted))
    if isinstance(wanted, CallableType):
        return isinstance(value, (*_FUNCTIONS, ClassObject))
    return type(wanted) is type(value)


def _unify_instance(wanted: Instance, value: Type, bindings: dict[TypeVariable, Type]) -> None:
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
        elif _is_protocol(wanted):
            _unify_protocol(wanted, value, bindings)
        return
    from coroscope.model.classes import arguments_of

    entry = next((e for e in value.cls.mro if e.cls is wanted.cls), None)
    if entry is not None:
        known = arguments_of(value)
        args = entry.args if entry.cls is not value.cls else tuple(known.get(p, UNKNOWN) for p in entry.cls.parameters)
        for inner, arg in zip(wanted.args, args, strict=False):
            unify(inner, substitute(arg, known), bindings)
    elif _is_protocol(wanted):
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
    if isinstance(mine, _FUNCTIONS):
        unify(shown, _result(mine), bindings)


def _unify_callable(wanted: CallableType, value: Type, bindings: dict[TypeVariable, Type]) -> None:
    if isinstance(value, Union):
        for member in value.members:
            _unify_callable(wanted, member, bindings)
        return
    if isinstance(value, UnknownType):
        for variable in variables(wanted):
            bindings.setdefault(variable, UNKNOWN)
        return
    if isinstance(wanted.parameters, TypeVariable):
        _bind(wanted.parameters, value, bindings)
    elif isinstance(wanted.parameters, tuple):
        _unify_parameters(wanted.parameters, value, bindings)
    if any(True for _ in variables(wanted.result)):
        unify(wanted.result, _result(value), bindings)


def _unify_parameters(wanted: tuple[Type, ...], value: Type, bindings: dict[TypeVariable, Type]) -> None:
    from coroscope.model.signatures import parameter_type, parameters_of

    if isinstance(value, CallableType) and isinstance(value.parameters, tuple):
        for mine, theirs in zip(wanted, value.parameters, strict=False):
            unify(mine, theirs, bindings)
    elif isinstance(value, FunctionObject):
        for mine, parameter in zip(wanted, parameters_of(value), strict=False):
            unify(mine, parameter_type(value, parameter) or UNKNOWN, bindings)


def _result(function: Type) -> Type:
    """What calling a value makes, whatever the arguments."""
    from coroscope.model.calls import declared_result

    match function:
        case FunctionObject():
            return substitute(declared_result(function), _of_receiver(function))
        case Overloads():
            return _result(function.items[0])
        case CallableType():
            return function.result
        case ClassObject():
            return Instance(function.cls, function.args)
        case MethodWrapper():
            return _result(function.function)
        case TypeVariable(bound=bound) if bound is not None:
            return _result(bound)
        case Instance():
            from coroscope.model.attributes import special_method

            method = special_method(function, "__call__", function.cls.program)
            return UNKNOWN if method is None or isinstance(method, Instance) else _result(method)
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
    if first and first[0].annotation:
        unify(parameter_type(function, first[0]) or UNKNOWN, function.bound, bindings)
    return bindings


def _suits_instance(value: Type, wanted: Instance, scope: Scope) -> bool | None:
    if wanted.cls.is_("builtins", "object"):
        return True
    if isinstance(value, TupleType):
        value = scope.program.instance("builtins", "tuple", union(value.items))
    if isinstance(value, NoneType):
        return None if _is_protocol(wanted) and wanted.cls.name == "Hashable" else False
    if isinstance(value, Instance):
        return _instance_suits(value, wanted)
    if isinstance(value, ModuleObject):
        return None
    if isinstance(value, ClassObject):
        return _class_suits(value, wanted)
    return None if _is_protocol(wanted) or isinstance(value, TypeVariable) else False


def _class_suits(value: ClassObject, wanted: Instance) -> bool | None:
    """Whether a class, which is an instance of its metaclass, suits."""
    if wanted.cls.is_("builtins", "type"):
        return True
    metaclass = value.cls.metaclass
    if metaclass is None or metaclass.has_unknown_base or _is_protocol(wanted):
        return None
    return metaclass.derives_from(wanted.cls)


def _instance_suits(value: Instance, wanted: Instance) -> bool | None:
    if wanted.literal is not None:
        return value.cls is wanted.cls and value.literal == wanted.literal
    if value.cls.derives_from(wanted.cls):
        return True
    if (value.cls.name, wanted.cls.name) in _PROMOTED and wanted.cls.module_name == "builtins":
        return True
    if value.cls.has_unknown_base:
        return None
    if value.cls.is_("typing", "Awaitable") and wanted.cls.method("__await__") is not None:
        return None  # of which it may well be an instance: nobody makes an `Awaitable` that is nothing more
    if _is_protocol(wanted):
        return _has_all_suiting(value, wanted) if _has_members(value, wanted) else False
    return False


def _has_all_suiting(value: Instance, wanted: Instance) -> bool | None:
    """True if all members that a protocol names itself are methods without parameters whose results suit, else None."""
    key = ("members suit", _without_literal(value), wanted)
    return wanted.cls.program.remember(key, lambda: True if _all_suit(value, wanted) else None, None)


def _all_suit(value: Instance, wanted: Instance) -> bool:
    from coroscope.model.attributes import attribute
    from coroscope.model.signatures import parameters_of

    program = wanted.cls.program
    for name in wanted.cls.declaration.names:
        theirs, mine = attribute(wanted, name, program), attribute(value, name, program)
        if not isinstance(theirs, FunctionObject) or not isinstance(mine, FunctionObject):
            return False
        if parameters_of(theirs) or parameters_of(mine):
            return False
        if assignable(_result(mine), settled(_result(theirs)), wanted.cls.scope) is not True:
            return False
    return True


def _suits_variable(value: Instance, wanted: Instance, name: str) -> bool:
    """Whether a member that a protocol declares as a variable may have the declared type."""
    from coroscope.model.attributes import attribute

    theirs = attribute(wanted, name, wanted.cls.program)
    mine = attribute(value, name, wanted.cls.program)
    return not isinstance(theirs, Instance) or assignable(mine, theirs, wanted.cls.scope) is not False


def _suits_callable(value: Type, wanted: CallableType, scope: Scope) -> bool | None:
    if isinstance(value, (*_FUNCTIONS, ClassObject)):
        if any(True for _ in variables(wanted.result)) and isinstance(wanted.result, TypeVariable):
            return True
        return assignable(_result(value), wanted.result, scope)
    if isinstance(value, Instance):
        return None if value.cls.has_unknown_base or value.cls.method("__call__") else False
    return _unless_plain(value)


def _is_protocol(wanted: Instance) -> bool:
    return any(text.split("[")[0].rpartition(".")[2] == "Protocol" for text in wanted.cls.declaration.bases)


def _has_members(value: Instance, wanted: Instance) -> bool:
    """Whether a class has all members that a protocol names itself."""
    plain = _without_literal(value)
    key = ("has members", plain, wanted)
    return wanted.cls.program.remember(key, lambda: _has_all_members(value, wanted), True)


def _has_all_members(value: Instance, wanted: Instance) -> bool:
    return all(
        value.cls.member(name) is not None and _suits_variable(value, wanted, name)
        for name in wanted.cls.declaration.names
        if name not in ("__slots__", "__hash__")
    )


def _unless_plain(value: Type) -> bool | None:
    if isinstance(value, Instance):
        return None if value.cls.has_unknown_base else False
    return False if isinstance(value, NoneType) else None
