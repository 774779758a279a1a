"""What stands in a folder: `Folders` lists each folder once and remembers it, absent ones too.

Names are compared as they are spelled on disk, so imports are case-sensitive on every system, as Python's are. A file
that only an editor knows is laid over its folder.
"""

from __future__ import annotations

import os
from dataclasses import dataclass

from coroscope.project import paths

_NOTHING: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Listing:
    """The names in one folder: regular files, folders (both through symlinks), and modules that were compiled.

    `compiled` holds module names, not file names: `_speedups` for `_speedups.cpython-312-x86_64-linux-gnu.so`.
    """

    files: frozenset[str] = _NOTHING
    folders: frozenset[str] = _NOTHING
    compiled: frozenset[str] = _NOTHING


_EMPTY = Listing()


class Folders:
    """Folder listings by path, read on demand and kept until they are forgotten."""

    def __init__(self) -> None:
        self._listings: dict[str, Listing] = {}
        self._unsaved: dict[str, set[str]] = {}

    def list(self, folder: str) -> Listing:
        """What stands in a folder; empty if there is no such folder or it cannot be read."""
        listing = self._listings.get(folder)
        if listing is None:
            listing = self._listings[folder] = self._read(folder)
        return listing

    def has_file(self, path: str) -> bool:
        """Whether a regular file, saved or only open in an editor, is at this path."""
        folder, name = paths.split(path)
        return name in self.list(folder).files

    def forget(self, folder: str) -> Listing | None:
        """Read this folder again when it is next asked for; returns what was known of it."""
        return self._listings.pop(folder, None)

    def forget_below(self, folders: frozenset[str]) -> None:
        """Read these folders and all folders in them again when they are next asked for."""
        for known in [known for known in self._listings if paths.is_in(known, folders)]:
            del self._listings[known]

    def forget_all(self) -> None:
        """Read every folder again when it is next asked for."""
        self._listings.clear()

    def add_unsaved(self, path: str) -> None:
        """Count a file as there although the disk may not have it."""
        folder, name = paths.split(path)
        self._unsaved.setdefault(folder, set()).add(name)
        self.forget(folder)

    def remove_unsaved(self, path: str) -> None:
        """Let the disk decide again whether a file is there."""
        folder, name = paths.split(path)
        names = self._unsaved.get(folder)
        if names is not None:
            names.discard(name)
            if not names:
                del self._unsaved[folder]
        self.forget(folder)

    def _read(self, folder: str) -> Listing:
        files: set[str] = set()
        folders: set[str] = set()
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    if entry_is_folder(entry):
                        folders.add(entry.name)
                    elif entry_is_file(entry):
                        files.add(entry.name)
        except (OSError, ValueError):
            # ValueError: a null character in the path. What was read so far still counts.
            pass
        files |= self._unsaved.get(folder, _NOTHING)
        if not files and not folders:
            return _EMPTY
        compiled = frozenset(name.partition(".")[0] for name in files if name.endswith((".so", ".pyd")))
        return Listing(frozenset(files), frozenset(folders), compiled)


def entry_is_folder(entry: os.DirEntry[str], *, follow_symlinks: bool = True) -> bool:
    """Whether a directory entry is a folder; False for one that cannot be asked, such as a symlink to itself."""
    try:
        return entry.is_dir(follow_symlinks=follow_symlinks)
    except OSError:
        return False


def entry_is_file(entry: os.DirEntry[str]) -> bool:
    """Whether a directory entry is a regular file, perhaps through a symlink; pipes and devices are none."""
    try:
        return entry.is_file()
    except OSError:
        return False
