"""The shapes in which findings are written: each format is a module here with one function, `write`.

`write(reports, stream)` takes the reports in the order of the files and writes them as they come.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable
from enum import Enum
from typing import TextIO, cast

from coroscope.cli.report import Report

Write = Callable[[Iterable[Report], TextIO], None]


class OutputFormat(str, Enum):
    """The formats by the name that users give; the value is the module's name."""

    text = "text"
    concise = "concise"
    json = "json"


def writer(format_: OutputFormat) -> Write:
    """The function that writes a format; only the module that is asked for gets imported."""
    return cast(Write, importlib.import_module(f"{__name__}.{format_.value}").write)
