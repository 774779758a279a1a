"""What has to hold for a case within this process; `Failed` or another exception says that it does not."""

from __future__ import annotations

import signal
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

from checking import QuickProject, apply
from coroscope import engine
from coroscope.cells import cells_of
from coroscope.findings import Finding
from coroscope.model.module import Module
from coroscope.source import Position

from fuzz.cases import Case, parses

SECONDS = 2.0
"""How long an analysis may take of the processor's time, reading the standard library's stubs for once aside."""

ENDLESS = 20.0


class Failed(Exception):
    """Something that has to hold does not; the first argument says what, in words that are the same for all texts."""


class TooSlow(Failed):
    """It takes longer than it may."""


class Endless(BaseException):
    """A case that was ended, since nobody knows whether it would end itself."""


def check(case: Case) -> None:
    """Raise if anything that has to hold for a case does not."""
    try:
        _check(case)
    except TooSlow:
        _check(case)  # the first time, stubs may have been read


def _check(case: Case) -> None:
    with tempfile.TemporaryDirectory() as folder, _limited():
        (_check_text if case.kind == "texts" else _check_edits)(case, Path(folder).resolve())


def found_fresh(folder: Path, texts: dict[str, str]) -> dict[str, list[Finding]]:
    """What is found in some open files by a project that has seen nothing else."""
    project = QuickProject(folder)
    for name, text in texts.items():
        project.open(folder / name, text)
    return {name: engine.check(project.module(folder / name), project.settings) for name in texts}


def _check_text(case: Case, folder: Path) -> None:
    """A text is checked, hovered over, and what is found in it repaired."""
    ((name, text, _),) = case.steps
    random = Random(case.seed)
    project = QuickProject(folder)
    project.open(folder / name, text)
    with _timed():
        module = project.module(folder / name)
        found = engine.check(module, project.settings)
    source = module.source
    for finding in found:
        if source.range(source.span(finding.range)) != finding.range or "\n" in finding.message:
            raise Failed("a finding has no place", finding)
    for _ in range(4):
        line = random.randint(1, len(source.line_starts))
        engine.describe(module, Position(line, random.randint(1, len(source.line(line)) + 1)))
    for finding in random.sample(found, min(3, len(found))):
        _check_fixes(module, finding, found)


def _check_fixes(module: Module, finding: Finding, found: list[Finding]) -> None:
    """The fixes of a finding can be made; then the text parses if it did, and less is found."""
    text, path = module.source.text, module.source.path
    for fix in engine.fixes(module, finding):
        edits = [edit for edit in fix.edits() if edit.path == path]
        fixed = apply({path: text}, edits)[path]
        if parses(text) and not parses(fixed):
            raise Failed("a fix leaves what does not parse", fix.title, fixed)
        if edits and parses(text) and not _has_other_cells(text, fixed):
            (left,) = found_fresh(Path(path).parent, {Path(path).name: fixed}).values()
            if _alike(finding, left) >= _alike(finding, found):
                raise Failed("a fix leaves its finding", fix.title, finding.message, fixed)


def _has_other_cells(text: str, other: str) -> bool:
    """Whether one of two texts has other cells."""
    return [cell.number for cell in cells_of(text)] != [cell.number for cell in cells_of(other)]


def _alike(finding: Finding, found: list[Finding]) -> int:
    return sum((each.rule, each.message) == (finding.rule, finding.message) for each in found)


def _check_edits(case: Case, folder: Path) -> None:
    """What is found in files while they are edited is what a fresh project finds, wherever they parse."""
    project = QuickProject(folder)
    texts: dict[str, str] = {}
    for name, text, look in case.steps:
        texts[name] = text
        project.change(folder / name, text)
        if look:
            with _timed():
                engine.check(project.module(folder / name), project.settings)
        if look == "compare" and all(map(parses, texts.values())):
            for each, fresh in found_fresh(folder, texts).items():
                found = engine.check(project.module(folder / each), project.settings)
                if found != fresh:
                    raise Failed(*difference(each, found, fresh))


def difference(name: str, found: list[Finding], fresh: list[Finding]) -> tuple[str, ...]:
    """What to say of findings that differ."""
    too_many = [f"{name} edited: {each}" for each in found if each not in fresh]
    missing = [f"{name} fresh:  {each}" for each in fresh if each not in found]
    return ("an edited file differs from a fresh one", *too_many, *missing)


@contextmanager
def _timed() -> Iterator[None]:
    before = time.process_time()
    yield
    if (taken := time.process_time() - before) > SECONDS:
        raise TooSlow("it takes too long", f"{taken:.1f} s")


@contextmanager
def _limited() -> Iterator[None]:
    """End what does not end, where the system can."""
    if not hasattr(signal, "setitimer"):
        yield
        return

    def end(*_: object) -> None:
        raise Endless(f"more than {ENDLESS} s")

    before = signal.signal(signal.SIGVTALRM, end)
    signal.setitimer(signal.ITIMER_VIRTUAL, ENDLESS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
