"""What is left of a type by what is known of a value: that it is true, or None, or an instance of a class.

Each takes a type and answers the part of it that remains, member by member; nothing remains of what cannot be, which is
`Never`. What may or may not be so stays.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import TYPE_CHECKING

from coroscope.model.infer import infer
from coroscope.model.matching import assignable
from coroscope.model.substitution import substitute
from coroscope.model.types import (
    NEVER,
    NONE,
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
    SuperType,
    TupleType,
    Type,
    TypeVariable,
    UnknownType,
    each,
    members,
    union,
)
from coroscope.model.unifying import result_of

if TYPE_CHECKING:
    from coroscope.model.scopes import Scope

_FUNCTIONS = (FunctionObject, Overloads, CallableType, MethodWrapper)


def by_truth(type_: Type, holds: bool) -> Type:
    """What is left of a value that was tested for truth."""
    return each(type_, lambda member: _by_truth(member, holds))


def may_be_false(member: Type) -> bool:
    """Whether a value of a type that is no union may be false: its class says so, or nothing is known of it."""
    match member:
        case Instance(literal=None):
            return member.cls.has_unknown_base or any(member.cls.member(n) is not None for n in ("__bool__", "__len__"))
        case Instance(cls=cls, literal=literal):
            return not literal and cls.module_name == "builtins"
        case TupleType():
            return not member.items
        case ClassObject():
            return member.cls.metaclass is None or not member.cls.metaclass.is_("builtins", "type")
        case ModuleObject() | SuperType():
            return False
    return not isinstance(member, _FUNCTIONS)


def _by_truth(member: Type, holds: bool) -> Type:
    if holds:
        is_false = isinstance(member, NoneType) or member == TupleType(())
        is_false = is_false or (isinstance(member, Instance) and member.literal is not None and may_be_false(member))
        return NEVER if is_false else member
    if not may_be_false(member):
        return NEVER
    is_bool = isinstance(member, Instance) and member.cls.is_("builtins", "bool") and member.literal is None
    return Instance(member.cls, (), False) if is_bool and isinstance(member, Instance) else member


def is_none(type_: Type, holds: bool) -> Type:
    """What is left of a value that is None, or is not."""
    return each(type_, lambda member: _is_none(member, holds))


def _is_none(member: Type, holds: bool) -> Type:
    if not holds:
        return NEVER if isinstance(member, NoneType) else member
    match member:
        case NoneType() | UnknownType():
            return NONE
        case Instance(cls=cls) if cls.is_("builtins", "object"):
            return NONE
        case TypeVariable():
            return member
    return NEVER


def equal_to(type_: Type, other: Type, holds: bool) -> Type:
    """What is left of a value that equals another one, or does not; only constants and members of enumerations tell."""
    if not isinstance(other, Instance) or other.literal is None:
        return type_
    return each(type_, lambda member: _equal_to(member, other, holds))


def _equal_to(member: Type, other: Instance, holds: bool) -> Type:
    if isinstance(member, NoneType):
        return NEVER if holds else member
    if not isinstance(member, Instance) or member.cls is not other.cls:
        return member
    if member.literal is not None:
        return member if (member.literal == other.literal) is holds else NEVER
    if member.cls.is_("builtins", "bool"):
        return other if holds else Instance(member.cls, (), not other.literal)
    return member


def is_in(type_: Type, elements: Type) -> Type:
    """What is left of a value that is one of these: None only if it is among them."""
    kinds = members(elements)
    if NONE in kinds or any(isinstance(kind, (UnknownType, TypeVariable)) for kind in kinds):
        return type_
    return is_none(type_, False)


def instance_of(type_: Type, classes: Sequence[Type] | None, scope: Scope) -> Type:
    """What is left of a value that is an instance of one of these classes, given as instances (None: unknown).

    A member that a class asked for derives from becomes that class. A class that has nothing to do with any member
    is taken at its word, since a class may derive from both, unless the member's class is final (PEP 591).
    """
    if classes is None:
        return UNKNOWN
    return left_of_each([(member, classes) for member in members(type_)], scope)


def left_of_each(asked: Sequence[tuple[Type, Sequence[Type]]], scope: Scope) -> Type:
    """What is left of a type each of whose members is an instance of one of these types, if it is there at all."""
    found = [part for member, classes in asked for one in classes for part in _as_instance(member, one, scope)]
    if found:
        return union(found)
    return union(one for member, classes in asked if _may_be_another(member) for one in classes)


def _may_be_another(member: Type) -> bool:
    """Whether a value of a type may be of a class besides that derives from it."""
    if isinstance(member, Instance):
        return not any(text.rpartition(".")[2] == "final" for text in member.cls.declaration.decorators)
    return isinstance(member, TypeVariable)


def not_instance_of(type_: Type, classes: Sequence[Type] | None, scope: Scope) -> Type:
    """What is left of a value that is an instance of none of these."""
    if classes is None:
        return type_
    return union(member for member in members(type_) if not any(is_surely(member, wanted, scope) for wanted in classes))


def classes_in(node: ast.expr, scope: Scope) -> list[Type] | None:
    """The instances that `isinstance` is asked for: of a class, of a tuple of such, of a union; None if unknown."""
    found: list[Type] = []
    waiting = [node]
    while waiting:
        here = waiting.pop(0)
        if isinstance(here, ast.Tuple):
            waiting = [*here.elts, *waiting]
        elif isinstance(here, ast.BinOp) and isinstance(here.op, ast.BitOr):
            waiting = [here.left, here.right, *waiting]
        elif isinstance(here, ast.Constant) and here.value is None:
            found.append(NONE)
        else:
            instances = _instances(infer(here, scope))
            if instances is None:
                return None
            found += instances
    return found or None


def is_surely(member: Type, wanted: Type, scope: Scope) -> bool:
    """Whether all values of a type are of another one."""
    if isinstance(member, TypeVariable) or (isinstance(wanted, Instance) and wanted.literal is not None):
        return False
    if isinstance(wanted, CallableType) and isinstance(member, (*_FUNCTIONS, ClassObject)) and _may_make_all(wanted):
        return True
    if isinstance(wanted, CallableType) and isinstance(member, Instance):
        return not member.cls.has_unknown_base and member.cls.method("__call__") is not None
    if isinstance(member, Instance) and isinstance(wanted, Instance):
        return member.cls.derives_from(wanted.cls)
    return assignable(member, wanted, scope) is True


def _may_make_all(function: CallableType) -> bool:
    """Whether a callable is declared to make anything at all."""
    result = function.result
    return isinstance(result, UnknownType) or (isinstance(result, Instance) and result.cls.is_("builtins", "object"))


def _instances(value: Type) -> list[Type] | None:
    """The instances of a class, or of the classes in a tuple."""
    found: list[Type] = []
    if isinstance(value, Instance) and value.cls.is_("builtins", "tuple") and len(value.args) == 1:
        value = value.args[0]
    for one in value.items if isinstance(value, TupleType) else members(value):
        if isinstance(one, TupleType):
            inner = _instances(one)
            if inner is None:
                return None
            found += inner
        elif isinstance(one, ClassObject):
            found.append(NONE if one.cls.is_("types", "NoneType") else Instance(one.cls, one.args))
        elif isinstance(one, SpecialForm) and one.name == "Callable":
            found.append(CallableType(UNKNOWN))
        else:
            return None
    return found


def _as_instance(member: Type, wanted: Type, scope: Scope) -> list[Type]:
    """What a member of a type may be if it is an instance of a class."""
    if isinstance(member, UnknownType):
        return [UNKNOWN if isinstance(wanted, CallableType) and _may_make_all(wanted) else wanted]
    if isinstance(member, TypeVariable):
        return [wanted] if member.bound is None else _as_instance(member.bound, wanted, scope)
    if isinstance(wanted, NoneType):
        return [NONE] if _is_none(member, True) == NONE else []
    if is_surely(member, wanted, scope):
        return [member]
    if isinstance(member, _FUNCTIONS) and isinstance(wanted, Instance):
        if wanted.cls.method("__call__") is None:
            return []
        return [member if wanted.cls.module_name == "types" else wanted]
    if isinstance(member, _FUNCTIONS) and isinstance(wanted, CallableType) and result_of(member) == UNKNOWN:
        return [wanted]
    fits, fits_back = assignable(member, wanted, scope), assignable(wanted, member, scope)
    if fits_back:
        return [_specialized(wanted, member)]
    if fits is None:
        return [member]
    return [wanted] if fits_back is None else []


def _specialized(wanted: Type, member: Type) -> Type:
    """A class as which a value was found, with the type arguments that its declared type gives it."""
    if not isinstance(wanted, Instance) or not isinstance(member, Instance) or not member.args:
        return wanted
    entry = next((entry for entry in wanted.cls.mro if entry.cls is member.cls), None)
    if entry is None or not wanted.cls.parameters:
        return wanted
    bindings: dict[TypeVariable, Type] = dict.fromkeys(wanted.cls.parameters, UNKNOWN)
    for own, given in zip(entry.args, member.args, strict=False):
        if isinstance(own, TypeVariable):
            bindings[own] = given
    return substitute(Instance(wanted.cls, wanted.cls.parameters), bindings)
