"""What `.pth` files and editable installs add to a folder of installed packages, read as text and never run."""

from __future__ import annotations

import ast
import os
from collections.abc import Iterator
from pathlib import Path

from coroscope.project.paths import is_file, is_folder

_LARGEST = 1_000_000


def added_folders(site_packages: Path) -> Iterator[Path]:
    """The folders that the `.pth` files of a site-packages folder add to the module search path, in Python's order."""
    for line in _pth_lines(site_packages):
        if not _is_code(line):
            folder = Path(os.path.normpath(site_packages / line))
            if is_folder(folder):
                yield folder


def editable_modules(site_packages: Path) -> dict[str, Path]:
    """Dotted module names that editable installs map to a package folder or a module file elsewhere.

    Understood are the finders of setuptools (`MAPPING = {...}` in `__editable___*_finder.py`) and of the `editables`
    library (`F.map_module("name", "path")` in a module that a `.pth` file imports).
    """
    modules: dict[str, Path] = {}
    for line in _pth_lines(site_packages):
        if _is_code(line):
            finder = line.removeprefix("import").partition(";")[0].strip()
            if finder.startswith("_") and finder.isidentifier():
                text = _read(site_packages / f"{finder}.py")
                if "MAPPING" in text or "map_module" in text:
                    modules.update(_mapping(text))
    return modules


def _pth_lines(site_packages: Path) -> Iterator[str]:
    try:
        names = sorted(entry.name for entry in os.scandir(site_packages) if entry.name.endswith(".pth"))
    except OSError:
        return
    for name in names:
        if name.startswith("."):
            continue
        for line in _read(site_packages / name).splitlines():
            if line.strip() and not line.startswith("#"):
                yield line.rstrip()


def _is_code(line: str) -> bool:
    return line.startswith(("import ", "import\t"))


def _mapping(text: str) -> Iterator[tuple[str, Path]]:
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    for statement in tree.body:
        match statement:
            case (
                ast.Assign(targets=[ast.Name(id="MAPPING")], value=ast.Dict() as value)
                | ast.AnnAssign(target=ast.Name(id="MAPPING"), value=ast.Dict() as value)
            ):
                yield from _entries(value)
            case ast.Expr(
                value=ast.Call(
                    func=ast.Attribute(attr="map_module"),
                    args=[ast.Constant(value=str(name)), ast.Constant(value=str(path))],
                )
            ):
                target = Path(path)
                yield name, target.parent if target.name == "__init__.py" else target


def _entries(value: ast.Dict) -> Iterator[tuple[str, Path]]:
    try:
        entries: object = ast.literal_eval(value)
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
        return
    if isinstance(entries, dict):
        for name, path in entries.items():
            if isinstance(name, str) and isinstance(path, str):
                yield name, Path(path)


def _read(path: Path) -> str:
    try:
        if not is_file(path) or path.stat().st_size > _LARGEST:
            return ""
        return path.read_text(encoding="utf-8-sig", errors="replace")
    except (OSError, ValueError):
        return ""
