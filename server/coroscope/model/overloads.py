"""Which overloads of a function a call may mean, and what it makes (typing specification, "Overload call evaluation").

The steps of the specification are taken in three values: an argument may surely suit a parameter, surely not, or it
cannot be said, as for a value of unknown type. As long as several overloads are possible, a call makes what their
results have in common.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import product
from math import prod

from coroscope.model.enums import members_of
from coroscope.model.matching import assignable
from coroscope.model.signatures import (
    Arguments,
    Lazy,
    fits_in_number,
    matched,
    parameter_type,
    parameters_of,
    suits_receiver,
)
from coroscope.model.substitution import substitute, variables
from coroscope.model.types import (
    NEVER,
    NONE,
    UNKNOWN,
    CallableType,
    FunctionObject,
    Instance,
    Overloads,
    TupleType,
    Type,
    TypeVariable,
    Union,
    members,
    union,
)

Make = Callable[[FunctionObject, Arguments], Type]
_MOST_EXPANSIONS = 16
_MOST_CALLS = 3
_ANYTHING = TypeVariable("_", "")


def call_overloads(function: Overloads, arguments: Arguments, make: Make) -> Type:
    """What a call makes, where `make` says what it makes of one overload."""
    candidates = [item for item in function.items if fits_in_number(item, arguments)]
    if not candidates:
        return _only_awaitable([make(item, arguments) for item in function.items])
    if len(candidates) == 1:
        return make(candidates[0], arguments)
    call = _Call(candidates, _once(arguments), make)
    results = list(call.results(call.arguments, [_MOST_EXPANSIONS]))
    if results:
        return agreed(results) if call.is_open else union(results)
    return _only_awaitable([make(item, arguments) for item in candidates])


def possible(items: Sequence[FunctionObject], arguments: Arguments) -> list[FunctionObject]:
    """The overloads that a call may mean, the most likely one first; nothing if none suits."""
    candidates = [item for item in items if fits_in_number(item, arguments)]
    if len(candidates) < 2:
        return candidates
    return _Call(candidates, _once(arguments), lambda item, arguments: UNKNOWN).possible(arguments)[0]


def agreed(results: Sequence[Type]) -> Type:
    """What a call makes that makes one of these, nobody knows which: with Unknown, if only some can be awaited.

    Of functions it is asked what calling them makes.
    """
    every = union(results)
    if not isinstance(every, Union) or UNKNOWN in every.members or every in results:
        return every
    return union([every, UNKNOWN]) if _kind(every) is None else _merged(every)


class _Call:
    """One call of several overloads: only the arguments on which the choice depends are worked out."""

    def __init__(self, candidates: Sequence[FunctionObject], arguments: Arguments, make: Make) -> None:
        self.candidates = candidates
        self.arguments = arguments
        self.make = make
        self.is_open = False
        """Whether some overload was only one of those that the call may mean."""
        self._wanted: dict[int, dict[_Place, Type]] = {}

    def results(self, arguments: Arguments, left: list[int]) -> Iterator[Type]:
        """What the call makes: unions among the arguments are taken apart as long as they leave the choice open."""
        found, is_sure = self.possible(arguments)
        if not is_sure and left[0] > 0:
            expanded = self._expanded(arguments)
            if expanded is not None:
                left[0] -= len(expanded)
                for one in expanded:
                    yield from self.results(one, left)
                return
        self.is_open = self.is_open or not is_sure
        for item in found:
            yield _bounded(item, self.make(item, arguments), is_sure=len(found) == 1)

    def possible(self, arguments: Arguments) -> tuple[list[FunctionObject], bool]:
        """The overloads that the call may mean, and whether nothing is left open."""
        found: list[FunctionObject] = []
        for index, item in enumerate(self.candidates):
            suits = self._suits(index, arguments)
            if suits is not False:
                found.append(item)
            if suits:
                break
        if len(found) > 1 and arguments.spread:
            found = [item for item in found if _takes(item, "rest")] or found
        if len(found) > 1 and arguments.spread_keywords:
            found = [item for item in found if _takes(item, "keywords")] or found
        return found, len(found) == 1

    def _suits(self, index: int, arguments: Arguments) -> bool | None:
        item = self.candidates[index]
        answer = suits_receiver(item)
        if answer is False:
            return False
        for place, type_ in self._wanted_by(index).items():
            if self._is_telling(place):
                one = _suits(_at(arguments, place)(), type_, item)
                if one is False:
                    return False
                answer = answer and one
        return None if arguments.spread or arguments.spread_keywords else answer

    def _is_telling(self, place: _Place) -> bool:
        """Whether the overloads want different things in a place, whatever they call their type variables."""
        first = self._wanted_by(0).get(place)
        return any(self._wanted_by(index).get(place) != first for index in range(1, len(self.candidates)))

    def _wanted_by(self, index: int) -> dict[_Place, Type]:
        """What a candidate wants in each place; of many candidates the first that suit tell enough."""
        known = self._wanted.get(index)
        if known is None:
            known = self._wanted[index] = dict(_wanted(self.candidates[index], self.arguments))
        return known

    def _expanded(self, arguments: Arguments) -> list[Arguments] | None:
        """The call for each member of its first argument that is a union; None if there is none."""
        for place in _places(arguments):
            if self._is_telling(place):
                parts = _parts(_at(arguments, place)())
                if len(parts) > 1:
                    return [_with(arguments, place, part) for part in parts]
        return None


_Place = int | str


def _places(arguments: Arguments) -> Iterator[_Place]:
    yield from range(len(arguments.positional))
    yield from arguments.keywords


def _at(arguments: Arguments, place: _Place) -> Lazy:
    return arguments.positional[place] if isinstance(place, int) else arguments.keywords[place]


def _with(arguments: Arguments, place: _Place, type_: Type) -> Arguments:
    """The same call with another type for one argument."""

    def given() -> Type:
        return type_

    if isinstance(place, str):
        return replace(arguments, keywords={**arguments.keywords, place: given})
    positional = arguments.positional
    return replace(arguments, positional=(*positional[:place], given, *positional[place + 1 :]))


def _wanted(item: FunctionObject, arguments: Arguments) -> Iterator[tuple[_Place, Type]]:
    """What an overload wants in each place of a call, as far as it says."""
    places = {id(_at(arguments, place)): place for place in _places(arguments)}
    for parameter, argument in matched(item, arguments):
        wanted = parameter_type(item, parameter)
        if wanted is not None and id(argument) in places:
            wanted = substitute(wanted, dict(item.bindings))
            free = {v: _ANYTHING for v in variables(wanted) if v.bound is None and v.kind == "type"}
            yield places[id(argument)], substitute(wanted, free)


def _once(arguments: Arguments) -> Arguments:
    """The arguments, each worked out at most once."""
    return replace(
        arguments,
        positional=tuple(map(_remembering, arguments.positional)),
        keywords={name: _remembering(argument) for name, argument in arguments.keywords.items()},
    )


def _remembering(argument: Lazy) -> Lazy:
    known: list[Type] = []

    def work() -> Type:
        if not known:
            known.append(argument())
        return known[0]

    return work


def _suits(value: Type, wanted: Type, item: FunctionObject) -> bool | None:
    """Whether an argument suits, where a value that may be anything suits what takes everything."""
    if UNKNOWN in members(value) and UNKNOWN in members(wanted):
        return None
    if (isinstance(wanted, TypeVariable) and wanted.bound is None) or value in members(wanted):
        return True
    if isinstance(wanted, Instance) and wanted.cls.is_("builtins", "object"):
        return True
    return assignable(value, wanted, item.scope)


def _parts(type_: Type) -> Sequence[Type]:
    """What an argument may be one by one, as the specification expands it; the type itself if it is only one thing.

    Those are the members of a union and of an enumeration, True and False for a bool, and tuples of such parts.
    """
    found = [part for member in members(type_) for part in _parts_of_one(member)]
    return found if len(found) <= _MOST_EXPANSIONS else [type_]


def _parts_of_one(member: Type) -> Sequence[Type]:
    if isinstance(member, TupleType):
        choices = [_parts(item) for item in member.items]
        if 1 < prod(map(len, choices)) <= _MOST_EXPANSIONS:
            return [TupleType(items) for items in product(*choices)]
    elif isinstance(member, Instance) and member.literal is None:
        if member.cls.is_("builtins", "bool"):
            return [Instance(member.cls, (), True), Instance(member.cls, (), False)]
        return members_of(member.cls) or [member]
    return [member]


def _takes(item: FunctionObject, kind: str) -> bool:
    return any(parameter.kind == kind for parameter in parameters_of(item))


def _bounded(item: FunctionObject, result: Type, *, is_sure: bool) -> Type:
    """The result of an overload; what is not known of a type variable is at least what its bound says."""
    if is_sure or result != UNKNOWN or item.declaration.returns is None:
        return result
    from coroscope.model.calls import declared_result

    declared = declared_result(item)
    return declared.bound if isinstance(declared, TypeVariable) and declared.bound is not None else result


def _only_awaitable(results: Sequence[Type]) -> Type:
    """What a call makes that suits no overload as far as we see: Unknown, unless all make the same awaitable."""
    every = _merged(union(results))
    return every if isinstance(every, Instance) and _is_awaitable(every) else UNKNOWN


def _is_awaitable(member: Type) -> bool | None:
    from coroscope.model.protocols import can_await

    if isinstance(member, Instance):
        return can_await(member, member.cls.program)
    return False if member in (NONE, NEVER) or isinstance(member, TupleType) else None


def _kind(type_: Type, calls: int = 0) -> tuple[bool, int] | None:
    """Whether a value can be awaited, and after how many calls; None if that cannot be said, or is not one answer."""
    kinds = {_kind_of_one(member, calls) for member in members(type_)}
    return kinds.pop() if len(kinds) == 1 else None


def _kind_of_one(member: Type, calls: int) -> tuple[bool, int] | None:
    from coroscope.model.calls import declared_result

    match member:
        case CallableType():
            return _kind(member.result, calls + 1) if calls < _MOST_CALLS else None
        case FunctionObject():
            return _kind(declared_result(member), calls + 1) if calls < _MOST_CALLS else None
    answer = _is_awaitable(member)
    return None if answer is None else (answer, calls)


def _merged(type_: Type) -> Type:
    """A union whose members are all of one class as one type: `Future[int] | Future[str]` is `Future[int | str]`."""
    parts = members(type_)
    first = parts[0]
    if not isinstance(type_, Union) or not isinstance(first, Instance):
        return type_
    if any(not isinstance(p, Instance) or p.cls is not first.cls or len(p.args) != len(first.args) for p in parts):
        return type_
    columns = zip(*(part.args for part in parts if isinstance(part, Instance)), strict=True)
    return Instance(first.cls, tuple(union(column) for column in columns))
