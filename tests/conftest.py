"""What every test run says of itself, and how strict it is."""

from __future__ import annotations

import pytest
from coroscope import engine
from interpreters import interpreters

engine.STRICT = True
"""A rule that raises fails the test."""


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
