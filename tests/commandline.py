"""Run the command line in this process, and look at what it says."""

from __future__ import annotations

import io
import json
import re
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import NamedTuple, TypedDict, cast
from unittest.mock import patch

from checking import QuickProject
from coroscope.cli.app import run as run_app


class Done(NamedTuple):
    """How a command ended, and what it wrote."""

    status: int
    out: str
    err: str


class PositionItem(TypedDict):
    line: int
    column: int


class RangeItem(TypedDict):
    start: PositionItem
    end: PositionItem


class EditItem(TypedDict):
    path: str
    range: RangeItem
    text: str


class FixItem(TypedDict):
    title: str
    kind: str
    preferred: bool
    safe: bool
    edits: list[EditItem]


class RelatedItem(TypedDict):
    path: str
    range: RangeItem
    message: str


class FindingItem(TypedDict):
    rule: str
    level: str
    message: str
    path: str
    range: RangeItem
    related: list[RelatedItem]
    fixes: list[FixItem]
    url: str


def run(*arguments: str | Path, stdin: str = "", encoding: str = "utf-8") -> Done:
    """Run `coroscope` with arguments; standard output and error have an encoding, as in a terminal."""
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding, newline="\n") for _ in range(2))
    project = patch("coroscope.cli.session.Project", QuickProject)
    with redirect_stdout(out), redirect_stderr(err), project, patch("sys.stdin", io.StringIO(stdin)):
        status = run_app([str(argument) for argument in arguments])
    return Done(status, *(_text(stream, encoding) for stream in (out, err)))


def findings(done: Done) -> list[FindingItem]:
    """What a check in JSON found."""
    return cast("list[FindingItem]", json.loads(done.out))


def without_colour(text: str) -> str:
    """The text without escape sequences."""
    return re.sub(r"\x1b\[[\d;]*m", "", text)


def _text(stream: io.TextIOWrapper, encoding: str) -> str:
    stream.flush()
    buffer = stream.buffer
    assert isinstance(buffer, io.BytesIO)
    return buffer.getvalue().decode(encoding)
