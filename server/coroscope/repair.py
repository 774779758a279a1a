"""Broken text, cut so that the rest of it parses: the normal state of a file under an editor.

Blocks are found by their indentation. A statement that the parser rejects becomes `pass`, a block whose header is
broken goes with its body, and every other line stays where it is, so that places in the text remain true.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from coroscope.cells import Cell, cells_of, is_notebook, joined

Parse = Callable[[str], object]
"""A parser that raises when it rejects a text."""

_FAILURES = (SyntaxError, ValueError, RecursionError, MemoryError)
_CONTINUES = re.compile(r"(else|elif|except|finally|case)\b|[)\]}]")
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|\Z)")


def repaired(text: str, parse: Parse) -> tuple[str, list[tuple[int, str]]]:
    """The text with what `parse` rejects cut out line by line, and the cuts as (1-based line, message).

    The answer always parses; at worst it is a text of empty lines. The cells of a notebook are repaired each by itself.
    """
    return _repaired_cells(text, parse) if is_notebook(text) else _repaired(text, parse)


def _repaired_cells(text: str, parse: Parse) -> tuple[str, list[tuple[int, str]]]:
    cells: list[Cell] = []
    cuts: list[tuple[int, str]] = []
    mark = 1  # the line of the cell's mark
    for cell in cells_of(text):
        whole = _problem(cell.text, parse) is None
        repaired_, own = (cell.text, []) if whole else _repaired(cell.text, parse)
        cells.append(cell._replace(text=repaired_))
        cuts += [(mark + line, message) for line, message in own]
        mark += 1 + sum(1 for line in _LINE.findall(f"{cell.text}\n") if line)
    return joined(cells), cuts


def _repaired(text: str, parse: Parse) -> tuple[str, list[tuple[int, str]]]:
    lines = [_ended(line) for line in _LINE.findall(text.replace("\0", " ").replace("\f", " ")) if line]
    repair = _Repair(lines, parse)
    repair.mend(0, len(lines))
    whole = "".join(repair.lines)
    if problem := _problem(whole, parse):
        return "".join(_blank(line) for line in lines), [*repair.cuts, (1, problem)]
    return whole, repair.cuts


class _Repair:
    """One text under repair: its lines as they stand, and what was cut."""

    def __init__(self, lines: list[str], parse: Parse) -> None:
        self.lines = lines
        self.parse = parse
        self.cuts: list[tuple[int, str]] = []

    def mend(self, first: int, last: int, depth: int = 0) -> None:
        """Make the lines from `first` up to `last` (0-based, end excluded), one suite, parse."""
        for start, end in self._chunks(first, last):
            problem = self._try(start, end)
            if problem is None:
                continue
            body = self._body(start, end) if depth < 50 else None
            if body is not None:
                self.mend(body, end, depth + 1)
                if self._try(start, end) is None:
                    continue
            self._cut(start, end, problem)

    def _chunks(self, first: int, last: int) -> list[tuple[int, int]]:
        """The statements of a suite as pairs of lines; a decorator is part of what it decorates."""
        starts = [i for i in range(first, last) if _is_code(self.lines[i])]
        if not starts:
            return []
        indent = min(_indent(self.lines[i]) for i in starts)
        heads: list[int] = []
        decorated = False
        for i in starts:
            line = self.lines[i]
            if _indent(line) > indent and heads:
                continue
            content = line.lstrip()
            if not (heads and (decorated or _CONTINUES.match(content))):
                heads.append(i)
            decorated = content.startswith("@")
        chunks = list(zip(heads, [*heads[1:], last], strict=True))
        return self._joined(chunks)

    def _joined(self, chunks: list[tuple[int, int]]) -> list[tuple[int, int]]:
        """Join chunks that a string of several lines has cut apart."""
        joined: list[tuple[int, int]] = []
        for start, end in chunks:
            if joined and self._open_string(*joined[-1]) and self._try(joined[-1][0], end) is None:
                joined[-1] = (joined[-1][0], end)
            else:
                joined.append((start, end))
        return joined

    def _open_string(self, start: int, end: int) -> bool:
        text = "".join(self.lines[start:end])
        return text.count('"""') % 2 == 1 or text.count("'''") % 2 == 1

    def _try(self, start: int, end: int) -> str | None:
        text = "".join(self.lines[start:end])
        return _problem(f"if 1:\n{text}" if self.lines[start][:1] in " \t" else text, self.parse)

    def _body(self, start: int, end: int) -> int | None:
        """The first line of a compound statement's suite, if its header parses."""
        indent = _indent(self.lines[start])
        for i in range(start + 1, end):
            if _is_code(self.lines[i]) and _indent(self.lines[i]) > indent:
                header = "".join(self.lines[start:i])
                if not header.rstrip().endswith(":"):
                    continue
                wrapper = "if 1:\n" if indent else ""
                inner = self.lines[i][: len(self.lines[i]) - len(self.lines[i].lstrip())]
                return i if _problem(f"{wrapper}{header}{inner}pass\n", self.parse) is None else None
        return None

    def _cut(self, start: int, end: int, problem: str) -> None:
        self.cuts.append((start + 1, problem))
        head = self.lines[start]
        indent = head[: len(head) - len(head.lstrip())]
        self.lines[start] = indent + "pass" + _blank(head)
        for i in range(start + 1, end):
            self.lines[i] = _blank(self.lines[i])


def _problem(text: str, parse: Parse) -> str | None:
    try:
        parse(text)
    except _FAILURES as error:
        return error.msg if isinstance(error, SyntaxError) else str(error) or type(error).__name__
    return None


def _is_code(line: str) -> bool:
    content = line.strip()
    return bool(content) and not content.startswith("#")


def _indent(line: str) -> int:
    expanded = line.expandtabs(8)
    return len(expanded) - len(expanded.lstrip())


def _ended(line: str) -> str:
    """A line whose end stays one even if the next line is emptied: `\\r` before `\\n` would be one end together."""
    return f"{line[:-1]}\n" if line.endswith("\r") else line


def _blank(line: str) -> str:
    return line[len(line.rstrip("\r\n")) :]
