"""Coroscope as a library."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import coroscope
import pytest
from checking import QuickProject
from coroscope.cli.edits import apply
from coroscope.source import Source

CODE = "async def save() -> None: ...\n\n\nasync def main() -> None:\n    save()\n"


@pytest.fixture(autouse=True)
def quick(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty project to stand in, which reads the standard library once."""
    monkeypatch.setattr("coroscope.project.project.Project", QuickProject)


def test_a_text_on_its_own_is_checked() -> None:
    (finding,) = coroscope.check(CODE)
    assert finding.rule == "coroutine-never-awaited"
    assert finding.path == "<string>"
    assert finding.range == coroscope.Range(coroscope.Position(5, 5), coroscope.Position(5, 11))
    assert finding.level == "error"


def test_a_path_gives_the_text_its_place(folder: Path) -> None:
    (folder / "store.py").write_text("async def save() -> None: ...\n")
    text = "import store\n\n\ndef main() -> None:\n    store.save()\n"
    (finding,) = coroscope.check(text, "app.py")
    assert finding.path == "app.py"
    (folder / "store.py").write_text("def save() -> None: ...\n")
    assert coroscope.check(text, "app.py") == []


def test_settings_are_those_of_the_path(folder: Path) -> None:
    (folder / "quiet").mkdir()
    (folder / "quiet/pyproject.toml").write_text('[tool.coroscope]\nignore = ["coroutine-never-awaited"]\n')
    assert coroscope.check(CODE, "quiet/app.py") == []
    assert len(coroscope.check(CODE, "app.py")) == 1


@pytest.mark.parametrize("path", [None, "app.py"])
def test_fixes_make_edits_of_the_text(path: str | None) -> None:
    (finding,) = coroscope.check(CODE, path)
    fix, *_ = coroscope.fixes_for(CODE, finding)
    assert (fix.title, fix.preferred, fix.safe) == ("Await it", True, True)
    after = apply(Source(CODE), fix.edits())
    assert after == CODE.replace("    save()", "    await save()")
    assert coroscope.check(after, path) == []


@pytest.mark.parametrize("text", ["", "def f(:\n", "\0", "await x\n", "\ud800", "(" * 300])
def test_no_text_is_too_broken(text: str) -> None:
    coroscope.check(text)


def test_an_interpreter_that_is_none_is_an_error() -> None:
    with pytest.raises(ValueError, match="no/such/python"):
        coroscope.check(CODE, python="no/such/python")


def test_importing_it_is_cheap() -> None:
    code = "import sys, coroscope; print(*{name.partition('.')[0] for name in sys.modules})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not set(done.stdout.split()) & {"pygls", "lsprotocol", "typer", "rich", "click", "libcst"}
