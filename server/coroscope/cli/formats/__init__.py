"""The shapes in which findings are written: each format is a module here with one function, `write`.

`write(reports, stream)` takes the reports in the order of the files and writes them as they come.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from enum import Enum
from typing import TextIO

from coroscope.cli.report import Report

Write = Callable[[Iterable[Report], TextIO], None]


class OutputFormat(str, Enum):
    """The formats by the name that users give."""

    text = "text"
    concise = "concise"
    json = "json"


def writer(format_: OutputFormat) -> Write:
    """The function that writes a format; only what that one needs is loaded."""
    if format_ is OutputFormat.json:
        from coroscope.cli.formats.json import write
    elif format_ is OutputFormat.concise:
        from coroscope.cli.formats.concise import write
    else:
        from coroscope.cli.formats.text import write
    return write
