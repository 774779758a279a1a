"""The README's picture shows what coroscope says today."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent / "tools"))

from record_demo import PICTURE, picture


def test_the_picture_is_current(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("VIRTUAL_ENV", raising=False)
    assert PICTURE.read_text("utf-8") == picture(tmp_path), "run `python tests/tools/record_demo.py`"
