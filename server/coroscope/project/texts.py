"""The texts and trees of files: what an editor has open counts before what the disk says."""

from __future__ import annotations

import stat
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from coroscope.incremental import carry_on
from coroscope.notebooks import SUFFIX
from coroscope.project import paths
from coroscope.project.files import read_source
from coroscope.source import Source, SourceError
from coroscope.syntax import Tree, parse

LARGEST_FILE = 10_000_000
"""Bytes: what is larger was written by a program, and would keep a user waiting for minutes."""

LARGEST_NOTEBOOK = 100_000_000
"""Bytes: most of a large notebook is pictures, which cost nothing more than reading."""

_TREES_KEPT = 32
"""Of files of the workspace that were parsed for what they tell: whoever checks a folder wants them next."""

_SOURCES_KEPT = 16
"""Of files that no editor has: findings show places in a few of them, again with every keystroke."""

Stamp: TypeAlias = tuple[int, int]
"""When a file was last changed (nanoseconds), and its size in bytes."""


@dataclass(slots=True)
class _Buffer:
    """A file as an editor has it, parsed once for its Module and its Summary.

    `before` is the tree of an earlier text, which the new text takes over as far as they are alike.
    """

    source: Source
    tree: Tree | None = None
    before: Tree | None = None

    def parsed(self) -> Tree:
        if self.tree is None:
            taken = self.before is not None and carry_on(self.before, self.source)
            self.tree = self.before if taken and self.before is not None else parse(self.source)
            self.before = None
        return self.tree


class Texts:
    """All files by their absolute paths; trees of files below `root` are kept for a while."""

    def __init__(self, root: str) -> None:
        self._root = frozenset([root])
        self._buffers: dict[str, _Buffer] = {}
        self._trees: OrderedDict[str, Tree] = OrderedDict()
        self._sources: OrderedDict[str, tuple[Stamp, Source]] = OrderedDict()

    def is_open(self, path: str) -> bool:
        """Whether an editor has the file."""
        return path in self._buffers

    def opened(self) -> Iterator[str]:
        """The files that an editor has."""
        return iter(self._buffers)

    def open(self, path: str, text: str, shown: str) -> None:
        """An editor has a file with this text; `shown` is what findings call it."""
        self._buffers[path] = _Buffer(Source(text, shown))

    def change(self, path: str, text: str) -> bool:
        """The editor's text of an open file is now this; whether it was another one before."""
        buffer = self._buffers[path]
        if buffer.source.text == text:
            return False
        self._buffers[path] = _Buffer(Source(text, buffer.source.path), before=buffer.tree or buffer.before)
        return True

    def close(self, path: str) -> bool:
        """The disk's text counts again; whether the file was open."""
        return self._buffers.pop(path, None) is not None

    def read(self, path: str, shown: str) -> Source:
        """The text of a file, which findings call `shown`; raises `SourceError` if it cannot be read."""
        buffer = self._buffers.get(path)
        if buffer is None:
            return _read(path, shown)
        if buffer.source.path != shown:
            buffer = self._buffers[path] = _Buffer(Source(buffer.source.text, shown))
        return buffer.source

    def source(self, path: str) -> Source | None:
        """The text of a file under the name that it is shown by; None if it cannot be read."""
        buffer = self._buffers.get(path)
        if buffer is not None:
            return buffer.source
        now = stamp(path)
        kept = self._sources.get(path)
        if kept is not None and kept[0] == now:
            return kept[1]
        try:
            source = _read(path, path)
        except SourceError:
            return None
        if now is not None:
            self._sources[path] = now, source
            if len(self._sources) > _SOURCES_KEPT:
                self._sources.popitem(last=False)
        return source

    def stored(self, path: str) -> bytes | None:
        """What the disk has of a file; None if it cannot be read."""
        try:
            _refuse(path, path)
            return Path(path).read_bytes()
        except (SourceError, OSError, ValueError):
            return None

    def tree(self, path: str) -> Tree | None:
        """The tree of the current text of a file; None if it cannot be read."""
        buffer = self._buffers.get(path)
        if buffer is not None:
            return buffer.parsed()
        source = self.source(path)
        if source is None:
            return None
        tree = self._kept(path, source)
        if tree is None:
            tree = parse(source)
            self._keep(path, tree)
        return tree

    def tree_of(self, path: str, source: Source) -> Tree:
        """The tree of a file whose text was just read, for its Module, which holds it from now on."""
        buffer = self._buffers.get(path)
        if buffer is not None:
            return buffer.parsed()
        kept = self._kept(path, source)
        self._trees.pop(path, None)
        return kept or parse(source)

    def _kept(self, path: str, source: Source) -> Tree | None:
        kept = self._trees.get(path)
        return kept if kept is not None and kept.source.text == source.text else None

    def _keep(self, path: str, tree: Tree) -> None:
        if path.endswith(".py") and paths.is_in(path, self._root):
            self._trees[path] = tree
            if len(self._trees) > _TREES_KEPT:
                self._trees.popitem(last=False)


def stamp(path: str) -> Stamp | None:
    """What tells one version of a file from the next; None if there is no such file."""
    try:
        status = Path(path).stat()
    except (OSError, ValueError):
        return None
    return status.st_mtime_ns, status.st_size


def _read(path: str, shown: str) -> Source:
    _refuse(path, shown)
    return read_source(Path(path), shown)


def _refuse(path: str, shown: str) -> None:
    """Raise `SourceError` for all but a regular file of bearable size: anything else could block, or last, for ever."""
    try:
        status = Path(path).stat()
    except (OSError, ValueError) as error:
        raise SourceError(f"cannot read {shown}: {getattr(error, 'strerror', None) or error}.") from error
    if not stat.S_ISREG(status.st_mode):
        raise SourceError(f"cannot read {shown}: it is not a regular file.")
    most = LARGEST_NOTEBOOK if path.endswith(SUFFIX) else LARGEST_FILE
    if status.st_size > most:
        raise SourceError(
            f"cannot check {shown}: it has {status.st_size / 1e6:.0f} MB, and {most / 1e6:.0f} MB is the most"
            " that is read; exclude it in the settings."
        )
