"""The protocols that `await`, `async with`, `async for`, `with` and `for` ask of a class, and what they make.

Whether a type has a protocol is answered in three values: True (every member of the type has it), False (none has),
None (some have, or it cannot be known).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING

from coroscope.model.attributes import special_method
from coroscope.model.calls import call_with
from coroscope.model.fields import tuple_of
from coroscope.model.matching import assignable
from coroscope.model.program import Program
from coroscope.model.types import (
    UNKNOWN,
    CallableType,
    ClassObject,
    Instance,
    NeverType,
    SpecialForm,
    SuperType,
    TupleType,
    Type,
    TypeVariable,
    Union,
    UnknownType,
    each,
    members,
    union,
    without_none,
)

if TYPE_CHECKING:
    from coroscope.model.scopes import Scope


def is_coroutine(type_: Type) -> bool:
    """Whether every member of a type is a coroutine object."""
    return all(_is_coroutine(member) for member in members(type_))


def is_lazy(type_: Type) -> bool:
    """Whether every member of a type is a coroutine, or something of which only `Awaitable` is known."""
    return all(
        _is_coroutine(m) or (isinstance(m, Instance) and m.cls.is_("typing", "Awaitable")) for m in members(type_)
    )


def can_await(type_: Type, program: Program) -> bool | None:
    """Whether a value can be awaited."""
    return _has(type_, "__await__", program)


def can_enter(type_: Type, program: Program) -> bool | None:
    """Whether `with` takes a value."""
    return _all_of(has_method(type_, name, program) for name in ("__enter__", "__exit__"))


def can_async_enter(type_: Type, program: Program) -> bool | None:
    """Whether `async with` takes a value."""
    return _all_of(has_method(type_, name, program) for name in ("__aenter__", "__aexit__"))


def can_iterate(type_: Type, program: Program) -> bool | None:
    """Whether `for` takes a value: it has `__iter__`, or `__getitem__` (data model 3.3.7)."""
    answers = [has_method(type_, name, program) for name in ("__iter__", "__getitem__")]
    return True if True in answers else None if None in answers else False


def can_async_iterate(type_: Type, program: Program) -> bool | None:
    """Whether `async for` takes a value."""
    return _has(type_, "__aiter__", program)


def has_method(type_: Type, name: str, program: Program) -> bool | None:
    """Whether a value's class has a special method."""
    return _has(type_, name, program)


def awaited(type_: Type, program: Program) -> Type:
    """What `await value` makes."""

    def one(member: Type) -> Type:
        if isinstance(member, Instance) and _is_coroutine(member):
            return member.args[2] if len(member.args) == 3 else UNKNOWN
        generator = made_by(member, "__await__", program)
        if isinstance(generator, Instance):
            entry = generator.cls.ancestor("typing", "Generator")
            if entry is not None and generator.cls is entry.cls and len(generator.args) == 3:
                return generator.args[2]
        return UNKNOWN

    return each(without_none(type_), one)


def with_results(type_: Type, program: Program) -> Type:
    """A type with what awaiting gives in place of every coroutine in it: `list[int]` for a list of coroutines."""
    match type_:
        case Union():
            return union(with_results(member, program) for member in type_.members)
        case TupleType():
            return TupleType(tuple(with_results(item, program) for item in type_.items))
        case Instance() if is_lazy(type_):
            return awaited(type_, program)
        case Instance(args=args) if args:
            return Instance(type_.cls, tuple(with_results(argument, program) for argument in args), type_.literal)
    return type_


def is_refused(value: Type, wanted: Type, scope: Scope, rigid: Collection[Type] = ()) -> bool:
    """Whether an awaitable surely does not suit an annotated type; a type variable is never its own awaitable.

    Nor is one of `rigid` (see `coroscope.model.rigid`) an awaitable of a known class: nobody makes a value of a type
    that he does not know.
    """
    return all(
        (isinstance(member, TypeVariable) and _is_result(member, value, scope, member in rigid))
        or assignable(value, member, scope) is False
        for member in members(wanted)
    )


def _is_result(variable: TypeVariable, value: Type, scope: Scope, is_rigid: bool) -> bool:
    """Whether a type variable stands for what awaiting a value gives, or else a rigid one may, and not for the value.

    What a bound allows, it may well allow for the value.
    """
    result = awaited(value, scope.program)
    if result == variable or not is_rigid:
        return result == variable
    return result == UNKNOWN and variable.bound is None and all(isinstance(one, Instance) for one in members(value))


def iterated(type_: Type, program: Program) -> Type:
    """What a `for` loop over a value gives."""

    def one(member: Type) -> Type:
        if isinstance(member, Instance):
            member = tuple_of(member) or member
        if isinstance(member, TupleType):
            return union(member.items)
        return made_by(made_by(member, "__iter__", program), "__next__", program)

    return each(without_none(type_), one)


def async_iterated(type_: Type, program: Program) -> Type:
    """What an `async for` loop over a value gives."""

    def one(member: Type) -> Type:
        return awaited(made_by(made_by(member, "__aiter__", program), "__anext__", program), program)

    return each(without_none(type_), one)


def entered(type_: Type, program: Program) -> Type:
    """What `with value as name` binds."""
    return each(without_none(type_), lambda member: made_by(member, "__enter__", program))


def async_entered(type_: Type, program: Program) -> Type:
    """What `async with value as name` binds."""
    return each(without_none(type_), lambda member: awaited(made_by(member, "__aenter__", program), program))


def made_by(value: Type, name: str, program: Program) -> Type:
    """What a special method of a value makes that is called without arguments."""

    def one(member: Type) -> Type:
        method = special_method(member, name, program)
        if method is None or isinstance(method, UnknownType):
            return UNKNOWN
        scope = program.module("builtins", "")
        return UNKNOWN if scope is None else call_with(method, [], scope)

    return each(value, one)


def _is_coroutine(member: Type) -> bool:
    return isinstance(member, Instance) and (
        member.cls.is_("types", "CoroutineType") or member.cls.is_("typing", "Coroutine")
    )


def _all_of(answers: Iterable[bool | None]) -> bool | None:
    known = list(answers)
    return False if False in known else None if None in known else True


def _has(type_: Type, name: str, program: Program) -> bool | None:
    answers = {_member_has(member, name, program) for member in members(type_)}
    return answers.pop() if len(answers) == 1 else None


def _member_has(member: Type, name: str, program: Program) -> bool | None:
    match member:
        case UnknownType() | NeverType() | SuperType():
            return None
        case TypeVariable():
            return None if member.bound is None else _has(member.bound, name, program)
        case Instance():
            if member.cls.is_("builtins", "object"):
                return None
            found = member.cls.method(name)
            if found is None:
                return False
            return None if isinstance(found.type, UnknownType) else True
        case TupleType():
            tuple_ = program.class_named("builtins", "tuple")
            return None if tuple_ is None else tuple_.method(name) is not None
        case ClassObject() | SpecialForm():
            found_on_class = special_method(member, name, program)
            return None if isinstance(found_on_class, UnknownType) else found_on_class is not None
        case CallableType(result=TypeVariable(), parameters=None):
            return None  # `type[T]`, whose metaclass may have it
    return False
