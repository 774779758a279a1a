"""What the model answers: caret tests on the pages of `tests/model`."""

from __future__ import annotations

from pathlib import Path

import pytest
from checking import Workspace
from pages import MODEL, Example, examples

REVEAL = examples(MODEL, kind="reveal")


def test_every_example_asks_something() -> None:
    assert [example.id for example in REVEAL if not example.marks] == []


@pytest.mark.parametrize("example", REVEAL, ids=[example.id for example in REVEAL])
def test_reveal(example: Example, tmp_path: Path) -> None:
    """Every expression that a caret line points at has the type that the line says."""
    from coroscope import engine

    workspace = Workspace(tmp_path, example.files)
    answers = []
    for mark in example.marks:
        answer = engine.reveal_at(workspace.module(mark.path), mark.range)
        answers.append(f"{mark.path}:{mark.range.start.line}:{mark.range.start.column} {answer}")
    assert answers == [f"{m.path}:{m.range.start.line}:{m.range.start.column} {m.message}" for m in example.marks]
