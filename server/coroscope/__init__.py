"""Coroscope finds, explains and repairs asyncio mistakes in Python code."""

from __future__ import annotations

import sys

if sys.argv[:1] == ["-m"] and not (sys.flags.isolated or getattr(sys.flags, "safe_path", False)):
    # `python -m` looks for modules in the working directory first, and what lies there is never ours to run.
    del sys.path[0]

from coroscope.api import check, fixes_for
from coroscope.findings import Finding, Fix, Level, Related, TextEdit
from coroscope.source import Position, Range

__version__ = "0.1.0"

__all__ = ["Finding", "Fix", "Level", "Position", "Range", "Related", "TextEdit", "__version__", "check", "fixes_for"]
