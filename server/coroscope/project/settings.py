"""What the user has set: `Settings`, from `[tool.coroscope]` in `pyproject.toml`, the command line or the editor.

    [tool.coroscope]
    target-version = "3.11"
    environment = ".venv"
    ignore = ["sequential-awaits"]
    exclude = ["generated"]              # in place of the defaults; extend-exclude adds to them

    [tool.coroscope.levels]
    await-in-loop = "warning"            # error, warning, information, hint or off

    [tool.coroscope.per-file-ignores]
    "tests/**" = ["blocking-call-in-async"]

    [tool.coroscope.declare]
    keeps-task = ["app.tasks.keep"]

A *layer* is what one of these sources says; `merged` lays one over another.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from coroscope.findings import Level
from coroscope.project import paths
from coroscope.project.patterns import Pattern
from coroscope.project.walk import DEFAULT_EXCLUDE

Setting = Level | Literal["off"]
Version = tuple[int, int]

_DEFAULT_EXCLUDE = tuple(map(Pattern, DEFAULT_EXCLUDE))


class SettingsError(Exception):
    """Settings that make no sense; the message is one sentence that names the place and says what to do."""


@dataclass(frozen=True, slots=True)
class PerFileIgnore:
    """Rules that are ignored in the files that fit a pattern."""

    pattern: Pattern
    rules: frozenset[str]


@dataclass(frozen=True, slots=True)
class Settings:
    """What one layer says, or all of them together; whatever is None or empty was not set.

    `levels` are levels by rule, `ignore` rules that are off. `requires_python` is the lower bound in `[project]`.
    `environment` is an absolute path. `declare` holds dotted names by the kind of declaration (`DECLARATIONS`).
    """

    levels: Mapping[str, Setting] = field(default_factory=dict)
    ignore: frozenset[str] = frozenset()
    per_file_ignores: tuple[PerFileIgnore, ...] = ()
    target_version: Version | None = None
    requires_python: Version | None = None
    environment: Path | None = None
    exclude: tuple[Pattern, ...] | None = None
    extend_exclude: tuple[Pattern, ...] = ()
    declare: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def python(self) -> Version | None:
        """The version of Python to check for, where the settings tell it."""
        return self.target_version or self.requires_python

    def level(self, rule: str, default: Level, path: str | Path | None = None) -> Level | None:
        """How loud a rule is in a file (anywhere, if no file is given); None where it is off."""
        if rule in self.ignore or (path is not None and rule in self.ignored_in(path)):
            return None
        level = self.levels.get(rule, default)
        return None if level == "off" else level

    def ignored_in(self, path: str | Path) -> frozenset[str]:
        """The rules that `per-file-ignores` turn off in a file."""
        if not self.per_file_ignores:
            return frozenset()
        absolute = Path(paths.absolute(path))
        return frozenset().union(*(each.rules for each in self.per_file_ignores if each.pattern.fits_file(absolute)))

    def excludes(self, path: Path) -> bool:
        """Whether a walk leaves out a file or folder, given by its absolute path."""
        patterns = _DEFAULT_EXCLUDE if self.exclude is None else self.exclude
        return any(pattern.fits_excluded(path) for pattern in (*patterns, *self.extend_exclude))


def merged(*layers: Settings) -> Settings:
    """All layers together; each goes over those before it.

    Levels are overridden rule by rule, single values and `exclude` as a whole; ignored rules, per-file ignores,
    `extend-exclude` and declarations add up. A level in a later layer brings back a rule that an earlier one ignored.
    """
    result = Settings()
    for layer in layers:
        audible = {rule for rule, level in layer.levels.items() if level != "off"}
        kinds = {**result.declare, **layer.declare}
        result = Settings(
            levels={**result.levels, **layer.levels},
            ignore=(result.ignore - audible) | layer.ignore,
            per_file_ignores=result.per_file_ignores + layer.per_file_ignores,
            target_version=layer.target_version or result.target_version,
            requires_python=layer.requires_python or result.requires_python,
            environment=layer.environment or result.environment,
            exclude=result.exclude if layer.exclude is None else layer.exclude,
            extend_exclude=result.extend_exclude + layer.extend_exclude,
            declare={kind: result.declare.get(kind, ()) + layer.declare.get(kind, ()) for kind in kinds},
        )
    return result
