"""Coroscope in Python: `check` a text, and ask for the `fixes_for` a finding.

    >>> for finding in coroscope.check("async def f(): ...\\n\\nf()\\n"):
    ...     print(finding.range.start.line, finding.rule)
    3 coroutine-never-awaited

The classes of what comes back are in `coroscope.findings` and `coroscope.source`, and exported by `coroscope`. Nothing
is written, run or imported. Importing this module is cheap: the analysis is loaded by the first call.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

from coroscope import notebooks
from coroscope.cells import edits_in_cells, in_cell, in_notebook
from coroscope.findings import Finding, Fix, TextEdit
from coroscope.source import Source, SourceError

if TYPE_CHECKING:
    from coroscope.model.module import Module
    from coroscope.project.project import Project

NO_PATH = "<string>"
"""What findings call a text that has no path."""


def check(source: str, path: str | None = None, *, python: str | None = None) -> list[Finding]:
    """Find the asyncio mistakes in a text, in the order of the text.

    `path` is the file that the text stands in, or will; it need not exist. Its project's settings apply, and imports
    mean what they mean there. Without it the text counts as a file in the working folder, under default settings.
    `python` is an interpreter or an environment's folder, whose packages the text may import; otherwise the
    environment that is active or beside the project. The `path` of a finding is spelled as it was given.

    For a notebook, whose path ends with `.ipynb`, the text is its JSON; a finding in it has the number of its `cell`,
    and its range is one within the text of that cell.

    Raises `ValueError` if `python` is neither, if the project's settings cannot be understood, or for a damaged
    notebook. Broken code is fine.
    """
    from coroscope import engine

    with _opened(source, path, python) as (project, module):
        return [in_cell(module.source, finding) for finding in engine.check(module, project.settings)]


def fixes_for(source: str, finding: Finding, *, python: str | None = None) -> list[Fix]:
    """The repairs for a finding of `check(source, path, python=python)`, the preferred one first.

    Their edits are made, and are those of this text; `Fix.edits()` hands them out. Raises `ValueError` as `check` does.
    """
    from coroscope import engine

    path = None if finding.path == NO_PATH else finding.path
    with _opened(source, path, python) as (_, module):
        return [_made(module.source, fix) for fix in engine.fixes(module, in_notebook(module.source, finding))]


@contextmanager
def _opened(source: str, path: str | None, python: str | None) -> Iterator[tuple[Project, Module]]:
    """A text as a module of its project, as an editor would have it open."""
    file = Path(path) if path is not None else Path(f"{NO_PATH}.py")
    project = _project(path is not None, file.absolute().parent, python)
    # Files may have changed since the call before.
    project.refresh()
    project.open(file, _text(source, file))
    try:
        yield project, project.module(file, NO_PATH if path is None else path)
    finally:
        project.close(file)


def _text(source: str, file: Path) -> str:
    """The text to analyse: a notebook's JSON is not it."""
    try:
        return notebooks.text_of(source, str(file)) if file.suffix == notebooks.SUFFIX else source
    except SourceError as error:
        raise ValueError(str(error)) from error


@lru_cache(maxsize=4)
def _project(has_settings: bool, folder: Path, python: str | None) -> Project:
    from coroscope.project.environment import EnvironmentNotFound, find_environment
    from coroscope.project.project import Project
    from coroscope.project.root import find_root
    from coroscope.project.settings import Settings, SettingsError
    from coroscope.project.settings_files import load_settings
    from coroscope.rules import catalogue

    root = find_root([folder])
    try:
        settings = load_settings(folder, catalogue()) if has_settings else Settings()
        return Project(root, settings, find_environment(root, python or settings.environment))
    except (SettingsError, EnvironmentNotFound) as error:
        raise ValueError(str(error)) from error


def _made(source: Source, fix: Fix) -> Fix:
    """The fix with its edits made now, while its text is open."""
    edits = edits_in_cells(source, fix.edits())
    return Fix(fix.title, partial(_same, edits), fix.kind, fix.preferred, fix.safe)


def _same(edits: Sequence[TextEdit]) -> Sequence[TextEdit]:
    return edits
