"""The invariants of the house (section 1 of the design), each one a test."""

from __future__ import annotations

import ast
import importlib.util
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "server" / "coroscope"

LAYERS = (
    *("source", "findings", "cells", "notebooks", "magics"),
    *("repair", "newer", "fstrings", "collected", "nodes", "syntax"),
    *("alike", "splicing", "incremental", "ignores"),
    *("knowledge", "model", "fixes", "rules", "suppression", "engine"),
)
"""From the ground up: each may import those before it."""

BESIDE = {
    "project": {*LAYERS[: LAYERS.index("fixes")]},
    "engine": {*LAYERS, "project"},
    "api": {*LAYERS, "project"},
    "lsp": {*LAYERS, "project"},
    "cli": {*LAYERS, "project"},
}
"""What may import more, or stands beside the row of layers. `lsp` and `cli` do not know each other."""

ANALYSIS = LAYERS
"""The parts that know no file, no clock, no network and no process."""

OUTSIDE = frozenset(
    """
    asyncio concurrent ctypes datetime fcntl ftplib getpass glob http multiprocessing os pathlib platform random
    secrets select selectors shutil signal smtplib socket socketserver sqlite3 ssl subprocess tempfile threading time
    urllib webbrowser
    """.split()  # noqa: SIM905  (a list of words reads better)
)


