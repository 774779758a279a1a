"""A text and places in it: `Source`, `Span`, `Position`, `Range`.

A *span* is a pair of 0-based character offsets into the text, end excluded: what slicing needs.
A *range* is a pair of 1-based line and column positions, columns counting characters: what people and the
machine-readable output need. `Source` converts between the two, and from the line and UTF-8 column that
CPython's `ast` uses. Lines end where CPython and the language server protocol end them: at `\\n`, `\\r\\n` and `\\r`.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import cached_property
from typing import NamedTuple

_LINE_END = re.compile(r"\r\n|\r|\n")
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|\Z)")
_COMMENT_OR_STRING = re.compile(
    r"""(\#[^\r\n]*)
    | \"{3} (?:[^"\\] | \\. | "(?!""))* \"{3} | '{3} (?:[^'\\] | \\. | '(?!''))* '{3}
    | "(?:[^"\\\r\n] | \\.)*" | '(?:[^'\\\r\n] | \\.)*'""",
    re.DOTALL | re.VERBOSE,
)

STRING_ENDS = {quotes: re.compile(rf"(?:[^\\]|\\.)*?{quotes}", re.DOTALL) for quotes in ('"""', "'''")}
"""What ends a string that may go on over lines, by its quotes; matched from where the string is open."""


def lines_of(text: str) -> list[str]:
    """The lines of a text, each with its line end."""
    return [line for line in _LINE.findall(text) if line]


class Span(NamedTuple):
    """A stretch of text: 0-based character offsets, the end excluded."""

    start: int
    end: int


class Position(NamedTuple):
    """A place in a text: 1-based line and 1-based column in characters."""

    line: int
    column: int


class Range(NamedTuple):
    """A stretch of text between two positions, the end excluded."""

    start: Position
    end: Position

    @classmethod
    def on_line(cls, line: int, start: int, end: int) -> Range:
        """A stretch of one line, from column to column."""
        return cls(Position(line, start), Position(line, end))


class SourceError(Exception):
    """A file that cannot be read as Python text; its message is one sentence for the user."""


class Source:
    """One version of one file's text, never changed after it was made.

    `path` is what the user calls the file (a path, or a name such as `<stdin>`); it is never opened here.
    """

    def __init__(self, text: str, path: str = "<string>") -> None:
        self.text = text
        self.path = path

    @cached_property
    def line_starts(self) -> list[int]:
        """The offset at which each line starts; there is always at least one line."""
        return [0, *map(re.Match.end, _LINE_END.finditer(self.text))]

    def take_lines(self, before: Source, start: int, end: int) -> None:
        """Take over the line starts of an earlier text, which differs from this one between two of its offsets only.

        To find those of a long text anew costs more than all else that a small edit does.
        """
        starts = before.line_starts
        # One line more than the edit touches on either side, since it may join or part the `\r` and `\n` of a line end.
        first, last = max(0, before.position(start).line - 2), before.position(end).line
        shift = len(self.text) - len(before.text)
        kept = [offset + shift for offset in starts[last + 1 :]] if shift else starts[last + 1 :]
        stop = kept[0] if kept else len(self.text)
        between = [match.end() for match in _LINE_END.finditer(self.text, starts[first], stop)]
        if kept and between and between[-1] == stop:
            between.pop()
        self.line_starts = [*starts[: first + 1], *between, *kept]

    def line(self, number: int) -> str:
        """The text of a 1-based line without its line end; empty past the last line."""
        if not 1 <= number <= len(self.line_starts):
            return ""
        start = self.line_starts[number - 1]
        end = self.line_starts[number] if number < len(self.line_starts) else len(self.text)
        return self.text[start:end].rstrip("\r\n")

    @cached_property
    def _comments(self) -> list[Span]:
        return [Span(*match.span()) for match in _COMMENT_OR_STRING.finditer(self.text) if match[1]]

    def comment_at(self, offset: int) -> Span | None:
        """The comment that an offset is in, in a text whose strings all end."""
        index = bisect_right(self._comments, offset, key=lambda span: span.start) - 1
        return self._comments[index] if index >= 0 and offset < self._comments[index].end else None

    @cached_property
    def line_end(self) -> str:
        """What ends the first line, and what a new line is to end with; `\\n` in a text of one line."""
        match = _LINE_END.search(self.text)
        return match[0] if match else "\n"

    def offset(self, position: Position) -> int:
        """The 0-based offset of a position; positions outside the text are clamped to it."""
        if position.line > len(self.line_starts):
            return len(self.text)
        start = self.line_starts[max(position.line, 1) - 1]
        return min(start + max(position.column, 1) - 1, len(self.text))

    def position(self, offset: int) -> Position:
        """The 1-based position of a 0-based offset."""
        line = bisect_right(self.line_starts, offset)
        return Position(line, offset - self.line_starts[line - 1] + 1)

    def range(self, span: Span) -> Range:
        """The range that a span covers."""
        return Range(self.position(span.start), self.position(span.end))

    def span(self, range_: Range) -> Span:
        """The span that a range covers."""
        return Span(self.offset(range_.start), self.offset(range_.end))

    def utf8_offset(self, line: int, column: int) -> int:
        """The 0-based offset of a 1-based line and a 0-based UTF-8 column, as `ast` gives them."""
        if line > len(self.line_starts):
            return len(self.text)
        start = self.line_starts[line - 1]
        if self.is_ascii or self.text[start : start + column].isascii():
            return start + column
        return start + len(self.line(line).encode("utf-8", "surrogatepass")[:column].decode("utf-8", "ignore"))

    def utf8_place(self, offset: int) -> tuple[int, int]:
        """The 1-based line and the 0-based UTF-8 column of an offset, as `ast` gives them."""
        line = bisect_right(self.line_starts, offset)
        before = self.text[self.line_starts[line - 1] : offset]
        return line, len(before if before.isascii() else before.encode("utf-8", "surrogatepass"))

    @cached_property
    def is_ascii(self) -> bool:
        """Whether characters and UTF-8 bytes are the same thing in this text."""
        return self.text.isascii()
