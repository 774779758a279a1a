"""The project around a file: `Project` knows the workspace, its environment, and what an editor has open.

It answers the model's questions (`coroscope.model.world.World`): which file an import means, and what that file tells
the outside. Everything is read on demand and kept while it is true:

    a folder's listing    until a file in it comes or goes
    a file's Summary      while its text is the same; the text of an open editor buffer counts before the disk's
    a Module              while its own text and every Summary are the same

Changes on disk are learnt from `invalidate` (a watcher saw one) or `refresh` (nobody watched: all is looked at again).
"""

from __future__ import annotations

import re
import sys
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from coroscope.model.closing import Package
from coroscope.model.module import Module
from coroscope.model.program import Program
from coroscope.model.summarize import summarize
from coroscope.model.summary import Summary
from coroscope.model.uses import Question
from coroscope.model.world import PytestSetup
from coroscope.notebooks import SUFFIX
from coroscope.project import paths
from coroscope.project.environment import Environment
from coroscope.project.listing import Folders, Listing
from coroscope.project.neighbours import Neighbours
from coroscope.project.pytest_settings import pytest_setup
from coroscope.project.search import Search
from coroscope.project.settings import Settings
from coroscope.project.texts import Stamp, Texts, stamp
from coroscope.project.walk import python_files
from coroscope.source import Source, SourceError
from coroscope.syntax import Tree

_Told = TypeVar("_Told")

NEWEST_PYTHON = (3, 14)
_MODULES_KEPT = 8
"""Of files that no editor has open; a Module holds a syntax tree, which is large."""


@dataclass(frozen=True, slots=True)
class _Kept:
    """A Summary, None for an unreadable file, with the stamp of the file that it was made from, None for a buffer."""

    stamp: Stamp | None
    summary: Summary | None


