"""What the blocks of a tree give to one question, kept from version to version of a text.

An edit makes one block anew, and lets those around it know: only these are asked again.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Generic, Protocol, TypeVar


class Versioned(Hashable, Protocol):
    """A block, as far as it matters here: where it stands, and since which version of its tree it is as it is."""

    @property
    def place(self) -> tuple[int, bool]:
        """What blocks are sorted by."""

    @property
    def since(self) -> int:
        """The version since when nothing in it has changed."""


_Block = TypeVar("_Block", bound=Versioned)
_Found = TypeVar("_Found")


class Collected(Generic[_Block, _Found]):
    """The answers of blocks to a question, which have to follow from each block alone."""

    def __init__(self) -> None:
        self._version = -1
        self._found: dict[_Block, list[_Found]] = {}
        """What was found, by block and in their order; the many that have nothing are left out."""

    def of(
        self, version: int, since: Callable[[int], Sequence[_Block]], ask: Callable[[_Block], Iterable[_Found]]
    ) -> list[_Found]:
        """What is found in a version of the tree, in the order of its blocks.

        `since` gives the blocks that are new since an earlier version, -1 for none, in their order; a block that is
        gone is newer than any version.
        """
        if self._version != version:
            self._renew(since(self._version), ask)
            self._version = version
        return [one for found in self._found.values() for one in found]

    def _renew(self, fresh: Sequence[_Block], ask: Callable[[_Block], Iterable[_Found]]) -> None:
        kept = {block: found for block, found in self._found.items() if block.since <= self._version}
        asked = ((block, list(ask(block))) for block in fresh)
        new = {block: found for block, found in asked if found}
        both = {**kept, **new}
        self._found = {block: both[block] for block in sorted(both, key=_place)} if kept and new else both


def _place(block: Versioned) -> tuple[int, bool]:
    return block.place
