"""Types that are wide and deep at once are cut in a time that their size does not tell."""

from __future__ import annotations

from coroscope.model.moderation import moderate
from coroscope.model.program import Program
from coroscope.model.scopes import ModuleScope
from coroscope.model.summary import Class, Summary
from coroscope.model.types import NONE, UNKNOWN, Instance, TupleType, Type, TypeVariable, Union, members, union
from coroscope.model.world import EmptyWorld


def test_wide_and_deep_types_keep_their_outer_part() -> None:
    type_: Type = NONE
    for _ in range(12):
        type_ = TupleType((type_,) * 300)
    kept = moderate(type_)
    assert isinstance(kept, TupleType)
    assert kept.items == (UNKNOWN,) * 300


def test_other_types_stay_as_they_are() -> None:
    type_ = TupleType((NONE, TupleType((NONE,))))
    assert moderate(type_) is type_


def test_of_more_types_than_anybody_writes_nothing_is_known() -> None:
    some: list[Type] = [TypeVariable(f"T{number}", "home") for number in range(100)]
    assert members(union(some[:50])) == tuple(some[:50])
    assert union(some) == UNKNOWN


def test_of_many_literals_their_classes_are_left() -> None:
    module = ModuleScope(Program(EmptyWorld()), Summary("orders", "orders.py"))
    cls = Program(EmptyWorld()).class_info(Class("State", "State"), module, module)
    literals = [Instance(cls, (), number) for number in range(100)]
    assert isinstance(union(literals[:50]), Union)
    assert union(literals) == Instance(cls)
    assert union([*literals, NONE]) == Union((Instance(cls), NONE))
