"""What the other files of a file's project do with the things of that file: `Neighbours`.

The project of a file is the root of the workspace if that looks like one (a `pyproject.toml`, a repository), else the
package that the file is in. Its files are indexed by their texts; those that have a key are parsed when somebody asks
about it. What a file on disk does is kept as plain data; a file that an editor has open is asked by its tree.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import NamedTuple, Protocol, TypeAlias, TypeVar, cast

from coroscope.model.closing import Package
from coroscope.model.uses import PASSED, Question, Uses
from coroscope.project import paths
from coroscope.project.index import Index
from coroscope.project.root import INITS, is_root
from coroscope.source import Source, SourceError
from coroscope.syntax import Tree

_MOST_LATELY = 16
"""So many files stay parsed for those who ask next."""

_Told = TypeVar("_Told")
_Everything: TypeAlias = dict[tuple[Question[object], str], object]


class Files(Protocol):
    """What has to be known of files."""

    def files(self, named: Sequence[Path], problem: Callable[[SourceError], None] | None = None) -> Iterator[Path]:
        """The Python files below some folders that are not excluded."""

    def stored(self, path: str) -> bytes | None:
        """What the disk has of a file; None if it cannot be read."""

    def tree(self, path: str) -> Tree | None:
        """The tree of a file's current text; None if it cannot be read."""

    def package(self, path: str) -> Package:
        """Where the relative imports of a file start."""

    def opened(self) -> Iterator[str]:
        """The files that an editor has."""

    def is_open(self, path: str) -> bool:
        """Whether an editor has the file."""


class _Asked(NamedTuple):
    question: Question[object]
    key: str
    home: str


@dataclass(slots=True)
class _Answer:
    """What each file tells, None if they are too many, and the files that asked."""

    by_path: dict[str, object] | None
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
        self._kept: dict[str, _Everything] = {}
        self._lately: OrderedDict[str, Uses] = OrderedDict()
        self._parsed: set[str] = set()
        """The files that were in `_lately` once, as they are now."""
        self._answers: dict[_Asked, _Answer] = {}
        self._open: dict[str, tuple[Source, Uses]] = {}
        """By path, with the text that it is about: a tree is carried on from one text to the next."""

    def asked(self, question: Question[_Told], key: str, asker: str) -> Mapping[str, _Told] | None:
        """What the files of the asker's project tell that have anything to tell, by path; None if nobody knows."""
        home = self._home(asker)
        if home is None:
            return None
        if not self._index(home).is_complete:
            self.was_early = True
            return None
        asked = _Asked(question, key, home)
        known = self._answers.get(asked)
        if known is None:
            known = self._answers[asked] = _Answer(self._answer(asked))
        known.askers.add(asker)
        return cast("dict[str, _Told] | None", known.by_path)

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
        self._lately.pop(path, None)
        self._parsed.discard(path)
        home = self._home(path)
        is_open = self._files.is_open(path)
        if not is_open:
            self._open.pop(path, None)
            if home in self._indexes:
                self._indexes[home].add(path)
        uses = self._open_uses(path) if is_open and self._answers else None
        return any(
            self._told(path, asked) != answer.by_path.get(path)
            for asked, answer in self._answers.items()
            if answer.by_path is not None
            and asked.home == home
            and (uses is None or uses.has(asked.key) or path in answer.by_path)
            and _counts(path, asked, answer.by_path, answer.askers)
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
        self._lately.clear()
        self._parsed.clear()
        self._answers.clear()

    def _answer(self, asked: _Asked) -> dict[str, object] | None:
        found = self._index(asked.home).paths(asked.key)
        if len(found) > asked.question.most and not asked.question.is_sample:
            return None
        found |= {path for path in self._files.opened() if paths.is_in(path, frozenset([asked.home]))}
        told = ((path, self._told(path, asked)) for path in sorted(found))
        some = ((path, one) for path, one in told if one is not None)
        return dict(islice(some, asked.question.most))

    def _told(self, path: str, asked: _Asked) -> object | None:
        """What one file tells."""
        if self._files.is_open(path):
            uses = self._open_uses(path)
            return None if uses is None else asked.question.tell(uses, asked.key)
        if path not in self._kept and path not in self._lately:
            self._look_into(path)
        if path in self._kept:
            return self._kept[path].get((asked.question, asked.key))
        return asked.question.tell(self._lately[path], asked.key)

    def _look_into(self, path: str) -> None:
        """Parse a file that somebody asks about: for a while, or if it was before, to keep all that it tells.

        Most files are asked once; all that a file tells takes several times as long as one answer and the parsing.
        """
        tree = self._files.tree(path)
        uses = None if tree is None else Uses(tree, self._files.package(path))
        if uses is None or path in self._parsed:
            self._kept[path] = {} if uses is None else uses.everything()
            return
        self._parsed.add(path)
        self._lately[path] = uses
        if len(self._lately) > _MOST_LATELY:
            self._lately.popitem(last=False)

    def _open_uses(self, path: str) -> Uses | None:
        """What a file does that an editor has, worked out anew for each text; None if it cannot be read."""
        tree = self._files.tree(path)
        if tree is None:
            return None
        known = self._open.get(path)
        if known is None or known[0] is not tree.source:
            known = self._open[path] = tree.source, Uses(tree, self._files.package(path))
        return known[1]

    def _index(self, home: str) -> Index:
        known = self._indexes.get(home)
        if known is None:
            found = self._files.files([Path(home)], lambda _: None)
            walked = (paths.absolute(path) for path in found if path.suffix == ".py")
            known = self._indexes[home] = Index(walked, self._files.stored)
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


def _counts(path: str, asked: _Asked, by_path: Mapping[str, object], askers: set[str]) -> bool:
    """Whether it matters to anybody what a file tells: others have asked, and enough have not told it before."""
    is_asked = path in by_path or len(by_path) < asked.question.most
    return is_asked and (asked.question is PASSED or bool(askers - {path}))
