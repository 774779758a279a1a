"""Which files there are to check."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from coroscope.project.settings import Settings
from coroscope.project.settings_files import read_settings
from coroscope.project.walk import python_files
from coroscope.source import SourceError


def write(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("", encoding="utf-8")


def walked(
    root: Path, *named: str, settings: Settings | None = None, problem: Callable[[SourceError], None] | None = None
) -> Sequence[str]:
    paths = [root / name for name in named] or [root]
    return [p.relative_to(root).as_posix() for p in python_files(paths, (settings or Settings()).excludes, problem)]


def test_python_files_come_sorted_by_the_parts_of_their_paths(tmp_path: Path) -> None:
    write(tmp_path, "b.py", "a/z.py", "a/b/c.py", "a.py", "a-b/x.py", "notes.txt", "stub.pyi", "script")
    assert walked(tmp_path) == ["a/b/c.py", "a/z.py", "a-b/x.py", "a.py", "b.py"]


def test_the_usual_folders_are_left_out(tmp_path: Path) -> None:
    write(tmp_path, "kept.py", ".git/x.py", "node_modules/x.py", "build/x.py", "a/__pycache__/x.py", "a/.tox/x.py")
    write(tmp_path, "my-env/pyvenv.cfg", "my-env/lib/x.py", "lib/site-packages/x.py")
    assert walked(tmp_path) == ["kept.py"]


def test_what_is_named_itself_is_never_left_out(tmp_path: Path) -> None:
    write(tmp_path, "build/x.py", "build/sub/y.py", "build/build/z.py", "script", "venv/pyvenv.cfg")
    write(tmp_path, "venv/lib/site-packages/pack/x.py")
    assert walked(tmp_path, "build") == ["build/sub/y.py", "build/x.py"]
    assert walked(tmp_path, "build/build/z.py", "script") == ["build/build/z.py", "script"]
    assert walked(tmp_path, "venv") == ["venv/lib/site-packages/pack/x.py"]
    assert walked(tmp_path, "venv/lib/site-packages/pack") == ["venv/lib/site-packages/pack/x.py"]


def test_nothing_comes_twice(tmp_path: Path) -> None:
    write(tmp_path, "a/x.py", "a/y.py")
    assert walked(tmp_path, "a/y.py", "a", "a/../a/x.py") == ["a/y.py", "a/x.py"]


@pytest.mark.parametrize(
    ("pattern", "left"),
    [
        ("generated", ["a/x.py", "a/x_pb2.py"]),
        ("a/generated", ["a/x.py", "a/x_pb2.py", "generated/x.py"]),
        ("*_pb2.py", ["a/generated/x.py", "a/x.py", "generated/x.py"]),
        ("a/*.py", ["generated/x.py"]),
        ("./a", ["generated/x.py"]),
        ("**/x.py", ["a/x_pb2.py"]),
        ("{a,generated}/", []),
        ("x.p[xy]", ["a/x_pb2.py"]),
        ("x.p[!xz]", ["a/x_pb2.py"]),
        ("x.p?", ["a/x_pb2.py"]),
        ("x", ["a/generated/x.py", "a/x.py", "a/x_pb2.py", "generated/x.py"]),
    ],
)
def test_patterns_leave_out_files_and_folders(tmp_path: Path, pattern: str, left: list[str]) -> None:
    write(tmp_path, "a/generated/x.py", "a/x.py", "a/x_pb2.py", "generated/x.py")
    for key in ("exclude", "extend-exclude"):
        settings = read_settings({key: [pattern]}, "test", tmp_path)
        assert walked(tmp_path, settings=settings) == left


def test_exclude_stands_in_place_of_the_defaults_and_extend_exclude_adds_to_them(tmp_path: Path) -> None:
    write(tmp_path, "a.py", "build/x.py", "more/x.py")
    assert walked(tmp_path, settings=read_settings({"exclude": ["more"]}, "test", tmp_path)) == ["a.py", "build/x.py"]
    assert walked(tmp_path, settings=read_settings({"extend-exclude": ["more"]}, "test", tmp_path)) == ["a.py"]


def test_an_absolute_pattern_counts(tmp_path: Path) -> None:
    write(tmp_path, "a/x.py", "b/x.py")
    settings = read_settings({"exclude": [str(tmp_path / "a")]}, "test", tmp_path / "elsewhere")
    assert walked(tmp_path, settings=settings) == ["b/x.py"]


def test_a_path_that_does_not_exist_raises_when_it_is_reached(tmp_path: Path) -> None:
    write(tmp_path, "x.py")
    files = python_files([tmp_path / "x.py", tmp_path / "nope"], Settings().excludes)
    assert next(files) == tmp_path / "x.py"
    with pytest.raises(SourceError, match=r"^cannot read .*nope: there is no such file or folder\.$"):
        next(files)


def test_problems_are_told_and_the_walk_goes_on(tmp_path: Path) -> None:
    write(tmp_path, "x.py")
    problems: list[SourceError] = []
    assert walked(tmp_path, "nope", "x.py", problem=problems.append) == ["x.py"]
    assert len(problems) == 1


def test_links_to_folders_are_not_followed_and_links_to_files_are(tmp_path: Path) -> None:
    write(tmp_path, "a/x.py")
    try:
        (tmp_path / "a" / "loop").symlink_to(tmp_path, target_is_directory=True)
        (tmp_path / "link.py").symlink_to(tmp_path / "a" / "x.py")
        (tmp_path / "dangling.py").symlink_to(tmp_path / "nowhere")
        (tmp_path / "self.py").symlink_to(tmp_path / "self.py")
    except OSError:
        pytest.skip("this system lets us make no symlinks")
    assert walked(tmp_path) == ["a/x.py", "link.py"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_named_pipes_are_passed_over(tmp_path: Path) -> None:
    write(tmp_path, "x.py")
    os.mkfifo(tmp_path / "pipe.py")
    assert walked(tmp_path) == ["x.py"]


def test_folders_deeper_than_python_recurses_are_walked(tmp_path: Path) -> None:
    depth = 300
    here = tmp_path
    for _ in range(depth):
        here /= "d"
    try:
        write(here, "x.py")
    except OSError:
        pytest.skip("this system has no paths of that length")
    assert walked(tmp_path) == ["d/" * depth + "x.py"]
