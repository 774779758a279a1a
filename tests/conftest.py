"""What every test run says of itself, and how strict it is."""

from __future__ import annotations

from pathlib import Path

import pytest
from checking import QuickProject
from coroscope import engine
from interpreters import interpreters
from neighbours import made

engine.STRICT = True
"""A rule that raises fails the test."""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty project to stand in."""
    (tmp_path / "pyproject.toml").write_text("")
    monkeypatch.chdir(tmp_path)
    for name in ("VIRTUAL_ENV", "NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.fixture
def project(tmp_path: Path) -> QuickProject:
    """A project of two neighbours that say nothing of their types."""
    return made(tmp_path.resolve())


def pytest_report_header() -> str:
    """Name the CPythons that prove the pages."""
    return proven_by()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Name them at the end where a quiet run shows no header."""
    if terminalreporter.verbosity < 0:
        terminalreporter.write_line(proven_by())


def proven_by() -> str:
    found = ", ".join(interpreter.release for interpreter in interpreters())
    return f"page examples run under CPython {found}"
