"""What the model asks of the project around it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeVar

if TYPE_CHECKING:
    from coroscope.model.program import Program
    from coroscope.model.summary import Summary
    from coroscope.model.uses import Question
    from coroscope.source import Source

_Told = TypeVar("_Told")


class PytestSetup(NamedTuple):
    """How pytest is set up for a file.

    `options` are those that the project sets, None if it has no place for them; `conftests` the texts of the
    `conftest.py` files above the file; `commands` those of files that may tell how pytest is called.
    """

    options: Mapping[str, str] | None
    conftests: tuple[str, ...]
    commands: tuple[str, ...]


class World(Protocol):
    """The files that a module can see, for one target version of Python."""

    @property
    def python(self) -> tuple[int, int]:
        """The target version, such as `(3, 12)`."""

    @property
    def platform(self) -> str:
        """The target platform, as `sys.platform` names it."""

    @property
    def declared(self) -> Mapping[str, Sequence[str]]:
        """The dotted names of what users declare, by the kind of declaration (see `coroscope.model.declared`)."""

    @property
    def is_early(self) -> bool:
        """Whether something was asked that nobody knows yet, so that more may be found later."""

    @property
    def program(self) -> Program:
        """What was worked out about this world: a new one whenever some Summary has changed."""

    def resolve(self, name: str, importer: str) -> Summary | None:
        """The module of that absolute dotted name as the file at path `importer` would import it; None without one."""

    def source(self, path: str) -> Source | None:
        """The current text of a file that a Summary came from; None if it is gone."""

    def summary_at(self, path: str) -> Summary | None:
        """What the file of that path tells the outside; None if it cannot be read."""

    def asked(self, question: Question[_Told], key: str, asker: str) -> Mapping[str, _Told] | None:
        """What the files of the asker's project tell that have anything to tell, by path; None if nobody knows."""

    def pytest_setup(self, path: str) -> PytestSetup:
        """How pytest is set up for the file of that path."""

    def mentions(self, name: str) -> Iterator[Source]:
        """Every file of the workspace whose text has that identifier as a word; `path` is the file's own."""


class EmptyWorld:
    """A world without any file, for a text on its own."""

    def __init__(self, python: tuple[int, int] = (3, 14), platform: str = "linux") -> None:
        self.python = python
        self.platform = platform
        self.is_early = False
        self.declared: Mapping[str, Sequence[str]] = {}

    @cached_property
    def program(self) -> Program:
        """What was worked out, which is little."""
        from coroscope.model.program import Program

        return Program(self)

    def resolve(self, name: str, importer: str) -> Summary | None:
        """Nothing is found."""
        return None

    def source(self, path: str) -> Source | None:
        """Nothing is found."""
        return None

    def summary_at(self, path: str) -> Summary | None:
        """Nothing is found."""
        return None

    def asked(self, question: Question[_Told], key: str, asker: str) -> Mapping[str, _Told] | None:
        """Nobody is there."""
        return None

    def pytest_setup(self, path: str) -> PytestSetup:
        """Nobody has set it up."""
        return PytestSetup(None, (), ())

    def mentions(self, name: str) -> Iterator[Source]:
        """Nothing is found."""
        return iter(())
