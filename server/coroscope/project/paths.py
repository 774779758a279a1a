"""Paths: arithmetic on absolute strings, and questions to the disk that never raise.

Module search and caches use strings, since `Path` objects cost ten times as much to make.

Symlinks are never resolved: an environment's folder, a package that is linked into the workspace and a link to a file
mean something else than what they lead to.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

join = os.path.join
parent = os.path.dirname
name = os.path.basename
split = os.path.split


def absolute(path: str | Path) -> str:
    """An absolute path without `.` and `..`, from the working folder; symlinks stay."""
    text = os.path.abspath(path)  # noqa: PTH100 - Path.resolve would follow symlinks
    # Editors do not agree on the case of a drive's letter.
    return text[0].upper() + text[1:] if text[1:2] == ":" else text


def absolute_path(path: str | Path) -> Path:
    """The same as a `Path`; a leading `~` is the user's home."""
    try:
        return Path(absolute(Path(path).expanduser()))
    except RuntimeError:
        # There is no home folder to be found.
        return Path(absolute(path))


def is_below(path: str, folder: str) -> bool:
    """Whether a path is a folder or something in it."""
    return path == folder or path.startswith(folder if folder.endswith(os.sep) else folder + os.sep)


def is_in(path: str, folders: frozenset[str]) -> bool:
    """Whether a path is one of the folders or something in one of them."""
    while path not in folders:
        path, below = parent(path), path
        if path == below:
            return False
    return True


def exists(path: Path) -> bool:
    """Whether there is anything at a path; False for what cannot be asked."""
    return _mode(path) is not None


def is_folder(path: Path) -> bool:
    """Whether a path leads to a folder."""
    mode = _mode(path)
    return mode is not None and stat.S_ISDIR(mode)


def is_file(path: Path) -> bool:
    """Whether a path leads to a regular file: reading it cannot block, as reading a pipe can."""
    mode = _mode(path)
    return mode is not None and stat.S_ISREG(mode)


def _mode(path: Path) -> int | None:
    try:
        return path.stat().st_mode
    except (OSError, ValueError):
        # ValueError: a null character in the path.
        return None
