"""Types that are so large that work on them might not end, as generated code makes them: their outer part is kept."""

from __future__ import annotations

from collections.abc import Sequence

from coroscope.model.types import (
    UNKNOWN,
    CallableType,
    ClassObject,
    FunctionObject,
    Instance,
    MethodWrapper,
    TupleType,
    Type,
    Union,
    union,
)

_DEEPEST = 10
_LARGEST = 200


def moderate(type_: Type, deepest: int = _DEEPEST, largest: int = _LARGEST) -> Type:
    """The type itself, unless it is nested so deep or so large that work on it might not end: then its outer part."""
    if (deepest > 1 and largest > 1 and _is_plain(type_)) or not _is_excessive(type_, deepest, largest):
        return type_

    def moderated(inner: tuple[Type, ...]) -> tuple[Type, ...]:
        return tuple(moderate(part, deepest - 1, largest // len(inner)) for part in inner)

    if deepest <= 0 or largest <= 0:
        return UNKNOWN
    match type_:
        case Instance():
            return Instance(type_.cls, moderated(type_.args))
        case ClassObject():
            return ClassObject(type_.cls, moderated(type_.args))
        case TupleType():
            return TupleType(moderated(type_.items))
        case Union():
            return union(moderated(type_.members))
        case CallableType():
            return CallableType(moderate(type_.result, deepest - 1, largest))
    return UNKNOWN


def _is_plain(type_: Type) -> bool:
    """Whether there is nothing in a type, as in most."""
    kind = type(type_)
    if kind is Instance or kind is ClassObject:
        return not type_.args  # type: ignore[union-attr]  # it is of such a kind
    if kind is FunctionObject and not type_.bindings:  # type: ignore[union-attr]
        return type_.bound is None or (type(type_.bound) is Instance and not type_.bound.args)  # type: ignore[union-attr]
    return False


def _is_excessive(value: Type, deepest: int, largest: int) -> bool:
    level: list[Type] = [value]
    seen = 0
    for _ in range(deepest + 1):
        seen += len(level)
        if seen > largest:
            return True
        below: list[Type] = []
        for type_ in level:
            below += _inside(type_)
            if len(below) > largest:
                return True
        if not below:
            return False
        level = below
    return True


def _inside(type_: Type) -> Sequence[Type]:
    match type_:
        case Instance(args=inner) | ClassObject(args=inner) | TupleType(items=inner) | Union(members=inner):
            return inner
        case CallableType():
            return (type_.result, *(type_.parameters if isinstance(type_.parameters, tuple) else ()))
        case FunctionObject():
            own = [bound for _, bound in type_.bindings]
            return own if type_.bound is None else [*own, type_.bound]
        case MethodWrapper(function=function):
            return (function,)
    return ()
