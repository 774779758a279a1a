"""Coroscope finds, explains and repairs asyncio mistakes in Python code."""

from __future__ import annotations

from coroscope.api import check, fixes_for
from coroscope.findings import Finding, Fix, Level, Related, TextEdit
from coroscope.source import Position, Range

__version__ = "0.1.0"

__all__ = ["Finding", "Fix", "Level", "Position", "Range", "Related", "TextEdit", "__version__", "check", "fixes_for"]
