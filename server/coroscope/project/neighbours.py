"""What the other files of a file's project do with the things of that file: `Neighbours`.

The project of a file is the root of the workspace if that looks like one (a `pyproject.toml`, a repository), else the
package that the file is in. Its files are indexed by their texts; those that have a key are parsed when somebody asks
about it. What a file on disk does is kept as plain data; a file that an editor has open is asked by its tree.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, NamedTuple, Protocol, TypeAlias

from coroscope.model import uses
from coroscope.model.closing import Package
from coroscope.model.summary import Call
from coroscope.model.uses import Awaits
from coroscope.project import paths
from coroscope.project.index import Index
from coroscope.project.root import INITS, is_root
from coroscope.source import Source, SourceError
from coroscope.syntax import Tree

_MOST_FILES = 40
"""A key that more files have is a word of the language that they all speak, and says little about any of them."""

_Told: TypeAlias = "Awaits | tuple[Call, ...] | bool"
_About: TypeAlias = Literal["awaits", "passed", "plain method"]
_ABOUT: tuple[_About, ...] = ("awaits", "passed", "plain method")


class Files(Protocol):
    """What has to be known of files."""

    def files(self, named: Sequence[Path], problem: Callable[[SourceError], None] | None = None) -> Iterator[Path]:
        """The Python files below some folders that are not excluded."""

    def source(self, path: str) -> Source | None:
        """The current text of a file; None if it cannot be read."""

    def tree(self, path: str) -> Tree | None:
        """The tree of that text."""

    def package(self, path: str) -> Package:
        """Where the relative imports of a file start."""

    def opened(self) -> Iterator[str]:
        """The files that an editor has."""

    def is_open(self, path: str) -> bool:
        """Whether an editor has the file."""


class _Question(NamedTuple):
    about: _About
    key: str
    home: str


@dataclass(slots=True)
class _Answer:
    """What each file does that does anything of that key, None if they are too many, and the files that asked."""

    by_path: dict[str, _Told] | None
    askers: set[str] = field(default_factory=set)


class Neighbours:
    """The files of a workspace, asked by keys (see `coroscope.model.uses`) what they do.

    With `waits`, the first question waits until the files of a project are indexed; else there is no answer before
    `advance` has come to the end.
    """

    def __init__(self, root: Path, files: Files) -> None:
        self._root = str(root)
        self._is_whole = is_root(root)
        self._files = files
        self.waits = True
        self.was_early = False
        """Whether somebody asked before all files were indexed."""
        self._homes: dict[str, str | None] = {}
        self._indexes: dict[str, Index] = {}
        self._kept: dict[str, dict[tuple[str, str], _Told]] = {}
        self._answers: dict[_Question, _Answer] = {}

    def awaits(self, key: str, asker: str) -> Mapping[str, Awaits] | None:
        """What files around the asker's do with the results of calls of a key, by path; None if nobody knows."""
        answer = self._answer("awaits", key, asker)
        return None if answer is None else {path: told for path, told in answer.items() if isinstance(told, Awaits)}

    def passed(self, key: str, asker: str) -> Mapping[str, tuple[Call, ...]] | None:
        """What files around the asker's pass in calls of a key, by path; None if nobody knows."""
        answer = self._answer("passed", key, asker)
        return (
            None
            if answer is None
            else {path: told for path, told in answer.items() if not isinstance(told, (Awaits, bool))}
        )

    def has_plain_method(self, name: str, asker: str) -> bool | None:
        """Whether a class around the asker's has a plain method of that name; None if nobody knows."""
        answer = self._answer("plain method", name, asker)
        return None if answer is None else bool(answer)

    def advance(self, count: int) -> bool:
        """Index so many files more of the projects that somebody asked about; whether there are any left."""
        for index in self._indexes.values():
            if not index.is_complete:
                index.advance(count)
                return True
        return False

    def renew(self, path: str) -> bool:
        """The text of a file may have changed: whether others have got an answer that is another one now."""
        self._kept.pop(path, None)
        home = self._home(path)
        if home in self._indexes and not self._files.is_open(path):
            self._indexes[home].add(path)
        return any(
            self._told(path, question) != answer.by_path.get(path)
            for question, answer in self._answers.items()
            if answer.by_path is not None
            and paths.is_in(path, frozenset([question.home]))
            and (question.about == "passed" or answer.askers - {path})
        )

    def forget_answers(self) -> None:
        """Nobody holds on to an answer any longer."""
        self.was_early = False
        self._answers.clear()

    def forget_folders(self) -> None:
        """A file came or went, which `renew` is told as well."""
        self._homes.clear()

    def forget(self) -> None:
        """Any file may have come, gone or changed."""
        self._homes.clear()
        self._indexes.clear()
        self._kept.clear()
        self._answers.clear()

    def _answer(self, about: _About, key: str, asker: str) -> Mapping[str, _Told] | None:
        home = self._home(asker)
        if home is None:
            return None
        if not self._index(home).is_complete:
            self.was_early = True
            return None
        question = _Question(about, key, home)
        known = self._answers.get(question)
        if known is None:
            known = self._answers[question] = _Answer(self._asked(question))
        known.askers.add(asker)
        return known.by_path

    def _asked(self, question: _Question) -> dict[str, _Told] | None:
        found = self._index(question.home).paths(question.key)
        if len(found) > _MOST_FILES:
            return None
        found |= {path for path in self._files.opened() if paths.is_in(path, frozenset([question.home]))}
        told = {path: self._told(path, question) for path in sorted(found)}
        return {path: one for path, one in told.items() if one is not None}

    def _told(self, path: str, question: _Question) -> _Told | None:
        """What one file does of a key; None for nothing."""
        about, key, _ = question
        if self._files.is_open(path):
            tree = self._files.tree(path)
            return None if tree is None else _of_tree(tree, about, key, self._files.package(path))
        if path not in self._kept:
            self._kept[path] = self._all_of(path)
        return self._kept[path].get((about, key))

    def _all_of(self, path: str) -> dict[tuple[str, str], _Told]:
        tree = self._files.tree(path)
        if tree is None:
            return {}
        package = self._files.package(path)
        asked = ((about, key) for key in uses.keys(tree) for about in _ABOUT)
        told = {(about, key): _of_tree(tree, about, key, package) for about, key in asked}
        return {key: one for key, one in told.items() if one is not None}

    def _index(self, home: str) -> Index:
        known = self._indexes.get(home)
        if known is None:
            walked = (paths.absolute(path) for path in self._files.files([Path(home)], lambda _: None))
            known = self._indexes[home] = Index(walked, self._files.source)
        if self.waits:
            known.advance()
        return known

    def _home(self, path: str) -> str | None:
        """The folder of the project of a file; None for a file that is in none."""
        folder = paths.parent(path)
        if folder not in self._homes:
            self._homes[folder] = self._home_of(folder)
        return self._homes[folder]

    def _home_of(self, folder: str) -> str | None:
        if not paths.is_in(folder, frozenset([self._root])):
            return None
        if self._is_whole:
            return self._root
        home = None
        while any(paths.is_file(Path(folder, init)) for init in INITS):
            folder, home = paths.parent(folder), folder
        return home


def _of_tree(tree: Tree, about: _About, key: str, package: Package) -> _Told | None:
    match about:
        case "awaits":
            return uses.awaits(tree, key)
        case "passed":
            return uses.passed(tree, key, package) or None
    return uses.has_plain_method(tree, key) or None
