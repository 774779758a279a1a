"""The user's Python environment: `Environment`, found by reading folders and text files; nothing is run or imported.

An *environment* is a virtual environment (a folder with `pyvenv.cfg`), a conda environment, or the installation that an
interpreter belongs to (a *prefix*). What counts of it are the folders that its interpreter would import from.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from coroscope.project.editable import added_folders, editable_modules
from coroscope.project.paths import absolute_path, exists, is_file, is_folder
from coroscope.project.root import is_repository, repository_folders

Version = tuple[int, int]

_INTERPRETER = re.compile(r"(python|pypy|graalpy)[\w.\-]*", re.IGNORECASE)
_LIBRARY = re.compile(r"(?:python|pypy)(\d+)\.(\d+)t?")
_VERSION = re.compile(r"(\d+)\.(\d+)")
_SITE_NAMES = ("site-packages", "dist-packages")


class EnvironmentNotFound(Exception):
    """What the user named is no Python interpreter or environment; the message is one sentence for the user."""


@dataclass(frozen=True, slots=True)
class Environment:
    """What a Python environment has installed.

    `root` is the environment's folder. `site_packages` are the folders that packages are installed in; `folders` are
    all folders to import from, in order: these and what their `.pth` files add. `editable` maps dotted module names to
    the package folder or module file that an editable install has for them. `python` is the version, None if unknown.
    """

    root: Path
    site_packages: tuple[Path, ...]
    folders: tuple[Path, ...]
    editable: Mapping[str, Path] = field(default_factory=dict)
    python: Version | None = None


def find_environment(
    root: Path, explicit: str | Path | None = None, environ: Mapping[str, str] | None = None
) -> Environment | None:
    """The environment of the project in the folder `root`, None if there is none.

    The first of these counts: `explicit` (an interpreter, an environment's folder, or an interpreter's bare name on the
    PATH), `VIRTUAL_ENV`, a virtual environment in `root` or a folder above it within the repository, `CONDA_PREFIX`.
    Only an explicit one has to exist: raises `EnvironmentNotFound` if it does not or is no Python.
    """
    variables = os.environ if environ is None else environ
    if explicit is not None:
        return read_environment(explicit)
    return (
        _from_variable(variables, "VIRTUAL_ENV") or _beside_project(root) or _from_variable(variables, "CONDA_PREFIX")
    )


def read_environment(named: str | Path) -> Environment:
    """The environment that the user names: an interpreter, an environment's folder, or a command on the PATH.

    Raises `EnvironmentNotFound` if it is none.
    """
    path = absolute_path(named)
    if not exists(path) and Path(named).name == str(named) and _INTERPRETER.fullmatch(str(named)):
        command = shutil.which(str(named))
        if command is None:
            raise EnvironmentNotFound(f"`{named}` is not a file here and not a command on the PATH.")
        path = absolute_path(command)
    if not exists(path):
        raise EnvironmentNotFound(f"`{named}` does not exist; name a Python interpreter or an environment's folder.")
    environment = _in_folder(path) if is_folder(path) else _of_interpreter(path)
    if environment is None:
        raise EnvironmentNotFound(
            f"`{named}` is neither a Python interpreter nor an environment: no packages folder"
            " (`lib/pythonX.Y/site-packages` or `Lib\\site-packages`) belongs to it."
        )
    return environment


def is_environment(folder: Path) -> bool:
    """Whether a folder is a virtual environment or a conda environment."""
    return is_file(folder / "pyvenv.cfg") or is_folder(folder / "conda-meta")


def _from_variable(variables: Mapping[str, str], name: str) -> Environment | None:
    value = variables.get(name, "")
    return _in_folder(absolute_path(value)) if value else None


def _beside_project(root: Path) -> Environment | None:
    folders = list(repository_folders(root))
    if not is_repository(folders[-1]):
        # What lies above a project that is in no repository may be anybody's.
        folders = folders[:1]
    for folder in folders:
        for candidate in _candidates(folder):
            if is_file(candidate / "pyvenv.cfg"):
                environment = _in_folder(candidate)
                if environment is not None:
                    return environment
    return None


def _candidates(folder: Path) -> Iterator[Path]:
    yield folder / ".venv"
    yield folder / "venv"
    yield from sorted(_folders(folder))


def _in_folder(folder: Path) -> Environment | None:
    config = folder / "pyvenv.cfg"
    if is_file(config):
        return _virtual_environment(folder, _read_config(config))
    if folder.name in _SITE_NAMES:
        return _environment(folder, [folder], _version_in(folder.parent.name))
    return _installation(folder, None)


def _of_interpreter(path: Path) -> Environment | None:
    if not _INTERPRETER.fullmatch(path.name) or not is_file(path):
        return None
    # A virtual environment's interpreter is often a symlink to the one that made it, so each link on the way is looked
    # at before it is followed, as CPython itself does.
    for link in _links(path):
        for folder in (link.parent, link.parent.parent):
            config = folder / "pyvenv.cfg"
            if is_file(config):
                return _virtual_environment(folder, _read_config(config))
    version = None
    for link in reversed(list(_links(path))):
        version = version or _version_in(link.name)
        for prefix in (link.parent, link.parent.parent):
            environment = _installation(prefix, version)
            if environment is not None:
                return environment
    return None


def _links(path: Path) -> Iterator[Path]:
    for _ in range(40):
        yield path
        try:
            target = path.readlink()
        except (OSError, ValueError):
            return
        path = Path(os.path.normpath(path.parent / target))


def _virtual_environment(folder: Path, config: Mapping[str, str]) -> Environment | None:
    version = _version_in(config.get("version_info", "")) or _version_in(config.get("version", ""))
    sites, version = _site_packages(folder, version)
    if config.get("include-system-site-packages", "").lower() == "true":
        for base in _bases(config):
            more, _ = _site_packages(base, version)
            if more:
                sites = [*sites, *more]
                break
    return _environment(folder, sites, version)


def _bases(config: Mapping[str, str]) -> Iterator[Path]:
    """Where the installation may be that a virtual environment was made from."""
    for key in ("base-prefix", "home"):
        if config.get(key):
            path = Path(config[key])
            yield path
            yield path.parent
    for key in ("base-executable", "executable"):
        if config.get(key):
            for link in _links(Path(config[key])):
                yield link.parent
                yield link.parent.parent


def _installation(prefix: Path, version: Version | None) -> Environment | None:
    sites, version = _site_packages(prefix, version)
    return _environment(prefix, sites, version)


def _environment(root: Path, sites: Sequence[Path], version: Version | None) -> Environment | None:
    if not sites:
        return None
    folders: dict[Path, None] = {}
    editable: dict[str, Path] = {}
    for site in sites:
        folders[site] = None
        folders.update(dict.fromkeys(added_folders(site)))
        editable = {**editable_modules(site), **editable}
    return Environment(root, tuple(sites), tuple(folders), editable, version)


def _site_packages(prefix: Path, version: Version | None) -> tuple[list[Path], Version | None]:
    """The folders that packages are installed in below a prefix, and the Python version that they tell."""
    windows = prefix / "Lib" / "site-packages"
    libraries = [
        (found, library)
        for library_folder in ("local/lib", "lib", "lib64")
        for library in sorted(_folders(prefix / library_folder))
        if (found := _version_of_library(library.name)) is not None
    ]
    with_packages = [found for found, library in libraries if any(is_folder(library / name) for name in _SITE_NAMES)]
    if with_packages and version not in with_packages:
        version = version if version in [found for found, _ in libraries] else max(with_packages)
    sites = [library / name for found, library in libraries if found == version for name in _SITE_NAMES]
    # Debian shares one folder among all minor versions of Python.
    sites.append(prefix / "lib" / "python3" / "dist-packages")
    if not with_packages:
        sites.append(windows)
        version = version or _windows_version(prefix)
    return _distinct(site for site in sites if is_folder(site)), version


def _windows_version(prefix: Path) -> Version | None:
    """The version that `python311.dll` in a Windows installation, or conda's record of its Python, tells."""
    try:
        names = [
            entry.name for folder in (prefix, prefix / "conda-meta") if is_folder(folder) for entry in folder.iterdir()
        ]
    except OSError:
        return None
    for name in sorted(names):
        match = re.fullmatch(r"python(\d)(\d+)\.dll", name, re.IGNORECASE) or re.match(r"python-(\d+)\.(\d+)\.", name)
        if match:
            return int(match[1]), int(match[2])
    return None


def _distinct(folders: Iterator[Path]) -> list[Path]:
    """The folders without those that are another one by a symlink, such as `lib64` to `lib`."""
    seen: dict[str, Path] = {}
    for folder in folders:
        seen.setdefault(os.path.normcase(os.path.realpath(folder)), folder)
    return list(seen.values())


def _version_of_library(name: str) -> Version | None:
    match = _LIBRARY.fullmatch(name)
    return (int(match[1]), int(match[2])) if match else None


def _version_in(text: str) -> Version | None:
    match = _VERSION.search(text)
    return (int(match[1]), int(match[2])) if match else None


def _read_config(path: Path) -> dict[str, str]:
    """The `key = value` lines of a `pyvenv.cfg`; keys in lower case."""
    try:
        text = path.read_text(encoding="utf-8-sig", errors="replace")
    except OSError:
        return {}
    pairs = (line.partition("=") for line in text.splitlines() if "=" in line)
    return {key.strip().lower(): value.strip() for key, _, value in pairs}


def _folders(folder: Path) -> list[Path]:
    try:
        return [Path(entry.path) for entry in os.scandir(folder) if entry.is_dir()]
    except (OSError, ValueError):
        return []
