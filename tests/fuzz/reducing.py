"""A failing case made small: steps are left out, and then lines, as long as it fails in the same way."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar

from fuzz.cases import Case
from fuzz.checks import Endless, Failed

_MOST_TRIES = 400

T = TypeVar("T")
Check = Callable[[Case], None]


def failure(case: Case, check: Check) -> tuple[str, str]:
    """In what way a case fails, in words that suit smaller ones too, and all that is to be said; "" if it holds."""
    try:
        check(case)
    except Failed as error:
        return str(error.args[0]), "\n".join(map(str, error.args))
    except (Exception, Endless) as error:
        where = traceback.extract_tb(error.__traceback__)[-1]
        way = "it does not end" if isinstance(error, Endless) else f"{type(error).__name__} in {where.name}"
        return way, traceback.format_exc()
    return "", ""


def reduced(case: Case, check: Check) -> Case:
    """A smaller case that fails in the same way; the case itself, if it does not fail again."""
    way, _ = failure(case, check)
    if not way:
        return case
    tries = 0

    def fails(smaller: Case) -> bool:
        nonlocal tries
        tries += 1
        return tries < _MOST_TRIES and failure(smaller, check)[0] == way

    steps = _fewer(case.steps, lambda steps: bool(steps) and fails(replace(case, steps=steps)))
    case = replace(case, steps=steps)
    # A line is left out of all versions at once.
    lines = list(dict.fromkeys(line for step in steps for line in step.text.splitlines(keepends=True)))
    kept = _fewer(lines, lambda kept: fails(_with_lines(case, kept)))
    return _with_lines(case, kept)


def _with_lines(case: Case, lines: Sequence[str]) -> Case:
    kept = set(lines)
    steps = [
        step._replace(text="".join(line for line in step.text.splitlines(keepends=True) if line in kept))
        for step in case.steps
    ]
    return replace(case, steps=steps)


def _fewer(items: list[T], fails: Callable[[list[T]], bool]) -> list[T]:
    """As few of some items as still fail, by leaving out ever smaller runs of them (delta debugging)."""
    size = len(items) // 2
    while size:
        start = 0
        while start < len(items):
            smaller = items[:start] + items[start + size :]
            if fails(smaller):
                items = smaller
            else:
                start += size
        size //= 2
    return items
