"""Cells: the code of a notebook as one text, and where its places are in the cells.

A notebook is analysed as one text, so that names flow from cell to cell. Each of its code cells stands below a *mark*,
a comment that tells its number:

    # %% 2                      the second cell of the notebook is its first one of code
    import asyncio
    # %% 4
    await asyncio.sleep(1)

The number is that of the cell among all cells, counted from 1, those of prose included. In a mark the space before the
number is U+001F, which nobody types. Users never see marks: they are told the cell, and lines counted within it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from coroscope.findings import Finding, Related, TextEdit
from coroscope.source import Position, Range, Source

_MARK = "# %%\x1f"
_NO_MARK = "# %% "
_MARKS = re.compile(rf"^{_MARK}(\d+)\n", re.MULTILINE)


CELL = re.compile(r"^# ?%%(?:[\s\[]|\Z)|^# In ?\[[ \d]*\]|^# Databricks notebook source|^# COMMAND -{5}", re.MULTILINE)
"""What begins a cell: for VS Code, Spyder, PyCharm, jupytext and Databricks, and in the text of a notebook."""

_IN_MARKS = ("%%", "# In", "#In", "Databricks", "COMMAND -----")


class Cell(NamedTuple):
    """A code cell: its number among all cells of the notebook, counted from 1, and its text."""

    number: int
    text: str


def joined(cells: Iterable[Cell]) -> str:
    """The text of a notebook with these code cells."""
    # Nobody types what looks like a mark, but texts are pasted, too.
    return "".join(f"{_MARK}{cell.number}\n{cell.text.replace(_MARK, _NO_MARK)}\n" for cell in cells)


def cells_of(text: str) -> Iterator[Cell]:
    """The code cells of the text of a notebook; none if it is the text of another file."""
    marks = list(_MARKS.finditer(text)) if is_notebook(text) else []
    ends = [*(mark.start() for mark in marks[1:]), len(text)]
    for mark, end in zip(marks, ends, strict=False):
        yield Cell(int(mark[1]), text[mark.end() : end].removesuffix("\n"))


def is_notebook(text: str) -> bool:
    """Whether a text is that of a notebook, and not of a file that Python runs from end to end."""
    return text.startswith(_MARK)


def has_cells(text: str) -> bool:
    """Whether lines of a text begin cells."""
    return any(word in text for word in _IN_MARKS) and CELL.search(text) is not None


def begins_cell(line: str) -> bool:
    """Whether a line is the mark of a cell."""
    return line.startswith(_MARK)


def cell_at(source: Source, line: int) -> tuple[int, int] | None:
    """The number of the cell that a 1-based line belongs to, and the line of its mark; None outside of notebooks."""
    if not is_notebook(source.text):
        return None
    while line > 1 and not begins_cell(source.line(line)):
        line -= 1
    return int(source.line(line).removeprefix(_MARK)), line


def line_of_mark(source: Source, number: int) -> int:
    """The line of a cell's mark, by the number of the cell; 0 if there is none."""
    lines = (line for line in range(1, len(source.line_starts) + 1) if source.line(line) == f"{_MARK}{number}")
    return next(lines, 0)


def cell_text(source: Source, number: int) -> Source:
    """A cell alone."""
    text = next((cell.text for cell in cells_of(source.text) if cell.number == number), "")
    return Source(text, source.path)


def in_cell(source: Source, finding: Finding) -> Finding:
    """A finding with its places counted within their cells; as it is, if the text is not that of a notebook."""
    found = cell_at(source, finding.range.start.line)
    if found is None:
        return finding
    related = tuple(place_in_cell(source, place) for place in finding.related)
    return replace(finding, cell=found[0], range=_moved(finding.range, -found[1]), related=related)


def place_in_cell(source: Source, place: Related) -> Related:
    """A place with its range counted within its cell; as it is, if it is in no notebook of this text."""
    found = cell_at(source, place.range.start.line) if place.path == source.path else None
    return place if found is None else replace(place, cell=found[0], range=_moved(place.range, -found[1]))


def line_of(place: Related) -> str:
    """The words for the line of a place."""
    cell = "" if place.cell is None else f"cell {place.cell}, "
    return f"{cell}line {place.range.start.line}"


def in_notebook(source: Source, finding: Finding) -> Finding:
    """A finding that `in_cell` has given, with its own range counted within the text of the notebook again."""
    if finding.cell is None:
        return finding
    mark = line_of_mark(source, finding.cell)
    return replace(finding, cell=None, range=_moved(finding.range, mark))


def edits_in_cells(source: Source, edits: Sequence[TextEdit]) -> list[TextEdit]:
    """Edits with their ranges counted within their cells."""
    return [_in_cell(source, edit) if edit.path == source.path else edit for edit in edits]


def _in_cell(source: Source, edit: TextEdit) -> TextEdit:
    """An edit within its cell. What goes before the next cell's mark goes behind the last line of its own."""
    start, end = edit.range
    text = edit.text
    if begins_cell(source.line(start.line)) or (start.line == len(source.line_starts) and start.line > 1):
        start = _end_of_line_before(source, start)
        text = f"\n{text.removesuffix(chr(10))}" if text else ""
    if end > start and (begins_cell(source.line(end.line)) or end.line == len(source.line_starts)):
        end = _end_of_line_before(source, end)
        text = text.removesuffix("\n")
    found = cell_at(source, start.line)
    if found is None:
        return edit
    return TextEdit(edit.path, _moved(Range(start, max(start, end)), -found[1]), text, cell=found[0])


def _end_of_line_before(source: Source, position: Position) -> Position:
    line = position.line - 1
    return Position(line, len(source.line(line)) + 1)


def _moved(range_: Range, lines: int) -> Range:
    start, end = range_
    return Range(Position(start.line + lines, start.column), Position(end.line + lines, end.column))
