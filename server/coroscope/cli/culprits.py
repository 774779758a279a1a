"""The findings that a traceback or warning speaks of, in the files that it names, where these are at hand.

    Traceback (most recent call last):
      File "app.py", line 9, in <module>            # of these the innermost counts most
    app.py:12: RuntimeWarning: coroutine 'save' was never awaited
    Coroutine created at (most recent call last)    # and what tracemalloc says of where it was made

Only files are looked at that lie in the working folder or below, as a project's own do.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from coroscope.cli.check import reports
from coroscope.cli.report import Report, Reported
from coroscope.cli.session import Choices, Session
from coroscope.project.walk import DEFAULT_EXCLUDE
from coroscope.rules import Rule

_PLACE = re.compile(r'File "([^"\n]+\.py)", line(?:no)? (\d+)|^[ \t]*([^\s:"][^:"\n]*\.py):(\d+): ', re.MULTILINE)
_MOST_FILES = 20
_FOREIGN = frozenset(DEFAULT_EXCLUDE)


class Culprit(NamedTuple):
    """A finding, and the report of the file that it is in."""

    report: Report
    found: Reported


def culprits(text: str, rules: Sequence[Rule]) -> list[Culprit]:
    """The findings of these rules in the files that a text names: those on a line that it names, or else all."""
    places = list(_places(text))
    names = {rule.name for rule in rules}
    files = list(dict.fromkeys(path for path, _ in reversed(places)))[:_MOST_FILES]
    session = Session(Choices())
    found = [
        Culprit(report, reported)
        for report in (reports(session, files) if files else ())
        for reported in report.found
        if reported.finding.rule in names
    ]
    named = set(places)
    return [one for one in found if _is_named(one, named)] or found


def _places(text: str) -> Iterator[tuple[str, int]]:
    """The lines (1-based) of the project's own files that a text names, in its order; by the files' paths."""
    here = Path.cwd()
    for match in _PLACE.finditer(text):
        name, line = (match[1], match[2]) if match[1] else (match[3], match[4])
        try:
            path = (here / name).resolve()
            is_there = path.is_relative_to(here) and path.is_file()
        except OSError:
            continue
        own = path.relative_to(here) if is_there else None
        if own is not None and _FOREIGN.isdisjoint(own.parts):
            yield own.as_posix(), int(line)


def _is_named(one: Culprit, named: set[tuple[str, int]]) -> bool:
    finding = one.found.finding
    lines = {(finding.path, line) for line in range(finding.range.start.line, finding.range.end.line + 1)}
    lines |= {(place.path, place.range.start.line) for place in finding.related}
    return not lines.isdisjoint(named)
