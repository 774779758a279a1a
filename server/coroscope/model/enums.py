"""Enumerations: what a class body binds are members, instances of the class itself (`enum`, typing specification)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coroscope.model.summary import Variable
from coroscope.model.types import (
    UNKNOWN,
    CallableType,
    FunctionObject,
    Instance,
    MethodWrapper,
    Overloads,
    PropertyType,
    Type,
    union,
)

if TYPE_CHECKING:
    from coroscope.model.classes import ClassInfo
    from coroscope.model.summary import Declaration

_PLAIN = (FunctionObject, Overloads, CallableType, MethodWrapper, PropertyType)
_MOST_MEMBERS = 30


def is_enum(cls: ClassInfo) -> bool:
    """Whether a class derives from `enum.Enum`, and is none of those in `enum` itself."""
    return bool(cls.declaration.bases) and cls.module_name != "enum" and cls.ancestor("enum", "Enum") is not None


def members_of(cls: ClassInfo) -> list[Type]:
    """The members of an enumeration in the order of the text; none for a class that is none, and for flags."""
    if not is_enum(cls) or cls.ancestor("enum", "Flag") is not None:
        return []
    own = [(name, cls.own_member(name)) for name in cls.declaration.names]
    return [one for name, one in own if isinstance(one, Instance) and one.cls is cls and one.literal == name]


def as_member(cls: ClassInfo, name: str, declarations: tuple[Declaration, ...], value: Type) -> Type:
    """What a name that a class body binds to `value` is: a member if the class is an enumeration, else the value.

    Functions and other descriptors, private and `_sunder_` names and what has an annotation are no members.
    """
    if not _may_be_member(name, declarations) or not is_enum(cls):
        return value
    if isinstance(value, _PLAIN):
        return value
    if isinstance(value, Instance) and value.cls.is_("enum", "nonmember"):
        return value.args[0] if value.args else UNKNOWN
    return Instance(cls, (), name)


def value_of(member: Instance, name: str) -> Type | None:
    """What `.value` or `.name` of a member is; None for other names, and where the class says it itself."""
    if name not in ("value", "_value_", "name", "_name_") or not is_enum(member.cls):
        return None
    found = member.cls.member(name)
    if found is None or found.owner.module_name != "enum":
        return None
    if name in ("name", "_name_"):
        return member.cls.program.instance("builtins", "str")
    key = ("enum value", member.cls, member.literal)
    return member.cls.program.remember(key, lambda: _value(member), UNKNOWN)


def _value(member: Instance) -> Type:
    cls = member.cls
    if any(name in cls.declaration.names for name in ("__new__", "_value_", "_generate_next_value_")):
        return UNKNOWN
    if isinstance(member.literal, str):
        return _assigned(cls, member.literal)
    names = [name for name, found in cls.declaration.names.items() if _may_be_member(name, found)]
    return union(_assigned(cls, name) for name in names) if 0 < len(names) <= _MOST_MEMBERS else UNKNOWN


def _assigned(cls: ClassInfo, name: str) -> Type:
    """The value that a member was given, where `auto()` counts up, or is the name in lower case."""
    from coroscope.model.declarations import variable

    declaration = cls.declaration.names[name][-1]
    if not isinstance(declaration, Variable):
        return UNKNOWN
    value = variable(declaration, cls.scope)
    if isinstance(value, Instance) and value.cls.is_("enum", "auto"):
        return cls.program.instance("builtins", "str" if cls.ancestor("enum", "StrEnum") else "int")
    return Instance(value.cls, value.args) if isinstance(value, Instance) and not is_enum(value.cls) else value


def _may_be_member(name: str, declarations: tuple[Declaration, ...]) -> bool:
    if name.startswith("__") or (name.startswith("_") and name.endswith("_")):
        return False
    return all(isinstance(one, Variable) and one.annotation is None for one in declarations)
