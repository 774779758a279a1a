"""What every test run says first, and how strict it is."""

from __future__ import annotations

from coroscope import engine
from interpreters import interpreters

engine.STRICT = True
"""A rule that raises fails the test."""


def pytest_report_header() -> str:
    """Name the CPythons that prove the pages."""
    found = ", ".join(interpreter.release for interpreter in interpreters())
    return f"page examples run under CPython {found}"
