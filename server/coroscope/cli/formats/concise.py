"""Findings for tools that read lines: `path:line:column: level[rule] message`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TextIO

from coroscope.cli.report import Report
from coroscope.findings import Finding


def write(reports: Iterable[Report], stream: TextIO) -> None:
    """Write one line a finding."""
    for report in reports:
        for reported in report.found:
            stream.write(line(reported.finding) + "\n")


def line(finding: Finding) -> str:
    """The one line that tells a finding."""
    row, column = finding.range.start
    message = " ".join(finding.message.splitlines())
    return f"{finding.path}:{row}:{column}: {finding.level}[{finding.rule}] {message}"
