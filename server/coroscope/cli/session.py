"""From the words of a command line to analysed files: `Session`.

A *session* finds the project of each path that the user named, lays the options over its settings, and goes on past
what cannot be read: it complains, and remembers in `failed` that the exit status has to tell.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

from coroscope.cli.streams import InputError, complain
from coroscope.findings import LEVELS
from coroscope.model.declared import not_there
from coroscope.project.environment import EnvironmentNotFound, find_environment, read_environment
from coroscope.project.paths import absolute
from coroscope.project.project import Project
from coroscope.project.root import find_root, repository_folders
from coroscope.project.settings import Setting, Settings, SettingsError
from coroscope.project.settings_files import load_settings
from coroscope.rules import catalogue
from coroscope.source import SourceError

if TYPE_CHECKING:
    from coroscope.model.module import Module

_log = logging.getLogger(__name__)

_MARKS = ("pyproject.toml", "setup.py", "setup.cfg", ".git", ".hg")


@dataclass(frozen=True, slots=True)
class Choices:
    """What the options say about rules and environment, checked; the command line's layer over a project's settings."""

    python: str | None = None
    select: frozenset[str] = frozenset()
    ignore: frozenset[str] = frozenset()
    levels: Mapping[str, Setting] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        python: str | None = None,
        select: Sequence[str] = (),
        ignore: Sequence[str] = (),
        level: Sequence[str] = (),
    ) -> Choices:
        """The choices that options make as they were typed; raises `InputError` for a rule or level that is none."""
        pairs = [item.partition("=") for item in _parts(level)]
        levels = {_rule(rule.strip(), "--level"): _setting(text.strip()) for rule, _, text in pairs}
        return cls(
            python,
            frozenset(_rule(name, "--select") for name in _parts(select)),
            frozenset(_rule(name, "--ignore") for name in _parts(ignore)),
            levels,
        )

    def over(self, settings: Settings) -> Settings:
        """A project's settings with these laid over them."""
        levels = dict(settings.levels)
        ignore = settings.ignore
        if self.select:
            levels = {rule: level for rule, level in levels.items() if rule not in self.select or level != "off"}
            ignore = frozenset(catalogue()) - self.select
        ignore = ignore - {rule for rule, level in self.levels.items() if level != "off"} | self.ignore
        return replace(settings, levels={**levels, **self.levels}, ignore=ignore)


class Session:
    """The files that one command looks at. `python` names an interpreter or environment, as the user typed it."""

    def __init__(self, choices: Choices, complain_: Callable[[str], None] = complain) -> None:
        self.failed = False
        self._choices = choices
        self._complain = complain_
        self._projects: dict[Path, Project | None] = {}
        if choices.python is not None:
            try:
                read_environment(choices.python)
            except EnvironmentNotFound as error:
                raise InputError(f"--python: {error}") from error

    def modules(self, named: Sequence[str]) -> Iterator[tuple[Project, Module]]:
        """Each file that is named or lies in a folder that is, once, as a module of its project."""
        for project, path in self.files(named):
            module = self.module(project, path)
            if module is not None:
                yield project, module

    def files(self, named: Sequence[str]) -> Iterator[tuple[Project, Path]]:
        """Each file that is named or lies in a folder that is, once, with its project; complains of what is missing."""
        seen: set[str] = set()
        for name in named:
            if not name:
                self.fail("cannot read a file without a name; `.` stands for the working folder.")
        for root, paths in _by_root([Path(name) for name in named if name]):
            project = self._project(root)
            if project is None:
                continue
            for path in paths:
                try:
                    for file in project.files([path]):
                        key = os.path.normcase(absolute(file))
                        if key not in seen:
                            seen.add(key)
                            yield project, file
                except SourceError as error:
                    self.fail(str(error))

    def module(self, project: Project, path: Path) -> Module | None:
        """The module in a file under the name that the user gave; None, after a complaint, if it cannot be read."""
        try:
            return project.module(path, str(path))
        except SourceError as error:
            self.fail(str(error))
            return None

    @contextmanager
    def surviving(self, shown: str) -> Iterator[None]:
        """Complain, and go on, where the analysis of a file fails by a mistake of its own; `shown` names the file."""
        try:
            yield
        except Exception as error:
            _log.debug("the analysis of %s failed", shown, exc_info=True)
            reason = f"{type(error).__name__}: {error}".rstrip(".")
            self.fail(f"cannot check {shown}: {reason}; this is a mistake in coroscope, please report it.")

    def fail(self, sentence: str) -> None:
        """Complain, and remember that not everything went well."""
        self.failed = True
        self._complain(sentence)

    def _project(self, root: Path) -> Project | None:
        if root not in self._projects:
            self._projects[root] = self._open(root)
        return self._projects[root]

    def _open(self, root: Path) -> Project | None:
        try:
            settings = self._choices.over(load_settings(root, catalogue()))
            environment = find_environment(root, self._choices.python or settings.environment)
        except (SettingsError, EnvironmentNotFound) as error:
            self.fail(str(error))
            return None
        project = Project(root, settings, environment)
        for name in not_there(project.program):
            self._complain(f"[tool.coroscope.declare] names `{name}`, and there is nothing of that name.")
        return project


def shown_path(path: str, beside: str) -> str:
    """How to call a file in what is said about the file `beside`: relative to the working folder if that one is."""
    if not Path(path).is_absolute() or Path(beside).is_absolute():
        return path
    try:
        relative = os.path.relpath(path)
    except ValueError:
        return path
    return path if relative.startswith(os.pardir) and not beside.startswith(os.pardir) else relative


def _by_root(paths: Sequence[Path]) -> Iterator[tuple[Path, list[Path]]]:
    """The paths by the root of their project, in the order of first mention; what has no project is taken together."""
    marked: dict[Path | None, list[Path]] = {}
    roots: dict[Path, Path | None] = {}
    for path in paths:
        folder = Path(absolute(path if path.is_dir() else path.parent))
        if folder not in roots:
            roots[folder] = next(filter(_is_marked, repository_folders(folder)), None)
        marked.setdefault(roots[folder], []).append(path)
    for root, group in marked.items():
        yield root or find_root(group), group


def _is_marked(folder: Path) -> bool:
    try:
        return any((folder / mark).exists() for mark in _MARKS)
    except OSError:
        return False


def _parts(values: Iterable[str]) -> list[str]:
    """Option values, each of which may be several with commas between."""
    return [part.strip() for value in values for part in value.split(",") if part.strip()]


def _rule(name: str, option: str) -> str:
    if name in catalogue():
        return name
    near = get_close_matches(name, catalogue(), 1)
    advice = f"did you mean `{near[0]}`?" if near else "`coroscope explain` lists them all."
    raise InputError(f"{option}: there is no rule of the name `{name}`; {advice}")


def _setting(text: str) -> Setting:
    settings: tuple[Setting, ...] = (*LEVELS, "off")
    for setting in settings:
        if setting == text:
            return setting
    raise InputError(f"--level: `{text}` is no level; write RULE=LEVEL, where LEVEL is one of {', '.join(settings)}.")
