"""Where a project begins: `find_root`."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from coroscope.project import paths

_MARKS = ("pyproject.toml", "setup.py", "setup.cfg", ".git", ".hg")
_REPOSITORY = (".git", ".hg")
INITS = ("__init__.py", "__init__.pyi")
"""What makes a folder a package."""


def find_root(named: Sequence[Path]) -> Path:
    """The root of the project that files and folders belong to, as an absolute path.

    It is the nearest folder at or above all of them that holds a `pyproject.toml`, `setup.py`, `setup.cfg` or a
    repository; else the deepest folder that holds them all and is no package itself.
    """
    folder = _common_folder(named)
    for candidate in repository_folders(folder):
        if is_root(candidate):
            return candidate
    while folder.name.isidentifier() and any(paths.is_file(folder / init) for init in INITS):
        folder = folder.parent
    return folder


def is_root(folder: Path) -> bool:
    """Whether a folder holds a `pyproject.toml`, `setup.py`, `setup.cfg` or a repository."""
    return any(paths.exists(folder / mark) for mark in _MARKS)


def repository_folders(folder: Path) -> Iterator[Path]:
    """A folder and those above it, up to the root of the repository that it is in, or of the file system."""
    absolute = Path(paths.absolute(folder))
    for candidate in (absolute, *absolute.parents):
        yield candidate
        if is_repository(candidate):
            return


def is_repository(folder: Path) -> bool:
    """Whether a folder is the root of a repository."""
    return any(paths.exists(folder / name) for name in _REPOSITORY)


def _common_folder(named: Sequence[Path]) -> Path:
    folders = [paths.absolute(path if paths.is_folder(path) else path.parent) for path in named]
    try:
        return Path(os.path.commonpath(folders))
    except ValueError:
        # No path at all, or paths on several drives of Windows.
        return Path(folders[0] if folders else paths.absolute(os.curdir))
