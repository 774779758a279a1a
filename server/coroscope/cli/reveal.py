"""`coroscope reveal`: what each call makes."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence

from coroscope import engine
from coroscope.cells import place_in_cell
from coroscope.cli.formats.concise import place_of
from coroscope.cli.formats.json import place_object, write_array
from coroscope.cli.session import Choices, Session
from coroscope.cli.streams import BAD_INPUT
from coroscope.findings import Related
from coroscope.source import Range, Source

LONGEST_CODE = 60


def run(named: Sequence[str], choices: Choices, *, as_json: bool) -> int:
    """Write each call of the files with the type of what it makes, and answer the exit status."""
    session = Session(choices)
    if as_json:
        write_array(
            (
                {**place_object(_placed(source, range_)), "type": type_}
                for source, range_, type_ in _calls(session, named)
            ),
            sys.stdout,
        )
    else:
        for source, range_, type_ in _calls(session, named):
            print(f"{place_of(_placed(source, range_))}: {_code(source, range_)} -> {type_}")
    return BAD_INPUT if session.failed else 0


def _calls(session: Session, named: Sequence[str]) -> Iterator[tuple[Source, Range, str]]:
    for _, module in session.modules(named):
        calls: list[tuple[Range, str]] = []
        with session.surviving(module.source.path):
            calls = engine.reveal(module)
        for range_, type_ in calls:
            yield module.source, range_, type_


def _placed(source: Source, range_: Range) -> Related:
    return place_in_cell(source, Related(source.path, range_, ""))


def _code(source: Source, range_: Range) -> str:
    """The code of a range on one line, its middle left out if it is long."""
    span = source.span(range_)
    code = " ".join(source.text[span.start : span.end].split())
    half = (LONGEST_CODE - 3) // 2
    return code if len(code) <= LONGEST_CODE else f"{code[:half]}...{code[-half:]}"
