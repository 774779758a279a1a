"""Edits to texts, and texts to files: apply edits, and write a changed text back without touching anything else."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterable
from pathlib import Path

from coroscope.cli.streams import InputError
from coroscope.findings import TextEdit
from coroscope.project.files import bytes_with, text_in
from coroscope.source import Source, SourceError, Span


def apply(source: Source, edits: Iterable[TextEdit]) -> str:
    """The text after edits that do not overlap; of two insertions at one place the first given comes first."""
    text, position, parts = source.text, 0, []
    for span, new in sorted(((source.span(edit.range), edit.text) for edit in edits), key=lambda pair: pair[0]):
        if span.start < position:
            raise ValueError("edits overlap")
        parts += [text[position : span.start], new]
        position = span.end
    return "".join([*parts, text[position:]])


def overlap(one: Span, other: Span) -> bool:
    """Whether two edits touch the same text; insertions at one place do, since their order would be a guess."""
    return (one.start < other.end and other.start < one.end) or one.start == other.start


def write_back(path: Path, shown: str, before: str, after: str) -> None:
    """Replace a file's text, keeping its encoding, byte order mark and mode; all of it or nothing.

    `before` is the text that `after` was made from. Raises `InputError` if the file no longer holds it, or cannot be
    written; the file is then as it was.
    """
    real = path.resolve()
    try:
        data = real.read_bytes()
        if text_in(path, data, shown) != before:
            raise InputError(f"{shown} changed while it was being fixed; it was left as it is.")
        changed = bytes_with(path, data, after, shown)
        if not os.access(real, os.W_OK):
            raise InputError(f"cannot write {shown}: it is read-only.")
        _replace(real, changed)
    except SourceError as error:
        raise InputError(str(error)) from error
    except OSError as error:
        raise InputError(f"cannot write {shown}: {error.strerror or error}.") from error


def _replace(path: Path, data: bytes) -> None:
    """Put a new file in a file's place, with its mode and, where that is allowed, its owner."""
    status = path.stat()
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".tmp", dir=path.parent)
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if hasattr(os, "chown"):
            with contextlib.suppress(OSError):
                os.chown(temporary, status.st_uid, status.st_gid)
        temporary.chmod(status.st_mode & 0o7777)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
