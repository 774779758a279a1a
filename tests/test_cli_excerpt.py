"""Excerpts: carets stand under the range, whatever the line is made of."""

from __future__ import annotations

import pytest
from coroscope.cli.excerpt import excerpt
from coroscope.source import Source, Span


def drawn(text: str, part: str, encoding: str = "utf-8") -> list[str]:
    """The excerpt of the first occurrence of a part, as lines of text and marks."""
    source = Source(text)
    start = text.index(part)
    range_ = source.range(Span(start, start + len(part)))
    lines = excerpt(source, range_, encoding=encoding)
    return [row for line in lines for row in (line.text, line.marks) if row]


@pytest.mark.parametrize(
    ("text", "part", "rows"),
    [
        ("x = save()\n", "save()", ["x = save()", "    ^^^^^^"]),
        ("save()", "save()", ["save()", "^^^^^^"]),
        ("\tsave()\n", "save()", ["    save()", "    ^^^^^^"]),
        ("a\tb;\tsave()\n", "save()", ["a   b;  save()", "        ^^^^^^"]),
        ('x = "日本"; save()', "save()", ['x = "日本"; save()', "            ^^^^^^"]),
        ('x = "é"; save()', "save()", ['x = "é"; save()', "         ^^^^^^"]),
        ('x = "e\u0301"; save()', "save()", ['x = "e\u0301"; save()', "         ^^^^^^"]),
        ('x = "🍵"; save("🍵")', 'save("🍵")', ['x = "🍵"; save("🍵")', "          ^^^^^^^^^^"]),
        ('x = "\x1b[31m"; save()', "save()", ['x = "\\x1b[31m"; save()', "                ^^^^^^"]),
        ("x = 1\r\nsave()\r\n", "save()", ["save()", "^^^^^^"]),
        ("x = '\u202e'; save()", "save()", ["x = '\\u202e'; save()", "              ^^^^^^"]),
    ],
)
def test_carets_stand_under_the_range(text: str, part: str, rows: list[str]) -> None:
    assert drawn(text, part) == rows


def test_a_range_over_lines_is_marked_on_each() -> None:
    text = "x = save(\n    1,\n\n    2)  # two\n"
    assert drawn(text, text[4:-8]) == [
        "x = save(", "    ^^^^^",
        "    1,", "    ^^",
        "    2)  # two", "    ^^",
    ]  # fmt: skip


def test_a_long_range_shows_its_ends() -> None:
    text = "save(\n" + "    1,\n" * 50 + ")\n"
    source = Source(text)
    lines = excerpt(source, source.range(Span(0, len(text) - 1)))
    assert [line.number for line in lines] == [1, 2, None, 52]
    assert lines[2].text == "..."


def test_a_range_that_ends_with_the_line_end_stays_on_its_line() -> None:
    assert drawn("save()\nmore()\n", "save()\n") == ["save()", "^^^^^^"]


def test_an_empty_range_has_one_caret() -> None:
    source = Source("await x\n")
    (line,) = excerpt(source, source.range(Span(7, 7)))
    assert line.marks == "       ^"


def test_what_an_encoding_lacks_is_escaped_and_counted() -> None:
    assert drawn('x = "→é"; save()', "save()", encoding="cp1252") == [
        'x = "\\u2192é"; save()', "               ^^^^^^",
    ]  # fmt: skip


@pytest.mark.parametrize("before", [0, 5, 60, 200, 1000])
@pytest.mark.parametrize("after", [0, 5, 60, 1000])
@pytest.mark.parametrize("filler", ["x", "日"])
def test_a_long_line_is_cropped_around_its_marks(before: int, after: int, filler: str) -> None:
    text = f"{filler * before} save() {filler * after}"
    (line,) = excerpt(Source(text), Source(text).range(Span(before + 1, before + 7)), width=60)
    width = sum(2 if character == "日" else 1 for character in line.text)
    assert width <= 60
    assert line.marks.strip() == "^^^^^^"
    column = len(line.marks) - 6
    shown = "".join(character * (2 if character == "日" else 1) for character in line.text)
    assert shown[column : column + 6] == "save()"
