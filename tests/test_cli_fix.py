"""`coroscope fix`: what it changes, and what it never touches."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from commandline import run
from coroscope.cli.edits import apply, overlap, write_back
from coroscope.cli.streams import InputError
from coroscope.findings import Finding, Fix, TextEdit
from coroscope.model.module import Module
from coroscope.source import Range, Source, Span

pytestmark = pytest.mark.usefixtures("folder")

BAD = """\
import asyncio


async def save() -> None:
    await asyncio.to_thread(print)


async def main() -> None:
    save()
    save()  # twice
"""
GOOD = BAD.replace("    save()", "    await save()")


def test_it_repairs_and_reports() -> None:
    Path("app.py").write_text(BAD)
    done = run("fix")
    assert Path("app.py").read_text() == GOOD
    assert done.status == 0
    assert done.out.splitlines() == [
        "Fixed 2 findings, changed 1 file:",
        "  app.py: 2 x coroutine-never-awaited (Await it)",
    ]


def test_twice_is_once() -> None:
    Path("app.py").write_text(BAD)
    run("fix", "app.py")
    before = Path("app.py").stat()
    assert run("fix", "app.py") == (0, "Nothing was fixed.\n", "")
    after = Path("app.py").stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_a_diff_writes_nothing() -> None:
    Path("app.py").write_text(BAD)
    done = run("fix", "--diff")
    assert done.status == 1
    assert "--- a/app.py\n+++ b/app.py\n" in done.out
    assert "-    save()\n" in done.out
    assert "+    await save()\n" in done.out
    assert Path("app.py").read_text() == BAD
    run("fix")
    assert run("fix", "--diff") == (0, "", "")


def test_a_diff_knows_a_last_line_without_its_end() -> None:
    Path("app.py").write_text(BAD.rstrip("\n"))
    assert "\n\\ No newline at end of file\n" in run("fix", "--diff").out


@pytest.mark.skipif(os.name == "nt", reason="git comes with a patch of its own there")
def test_a_diff_is_a_patch(folder: Path) -> None:
    Path("app.py").write_bytes(BAD.replace("\n", "\r\n").rstrip().encode())
    patch = subprocess.run(
        [sys.executable, "-m", "coroscope", "fix", "--diff"], capture_output=True, check=False, cwd=folder
    ).stdout
    done = subprocess.run(["git", "apply", "-"], input=patch, capture_output=True, check=False, cwd=folder)
    if b"not found" in done.stderr:
        pytest.skip("no git here")
    assert done.stderr == b""
    assert Path("app.py").read_bytes() == GOOD.replace("\n", "\r\n").rstrip().encode()


@pytest.mark.parametrize(
    ("encoding", "header", "ends"),
    [
        ("utf-8", "", "\n \r\n \r"),
        ("utf-8-sig", "", "\n \r\n \r"),
        ("latin-1", "# -*- coding: latin-1 -*-\n", "\n \r\n"),
        ("cp1252", "# coding: cp1252\n", "\n \r\n"),
        ("euc_jp", "# coding: euc_jp\n", "\n \r\n"),
    ],
)
def test_bytes_that_need_no_change_stay(encoding: str, header: str, ends: str) -> None:
    comment = "日本" if encoding == "euc_jp" else "é"
    for end in ends.split(" "):
        texts = (f"{header}# {comment}\f\n{text}".replace("\n", end) for text in (BAD, GOOD))
        before, after = (text.encode(encoding) for text in texts)
        Path("app.py").write_bytes(before)
        assert run("fix").status == 0
        assert Path("app.py").read_bytes() == after


@pytest.mark.skipif(os.name == "nt", reason="modes are another matter there")
def test_the_mode_stays_and_nothing_is_left_behind(folder: Path) -> None:
    path = Path("app.py")
    path.write_text(BAD)
    path.chmod(0o755)
    run("fix")
    assert stat.S_IMODE(path.stat().st_mode) == 0o755
    assert {entry.name for entry in folder.iterdir()} == {"pyproject.toml", "app.py"}


@pytest.mark.skipif(os.name == "nt", reason="links need rights there")
def test_a_link_stays_a_link(folder: Path) -> None:
    (folder / "real").mkdir()
    (folder / "real/app.py").write_text(BAD)
    Path("app.py").symlink_to("real/app.py")
    run("fix", "app.py")
    assert Path("app.py").is_symlink()
    assert (folder / "real/app.py").read_text() == GOOD


def test_a_failed_write_leaves_the_file(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    Path("app.py").write_text(BAD)
    Path("other.py").write_text(BAD)
    replace = Path.replace

    def fail(self: Path, target: Path) -> Path:
        if target.name == "app.py":
            raise OSError(28, "No space left on device")
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", fail)
    done = run("fix")
    assert done.status == 2
    assert done.err == "coroscope: cannot write app.py: No space left on device.\n"
    assert Path("app.py").read_text() == BAD
    assert Path("other.py").read_text() == GOOD
    assert "Fixed 2 findings, changed 1 file:\n  other.py:" in done.out
    assert {entry.name for entry in folder.iterdir()} == {"pyproject.toml", "app.py", "other.py"}


def test_a_file_that_changed_meanwhile_is_left(folder: Path) -> None:
    path = folder / "app.py"
    path.write_text("something else\n")
    with pytest.raises(InputError, match=r"^app.py changed while it was being fixed"):
        write_back(path, "app.py", BAD, GOOD)
    assert path.read_text() == "something else\n"


def test_a_character_that_the_encoding_lacks_is_refused(folder: Path) -> None:
    path = folder / "app.py"
    path.write_bytes(b"# coding: latin-1\n")
    with pytest.raises(InputError, match="lacks"):
        write_back(path, "app.py", "# coding: latin-1\n", "# coding: latin-1\n# \u2192\n")
    assert path.read_bytes() == b"# coding: latin-1\n"


def test_bad_input_does_not_stop_the_rest() -> None:
    Path("bad.py").write_bytes(b"# \xff\n")
    Path("app.py").write_text(BAD)
    done = run("fix", "nowhere.py", "bad.py", "app.py")
    assert done.status == 2
    assert done.err.count("\n") == 2
    assert Path("app.py").read_text() == GOOD


def test_ignored_rules_are_left_alone() -> None:
    Path("app.py").write_text(BAD)
    run("fix", "--ignore", "coroutine-never-awaited")
    assert Path("app.py").read_text() == BAD


def useless(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """Let every fix put this text before its finding."""

    def fixes(module: Module, finding: Finding) -> list[Fix]:
        start = finding.range.start
        edit = TextEdit(finding.path, Range(start, start), text)
        return [Fix("Do something", lambda: [edit], preferred=True, safe=True)]

    monkeypatch.setattr("coroscope.engine.fixes", fixes)


def test_a_fix_that_clears_nothing_is_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    useless(monkeypatch, "1;")
    Path("app.py").write_text(BAD)
    done = run("fix")
    assert Path("app.py").read_text() == BAD.replace("    save()", "    1;save()")
    assert done.status == 1
    assert "2 findings left:\n  app.py:9:7: error[coroutine-never-awaited]" in done.out


def test_a_fix_that_breaks_the_code_is_not_made(monkeypatch: pytest.MonkeyPatch) -> None:
    useless(monkeypatch, ")")
    Path("app.py").write_text(BAD)
    done = run("fix")
    assert Path("app.py").read_text() == BAD
    assert done.status == 1
    assert done.out.startswith("Nothing was fixed.\n2 findings left:\n")


def test_edits_are_applied_at_once() -> None:
    source = Source("f().x\n", "app.py")
    edits = [
        TextEdit("app.py", source.range(Span(0, 0)), "("),
        TextEdit("app.py", source.range(Span(0, 0)), "await "),
        TextEdit("app.py", source.range(Span(3, 3)), ")"),
    ]
    assert apply(source, edits) == "(await f()).x\n"


@pytest.mark.parametrize(
    ("one", "other", "answer"),
    [
        ((0, 3), (3, 5), False),
        ((0, 3), (2, 5), True),
        ((2, 2), (2, 2), True),
        ((2, 2), (2, 5), True),
        ((5, 5), (2, 5), False),
        ((3, 3), (2, 5), True),
    ],
)
def test_what_overlaps(one: tuple[int, int], other: tuple[int, int], answer: bool) -> None:
    assert overlap(Span(*one), Span(*other)) is answer
    assert overlap(Span(*other), Span(*one)) is answer
