"""Applying fixes in rounds: `mend` for one file, on a `Bench` that holds the texts of all.

In a *round* every finding's fix is applied, as long as it touches nothing that another one of the round touches; what
overlaps waits for the next round, which looks at the new text. If a round would leave more syntax errors than there
were, its fixes are tried one by one, and one that does harm by itself is refused. So is one that was applied and left
as many findings of its kind as before: without that a mistake in a fix would be made again and again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from coroscope import engine
from coroscope.cells import in_cell
from coroscope.cli.edits import apply, overlap
from coroscope.cli.session import Session, shown_path
from coroscope.findings import Finding, Fix, TextEdit
from coroscope.project.files import read_source
from coroscope.project.paths import absolute
from coroscope.project.project import Project
from coroscope.source import Source, SourceError
from coroscope.syntax import parse

MOST_ROUNDS = 50

Key = tuple[str, str, str]
"""A rule, the title of a fix and the message of a finding."""


@dataclass(frozen=True, slots=True)
class Applied:
    """A fix that was applied: to what findings call the file, and which files it changed."""

    shown: str
    rule: str
    title: str
    paths: frozenset[Path]


@dataclass
class Bench:
    """The texts that fixes work on, as they were on disk and as they are now, by absolute path."""

    before: dict[Path, Source] = field(default_factory=dict)
    now: dict[Path, Source] = field(default_factory=dict)
    applied: list[Applied] = field(default_factory=list)
    reached_out: bool = False

    def source(self, path: Path, shown: str) -> Source:
        """The present text of a file; raises `SourceError` if it cannot be read."""
        if path not in self.now:
            self.before[path] = self.now[path] = read_source(path, shown)
        return self.now[path]

    def changed(self) -> Iterator[tuple[Path, Source, Source]]:
        """Each file that differs from the disk: its path, what it was and what it is now."""
        for path, before in sorted(self.before.items()):
            if self.now[path].text != before.text:
                yield path, before, self.now[path]

    def begin_pass(self) -> bool:
        """Whether a fix changed another file than its own since this was asked last."""
        reached_out, self.reached_out = self.reached_out, False
        return reached_out


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A fix that shall be applied, with its edits by file."""

    finding: Finding
    fix: Fix
    edits: Mapping[Path, Sequence[TextEdit]]

    @property
    def key(self) -> Key:
        """What tells this fix from others when the text has changed."""
        return self.finding.rule, self.fix.title, self.finding.message


def mend(session: Session, project: Project, path: Path, bench: Bench, *, unsafe: bool) -> list[Finding]:
    """Apply the preferred fixes of one file until nothing changes; answers the findings that remain.

    Fixes that are not safe are applied if `unsafe` says so.
    """
    refused: set[Key] = set()
    before: Counter[Key] = Counter()
    findings: list[Finding] = []
    told: list[Finding] = []
    for rounds_left in reversed(range(MOST_ROUNDS)):
        module = session.module(project, path)
        if module is None:
            return []
        findings = engine.check(module, project.settings)
        told = [in_cell(module.source, finding) for finding in findings]
        chosen = [(finding, _choose(engine.fixes(module, finding), unsafe)) for finding in findings]
        wanted = [_Wanted(finding, fix, _by_file(fix)) for finding, fix in chosen if fix]
        now = Counter(each.key for each in wanted)
        refused.update(key for key in before if now[key] >= before[key])
        wanted = [each for each in wanted if each.edits and each.key not in refused]
        if not wanted or not rounds_left:
            break
        try:
            applied = _round(project, path, bench, wanted, refused)
        except SourceError as error:
            session.fail(str(error))
            break
        before = Counter({key: number for key, number in now.items() if key in applied})
    return told


def _choose(fixes: Sequence[Fix], unsafe: bool) -> Fix | None:
    return next((fix for fix in fixes if fix.preferred and (fix.safe or unsafe)), None)


def _by_file(fix: Fix) -> dict[Path, list[TextEdit]]:
    edits: dict[Path, list[TextEdit]] = {}
    for edit in fix.edits():
        edits.setdefault(Path(absolute(edit.path)), []).append(edit)
    return edits


def _round(project: Project, path: Path, bench: Bench, wanted: Sequence[_Wanted], refused: set[Key]) -> set[Key]:
    """Apply what can be applied together; if that does harm, the first that does none, refusing those before it.

    Answers the keys of what was applied.
    """
    together = _compatible(bench, path, wanted)
    attempts = [together, *([each] for each in together)] if len(together) > 1 else [together]
    for attempt in attempts:
        texts = _texts_after(bench, attempt)
        if all(_is_no_worse(bench.now[file].text, text) for file, text in texts.items()):
            _take(project, path, bench, attempt, texts)
            return {each.key for each in attempt}
        if len(attempt) == 1:
            refused.add(attempt[0].key)
    return set()


def _compatible(bench: Bench, path: Path, wanted: Sequence[_Wanted]) -> list[_Wanted]:
    """As many of the fixes, in order, as touch nothing that an earlier one touches."""
    taken: dict[Path, list[TextEdit]] = {}
    together = []
    for each in wanted:
        sources = {file: bench.source(file, shown_path(edits[0].path, str(path))) for file, edits in each.edits.items()}
        free = not any(
            overlap(sources[file].span(edit.range), sources[file].span(other.range))
            for file, edits in each.edits.items()
            for edit in edits
            for other in taken.get(file, ())
        )
        if free:
            together.append(each)
            for file, edits in each.edits.items():
                taken.setdefault(file, []).extend(edits)
    return together


def _texts_after(bench: Bench, attempt: Sequence[_Wanted]) -> dict[Path, str]:
    edits: dict[Path, list[TextEdit]] = {}
    for each in attempt:
        for file, own in each.edits.items():
            edits.setdefault(file, []).extend(own)
    return {file: apply(bench.now[file], own) for file, own in edits.items()}


def _is_no_worse(before: str, after: str) -> bool:
    return len(parse(Source(after)).errors) <= len(parse(Source(before)).errors)


def _take(project: Project, path: Path, bench: Bench, attempt: Sequence[_Wanted], texts: Mapping[Path, str]) -> None:
    for file, text in texts.items():
        bench.now[file] = Source(text, bench.now[file].path)
        project.change(file, text)
    own = Path(absolute(path))
    for each in attempt:
        paths = frozenset(each.edits)
        bench.reached_out |= paths != {own}
        bench.applied.append(Applied(each.finding.path, each.finding.rule, each.fix.title, paths))
