"""What the model asks of the project around it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from coroscope.model.summary import Summary
    from coroscope.source import Source


class World(Protocol):
    """The files that a module can see, for one target version of Python."""

    @property
    def python(self) -> tuple[int, int]:
        """The target version, such as `(3, 12)`."""

    @property
    def platform(self) -> str:
        """The target platform, as `sys.platform` names it."""

    def resolve(self, name: str, importer: str) -> Summary | None:
        """The module of that absolute dotted name as the file at path `importer` would import it; None if none is found."""

    def source(self, path: str) -> Source | None:
        """The current text of a file that a Summary came from; None if it is gone."""


class EmptyWorld:
    """A world without any file, for a text on its own."""

    def __init__(self, python: tuple[int, int] = (3, 14), platform: str = "linux") -> None:
        self.python = python
        self.platform = platform

    def resolve(self, name: str, importer: str) -> Summary | None:
        """Nothing is found."""
        return None

    def source(self, path: str) -> Source | None:
        """Nothing is found."""
        return None