@cache
def modules() -> dict[str, ast.Module]:
    """Every module of the package by its dotted name, parsed."""
    paths = sorted(path for path in PACKAGE.rglob("*.py") if "demo" not in path.relative_to(PACKAGE).parts[:1])
    named = {}
    for path in paths:
        parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
        named[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = ast.parse(path.read_text("utf-8"))
    return named


def layer(name: str) -> str:
    """The part of the house that a module of the package belongs to; the package itself is `coroscope`."""
    parts = name.split(".")
    return parts[1] if len(parts) > 1 else parts[0]


def imports(tree: ast.AST) -> Iterator[tuple[ast.stmt, str]]:
    """Every import statement with the dotted names that it may bring in."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node, alias.name
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, "imports within the package are absolute"
            assert node.module
            for alias in node.names:
                yield node, f"{node.module}.{alias.name}"


def importers(package: str) -> set[str]:
    """The parts of the house that import a package."""
    return {
        layer(name) for name, tree in modules().items() for _, what in imports(tree) if what.split(".")[0] == package
    }


@pytest.mark.parametrize("name", modules())
def test_imports_point_down(name: str) -> None:
    here = layer(name)
    if here in ("coroscope", "__main__"):
        return
    assert here in LAYERS or here in BESIDE, f"{here} has no place in the house"
    allowed = {here, *(BESIDE[here] if here in BESIDE else LAYERS[: LAYERS.index(here)])}
    for node, what in imports(modules()[name]):
        if what.startswith("coroscope.") and what not in ("coroscope.__version__",):
            assert layer(what) in allowed, f"line {node.lineno}: {here} must not import {what}"


def test_the_protocol_stays_in_lsp() -> None:
    assert importers("pygls") | importers("lsprotocol") <= {"lsp"}


def test_the_terminal_stays_in_the_cli() -> None:
    assert importers("typer") | importers("rich") | importers("click") <= {"cli"}


def test_libcst_is_for_fixes_and_imported_late() -> None:
    assert importers("libcst") <= {"fixes"}
    for name, tree in modules().items():
        at_once = [what for statement in tree.body for node, what in imports(statement) if node is statement]
        assert not any(what.split(".")[0] == "libcst" for what in at_once), name


@pytest.mark.parametrize("name", [name for name in modules() if layer(name) in ANALYSIS])
def test_the_analysis_is_alone(name: str) -> None:
    """No files, no clock, no network, no processes."""
    used = {what for _, what in imports(modules()[name])}
    pure = {"pathlib.PurePath", "pathlib.PurePosixPath"}
    assert {what for what in used - pure if what.split(".")[0] in OUTSIDE} == set()
    for node in ast.walk(modules()[name]):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id not in ("open", "input", "print"), f"line {node.lineno}"


@pytest.mark.parametrize("name", modules())
def test_user_code_is_never_run(name: str) -> None:
    """Nothing is imported by a computed name but the package's own rules, and nothing is evaluated."""
    for node in ast.walk(modules()[name]):
        if isinstance(node, ast.Name):
            assert node.id not in ("eval", "exec", "compile", "__import__"), f"line {node.lineno}: {node.id}"
        if isinstance(node, ast.Attribute) and name != "coroscope.rules":
            assert node.attr not in ("import_module", "exec_module", "run_path", "run_module"), f"line {node.lineno}"
    used = {what.split(".")[0] for _, what in imports(modules()[name])}
    assert not used & {"runpy", "code", "codeop", "imp", "pkgutil", "marshal"}
    if layer(name) != "cli":
        assert not used & {"subprocess", "multiprocessing"}, "only the command line starts a program: our own server"


def test_a_rule_is_two_files_of_one_stem() -> None:
    folder = PACKAGE / "rules"
    pages = {path.stem for path in folder.glob("*.md")}
    code = {path.stem for path in folder.glob("*.py")} - {"__init__"}
    assert pages == code
    assert {path.name for path in folder.iterdir()} <= {
        *(stem + ending for stem in pages for ending in (".md", ".py")), "__init__.py", "__pycache__"
    }  # fmt: skip


@pytest.mark.parametrize("name", [name for name in modules() if name.startswith("coroscope.rules.")])
def test_a_rule_is_check_and_fixes(name: str) -> None:
    tree = modules()[name]
    assert ast.get_docstring(tree), "a rule begins with the sentence that says what is wrong"
    assert not any(isinstance(node, ast.ClassDef) for node in ast.walk(tree)), "a rule has no class"
    assert [public for public in defined(tree) if not public.startswith("_")] == ["check", "fixes"]


@pytest.mark.parametrize("page", sorted((ROOT / "tests" / "corners").glob("*.md")), ids=lambda page: page.stem)
def test_a_corner_page_has_as_many_right_examples_as_wrong_ones(page: Path) -> None:
    kinds = re.findall(r"^```py (bad|good)\b", page.read_text("utf-8"), re.MULTILINE)
    assert kinds.count("good") >= kinds.count("bad")


def defined(tree: ast.Module) -> Iterator[str]:
    """The names that a module defines at its top, imports aside."""
    for node in tree.body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            yield node.name
        elif isinstance(node, (ast.Assign, ast.AnnAssign)):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            yield from (name.id for target in targets for name in ast.walk(target) if isinstance(name, ast.Name))


def loaded(*arguments: str) -> set[str]:
    """The top-level names of the modules that the command loads before it ends."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "coroscope", *arguments],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, timeout=60, check=False,
        text=True, encoding="utf-8",
    )  # fmt: skip
    names = re.findall(r"^import time:\s+\d+ \|\s+\d+ \| +([\w.]+)", done.stderr, re.MULTILINE)
    assert "coroscope" in names, done.stderr
    return {name.split(".")[0] for name in names}


@pytest.mark.parametrize("arguments", [["--help"], ["check", "--help"], ["explain", "coroutine-never-awaited"]])
def test_the_cli_starts_without_the_protocol(arguments: list[str]) -> None:
    assert not loaded(*arguments) & {"pygls", "lsprotocol", "libcst"}


def test_checking_a_file_loads_no_protocol(tmp_path: Path) -> None:
    path = tmp_path / "example.py"
    path.write_text("async def f(): ...\nf()\n", "utf-8")
    assert not loaded("check", str(path)) & {"pygls", "lsprotocol", "libcst"}


def test_the_server_starts_without_the_terminal() -> None:
    names = loaded("server")
    assert "pygls" in names
    assert not names & {"typer", "rich", "click", "libcst"}


def committed() -> list[Path]:
    done = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, encoding="utf-8", check=False
    )  # fmt: skip
    if done.returncode:
        pytest.skip("this is no git checkout")
    return [ROOT / name for name in done.stdout.split("\0") if name]


def test_no_file_names_a_machine() -> None:
    """No path of the machine that somebody worked on stands in a committed file."""
    places = [r"/(?:home|Users)/[a-z]\w*/", "/ro" + "ot/", "/wo" + r"rk/(?:lab|main|shared)\b", r"[A-Z]:\\Users\\"]
    pattern = re.compile("|".join([*places, re.escape(str(ROOT))]))
    guilty = []
    for path in committed():
        if path == Path(__file__).resolve() or not path.is_file():
            continue
        try:
            text = path.read_text("utf-8")
        except UnicodeDecodeError:
            continue
        if match := pattern.search(text):
            guilty.append(f"{path.relative_to(ROOT)}: {match[0]}")
    assert guilty == []


def tool(name: str, *arguments: str) -> None:
    """Run a development tool over the project."""
    if not importlib.util.find_spec(name):
        pytest.skip(f"{name} is not installed")
    done = subprocess.run(
        [sys.executable, "-m", name, *arguments],
        cwd=ROOT, capture_output=True, text=True, encoding="utf-8", check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


def test_ruff_is_content() -> None:
    tool("ruff", "check", "--output-format", "concise", ".")


def test_mypy_is_content() -> None:
    tool("mypy")
