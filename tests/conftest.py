"""What every test run says first: which CPythons prove the pages."""

from __future__ import annotations

from interpreters import interpreters


def pytest_report_header() -> str:
    found = ", ".join(interpreter.release for interpreter in interpreters())
    return f"page examples run under CPython {found}"
