"""Making a project for a folder from what its `pyproject.toml` and the editor say, whatever of it makes sense."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

from coroscope.project.environment import EnvironmentNotFound, find_environment
from coroscope.project.project import Project
from coroscope.project.settings import Settings, SettingsError, merged
from coroscope.project.settings_files import load_settings, read_settings
from coroscope.rules import catalogue

Options = Mapping[str, object]
"""Settings as the client gives them: what could stand in `[tool.coroscope]`, and what only editors have."""

_HINTS = "inlay-hints"
_EDITORS_OWN = {
    "enable", "import-strategy", "interpreter", "log-level", "path", "server", "settings", "trace",
    "workspace-diagnostics", _HINTS,
}  # fmt: skip
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")

T = TypeVar("T")
_log = logging.getLogger(__name__)


def make_project(root: Path, options: Options, complain: Callable[[str], None]) -> Project:
    """The project in a folder, with the editor's settings over its own.

    `complain` is told a sentence about each source of settings that makes no sense; that source is left out.
    """
    rules = catalogue()

    def attempt(make: Callable[[], T], otherwise: Callable[[], T]) -> T:
        try:
            return make()
        except (SettingsError, EnvironmentNotFound) as error:
            _log.warning("%s", error)
            complain(str(error))
            return otherwise()

    table = {key: value for key, value in _words(options).items() if key not in _EDITORS_OWN}
    settings = merged(
        attempt(lambda: load_settings(root, rules), Settings),
        attempt(lambda: read_settings(table, "the editor's settings", root, rules), Settings),
    )
    interpreter = _interpreter(options) or settings.environment
    environment = attempt(lambda: find_environment(root, interpreter), lambda: find_environment(root))
    project = Project(root, settings, environment)
    project.index_later()
    return project


def wants_hints(options: Options) -> bool:
    """Whether the user wants inlay hints, which are off by default."""
    return _words(options).get(_HINTS) is True


def _words(options: Options) -> dict[str, object]:
    """Settings by the names that they have in `pyproject.toml`, without those that the user left empty.

    Editors like `targetVersion`, and send what was never set as null or as an empty text.
    """
    return {_HUMP.sub("-", key).lower(): value for key, value in options.items() if value is not None and value != ""}


def _interpreter(options: Options) -> str | None:
    """The interpreter that the editor names: a text, or the beginning of a command."""
    match options.get("interpreter"):
        case str(path) | [str(path), *_] if path:
            return path
    return None
