"""Rules that speak of some versions of Python only: the target decides, not the Python that coroscope runs on."""

from __future__ import annotations

from pathlib import Path

import pytest
from coroscope import engine
from coroscope.project.project import Project
from coroscope.project.settings import Settings

WAIT = """\
import asyncio

async def fetch():
    return 1

async def main():
    await asyncio.wait([fetch()])
"""


@pytest.mark.parametrize(
    ("target", "rules"),
    [((3, 8), []), ((3, 10), []), ((3, 11), ["wait-given-coroutines"]), ((3, 14), ["wait-given-coroutines"])],
)
def test_wait_takes_coroutines_before_3_11(tmp_path: Path, target: tuple[int, int], rules: list[str]) -> None:
    (tmp_path / "main.py").write_text(WAIT, "utf-8")
    project = Project(tmp_path, Settings(target_version=target))
    found = engine.check(project.module(tmp_path / "main.py"), project.settings)
    assert [finding.rule for finding in found] == rules
