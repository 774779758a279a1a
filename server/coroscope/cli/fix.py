"""`coroscope fix`: apply the preferred fixes until nothing changes, then write the files that changed.

Files are mended in rounds (`cli.mend`) in buffers that are laid over the disk; a file is written once, at the end.
"""

from __future__ import annotations

import difflib
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from coroscope.cells import cells_of, is_notebook
from coroscope.cli.check import exit_status
from coroscope.cli.edits import write_back
from coroscope.cli.formats import concise
from coroscope.cli.mend import Applied, Bench, mend
from coroscope.cli.session import Choices, Session
from coroscope.cli.streams import BAD_INPUT, InputError
from coroscope.findings import LEVELS, Finding, Level
from coroscope.source import Source

MOST_PASSES = 5
"""How often all files are gone through because a fix in one changed another."""


def run(named: Sequence[str], choices: Choices, *, unsafe: bool, diff: bool, fail_level: Level) -> int:
    """Fix files and folders, or show what would change, and answer the exit status.

    That is as for a check of what remains; for a diff it is 1 if there is one.
    """
    session = Session(choices)
    files = list(session.files(named))
    bench = Bench()
    remaining: list[Finding] = []
    for _ in range(MOST_PASSES):
        remaining = []
        for project, path in files:
            with session.surviving(str(path)):
                remaining += mend(session, project, path, bench, unsafe=unsafe)
        if not bench.begin_pass():
            break
    if diff:
        return _show_diff(session, bench)
    written = _write(session, bench)
    _tell(bench.applied, written, remaining)
    loudest = min((LEVELS.index(finding.level) for finding in remaining), default=len(LEVELS))
    return exit_status(session, loudest, fail_level)


def _show_diff(session: Session, bench: Bench) -> int:
    changed = list(bench.changed())
    for _, before, after in changed:
        for name, *texts in _parts(before, after):
            old, new = (text.splitlines(keepends=True) for text in texts)
            for line in difflib.unified_diff(old, new, f"a/{name}", f"b/{name}"):
                sys.stdout.write(line if line.endswith(("\n", "\r")) else f"{line}\n\\ No newline at end of file\n")
    return BAD_INPUT if session.failed else int(bool(changed))


def _parts(before: Source, after: Source) -> Iterator[tuple[str, str, str]]:
    """What a file is to be shown in: each cell of a notebook, any other file as a whole; the name and both texts."""
    if not is_notebook(before.text):
        yield before.path, before.text, after.text
    for old, new in zip(cells_of(before.text), cells_of(after.text), strict=False):
        yield f"{before.path}:cell {old.number}", f"{old.text}\n", f"{new.text}\n"


def _write(session: Session, bench: Bench) -> set[Path]:
    """Write what changed; answers the files that could be written."""
    written = set()
    for path, before, after in bench.changed():
        try:
            write_back(path, before.path, before.text, after.text)
        except InputError as error:
            session.fail(str(error))
        else:
            written.add(path)
    return written


def _tell(applied: Sequence[Applied], written: set[Path], remaining: Sequence[Finding]) -> None:
    done = [each for each in applied if each.paths <= written]
    if done:
        print(f"Fixed {_count(len(done), 'finding')}, changed {_count(len(written), 'file')}:")
    else:
        print("Nothing was fixed.")
    for (shown, rule, title), number in Counter((each.shown, each.rule, each.title) for each in done).items():
        print(f"  {shown}: {number} x {rule} ({title})")
    if remaining:
        print(f"{_count(len(remaining), 'finding')} left:")
    for finding in remaining:
        print(f"  {concise.line(finding)}")


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" + ("" if number == 1 else "s")
