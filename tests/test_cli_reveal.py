"""`coroscope reveal`: what each call makes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from commandline import run


@pytest.fixture(autouse=True)
def file(folder: Path) -> None:
    """A project with one file to stand in."""
    (folder / "app.py").write_text(
        "async def save(x: int) -> int: ...\n\n\ndef main() -> None:\n    save(\n        1)\n"
    )


def test_text_is_a_line_a_call() -> None:
    assert run("reveal", "app.py") == (0, "app.py:5:5: save( 1) -> CoroutineType[Any, Any, int]\n", "")


def test_json_has_the_range_and_the_type() -> None:
    done = run("reveal", "--output-format", "json", "app.py")
    range_ = {"start": {"line": 5, "column": 5}, "end": {"line": 6, "column": 11}}
    assert json.loads(done.out) == [{"path": "app.py", "range": range_, "type": "CoroutineType[Any, Any, int]"}]


def test_bad_input_does_not_stop_the_rest() -> None:
    done = run("reveal", "--output-format", "json", "nowhere.py", "app.py")
    assert done.status == 2
    assert "nowhere.py" in done.err
    assert len(json.loads(done.out)) == 1


def test_it_wants_a_file() -> None:
    assert run("reveal").status == 2
