"""Excerpts: the lines of a source that a range covers, with carets under the range.

What is shown is not the text itself: tabs become spaces, and characters that a terminal would not show, would act on,
or that the output's encoding lacks become escapes. The carets are counted in terminal cells of what is shown.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from rich.cells import cell_len

from coroscope.source import Range, Source

TAB = 4
MOST_LINES = 4
GAP = "..."


class Line(NamedTuple):
    """One line of an excerpt: the marks stand below the text; `number` is None where lines were left out."""

    number: int | None
    text: str
    marks: str


class _Cell(NamedTuple):
    """A character as it is shown: at which terminal column, how many columns wide."""

    text: str
    column: int
    width: int


def excerpt(source: Source, range_: Range, *, width: int = 120, encoding: str = "utf-8") -> list[Line]:
    """The lines that a range covers, at most four of them, each cropped to `width` columns around its marks."""
    first, last = range_.start.line, max(range_.start.line, range_.end.line)
    if last > first and range_.end.column == 1:
        last -= 1
    numbers: list[int | None] = list(range(first, last + 1))
    if len(numbers) > MOST_LINES:
        numbers[MOST_LINES - 2 : -1] = [None]
    return [_line(source, range_, number, width, encoding) if number else Line(None, GAP, "") for number in numbers]


def plain(text: str, encoding: str = "utf-8") -> str:
    """A text without anything that a terminal would act on or an encoding lacks; line breaks and tabs become spaces."""
    return "".join(" " if character in "\r\n\t" else _visible(character, encoding) for character in text)


def _line(source: Source, range_: Range, number: int, width: int, encoding: str) -> Line:
    text = source.line(number)
    cells = list(_cells(text, encoding))
    begin = range_.start.column - 1 if number == range_.start.line else len(text) - len(text.lstrip())
    end = range_.end.column - 1 if number == range_.end.line else len(text.rstrip())
    total = cells[-1].column + cells[-1].width if cells else 0
    left = cells[begin].column if begin < len(cells) else total
    right = max(cells[end].column if end < len(cells) else total, left + 1)
    shown, shift = _crop(cells, total, left, width)
    last = cell_len(shown) + shift + 1
    marks = " " * (left - shift) + "^" * (min(right, last) - left)
    return Line(number, shown, marks if text.strip() or number == range_.start.line else "")


def _crop(cells: list[_Cell], total: int, mark: int, width: int) -> tuple[str, int]:
    """What fits into a width with the column `mark` in sight, and how many columns it was moved to the left."""
    if total <= width:
        return "".join(cell.text for cell in cells), 0
    room = width - 2 * len(GAP)
    start = max(0, min(mark - room // 3, total - room))
    inside = [cell for cell in cells if start <= cell.column and cell.column + cell.width <= start + room]
    before = GAP if start else ""
    after = GAP if inside and inside[-1].column + inside[-1].width < total else ""
    shift = inside[0].column - len(before) if inside else start - len(before)
    return before + "".join(cell.text for cell in inside) + after, shift


def _cells(text: str, encoding: str) -> Iterator[_Cell]:
    column = 0
    for character in text:
        shown = " " * (TAB - column % TAB) if character == "\t" else _visible(character, encoding)
        width = cell_len(shown)
        yield _Cell(shown, column, width)
        column += width


def _visible(character: str, encoding: str) -> str:
    if not character.isprintable():
        return character.encode("unicode_escape").decode("ascii")
    return character.encode(encoding, "backslashreplace").decode(encoding)
