"""Findings for tools that read lines: `path:line:column: level[rule] message`.

In a notebook the line is one of a cell: `path:cell 3:line:column: …`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TextIO

from coroscope.cli.report import Report
from coroscope.findings import Finding, Related


def write(reports: Iterable[Report], stream: TextIO) -> None:
    """Write one line a finding."""
    for report in reports:
        for reported in report.found:
            stream.write(line(reported.finding) + "\n")


def line(finding: Finding) -> str:
    """The one line that tells a finding."""
    message = " ".join(finding.message.splitlines())
    return f"{place_of(finding)}: {finding.level}[{finding.rule}] {message}"


def place_of(found: Finding | Related, path: str | None = None) -> str:
    """Where something begins; `path` is how its file is written, if not as it is."""
    row, column = found.range.start
    cell = "" if found.cell is None else f"cell {found.cell}:"
    return f"{found.path if path is None else path}:{cell}{row}:{column}"
