"""Columns in the client's units, and paths as it writes them."""

from __future__ import annotations

from pathlib import Path

import pytest
from coroscope.lsp.paths import file_path, file_uri, path_text, stand_in
from coroscope.lsp.positions import Columns, Units, agreed_units
from coroscope.source import Position, Source
from hypothesis import given
from hypothesis import strategies as st
from lsprotocol import types as lsp

UNITS: list[Units] = ["utf-8", "utf-16", "utf-32"]
WIDTHS = {"a": (1, 1, 1), "é": (2, 1, 1), "木": (3, 1, 1), "😋": (4, 2, 1), "\ud83d": (3, 1, 1)}


@pytest.mark.parametrize("index", range(3))
@pytest.mark.parametrize("character", WIDTHS)
def test_a_character_is_as_wide_as_its_units(character: str, index: int) -> None:
    columns = Columns(UNITS[index])
    source = Source(f"x\n{character}b\n")
    assert columns.position_out(source, Position(2, 2)) == lsp.Position(1, WIDTHS[character][index])
    assert columns.position_in(source, lsp.Position(1, WIDTHS[character][index])) == Position(2, 2)


@pytest.mark.parametrize("units", UNITS)
def test_places_outside_the_text(units: Units) -> None:
    columns, source = Columns(units), Source("é = 1\r\nb")
    assert columns.position_in(source, lsp.Position(0, 99)) == Position(1, 6)
    assert columns.position_in(source, lsp.Position(9, 0)) == Position(10, 1)
    assert source.offset(Position(10, 1)) == len(source.text)


def test_a_column_within_a_character_means_its_start() -> None:
    assert Columns("utf-8").position_in(Source("木"), lsp.Position(0, 2)) == Position(1, 1)
    assert Columns("utf-16").position_in(Source("a😋"), lsp.Position(0, 2)) == Position(1, 2)


@given(st.text(st.sampled_from("aé木😋\n\r")), st.data(), st.sampled_from(UNITS))
def test_out_and_in_again(text: str, data: st.DataObject, units: Units) -> None:
    source, columns = Source(text), Columns(units)
    line = data.draw(st.integers(1, len(source.line_starts)))
    position = Position(line, data.draw(st.integers(1, len(source.line(line)) + 1)))
    assert columns.position_in(source, columns.position_out(source, position)) == position


@pytest.mark.parametrize(
    ("offered", "agreed"),
    [
        (None, "utf-16"),
        (["utf-8", "utf-16"], "utf-8"),
        (["utf-16", "utf-8"], "utf-16"),
        (["utf-7", "utf-32"], "utf-32"),
        (["utf-7"], "utf-16"),
    ],
)
def test_the_first_units_that_both_know(offered: list[lsp.PositionEncodingKind | str] | None, agreed: Units) -> None:
    general = lsp.GeneralClientCapabilities(position_encodings=offered)
    assert agreed_units(lsp.ClientCapabilities(general=general)) == agreed
    assert agreed_units(lsp.ClientCapabilities()) == "utf-16"


@pytest.mark.parametrize(
    ("uri", "posix", "windows"),
    [
        ("file:///home/a%20b/c%23.py", "/home/a b/c#.py", "\\home\\a b\\c#.py"),
        ("file:///c%3A/x/y.py", "/c:/x/y.py", "C:\\x\\y.py"),
        ("file:///C:/x/y.py", "/C:/x/y.py", "C:\\x\\y.py"),
        ("file://server/share/y.py", "/share/y.py", "\\\\server\\share\\y.py"),
        ("file://localhost/x;y.py", "/x;y.py", "\\x;y.py"),
        ("untitled:Untitled-1", None, None),
        ("file://[", None, None),
    ],
)
def test_paths_of_uris(uri: str, posix: str | None, windows: str | None) -> None:
    assert path_text(uri, windows=False) == posix
    assert path_text(uri, windows=True) == windows


def test_a_path_survives_as_uri(tmp_path: Path) -> None:
    path = tmp_path / "é ü#;?.py"
    assert file_path(file_uri(path)) == path


def test_what_is_no_file_gets_a_name_that_no_import_has(tmp_path: Path) -> None:
    path = stand_in("untitled:a/Untitled-1", tmp_path)
    assert path.parent == tmp_path
    assert not path.stem.isidentifier()
