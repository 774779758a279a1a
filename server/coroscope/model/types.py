"""What an expression can be: a small set of immutable types.

    Unknown            nothing can be said
    Instance           an instance of a class, with type arguments where they are known
    ClassObject        a class itself
    FunctionObject     a function, or a method bound to what it was got from
    Overloads          several functions under one name
    CallableType       something callable of which only the result is known
    ModuleObject       a module
    TupleType          a tuple of known length
    Union              one of several
    TypeVariable       a type parameter not yet bound
    NoneType, Never, SpecialForm

`str(type)` prints a type as type checkers do: `CoroutineType[Any, Any, int]`, `str | None`, `type[Store]`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from coroscope.model.classes import ClassInfo
    from coroscope.model.scopes import Scope
    from coroscope.model.summary import Function


@dataclass(frozen=True, slots=True)
class UnknownType:
    """Nothing can be said."""

    def __str__(self) -> str:
        return "Unknown"


@dataclass(frozen=True, slots=True)
class NoneType:
    """The type of None."""

    def __str__(self) -> str:
        return "None"


@dataclass(frozen=True, slots=True)
class NeverType:
    """What a call makes that does not return."""

    def __str__(self) -> str:
        return "Never"


@dataclass(frozen=True, slots=True)
class Instance:
    """An instance of a class; `args` are empty where nothing is known of them. `literal` is the value of a constant."""

    cls: ClassInfo
    args: tuple[Type, ...] = ()
    literal: str | int | bool | bytes | None = field(default=None, compare=True)

    def __str__(self) -> str:
        if not self.args:
            return self.cls.name
        if self.cls.is_("builtins", "tuple"):
            return f"tuple[{_argument(self.args[0])}, ...]"
        return f"{self.cls.name}[{', '.join(_argument(arg) for arg in self.args)}]"


@dataclass(frozen=True, slots=True)
class ClassObject:
    """A class as a value."""

    cls: ClassInfo
    args: tuple[Type, ...] = ()

    def __str__(self) -> str:
        return f"type[{Instance(self.cls, self.args)}]"


@dataclass(frozen=True, slots=True)
class ModuleObject:
    """A module, by its absolute dotted name; `importer` is the path of the file that sees it."""

    name: str
    importer: str

    def __str__(self) -> str:
        return f'Module("{self.name}")'


@dataclass(frozen=True, slots=True)
class FunctionObject:
    """A function as defined in a scope; `owner` is the class it is defined in, `bound` what it was got from.

    `bindings` are the type arguments that the receiver gives to the owner's type parameters.
    """

    declaration: Function
    scope: Scope
    owner: ClassInfo | None = None
    bound: Type | None = None
    bindings: tuple[tuple[TypeVariable, Type], ...] = ()

    def __str__(self) -> str:
        from coroscope.model.calls import signature_text

        return signature_text(self)


@dataclass(frozen=True, slots=True)
class Overloads:
    """Several signatures of one function, in the order of the text."""

    items: tuple[FunctionObject, ...]

    def __str__(self) -> str:
        return f"Overload[{self.items[0].declaration.name}]"


@dataclass(frozen=True, slots=True)
class CallableType:
    """Something callable: `parameters` are positional types, another callable whose parameters it takes, or unknown."""

    result: Type
    parameters: tuple[Type, ...] | Type | None = None

    def __str__(self) -> str:
        if isinstance(self.parameters, tuple):
            return f"({', '.join(map(str, self.parameters))}) -> {result_text(self.result)}"
        return f"(...) -> {result_text(self.result)}"


@dataclass(frozen=True, slots=True)
class PropertyType:
    """A property of a class: its getter."""

    getter: Type

    def __str__(self) -> str:
        return "property"


@dataclass(frozen=True, slots=True)
class MethodWrapper:
    """What `staticmethod` and `classmethod` make of a function."""

    kind: str
    function: Type

    def __str__(self) -> str:
        return self.kind


@dataclass(frozen=True, slots=True)
class TupleType:
    """A tuple of known length."""

    items: tuple[Type, ...]

    def __str__(self) -> str:
        return f"tuple[{', '.join(_argument(item) for item in self.items) or '()'}]"


@dataclass(frozen=True, slots=True)
class Union:
    """One of several types, at least two, none of them a Union."""

    members: tuple[Type, ...]

    def __str__(self) -> str:
        shown = (f"({m})" if isinstance(m, (CallableType, FunctionObject)) else str(m) for m in self.members)
        return " | ".join(dict.fromkeys(shown))


@dataclass(frozen=True, slots=True)
class TypeVariable:
    """A type parameter, equal by name and home: a `type`, `parameters` (ParamSpec) or `types` (TypeVarTuple)."""

    name: str
    home: str
    kind: str = "type"
    bound: Type | None = field(default=None, compare=False)
    default: Type | None = field(default=None, compare=False)

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class SuperType:
    """What `super()` makes: attributes are looked up behind `owner`, for the receiver."""

    owner: ClassInfo
    receiver: Instance | ClassObject

    def __str__(self) -> str:
        return f"super[{self.owner.name}]"


@dataclass(frozen=True, slots=True)
class SpecialForm:
    """A name of `typing` that is neither class nor function: `Optional`, `Literal`, …"""

    name: str

    def __str__(self) -> str:
        return f"type[{self.name}]"


Type: TypeAlias = (
    UnknownType
    | NoneType
    | NeverType
    | Instance
    | ClassObject
    | ModuleObject
    | FunctionObject
    | Overloads
    | CallableType
    | PropertyType
    | MethodWrapper
    | TupleType
    | Union
    | TypeVariable
    | SuperType
    | SpecialForm
)

UNKNOWN: Type = UnknownType()
NONE: Type = NoneType()
NEVER: Type = NeverType()
COMPOUND = (Instance, TupleType, CallableType, ClassObject, FunctionObject, MethodWrapper, Union)
"""The kinds of types that have types in them."""

SELF = TypeVariable("Self", "typing")
_MOST_MEMBERS = 64
"""So many different types are what generated code has; work on them might not end."""


def union(types: Iterable[Type]) -> Type:
    """One of these types: flattened, without repetition, without Never beside others.

    Of more literals than anybody tells apart their classes are left, of more other types nothing is known.
    """
    parts = list(types)
    if parts and all(part is parts[0] for part in parts):
        return parts[0]  # as most are, which saves the hashes
    found: dict[Type, None] = {}
    for type_ in parts:
        for member in members(type_):
            found[member] = None
    if len(found) > 1:
        found.pop(NEVER, None)
    if not found:
        return NEVER
    if len(found) == 1:
        return next(iter(found))
    if len(found) > _MOST_MEMBERS:
        found = dict.fromkeys(without_literal(member) for member in found)
        if len(found) > _MOST_MEMBERS:
            return UNKNOWN
        return union(found)
    return Union(tuple(found))


def without_literal(type_: Type) -> Type:
    """The type of a constant without its value."""
    return Instance(type_.cls, type_.args) if isinstance(type_, Instance) and type_.literal is not None else type_


def members(type_: Type) -> tuple[Type, ...]:
    """The members of a union; the type itself if it is none."""
    return type_.members if isinstance(type_, Union) else (type_,)


def each(type_: Type, change: Callable[[Type], Type]) -> Type:
    """The union of what `change` makes of each member."""
    if isinstance(type_, Union):
        return union(change(member) for member in type_.members)
    return change(type_)


def without_none(type_: Type) -> Type:
    """The type with None taken out of a union."""
    if isinstance(type_, Union) and NONE in type_.members:
        return union(member for member in type_.members if member is not NONE and member != NONE)
    return type_


def result_text(type_: Type) -> str:
    """A type as it is shown behind an arrow: `(A | B)`."""
    return f"({type_})" if isinstance(type_, (Union, CallableType, FunctionObject)) else str(type_)


def _argument(type_: Type) -> str:
    return "Any" if isinstance(type_, UnknownType) else str(type_)
