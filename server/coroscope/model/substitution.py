"""Type variables in types: which there are, and what is left when they are replaced."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from coroscope.model.types import (
    UNKNOWN,
    CallableType,
    ClassObject,
    FunctionObject,
    Instance,
    MethodWrapper,
    Overloads,
    PropertyType,
    TupleType,
    Type,
    TypeVariable,
    Union,
    union,
)


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
