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

from collections.abc import Callable, Iterable, Iterator, Mapping
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


def substitute(type_: Type, bindings: Mapping[TypeVariable, Type]) -> Type:
    """The type with its type variables replaced; those without a binding stay."""
    if not bindings or (type(type_) is Instance and not type_.args):
        return type_
    match type_:
        case TypeVariable():
            return bindings.get(type_, type_)
        case Instance(args=args) if args:
            return Instance(type_.cls, tuple(_spread(args, bindings)))
        case ClassObject(args=args) if args:
            return ClassObject(type_.cls, tuple(_spread(args, bindings)))
        case TupleType():
            return _substitute_tuple(type_, bindings)
        case Union():
            return union(substitute(member, bindings) for member in type_.members)
        case CallableType():
            parameters = type_.parameters
            if isinstance(parameters, tuple):
                parameters = tuple(_spread(parameters, bindings))
            elif parameters is not None:
                parameters = substitute(parameters, bindings)
            return CallableType(substitute(type_.result, bindings), parameters)
        case FunctionObject() | Overloads() | PropertyType() | MethodWrapper():
            return _substitute_function(type_, bindings)
    return type_


def _substitute_tuple(type_: TupleType, bindings: Mapping[TypeVariable, Type]) -> Type:
    """Unknown, where nothing tells how many types a TypeVarTuple in it stands for."""
    if any(isinstance(v, TypeVariable) and v.kind == "types" and bindings.get(v) == UNKNOWN for v in type_.items):
        return UNKNOWN
    return TupleType(tuple(_spread(type_.items, bindings)))


def _substitute_function(type_: Type, bindings: Mapping[TypeVariable, Type]) -> Type:
    match type_:
        case FunctionObject():
            kept = tuple((variable, substitute(bound, bindings)) for variable, bound in type_.bindings)
            known = {variable for variable, _ in kept}
            added = tuple((variable, bound) for variable, bound in bindings.items() if variable not in known)
            return FunctionObject(type_.declaration, type_.scope, type_.owner, type_.bound, kept + added)
        case PropertyType():
            return PropertyType(substitute(type_.getter, bindings))
        case MethodWrapper():
            return MethodWrapper(type_.kind, substitute(type_.function, bindings))
        case Overloads():
            items = (substitute(item, bindings) for item in type_.items)
            return Overloads(tuple(item for item in items if isinstance(item, FunctionObject)))
    return type_


def solved(type_: Type, bindings: Mapping[TypeVariable, Type]) -> Type:
    """The type with its type variables replaced; those that nothing binds are their default, else Unknown (PEP 696).

    A callable's own parameters may bind variables later: `def retry(times) -> Callable[[F], F]` makes a generic
    function, whose variables stay open.
    """
    unsolved = {v: _default(v, bindings) for v in _free(type_) if v not in bindings}
    return substitute(type_, {**unsolved, **bindings})


def _default(variable: TypeVariable, bindings: Mapping[TypeVariable, Type]) -> Type:
    return UNKNOWN if variable.default is None else solved(variable.default, bindings)


def _free(type_: Type) -> Iterator[TypeVariable]:
    """The type variables in a type that no callable's own parameters can bind."""
    match type_:
        case TypeVariable():
            yield type_
        case Instance(args=inner) | ClassObject(args=inner) | TupleType(items=inner) | Union(members=inner):
            for item in inner:
                yield from _free(item)
        case CallableType():
            bound = set() if type_.parameters is None else _bound_by(type_.parameters)
            yield from (variable for variable in variables(type_.result) if variable not in bound)


def _bound_by(parameters: tuple[Type, ...] | Type) -> set[TypeVariable]:
    """The type variables that a callable's arguments bind: those of its parameters."""
    if isinstance(parameters, tuple):
        return {variable for parameter in parameters for variable in variables(parameter)}
    return set()


def variables(type_: Type) -> Iterator[TypeVariable]:
    """The type variables in a type, in the order of the text."""
    match type_:
        case TypeVariable():
            yield type_
        case Instance(args=inner) | ClassObject(args=inner) | TupleType(items=inner) | Union(members=inner):
            for item in inner:
                yield from variables(item)
        case CallableType():
            if isinstance(type_.parameters, tuple):
                for item in type_.parameters:
                    yield from variables(item)
            elif type_.parameters is not None:
                yield from variables(type_.parameters)
            yield from variables(type_.result)


def settled(type_: Type) -> Type:
    """The type with every type variable that is still open replaced by its default, or Unknown."""
    return solved(type_, {})


def _spread(items: tuple[Type, ...], bindings: Mapping[TypeVariable, Type]) -> Iterator[Type]:
    """Replace in a list of types, where a TypeVarTuple stands for several."""
    for item in items:
        new = substitute(item, bindings)
        if isinstance(item, TypeVariable) and item.kind == "types" and isinstance(new, TupleType):
            yield from new.items
        else:
            yield new


def result_text(type_: Type) -> str:
    """A type as it is shown behind an arrow: `(A | B)`."""
    return f"({type_})" if isinstance(type_, (Union, CallableType, FunctionObject)) else str(type_)


def _argument(type_: Type) -> str:
    return "Any" if isinstance(type_, UnknownType) else str(type_)
