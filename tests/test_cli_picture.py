"""The README's picture shows what coroscope says today."""

from __future__ import annotations

import html
import re
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent / "tools"))

from record_demo import PICTURE, picture


def test_the_picture_is_current(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("VIRTUAL_ENV", raising=False)
    assert words(PICTURE.read_text("utf-8")) == words(picture(tmp_path)), "run `python tests/tools/record_demo.py`"


def words(svg: str) -> list[str]:
    """The text in a picture; what surrounds it is rich's, and may differ between its versions."""
    return [html.unescape(text).replace("\xa0", " ").strip() for text in re.findall(r"<text[^>]*>([^<]*)</text>", svg)]
