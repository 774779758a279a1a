"""What the model answers: caret tests on the pages of `tests/model`."""

from __future__ import annotations

from pathlib import Path

import pytest
from checking import Workspace, sentence
from coroscope import engine
from pages import MODEL, Example, examples

REVEAL = examples(MODEL, kind="reveal")


def test_every_example_asks_something() -> None:
    assert [example.id for example in REVEAL if not example.marks] == []


@pytest.mark.parametrize("example", REVEAL, ids=[example.id for example in REVEAL])
def test_reveal(example: Example, tmp_path: Path) -> None:
    """Every expression that a caret line points at has the type that the line says."""
    workspace = Workspace(tmp_path, example.files)
    differing = []
    for mark in example.marks:
        answer = engine.reveal_at(workspace.module(mark.path), mark.range)
        if answer != mark.message:
            differing.append(f"{sentence(mark.path, mark.range, mark.message)}, but it says {answer}")
    assert not differing, "\n".join(differing)
