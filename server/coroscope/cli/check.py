"""`coroscope check`: look at files and write what was found."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from coroscope import engine
from coroscope.cells import edits_in_cells, in_cell
from coroscope.cli.formats import OutputFormat, writer
from coroscope.cli.report import Offer, Report, Reported
from coroscope.cli.session import Choices, Session, shown_path
from coroscope.cli.streams import BAD_INPUT
from coroscope.findings import LEVELS, Finding, Level

if TYPE_CHECKING:
    from coroscope.model.module import Module
    from coroscope.project.project import Project


def run(named: Sequence[str], choices: Choices, format_: OutputFormat, fail_level: Level) -> int:
    """Check files and folders, write what was found to standard output, and answer the exit status."""
    session = Session(choices)
    loudest = len(LEVELS)

    def watched() -> Iterator[Report]:
        nonlocal loudest
        for report in reports(session, named):
            loudest = min([loudest, *(LEVELS.index(reported.finding.level) for reported in report.found)])
            yield report

    writer(format_)(watched(), sys.stdout)
    return exit_status(session, loudest, fail_level)


def exit_status(session: Session, loudest: int, fail_level: Level) -> int:
    """2 if something could not be looked at, 1 if the loudest finding (an index into `LEVELS`) is too loud, else 0."""
    return BAD_INPUT if session.failed else int(loudest <= LEVELS.index(fail_level))


def reports(session: Session, named: Sequence[str]) -> Iterator[Report]:
    """The report of each file, clean ones included."""
    for project, module in session.modules(named):
        report = Report(module.source)
        with session.surviving(module.source.path):
            report = report_on(project, module)
        yield report


def report_on(project: Project, module: Module) -> Report:
    """What is found in one file, with the edits of every fix."""
    findings = engine.check(module, project.settings)
    return Report(module.source, tuple(_reported(module, finding) for finding in findings))


def _reported(module: Module, finding: Finding) -> Reported:
    beside = module.source.path
    offers = []
    for fix in engine.fixes(module, finding):
        offer = Offer.of(fix)
        edits = edits_in_cells(module.source, offer.edits)
        edits = [replace(edit, path=shown_path(edit.path, beside)) for edit in edits]
        offers.append(replace(offer, edits=tuple(edits)))
    told = in_cell(module.source, finding)
    related = tuple(replace(place, path=shown_path(place.path, beside)) for place in told.related)
    return Reported(replace(told, related=related), tuple(offers))
