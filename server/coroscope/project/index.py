"""Which files of a folder call what, by their texts, so that few of them have to be parsed.

The keys are those of `coroscope.model.uses`: `self._channel.send(x)` has the keys `channel.send` and `.send`,
`Envelope(x)` the key `Envelope`, `@logged` the key `@logged`, and `response.content` the key `await response.content`,
if any text awaits it. A text may have a key that its code has not, in a comment; the code decides later.

For a few keys it is quicker to search all texts for each; whoever asks for many gets an index of all keys at once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import islice

from coroscope.model.uses import DECORATED, READ

_CALLED = re.compile(rb"([\w.]+)\(")
_DECORATING = re.compile(rb"@[ \t]*([\w.]+)")
_AWAITED = re.compile(rb"\bawait\s+([\w.]*\.\w+)(?![\w.(\[])")
_MOST_FILES = 20_000
_MOST_BYTES = 200_000_000
_MOST_SEARCHES = 100
"""To search for so many keys takes as long as to find all keys that there are (measured on a million lines)."""


class Index:
    """The files of one folder by the keys that their texts have; empty for a folder of more files than users wait for.

    `paths` are those of its files, and `read` gives the bytes of one, or None. They are read by `advance`, in steps.
    """

    def __init__(self, paths: Iterator[str], read: Callable[[str], bytes | None]) -> None:
        self._waiting: Iterator[str] | None = paths
        self._read = read
        self._texts: dict[str, bytes] = {}
        self._size = 0
        self._searched: dict[str, set[str]] = {}
        self._by_key: dict[bytes, set[str]] | None = None
        self._awaited: set[bytes] | None = None
        """The attributes that any text awaits, or did, by the last two names."""

    @property
    def is_complete(self) -> bool:
        """Whether all files were read."""
        return self._waiting is None

    def advance(self, count: int | None = None) -> None:
        """Read so many more files, or all that are left."""
        if self._waiting is None:
            return
        taken = 0
        for path in islice(self._waiting, count):
            taken += 1
            self.add(path)
            if len(self._texts) > _MOST_FILES or self._size > _MOST_BYTES:
                self._texts.clear()
                self._waiting = None
                return
        if count is None or taken < count:
            self._waiting = None

    def add(self, path: str) -> None:
        """Read a file, which may be new or have changed."""
        text = self._read(path)
        if text is None:
            self._texts.pop(path, None)
            return
        self._texts[path] = text
        self._size += len(text)
        for key, found in self._searched.items():
            if _has(text, key):
                found.add(path)
        if self._by_key is not None:
            self._enter(self._by_key, path, text)
        if self._awaited is not None:
            self._awaited |= _awaited_in(text)

    def paths(self, key: str) -> set[str]:
        """The files whose texts have a key, or had it."""
        return self._reading(key) if key.startswith(READ) else self._calling(key)

    def _reading(self, key: str) -> set[str]:
        """The files whose texts read an attribute, if any awaits it."""
        if self._awaited is None:
            self._awaited = set().union(*map(_awaited_in, self._texts.values()))
        if key.removeprefix(READ).encode() not in self._awaited:
            return set()
        if key not in self._searched:
            self._searched[key] = {path for path, text in self._texts.items() if _has(text, key)}
        return set(self._searched[key])

    def _calling(self, key: str) -> set[str]:
        if self._by_key is None and key not in self._searched:
            if len(self._searched) < _MOST_SEARCHES:
                self._searched[key] = {path for path, text in self._texts.items() if _has(text, key)}
            else:
                self._by_key = {}
                for path, text in self._texts.items():
                    self._enter(self._by_key, path, text)
                self._searched = {one: found for one, found in self._searched.items() if one.startswith(READ)}
        if self._by_key is None:
            return set(self._searched[key])
        return set(self._by_key.get(key.encode(), ()))

    def _enter(self, by_key: dict[bytes, set[str]], path: str, text: bytes) -> None:
        for key in keys_of(text):
            by_key.setdefault(key, set()).add(path)


def keys_of(text: bytes) -> set[bytes]:
    """The keys of all that looks like a call or a decorator in a text."""
    called = set(_CALLED.findall(text))
    methods = {dotted.rpartition(b".")[2] for dotted in called if b"." in dotted}
    decorators = {b"@" + dotted.rpartition(b".")[2] for dotted in _DECORATING.findall(text)}
    return {_key(dotted) for dotted in called} | {b"." + name for name in methods} | decorators


def _awaited_in(text: bytes) -> set[bytes]:
    return {_key(dotted) for dotted in _AWAITED.findall(text)}


def _key(dotted: bytes) -> bytes:
    """`self._channel.send` → `channel.send`, `Envelope` → `Envelope`."""
    before, dot, name = dotted.rpartition(b".")
    return before.rpartition(b".")[2].lstrip(b"_") + dot + name


def _has(text: bytes, key: str) -> bool:
    """Whether a text has a key."""
    if key.startswith(READ):
        name = key.removeprefix(READ).encode()
        return name in text and re.search(rb"(?<![^\W_])" + re.escape(name) + rb"(?![\w(])", text) is not None
    if key.startswith(DECORATED):
        name = key.removeprefix(DECORATED).encode()
        return name in text and re.search(rb"@[ \t]*(?:\w+\.)*" + re.escape(name) + rb"(?!\w|\.)", text) is not None
    called = f"{key}(".encode()
    if called not in text:
        return False
    if key.startswith("."):
        return True
    start = rb"(?<!\w)_*" if "." in key else rb"(?<![\w.])"
    return re.search(start + re.escape(called), text) is not None
