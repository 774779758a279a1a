"""Whether a value suits an annotated type: surely, surely not, or it cannot be said."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coroscope.model.enums import is_enum
from coroscope.model.fields import tuple_of
from coroscope.model.substitution import settled
from coroscope.model.types import (
    UNKNOWN,
    CallableType,
    ClassObject,
    FunctionObject,
    Instance,
    ModuleObject,
    NeverType,
    NoneType,
    SpecialForm,
    TupleType,
    Type,
    TypeVariable,
    Union,
    UnknownType,
    union,
    without_literal,
)
from coroscope.model.unifying import FUNCTIONS, arguments_as, result_of

if TYPE_CHECKING:
    from coroscope.model.scopes import Scope

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
    if isinstance(value, NeverType):
        return True
    if isinstance(value, Union):
        answers = {assignable(member, wanted, scope) for member in value.members}
        return answers.pop() if len(answers) == 1 else None
    if isinstance(wanted, Union):
        answers = {assignable(value, member, scope) for member in wanted.members}
        return True if True in answers else None if None in answers else False
    if isinstance(value, TypeVariable) and value != wanted:
        return True if value.bound is not None and assignable(value.bound, wanted, scope) else None
    match wanted:
        case TypeVariable():
            return True if wanted.bound is None else assignable(value, wanted.bound, scope)
        case NoneType() | NeverType():
            return value == wanted
        case Instance():
            return _suits_instance(value, wanted, scope)
        case CallableType():
            return _suits_callable(value, wanted, scope)
        case ClassObject():
            return value.cls.derives_from(wanted.cls) if isinstance(value, ClassObject) else _unless_plain(value)
        case TupleType():
            return _suits_tuple(value, wanted, scope)
    return None


def _suits_instance(value: Type, wanted: Instance, scope: Scope) -> bool | None:
    if wanted.cls.is_("builtins", "object"):
        return True
    if isinstance(value, TupleType):
        value = scope.program.instance("builtins", "tuple", union(value.items))
    if isinstance(value, NoneType):
        return None if is_protocol(wanted) and wanted.cls.name == "Hashable" else False
    if isinstance(value, Instance):
        return _instance_suits(value, wanted)
    if isinstance(value, ModuleObject):
        return None
    if isinstance(value, ClassObject):
        return _class_suits(value, wanted)
    may_be = isinstance(value, CallableType) and wanted.cls.module_name != "builtins"
    return None if may_be or is_protocol(wanted) or wanted.cls.module_name == "types" else False


def _class_suits(value: ClassObject, wanted: Instance) -> bool | None:
    """Whether a class, which is an instance of its metaclass, suits."""
    if wanted.cls.is_("builtins", "type"):
        return True
    metaclass = value.cls.metaclass
    if metaclass is None or metaclass.has_unknown_base or is_protocol(wanted):
        return None
    return metaclass.derives_from(wanted.cls)


def _instance_suits(value: Instance, wanted: Instance) -> bool | None:
    if wanted.literal is not None:
        if value.cls is wanted.cls and value.literal is None and (value.cls.name == "bool" or is_enum(value.cls)):
            return None
        return value.cls is wanted.cls and value.literal == wanted.literal
    if value.cls.derives_from(wanted.cls):
        return _arguments_suit(value, wanted)
    if (value.cls.name, wanted.cls.name) in _PROMOTED and wanted.cls.module_name == "builtins":
        return True
    if value.cls.has_unknown_base:
        return None
    if value.cls.is_("typing", "Awaitable") and wanted.cls.method("__await__") is not None:
        return None  # of which it may well be an instance: nobody makes an `Awaitable` that is nothing more
    if is_protocol(wanted):
        return _has_all_suiting(value, wanted) if has_members(value, wanted) else False
    return False


def _arguments_suit(value: Instance, wanted: Instance) -> bool | None:
    """Whether the type arguments of a value suit, as far as that can be said whatever the variance (PEP 483)."""
    answer: bool | None = True
    args = arguments_as(value, wanted.cls)
    if all(isinstance(arg, UnknownType) for arg in args):
        return True  # as for an empty display, which becomes what is wanted
    for mine, theirs in zip(args, wanted.args, strict=False):
        one = _argument_suits(mine, theirs, wanted.cls.scope)
        if one is False:
            return False
        answer = answer and one
    return answer


def _argument_suits(mine: Type, theirs: Type, scope: Scope) -> bool | None:
    if mine == theirs or isinstance(theirs, UnknownType):
        return True
    if isinstance(theirs, NeverType):
        return False
    forth, back = assignable(mine, theirs, scope), assignable(theirs, mine, scope)
    if forth:
        return True
    return False if forth is False and back is False else None


def _has_all_suiting(value: Instance, wanted: Instance) -> bool | None:
    """True if all members that a protocol names itself are methods without parameters whose results suit, else None."""
    key = ("members suit", without_literal(value), wanted)
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
        result = result_of(theirs)
        if isinstance(result, TypeVariable) and result.bound is None:
            continue  # which takes everything
        if assignable(result_of(mine), settled(result), wanted.cls.scope) is not True:
            return False
    return True


def _suits_variable(value: Instance, wanted: Instance, name: str) -> bool:
    """Whether a member that a protocol declares as a variable may have the declared type."""
    from coroscope.model.attributes import attribute

    theirs = attribute(wanted, name, wanted.cls.program)
    mine = attribute(value, name, wanted.cls.program)
    return not isinstance(theirs, Instance) or assignable(mine, theirs, wanted.cls.scope) is not False


def _suits_callable(value: Type, wanted: CallableType, scope: Scope) -> bool | None:
    if isinstance(value, (*FUNCTIONS, ClassObject)):
        if isinstance(value, FunctionObject) and isinstance(wanted.parameters, tuple):
            if not _takes(value, wanted.parameters):
                return False
        if isinstance(wanted.result, TypeVariable):
            return True
        return assignable(result_of(value), wanted.result, scope)
    if isinstance(value, Instance):
        return None if value.cls.has_unknown_base or value.cls.method("__call__") else False
    return _unless_plain(value)


def _takes(function: FunctionObject, parameters: tuple[Type, ...]) -> bool:
    """Whether a function can be called with so many positional arguments; a TypeVarTuple may stand for any number."""
    from coroscope.model.signatures import Arguments, fits_in_number

    if any(isinstance(parameter, TypeVariable) and parameter.kind != "type" for parameter in parameters):
        return True
    return fits_in_number(function, Arguments(tuple(lambda: UNKNOWN for _ in parameters)))


def _suits_tuple(value: Type, wanted: TupleType, scope: Scope) -> bool | None:
    if isinstance(value, Instance):
        if value.cls.ancestor("builtins", "tuple") is None:
            return _unless_plain(value)
        value = tuple_of(value) or UNKNOWN
    if not isinstance(value, TupleType):
        return _unless_plain(value)
    if any(isinstance(item, TypeVariable) and item.kind == "types" for item in wanted.items):
        return None
    if len(value.items) != len(wanted.items):
        return False
    answers = {assignable(mine, theirs, scope) for mine, theirs in zip(value.items, wanted.items, strict=True)}
    return False if False in answers else None if None in answers else True


def is_protocol(wanted: Instance) -> bool:
    """Whether a class is a Protocol itself."""
    return any(text.split("[")[0].rpartition(".")[2] == "Protocol" for text in wanted.cls.declaration.bases)


def has_members(value: Instance, wanted: Instance) -> bool:
    """Whether a class has all members that a protocol names itself."""
    plain = without_literal(value)
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
