"""How pytest is set up for a test file: the settings of its project, and the `conftest.py` files above it.

pytest takes the first file of these that has settings for it, in the nearest folder that has any: `pytest.ini`,
`.pytest.ini`, `pyproject.toml`, `tox.ini`, `setup.cfg` (its documentation, "Finding the rootdir"). They are read anew
whenever somebody asks, which only files with async tests do.
"""

from __future__ import annotations

import configparser
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from coroscope.model.world import PytestSetup
from coroscope.project.paths import parent
from coroscope.project.root import repository_folders

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

_SECTIONS = {
    "pytest.ini": "pytest",
    ".pytest.ini": "pytest",
    "pyproject.toml": "",
    "tox.ini": "pytest",
    "setup.cfg": "tool:pytest",
}
_COMMANDS = ("tox.ini", "noxfile.py", "Makefile", "makefile", "justfile", "Justfile", "setup.cfg", "pyproject.toml")
"""Files that may tell how pytest is called."""


def pytest_setup(path: str, stored: Callable[[str], bytes | None]) -> PytestSetup:
    """How pytest is set up for the file at a path; `stored` is asked for what is in files."""
    conftests: list[str] = []
    commands: list[str] = []
    options: dict[str, str] | None = None
    for folder in repository_folders(Path(parent(path))):
        conftests += _texts(folder, ("conftest.py",), stored)
        commands += _texts(folder, _COMMANDS, stored)
        if options is None:
            options = next(_found(folder, stored), None)
    return PytestSetup(options, tuple(conftests), tuple(commands))


def _found(folder: Path, stored: Callable[[str], bytes | None]) -> Iterator[dict[str, str]]:
    for name, section in _SECTIONS.items():
        for text in _texts(folder, (name,), stored):
            options = _of_toml(text) if name.endswith(".toml") else _of_ini(text, section)
            if options is not None or name == "pytest.ini":
                yield options or {}


def _texts(folder: Path, names: tuple[str, ...], stored: Callable[[str], bytes | None]) -> Iterator[str]:
    for name in names:
        content = stored(str(folder / name))
        if content is not None:
            yield content.decode("utf-8-sig", "replace")


def _of_ini(text: str, section: str) -> dict[str, str] | None:
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string(text)
    except configparser.Error:
        return None
    return dict(parser[section]) if section in parser else None


def _of_toml(text: str) -> dict[str, str] | None:
    try:
        content: object = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError):
        return None
    for key in ("tool", "pytest"):
        content = content.get(key) if isinstance(content, dict) else None
    if not isinstance(content, dict):
        return None
    options = content.get("ini_options", content)  # pytest 9 has them in `[tool.pytest]` itself
    return {str(key): str(value) for key, value in options.items()} if isinstance(options, dict) else None
