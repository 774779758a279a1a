"""URIs and paths: what the client calls a document, and what the file system calls it."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

WINDOWS = os.name == "nt"


def file_path(uri: str) -> Path | None:
    """The path of a `file:` URI; None for any other."""
    text = path_text(uri, windows=WINDOWS)
    return None if text is None else Path(text)


def path_text(uri: str, *, windows: bool) -> str | None:
    """The path of a `file:` URI as text, as Windows or as every other system writes it."""
    try:
        scheme, host, path, _, _ = urlsplit(uri)
    except ValueError:
        return None
    if scheme.lower() != "file":
        return None
    path = unquote(path)
    if not windows:
        return path or "/"
    if host and host != "localhost":
        return f"//{unquote(host)}{path}".replace("/", "\\")
    # `/c:/folder`: the slash belongs to the URI; editors disagree about the case of the drive.
    if path[2:3] == ":" and path[1:2].isalpha():
        path = path[1].upper() + path[2:]
    return path.replace("/", "\\")


def file_uri(path: str | Path) -> str:
    """The `file:` URI of an absolute path."""
    return Path(path).absolute().as_uri()


def stand_in(uri: str, folder: Path) -> Path:
    """A path for a document that is no file: in that folder, under a name that no file and no import can have."""
    return folder / (quote(uri, safe="") + ".py")
