"""Types that are wide and deep at once are cut in a time that their size does not tell."""

from __future__ import annotations

from coroscope.model.moderation import moderate
from coroscope.model.types import NONE, UNKNOWN, TupleType, Type


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
