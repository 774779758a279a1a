"""Which files of a folder call what: an index of their texts by key, so that few of them have to be parsed.

The keys are those of `coroscope.model.uses`, found by a pattern: `self._channel.send(x)` has the key `channel.send`,
`Envelope(x)` the key `Envelope`. A text may have a key that its code has not, in a comment; the code decides later.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import islice

from coroscope.source import Source

_CALLED = re.compile(r"([\w.]+)\(")
_MOST_FILES = 20_000
_RECEIVERS = ("self.", "cls.")


class Index:
    """The files of one folder by the keys that their texts have; empty for a folder of more files than users wait for.

    `paths` are those of its files, and `read` gives the text of one, or None. It is built by `advance`, in steps.
    """

    def __init__(self, paths: Iterator[str], read: Callable[[str], Source | None]) -> None:
        self._waiting: Iterator[str] | None = paths
        self._read = read
        self._files: list[str] = []
        self._by_key: dict[str, list[int]] = {}

    @property
    def is_complete(self) -> bool:
        """Whether all files were read."""
        return self._waiting is None

    def advance(self, count: int | None = None) -> None:
        """Read so many more files, or all that are left."""
        if self._waiting is None:
            return
        before = len(self._files)
        for path in islice(self._waiting, count):
            self.add(path)
            if len(self._files) > _MOST_FILES:
                self._by_key.clear()
                self._waiting = None
                return
        if count is None or len(self._files) < before + count:
            self._waiting = None

    def paths(self, key: str) -> set[str]:
        """The files whose texts have a key, or had it."""
        return {self._files[number] for number in self._by_key.get(key, ())}

    def add(self, path: str) -> None:
        """Read a file, which may be new or have changed."""
        number = len(self._files)
        self._files.append(path)
        source = self._read(path)
        if source is not None:
            for key in keys_of(source.text):
                self._by_key.setdefault(key, []).append(number)


def keys_of(text: str) -> set[str]:
    """The keys of all that looks like a call in a text."""
    return {_key(dotted) for dotted in set(_CALLED.findall(text)) if dotted[0] != "."}


def _key(dotted: str) -> str:
    """`self._channel.send` → `channel.send`, `Envelope` → `Envelope`."""
    if dotted.count(".") < 2:
        if dotted.startswith(_RECEIVERS) or "." not in dotted:
            return dotted
        return dotted.lstrip("_")
    before, _, name = dotted.rpartition(".")
    return f"{before.rpartition('.')[2].lstrip('_')}.{name}"
