"""Reading settings: `load_settings` from the nearest `pyproject.toml`, `read_settings` from any table of them.

Whatever is not understood is an error, since a setting that is silently ignored looks like one that works.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Collection, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path

from coroscope.findings import LEVELS
from coroscope.project.paths import absolute_path, is_file, is_folder
from coroscope.project.patterns import Pattern, PatternError
from coroscope.project.root import repository_folders
from coroscope.project.settings import PerFileIgnore, Setting, Settings, SettingsError, Version, merged

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

DECLARATIONS = ("blocks", "keeps-task", "may-be-dropped", "runs")
"""Kinds of what users can declare of their functions in `[tool.coroscope.declare]`."""

_FILE = "pyproject.toml"
_SETTINGS: tuple[Setting, ...] = (*LEVELS, "off")
_BOUND = re.compile(r"\s*(>=|>|~=|===?)\s*v?(\d+)(?:\.(\d+))?")
_TARGET = re.compile(r"3\.\d{1,2}")
_DOTTED = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*")


def load_settings(start: Path, rules: Collection[str] | None = None) -> Settings:
    """The settings for a file or folder: from the nearest `pyproject.toml` at or above it with a `[tool.coroscope]`.

    The nearest `pyproject.toml` of all tells `requires-python`. The search ends with the repository. `rules` are the
    names of all rules; without them no rule's name is checked. Raises `SettingsError`.
    """
    bound: Settings | None = None
    for folder in repository_folders(start if is_folder(start) else start.parent):
        file = folder / _FILE
        if not is_file(file):
            continue
        document = _Table(_load(file), str(file), "")
        if bound is None:
            bound = Settings(requires_python=_lower_bound(document))
        tool = document.table("tool")
        if "coroscope" in tool.content:
            return merged(bound, _read(tool.table("coroscope"), folder, rules))
    return bound or Settings()


def read_settings(
    table: Mapping[str, object], where: str, folder: Path, rules: Collection[str] | None = None
) -> Settings:
    """A layer of settings from a table with the keys of `[tool.coroscope]`, such as an editor sends.

    `where` is what error messages call the source, `folder` what relative paths and patterns in it start from. Raises
    `SettingsError`.
    """
    return _read(_Table(table, where, ""), absolute_path(folder), rules)


def parse_version(text: str) -> Version | None:
    """A version such as `3.11`; None if it is none that we know of."""
    if not _TARGET.fullmatch(text):
        return None
    major, minor = text.split(".")
    return int(major), int(minor)


class _Table:
    """A table of settings that knows its place, to say it in errors."""

    def __init__(self, content: Mapping[str, object], where: str, path: str) -> None:
        self.content = content
        self.where = where
        self.path = path

    def error(self, key: str, problem: str) -> SettingsError:
        return SettingsError(f"{self.where}: `{self._full(key)}` {problem}{'' if problem.endswith('?') else '.'}")

    def table(self, key: str) -> _Table:
        value = self.content.get(key)
        if value is None:
            # In JSON, null stands for what is not set.
            value = {}
        if not isinstance(value, Mapping):
            raise self.error(key, "must be a table")
        return _Table(value, self.where, self._full(key))

    def text(self, key: str) -> str | None:
        value = self.content.get(key)
        if value is not None and not isinstance(value, str):
            raise self.error(key, f"must be a text in quotes, not {_kind(value)}")
        return value

    def texts(self, key: str) -> tuple[str, ...] | None:
        value = self.content.get(key)
        if value is None:
            return None
        if not isinstance(value, Sequence) or isinstance(value, str):
            raise self.error(key, f"must be a list of texts, not {_kind(value)}")
        for item in value:
            if not isinstance(item, str):
                raise self.error(key, f"must be a list of texts, and one item is {_kind(item)}")
        return tuple(value)

    def known(self, key: str, names: Collection[str], what: str) -> None:
        if key not in names:
            raise self.error(key, f"is no {what}; {_instead(key, names)}")

    def _full(self, key: str) -> str:
        return f"{self.path}.{key}" if self.path else key


def _read(table: _Table, folder: Path, rules: Collection[str] | None) -> Settings:
    for key in table.content:
        table.known(key, _KEYS, "setting of coroscope")
    exclude = table.texts("exclude")
    environment = table.text("environment")
    return Settings(
        levels=_levels(table.table("levels"), rules),
        ignore=frozenset(_rules(table, "ignore", rules)),
        per_file_ignores=_per_file_ignores(table.table("per-file-ignores"), folder, rules),
        target_version=_target_version(table),
        environment=absolute_path(folder / Path(environment).expanduser()) if environment else None,
        exclude=None if exclude is None else _patterns(table, "exclude", exclude, folder),
        extend_exclude=_patterns(table, "extend-exclude", table.texts("extend-exclude") or (), folder),
        declare=_declarations(table.table("declare")),
    )


_KEYS = (
    "declare",
    "environment",
    "exclude",
    "extend-exclude",
    "ignore",
    "levels",
    "per-file-ignores",
    "target-version",
)


def _levels(table: _Table, rules: Collection[str] | None) -> dict[str, Setting]:
    levels: dict[str, Setting] = {}
    for rule in table.content:
        if rules is not None:
            table.known(rule, rules, "rule")
        text = table.text(rule)
        level = next((level for level in _SETTINGS if level == text), None)
        if level is None:
            raise table.error(rule, f"is `{text}`, which is no level; write one of {_listed(_SETTINGS)}")
        levels[rule] = level
    return levels


def _rules(table: _Table, key: str, rules: Collection[str] | None) -> tuple[str, ...]:
    names = table.texts(key) or ()
    for name in names:
        if rules is not None and name not in rules:
            raise table.error(key, f"names `{name}`, which is no rule; {_instead(name, rules)}")
    return names


def _per_file_ignores(table: _Table, folder: Path, rules: Collection[str] | None) -> tuple[PerFileIgnore, ...]:
    return tuple(
        PerFileIgnore(_pattern(table, text, text, folder), frozenset(_rules(table, text, rules)))
        for text in table.content
    )


def _patterns(table: _Table, key: str, texts: Sequence[str], folder: Path) -> tuple[Pattern, ...]:
    return tuple(_pattern(table, key, text, folder) for text in texts)


def _pattern(table: _Table, key: str, text: str, folder: Path) -> Pattern:
    pattern = Pattern(text, folder)
    try:
        pattern.check()
    except PatternError as error:
        raise table.error(key, f"holds `{text}`, which {error}") from error
    return pattern


def _target_version(table: _Table) -> Version | None:
    value = table.content.get("target-version")
    if value is None:
        return None
    version = parse_version(value) if isinstance(value, str) else None
    if version is None:
        raise table.error("target-version", f'must be a version in quotes such as "3.12", not {_shown(value)}')
    return version


def _declarations(table: _Table) -> dict[str, tuple[str, ...]]:
    declared: dict[str, tuple[str, ...]] = {}
    for kind in table.content:
        table.known(kind, DECLARATIONS, "kind of declaration")
        names = table.texts(kind) or ()
        for name in names:
            if not _DOTTED.fullmatch(name):
                raise table.error(kind, f"holds `{name}`, which is no dotted name such as `package.module.function`")
        declared[kind] = names
    return declared


def _load(file: Path) -> dict[str, object]:
    try:
        return tomllib.loads(file.read_bytes().decode("utf-8-sig"))
    except OSError as error:
        raise SettingsError(f"cannot read {file}: {error.strerror or error}.") from error
    except UnicodeDecodeError as error:
        raise SettingsError(f"cannot read {file}: it is not UTF-8 text; save it as UTF-8.") from error
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise SettingsError(f"cannot read {file}: it is not valid TOML: {str(error).rstrip('.')}.") from error


def _lower_bound(document: _Table) -> Version | None:
    """The lowest version that `requires-python` allows; what is written wrongly there is for others to report."""
    project = document.content.get("project")
    value = project.get("requires-python") if isinstance(project, Mapping) else None
    if not isinstance(value, str):
        return None
    bounds = [_BOUND.match(part) for part in value.split(",")]
    return max(((int(bound[2]), int(bound[3] or 0)) for bound in bounds if bound), default=None)


def _instead(name: str, names: Collection[str]) -> str:
    close = get_close_matches(name, names, n=1)
    return f"did you mean `{close[0]}`?" if close else f"there are {_listed(sorted(names))}"


def _listed(names: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _shown(value: object) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value)


def _kind(value: object) -> str:
    kinds: tuple[tuple[type | tuple[type, ...], str], ...] = (
        (bool, "true or false"),
        ((int, float), "a number"),
        (str, "a text"),
        (list, "a list"),
        (dict, "a table"),
    )
    return next((name for kind, name in kinds if isinstance(value, kind)), "a date")