class Project:
    """A workspace with its settings and its environment; the `World` of its modules.

    Paths go in absolute or relative to the working folder and are taken as they are spelled: symlinks are not resolved.
    """

    def __init__(self, root: Path, settings: Settings | None = None, environment: Environment | None = None) -> None:
        self.root = Path(paths.absolute(root))
        self.settings = settings or Settings()
        self.environment = environment
        self._blocking = frozenset(name.rpartition(".")[2] for name in self.settings.declare.get("blocks", ()))
        self._python = (
            self.settings.python or (environment.python if environment is not None else None) or NEWEST_PYTHON
        )
        self._search = Search(str(self.root), environment, self._python, Folders())
        self._texts = Texts(str(self.root))
        self._summaries: dict[str, _Kept] = {}
        self._modules: OrderedDict[str, Module] = OrderedDict()
        self._neighbours = Neighbours(self.root, self)
        self._path_by_name: dict[str, str] = {}
        self._doubtful: set[str] = set()
        self._program: Program | None = None
        self._folders_before: dict[str, Listing] = {}

    # What the model asks

    @property
    def python(self) -> tuple[int, int]:
        """The target version: the settings', else the environment's, else the newest that we know."""
        return self._python

    @property
    def platform(self) -> str:
        """The target platform, as `sys.platform` names it."""
        return sys.platform

    @property
    def declared(self) -> Mapping[str, Sequence[str]]:
        """The dotted names of what users declare, by the kind of declaration."""
        return self.settings.declare

    @property
    def program(self) -> Program:
        """What was worked out about this world: a new one when some Summary has changed, or what an import means."""
        self._settle()
        if self._program is None:
            self._program = Program(self)
        return self._program

    def resolve(self, name: str, importer: str) -> Summary | None:
        """The module of that absolute dotted name as the file at path `importer` would import it ("" for anywhere).

        None if there is none that can be read: also for namespace packages, whose submodules are found by themselves,
        and for compiled modules. The Summary has the module's own name, which differs from the name that was asked for
        where a file can be reached by two.
        """
        self._settle()
        path = self._search.find(name, self._path_of(importer) if importer else "")
        return None if path is None else self._summary(path)

    def summary_at(self, path: str) -> Summary | None:
        """What a file tells the outside; None if it cannot be read."""
        self._settle()
        return self._summary(path)

    def asked(self, question: Question[_Told], key: str, asker: str) -> Mapping[str, _Told] | None:
        """What the files of a file's project tell that have anything to tell, by path; None if nobody knows."""
        self._settle()
        return self._neighbours.asked(question, key, self._path_of(asker))

    def source(self, path: str) -> Source | None:
        """The current text of a file that a Summary came from; None if it is gone."""
        return self._texts.source(self._path_of(path))

    def pytest_setup(self, path: str) -> PytestSetup:
        """How pytest is set up for a file, as the disk has it now."""
        return pytest_setup(self._path_of(path), self._texts.stored)

    def mentions(self, name: str) -> Iterator[Source]:
        """Every file of the workspace whose text has that identifier as a word; `path` is its absolute path.

        Notebooks are no part of any program but themselves.
        """
        word = re.compile(rf"\b{re.escape(name)}\b")
        for path in self.files([self.root], problem=lambda _: None):
            source = None if path.suffix == SUFFIX else self.source(str(path))
            if source is not None and word.search(source.text):
                yield Source(source.text, str(path))

    # What front ends ask

    def module(self, path: Path, shown: str | None = None) -> Module:
        """The module in a file; `shown` is what findings call the file, if not `path`.

        Raises `SourceError` if the file is not open in an editor and cannot be read.
        """
        key = paths.absolute(path)
        name = shown if shown is not None else str(path)
        self._path_by_name[name] = key
        self._settle()
        source = self._texts.read(key, name)
        kept = self._modules.get(key)
        if kept is not None and kept.source.text == source.text and kept.source.path == name:
            self._modules.move_to_end(key)
            return kept
        tree = self._texts.tree_of(key, source)
        if key not in self._summaries:
            self._summaries[key] = _Kept(self._stamp(key), self._told(key, tree))
        module = self._modules[key] = Module(
            source,
            self._search.module_name(key),
            self,
            tree=tree,
            is_package=self._search.is_package(key),
            file=key,
            summary=self._summary(key),
        )
        self._drop_oldest_modules()
        return module

    def module_name(self, path: str) -> str:
        """The absolute dotted name of the module in a file."""
        self._settle()
        return self._search.module_name(self._path_of(path))

    def is_package(self, path: str) -> bool:
        """Whether a file is a package's `__init__`."""
        return self._search.is_package(path)

    def files(self, named: Sequence[Path], problem: Callable[[SourceError], None] | None = None) -> Iterator[Path]:
        """Every Python file in the folders, sorted, without what the settings exclude, and every file named itself.

        `problem` is told of each path that does not exist or cannot be read; without it, such a path raises its
        `SourceError` when the walk comes to it.
        """
        return python_files(named, self.settings.excludes, problem)

    # What its neighbours ask

    def stored(self, path: str) -> bytes | None:
        """What the disk has of a file; None if it cannot be read."""
        return self._texts.stored(path)

    def tree(self, path: str) -> Tree | None:
        """The tree of a file; None if it cannot be read."""
        module = None if self._texts.is_open(path) else self._modules.get(path)
        return self._texts.tree(path) if module is None else module.tree

    def package(self, path: str) -> Package:
        """Where the relative imports of a file start."""
        return Package(self._search.module_name(path), self._search.is_package(path))

    def opened(self) -> Iterator[str]:
        """The files that an editor has."""
        return self._texts.opened()

    def is_open(self, path: str) -> bool:
        """Whether an editor has the file."""
        return self._texts.is_open(path)

    # Work ahead, for those who would rather not wait

    def index_later(self) -> None:
        """Let no question wait until the files of the project are indexed: that is what `advance` does, in steps."""
        self._neighbours.waits = False

    @property
    def is_early(self) -> bool:
        """Whether somebody asked about files that are not indexed yet."""
        return self._neighbours.was_early

    def advance(self, count: int) -> bool:
        """Index so many files more of those that somebody asked about; whether there are any left."""
        if self._neighbours.advance(count):
            return True
        if self._neighbours.was_early:
            self._forget_modules()
        return False

    # What an editor tells

    def open(self, path: Path, text: str) -> None:
        """An editor has the file open with this text, which counts before the disk's from now on."""
        key = paths.absolute(path)
        self._texts.open(key, text, self._name_of(key))
        self._doubtful.add(key)
        self._doubt_folder(paths.parent(key))
        self._search.folders.add_unsaved(key)

    def change(self, path: Path, text: str) -> None:
        """The editor's text of an open file is now this."""
        key = paths.absolute(path)
        if not self._texts.is_open(key):
            self.open(path, text)
        elif self._texts.change(key, text):
            self._doubtful.add(key)

    def close(self, path: Path) -> None:
        """The editor closed the file: the disk's text counts again."""
        key = paths.absolute(path)
        if self._texts.close(key):
            self.invalidate(path)
            self._search.folders.remove_unsaved(key)

    # What the disk tells

    def invalidate(self, path: Path) -> None:
        """A file or folder was created, changed or deleted on disk: look at it again before it is used again."""
        key = paths.absolute(path)
        self._doubtful.add(key)
        self._doubt_folder(paths.parent(key))

    def refresh(self) -> None:
        """Anything may have changed on disk: look at every file and folder again before it is used again."""
        self._search.folders.forget_all()
        self._folders_before.clear()
        self._neighbours.forget()
        self._doubtful.update(self._summaries)
        self._files_came_or_went()

    def _doubt_folder(self, folder: str) -> None:
        before = self._search.folders.forget(folder)
        if before is not None:
            self._folders_before.setdefault(folder, before)

    def _settle(self) -> None:
        """Look at what may have changed; where it tells the outside something else now, no Module stands as it was.

        The place for finer invalidation: a Module that knew which Summaries it read could stay where others changed.
        """
        if not self._doubtful:
            return
        doubtful = frozenset(self._doubtful)
        self._doubtful.clear()
        doubtful_folders = frozenset(path for path in doubtful if not path.endswith((".py", ".pyi", SUFFIX)))
        if doubtful_folders:
            self._search.folders.forget_below(doubtful_folders)
            self._neighbours.forget()
        before, self._folders_before = self._folders_before, {}
        if any(self._search.folders.list(folder) != listing for folder, listing in before.items()):
            self._files_came_or_went()
        concerned = [path for path in doubtful if path in self._summaries]
        if doubtful_folders:
            concerned += [path for path in self._summaries if paths.is_in(path, doubtful_folders)]
        for path in concerned:
            self._renew_summary(path)
        renewed = [self._neighbours.renew(path) for path in doubtful if path.endswith(".py")]
        if any(renewed):
            self._forget_modules()

    def _renew_summary(self, path: str) -> None:
        before = self._summaries[path]
        if before.stamp is not None and before.stamp == self._stamp(path):
            return
        after = self._summarize(path)
        if before.summary is not None and after.summary is not None and before.summary.tells_the_same(after.summary):
            # What was worked out from a Summary hangs on that very object, so it stays and only learns what is new.
            before.summary.learn(after.summary)
            self._summaries[path] = _Kept(after.stamp, before.summary)
        else:
            self._summaries[path] = after
            self._forget_modules()

    def _files_came_or_went(self) -> None:
        self._search.forget()
        self._neighbours.forget_folders()
        self._forget_modules()

    def _forget_modules(self) -> None:
        self._modules.clear()
        self._program = None
        self._neighbours.forget_answers()

    def _drop_oldest_modules(self) -> None:
        closed = [key for key in self._modules if not self._texts.is_open(key)]
        for key in closed[:-_MODULES_KEPT]:
            del self._modules[key]

    def _summary(self, path: str) -> Summary | None:
        kept = self._summaries.get(path)
        if kept is None:
            kept = self._summaries[path] = self._summarize(path)
        return kept.summary

    def _summarize(self, path: str) -> _Kept:
        before = self._stamp(path)
        tree = self._texts.tree(path)
        return _Kept(before, None if tree is None else self._told(path, tree))

    def _stamp(self, path: str) -> Stamp | None:
        """The stamp of a file; None for a buffer, whose changes the editor tells."""
        return None if self._texts.is_open(path) else stamp(path)

    def _told(self, path: str, tree: Tree) -> Summary:
        """The Summary of a file from its tree."""
        return summarize(
            tree,
            self._search.module_name(path),
            path,
            is_package=self._search.is_package(path),
            python=self._search.python_of(path),
            platform=self.platform,
            blocking=self._blocking,
        )

    def _path_of(self, path: str) -> str:
        """The absolute path of a file by its path or by the name that it was last shown under."""
        return self._path_by_name.get(path) or paths.absolute(path)

    def _name_of(self, key: str) -> str:
        module = self._modules.get(key)
        return key if module is None else module.source.path
