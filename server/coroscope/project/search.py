"""Where a module's file is: `Search` finds the file of an absolute dotted name, and the name of a file.

The order is Python's, refined by the typing specification: stubs in `typings/`, the workspace, the standard library
(typeshed), `*-stubs` packages (the environment's, then those in `coroscope.knowledge`), then the environment's
packages; in a folder, a package before a module of its name, and `.pyi` before `.py`. A folder without `__init__` is a
portion of a namespace package: it counts only if no later place has a real module of that name.

A *place* is a group of folders that are searched for one kind of thing; the *places* that an import sees depend on the
folder of the importing file only. Paths are absolute strings.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from coroscope import knowledge
from coroscope.project import paths, typeshed
from coroscope.project.environment import Environment
from coroscope.project.listing import Folders

_INITS = ("__init__.pyi", "__init__.py")
_SUFFIXES = (".pyi", ".py")
_PROJECT_FILES = frozenset({"pyproject.toml", "setup.py", "setup.cfg"})
_STUBS = "-stubs"
_OWN_STUBS = paths.join(paths.absolute(Path(knowledge.__file__).parent), "stubs")
_DEEPEST = 100

# Compiled into the interpreter or frozen into it: no file of that name is ever imported in their place.
# fmt: off
_NEVER_SHADOWED = frozenset({
    "__future__", "_thread", "_typeshed", "abc", "asyncio", "builtins", "codecs", "collections", "errno",
    "gc", "genericpath", "importlib", "io", "itertools", "marshal", "nt", "ntpath", "os", "posix",
    "posixpath", "signal", "site", "stat", "sys", "time", "types", "typing", "typing_extensions", "zipimport",
})
# fmt: on


@dataclass(frozen=True, slots=True)
class _Place:
    """Folders that are searched together, `*-stubs` packages in any of them first; or a place of another kind."""

    folders: tuple[str, ...]
    kind: Literal["folders", "stdlib", "mapped"] = "folders"


@dataclass(frozen=True, slots=True)
class _View:
    """What the files of some folders see: the places in order, and the answers so far, by module name."""

    places: tuple[_Place, ...]
    found: dict[str, str | None]


@dataclass(frozen=True, slots=True)
class _Opaque:
    """A module that exists and cannot be read, such as a compiled one, or a name that a module hides."""


_STDLIB = _Place((), "stdlib")
_MAPPED = _Place((), "mapped")
_OPAQUE = _Opaque()
_Answer = str | _Opaque | None


class Search:
    """Module search in one workspace with one environment and one target version."""

    def __init__(
        self, root: str, environment: Environment | None, python: tuple[int, int], folders: Folders | None = None
    ) -> None:
        self.root = root
        self._python = python
        self._stub_python = max(python, typeshed.OLDEST)
        self.folders = folders or Folders()
        self._stdlib = typeshed.stdlib_folder()
        self._libraries = tuple(map(str, environment.site_packages)) if environment else ()
        self._installed = (*map(str, environment.folders), _OWN_STUBS) if environment else (_OWN_STUBS,)
        self._mapped = {name: str(path) for name, path in environment.editable.items()} if environment else {}
        self._names_of_mapped = {path: name for name, path in self._mapped.items()}
        self._views: dict[tuple[_Place, ...], _View] = {}
        self._view_from: dict[str, _View] = {}
        self._names: dict[str, str] = {}

    def find(self, name: str, importer: str = "") -> str | None:
        """The file of the module with that absolute dotted name, as the file `importer` would import it.

        None if there is none that can be read: also for compiled modules and for namespace packages.
        """
        folder = paths.parent(importer) if importer else self.root
        view = self._view_from.get(folder)
        if view is None:
            places = self._places_seen_from(folder)
            view = self._view_from[folder] = self._views.setdefault(places, _View(places, {}))
        try:
            return view.found[name]
        except KeyError:
            answer = self._find(view.places, name)
            found = view.found[name] = answer if isinstance(answer, str) else None
            return found

    def module_name(self, path: str) -> str:
        """The absolute dotted name of the module in a file; there is always one, a script's is its stem."""
        name = self._names.get(path)
        if name is None:
            name = self._names[path] = self._name_of(path)
        return name

    def is_package(self, path: str) -> bool:
        """Whether a file is a package's `__init__`."""
        return paths.name(path) in _INITS

    def python_of(self, path: str) -> tuple[int, int]:
        """The version of Python to read a file for: the target, for the standard library's stubs one that they know."""
        return self._stub_python if paths.is_below(path, self._stdlib) else self._python

    def forget(self) -> None:
        """Search anew: files came or went, and the listings of their folders were forgotten."""
        self._views.clear()
        self._view_from.clear()
        self._names.clear()

    # Searching

    def _find(self, places: Sequence[_Place], name: str) -> _Answer:
        top, *rest = parts = name.split(".")
        if not all(parts) or len(parts) > _DEEPEST:
            return None
        if top in _NEVER_SHADOWED and typeshed.offers(top, self._stub_python):
            places = (_STDLIB,)
        spaces: list[str] = []
        for place in places:
            if place is _STDLIB:
                if not typeshed.offers(top, self._stub_python):
                    continue
                return self._within((self._stdlib,), parts) if typeshed.offers(name, self._stub_python) else None
            if place is _MAPPED:
                answer = self._in_mapped(parts)
                if answer is not None:
                    return answer
                continue
            for folder in self._stub_packages(place, top):
                answer = self._within((folder,), rest) if rest else self._init(folder)
                if isinstance(answer, str):
                    return answer
            answer = self._in_folders(place.folders, top, rest, spaces)
            if answer is not None:
                return answer
        return self._within(spaces, rest) if rest and spaces else None

    def _within(self, folders: Iterable[str], parts: Sequence[str]) -> _Answer:
        """Look up a dotted name below some folders, which are one package or the portions of a namespace package."""
        spaces: list[str] = []
        top, rest = parts[0], parts[1:]
        answer = self._in_folders(folders, top, rest, spaces)
        if answer is None and rest and spaces:
            return self._within(spaces, rest)
        return answer

    def _in_folders(self, folders: Iterable[str], top: str, rest: Sequence[str], spaces: list[str]) -> _Answer:
        """The first folder that has a package or module `top` decides; namespace portions are added to `spaces`."""
        for folder in folders:
            listing = self.folders.list(folder)
            has_folder = top in listing.folders
            if has_folder:
                inner = paths.join(folder, top)
                init = self._init(inner)
                if init is not None:
                    # A missing submodule is not looked for elsewhere: this package hides all others of its name.
                    return (self._within((inner,), rest) or _OPAQUE) if rest else init
            for suffix in _SUFFIXES:
                if top + suffix in listing.files:
                    return _OPAQUE if rest else paths.join(folder, top + suffix)
            if top in listing.compiled:
                return _OPAQUE
            if has_folder:
                spaces.append(inner)
        return None

    def _init(self, folder: str) -> _Answer:
        """The `__init__` file that makes a folder a regular package; None if it is none."""
        listing = self.folders.list(folder)
        for name in _INITS:
            if name in listing.files:
                return paths.join(folder, name)
        return _OPAQUE if "__init__" in listing.compiled else None

    def _stub_packages(self, place: _Place, top: str) -> Iterator[str]:
        stubs = top + _STUBS
        for folder in place.folders:
            if stubs in self.folders.list(folder).folders:
                yield paths.join(folder, stubs)

    def _in_mapped(self, parts: Sequence[str]) -> _Answer:
        """Look up a name in what editable installs map to other folders; the longest mapped prefix counts."""
        for length in range(len(parts), 0, -1):
            path = self._mapped.get(".".join(parts[:length]))
            if path is not None:
                rest = parts[length:]
                folder, stem = paths.split(path)
                stem = stem.removesuffix(".py")
                return self._within((folder,), (stem, *rest))
        return None

    # Places

    def _places_seen_from(self, folder: str) -> tuple[_Place, ...]:
        workspace = [self.root, paths.join(self.root, "src")]
        last: list[str] = []
        if self._is_library(folder):
            # What is installed was written without this workspace in mind: its imports must not end up there.
            return (_STDLIB, _Place(self._installed), _MAPPED, _Place(tuple(workspace)))
        if self.root in self._libraries:
            workspace = []
        elif self._init(self.root) is not None:
            # The root is itself a package, so what is in it is not imported by its bare name, or only by scripts.
            last = workspace
            workspace = []
        project = self._nested_project(folder)
        if project is not None:
            workspace = [project, paths.join(project, "src"), *workspace]
        top = self._top_package(folder)
        if top is not None:
            holder = paths.parent(top)
            if holder not in self._installed:
                workspace = [holder, *workspace]
        else:
            # A script sees its own folder first, a member of a namespace package does not see it at all. As nobody can
            # tell one from the other, a neighbour answers only for names that nothing else has.
            last = [folder, *last]
        typings = paths.join(self.root, "typings")
        return (
            _Place((typings,)),
            _Place(tuple(dict.fromkeys(workspace))),
            _STDLIB,
            _Place(self._installed),
            _MAPPED,
            _Place(tuple(dict.fromkeys(last))),
        )

    def _is_library(self, folder: str) -> bool:
        """Whether a folder belongs to what is installed rather than to the workspace; the deepest owner decides."""
        owners = [owner for owner in (*self._libraries, self._stdlib, _OWN_STUBS) if paths.is_below(folder, owner)]
        return any(len(owner) > len(self.root) or not paths.is_below(folder, self.root) for owner in owners)

    def _nested_project(self, folder: str) -> str | None:
        """The nearest folder between a folder and the root (excluded) that is a project of its own."""
        while folder != self.root and paths.is_below(folder, self.root):
            if self._is_project(folder):
                return folder
            folder = paths.parent(folder)
        return None

    def _is_project(self, folder: str) -> bool:
        return not _PROJECT_FILES.isdisjoint(self.folders.list(folder).files)

    def _top_package(self, folder: str) -> str | None:
        """The outermost package that holds a folder; None if the folder is no package."""
        top = None
        while paths.name(folder).isidentifier() and self._init(folder) is not None:
            top = folder
            folder = paths.parent(folder)
        return top

    # Names

    def _name_of(self, path: str) -> str:
        folder, file = paths.split(path)
        stem = file.partition(".")[0] or file
        below = [] if file in _INITS else [stem]
        while paths.name(folder).isidentifier() and self._init(folder) is not None:
            if folder in self._names_of_mapped:
                return ".".join([self._names_of_mapped[folder], *below])
            below.insert(0, paths.name(folder))
            folder = paths.parent(folder)
        short = ".".join(below)
        while not self._is_searched(folder):
            name = paths.name(folder)
            if name.endswith(_STUBS):
                return ".".join([name.removesuffix(_STUBS), *below])
            if not name.isidentifier() or paths.parent(folder) == folder:
                # No import statement can reach this file from a folder that is searched.
                return short or stem
            below.insert(0, name)
            folder = paths.parent(folder)
        return ".".join(below) or stem

    def _is_searched(self, folder: str) -> bool:
        if folder in {self.root, self._stdlib, *self._installed}:
            return True
        parent, name = paths.split(folder)
        if name in {"src", "typings"} and (parent == self.root or self._is_project(parent)):
            return True
        return paths.is_below(folder, self.root) and self._is_project(folder)
