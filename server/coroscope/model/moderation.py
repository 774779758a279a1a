"""Types that are so large that work on them might not end, as generated code makes them: their outer part is kept."""

from __future__ import annotations

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
    stack: list[tuple[Type, int]] = [(value, 0)]
    seen = 0
    while stack:
        type_, depth = stack.pop()
        seen += 1
        if depth > deepest or seen > largest:
            return True
        match type_:
            case Instance(args=inner) | ClassObject(args=inner) | TupleType(items=inner) | Union(members=inner):
                stack += ((item, depth + 1) for item in inner)
            case CallableType():
                stack.append((type_.result, depth + 1))
                if isinstance(type_.parameters, tuple):
                    stack += ((item, depth + 1) for item in type_.parameters)
            case FunctionObject():
                stack += ((bound, depth + 1) for _, bound in type_.bindings)
                if type_.bound is not None:
                    stack.append((type_.bound, depth + 1))
            case MethodWrapper(function=function):
                stack.append((function, depth + 1))
    return False
