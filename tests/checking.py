"""Ask coroscope about a handful of files, and apply its edits."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

from coroscope import engine
from coroscope.findings import Finding, Fix, TextEdit
from coroscope.model.module import Module
from coroscope.project.project import Project, _Kept
from coroscope.project.settings_files import load_settings
from coroscope.source import Range, Source


class QuickProject(Project):
    """A project that takes the Summaries of typeshed's stubs from those that went before it."""

    _stubs: ClassVar[dict[str, _Kept]] = {}

    def _summarize(self, path: str) -> _Kept:
        if not path.endswith(".pyi"):
            return super()._summarize(path)
        if path not in self._stubs:
            self._stubs[path] = super()._summarize(path)
        return self._stubs[path]


class Workspace:
    """A project of a few files in an empty folder, as the command line would see it."""

    def __init__(self, root: Path, files: dict[str, str]) -> None:
        self.root = root.resolve()
        self.files = dict(files)
        for name, text in files.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(notebook(text) if name.endswith(".ipynb") else text, "utf-8", newline="")
        self.project = QuickProject(self.root, load_settings(self.root) if "pyproject.toml" in files else None)

    def module(self, name: str) -> Module:
        """The module of one of the files."""
        return self.project.module(self.root / name, shown=name)

    def findings(self) -> list[Finding]:
        """What coroscope finds in all files, with the names of this workspace."""
        python = [name for name in self.files if name.endswith((".py", ".pyi", ".ipynb"))]
        found = [finding for name in python for finding in engine.check(self.module(name), self.project.settings)]
        return [replace(one, related=tuple(replace(r, path=self.name(r.path)) for r in one.related)) for one in found]

    def name(self, path: str) -> str:
        """What the example calls a file that coroscope speaks of by its path."""
        return Path(path).relative_to(self.root).as_posix() if Path(path).is_absolute() else path

    def fixes(self, finding: Finding) -> list[Fix]:
        """The fixes of a finding, the preferred one first."""
        return list(engine.fixes(self.module(finding.path), finding))


def notebook(text: str) -> str:
    """The JSON of a notebook whose cells begin with lines of `# %%`, as pages and notebooks in `coroscope.cells` do."""
    before, *cells = re.split(r"^# %%\n", text, flags=re.MULTILINE)
    assert not before, "the first line of a notebook is `# %%`"
    lines = [cell.removesuffix("\n").splitlines(keepends=True) for cell in cells]
    code = [{"cell_type": "code", "source": source} for source in lines]
    return json.dumps({"cells": code, "nbformat": 4, "nbformat_minor": 5}, indent=1)


def apply(files: dict[str, str], edits: Iterable[TextEdit]) -> dict[str, str]:
    """The files as the edits leave them."""
    changed = dict(files)
    for edit in sorted(edits, key=lambda edit: edit.range, reverse=True):
        text = changed[edit.path]
        span = Source(text).span(edit.range)
        changed[edit.path] = text[: span.start] + edit.text + text[span.end :]
    return changed


def sentence(path: str, range_: Range, message: str) -> str:
    """A place and what is said of it on one line, for comparing."""
    (line, column), (end_line, end_column) = range_
    return f"{path}:{line}:{column}-{end_line}:{end_column} {message}"
