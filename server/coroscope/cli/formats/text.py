"""Findings for people: message, source excerpt, related places, the fixes on offer, and a line that sums up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TextIO

from rich.console import Console
from rich.text import Text

from coroscope.cells import cell_text
from coroscope.cli.excerpt import excerpt, plain
from coroscope.cli.formats.concise import place_of
from coroscope.cli.report import Offer, Report, Reported
from coroscope.cli.terminal import console_for
from coroscope.findings import LEVELS, Finding, Level, Related
from coroscope.source import Source

COLOURS: dict[Level, str] = {"error": "bold red", "warning": "bold yellow", "information": "bold cyan", "hint": "green"}
FRAME = "blue"
MOST_FIXES = 4


def write(reports: Iterable[Report], stream: TextIO) -> None:
    """Write every finding with its excerpt, then the sum of it all."""
    console = console_for(stream)
    seen: list[Report] = []
    for report in reports:
        seen.append(Report(Source(""), report.found))
        for reported in report.found:
            console.print(finding_text(reported.finding, report.source, console, offers=reported.offers))
    console.print(summary_text(seen))


def finding_text(finding: Finding, source: Source, console: Console, *, offers: Sequence[Offer] = ()) -> Text:
    """All that people are told of a finding, ending with an empty line."""
    encoding = console.encoding
    colour = COLOURS[finding.level]
    shown = source if finding.cell is None else cell_text(source, finding.cell)
    lines = excerpt(shown, finding.range, width=_excerpt_width(console), encoding=encoding)
    gutter = max(len(str(line.number or "")) for line in lines)
    text = Text(no_wrap=True)
    text.append(f"{finding.level}[{finding.rule}]", colour).append(": ")
    text.append_text(_message(plain(finding.message, encoding), "bold")).append("\n")
    text.append(" " * gutter + "--> ", FRAME).append(f"{place_of(finding, plain(finding.path, encoding))}\n")
    text.append(" " * gutter + " |\n", FRAME)
    for line in lines:
        text.append(f"{line.number or '':>{gutter}} | ", FRAME).append(line.text).append("\n")
        if line.marks:
            text.append(" " * gutter + " | ", FRAME).append(line.marks, colour).append("\n")
    for place in finding.related:
        text.append(" " * gutter + " = ", FRAME).append_text(_related(place, encoding)).append("\n")
    if offers:
        titles = [plain(offer.title, encoding) for offer in offers[:MOST_FIXES]]
        text.append(" " * gutter + " = ", FRAME).append("fix: ", "bold green").append(" / ".join(titles)).append("\n")
    return text


def summary_text(reports: Sequence[Report]) -> Text:
    """How much was found, in how many files, and how much of it `coroscope fix` repairs."""
    found = [reported for report in reports for reported in report.found]
    files = _count(len(reports), "file")
    if not found:
        return Text.assemble(("No mistakes found", "bold green"), f" in {files}.")
    levels = Counter(reported.finding.level for reported in found)
    text = Text("Found ")
    for number, level in enumerate(level for level in LEVELS if levels[level]):
        joint = "" if not number else " and " if number == len(levels) - 1 else ", "
        words = f"{levels[level]} information" if level == "information" else _count(levels[level], level)
        text.append(joint).append(words, COLOURS[level])
    bad = sum(bool(report.found) for report in reports)
    text.append(f" in {bad} of {files}" if bad != len(reports) else f" in {files}")
    fixable = sum(_repairs_itself(reported) for reported in found)
    if fixable:
        text.append(
            f"; `coroscope fix` repairs {fixable if fixable < len(found) else 'all'} of them"
            if len(found) > 1
            else "; `coroscope fix` repairs it"
        )
    return text.append(".")


def _repairs_itself(reported: Reported) -> bool:
    return any(offer.preferred and offer.safe for offer in reported.offers)


def _related(place: Related, encoding: str) -> Text:
    text = Text(f"{place_of(place, plain(place.path, encoding))}: ", "dim")
    return Text().append_text(text).append_text(_message(plain(place.message, encoding), ""))


def _message(message: str, style: str) -> Text:
    """A message with its code in backquotes made visible."""
    text = Text(message, style)
    text.highlight_regex(r"`[^`]+`", "cyan")
    return text


def _excerpt_width(console: Console) -> int:
    return max(40, console.width - 8) if console.is_terminal else 120


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" + ("" if number == 1 else "s")
