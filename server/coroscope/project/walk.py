"""Which files there are to check: `python_files` walks folders, without what is excluded. Notebooks are among them.

Symlinks to folders are not followed: what they lead to either lies in the tree and is met there, or is not part of it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from coroscope.notebooks import SUFFIX
from coroscope.project import paths
from coroscope.project.environment import is_environment
from coroscope.project.listing import entry_is_file, entry_is_folder
from coroscope.source import SourceError

DEFAULT_EXCLUDE = (
    ".bzr",
    ".direnv",
    ".eggs",
    ".git",
    ".git-rewrite",
    ".hg",
    ".ipynb_checkpoints",
    ".mypy_cache",
    ".nox",
    ".pants.d",
    ".pyenv",
    ".pytest_cache",
    ".pytype",
    ".ruff_cache",
    ".svn",
    ".tox",
    ".venv",
    ".vscode",
    "__pycache__",
    "__pypackages__",
    "_build",
    "buck-out",
    "build",
    "dist",
    "node_modules",
    "site-packages",
    "venv",
)
"""What a walk leaves out where the settings do not say otherwise; virtual environments of any name come on top."""


def python_files(
    named: Sequence[Path], excluded: Callable[[Path], bool], problem: Callable[[SourceError], None] | None = None
) -> Iterator[Path]:
    """Every `*.py` and `*.ipynb` file in the folders, sorted, and every file that is named itself; none twice.

    `excluded` says of an absolute path below a named folder whether to leave it out; what is named itself is never left
    out. Paths come back as they were named. `problem` is told of each path that does not exist and of each folder that
    cannot be read; without it, such a path raises its `SourceError` when it is reached.
    """
    complain = problem or _raise
    seen: set[str] = set()
    for path in named:
        for file in _below(path, excluded, complain):
            key = os.path.normcase(paths.absolute(file))
            if key not in seen:
                seen.add(key)
                yield file


def _raise(error: SourceError) -> None:
    raise error


def _below(path: Path, excluded: Callable[[Path], bool], complain: Callable[[SourceError], None]) -> Iterator[Path]:
    if paths.is_folder(path):
        yield from _walk(path, excluded, complain)
    elif paths.exists(path):
        yield path
    else:
        complain(SourceError(f"cannot read {path}: there is no such file or folder."))


def _walk(folder: Path, excluded: Callable[[Path], bool], complain: Callable[[SourceError], None]) -> Iterator[Path]:
    inside_environment = _is_inside_environment(folder)
    # A stack of its own, since folders may be nested deeper than Python may recurse. Files and folders are taken in one
    # order, so that the answer is sorted by the parts of the paths.
    pending: list[tuple[Path, bool]] = [(folder, True)]
    while pending:
        path, is_a_folder = pending.pop()
        if path != folder:
            absolute = Path(paths.absolute(path))
            if excluded(absolute) and not (inside_environment and path.name == "site-packages"):
                continue
            if is_a_folder and not inside_environment and is_environment(absolute):
                continue
        if is_a_folder:
            pending.extend(sorted(_entries(path, complain), reverse=True))
        else:
            yield path


def _entries(folder: Path, complain: Callable[[SourceError], None]) -> Iterator[tuple[Path, bool]]:
    """The folders (True) and files of Python (False) in a folder."""
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry_is_folder(entry, follow_symlinks=False):
                    yield folder / entry.name, True
                elif entry.name.endswith((".py", SUFFIX)) and entry_is_file(entry):
                    yield folder / entry.name, False
    except OSError as error:
        complain(SourceError(f"cannot read the folder {folder}: {error.strerror or error}."))


def _is_inside_environment(folder: Path) -> bool:
    """Whether a folder that the user named is an environment or a part of one: then its packages are wanted."""
    absolute = Path(paths.absolute(folder))
    return any(is_environment(candidate) for candidate in (absolute, *absolute.parents))
