"""Findings for programs: one JSON array, an object a line, of ASCII characters only.

What is in a notebook has a `cell`, too, and its range is one within that cell.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TextIO, TypedDict

from coroscope.cli.report import Report, Reported
from coroscope.findings import Finding, Related, TextEdit
from coroscope.source import Range


class PositionObject(TypedDict):
    """A place: 1-based line, 1-based column in characters."""

    line: int
    column: int


class RangeObject(TypedDict):
    """A stretch of text, its end excluded."""

    start: PositionObject
    end: PositionObject


def write(reports: Iterable[Report], stream: TextIO) -> None:
    """Write every finding with its related places, fixes and their edits."""
    write_array((finding_object(item) for report in reports for item in report.found), stream)


def write_array(items: Iterable[object], stream: TextIO) -> None:
    """Write a JSON array, an item a line, while the items come."""
    before = "[\n"
    for item in items:
        stream.write(before + json.dumps(item))
        before = ",\n"
    stream.write("[]\n" if before == "[\n" else "\n]\n")


def range_object(range_: Range) -> RangeObject:
    """A range as every machine-readable output of coroscope has it."""
    start, end = range_
    return {
        "start": {"line": start.line, "column": start.column},
        "end": {"line": end.line, "column": end.column},
    }


def finding_object(reported: Reported) -> dict[str, object]:
    """A finding with all that belongs to it."""
    finding = reported.finding
    return {
        "rule": finding.rule,
        "level": finding.level,
        "message": finding.message,
        **place_object(finding),
        "related": [{**place_object(place), "message": place.message} for place in finding.related],
        "fixes": [
            {
                "title": offer.title,
                "kind": offer.kind,
                "preferred": offer.preferred,
                "safe": offer.safe,
                "edits": [{**place_object(edit), "text": edit.text} for edit in offer.edits],
            }
            for offer in reported.offers
        ],
        "url": finding.url,
    }


def place_object(found: Finding | Related | TextEdit) -> dict[str, object]:
    """Where something is."""
    cell = {} if found.cell is None else {"cell": found.cell}
    return {"path": found.path, **cell, "range": range_object(found.range)}
