"""Broken text, cut so that the rest of it parses: the normal state of a file under an editor.

Statements are found by their indentation, and as little is cut as makes the rest parse:

    x = foo(                a statement that is rejected becomes `pass`
    if ready                a header that is rejected becomes one that says as little as possible: `if __cut__:`
    while True:             a header without a body gets one: `while True: pass`
    try:                    what lacks a clause that has to follow runs its body: `if 1:`

Every other line stays where it is, so that places in the text remain true.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable
from functools import cached_property

from coroscope.cells import Cell, cells_of, is_notebook, joined
from coroscope.source import STRING_ENDS, lines_of

Parse = Callable[[str], object]
"""A parser that raises when it rejects a text."""

_FAILURES = (SyntaxError, ValueError, RecursionError, MemoryError)
_CONTINUES = re.compile(r"(?:else|elif|except|finally)\b")
_CLOSES = re.compile(r"[)\]}]")
_DECORATED = re.compile(r"@|(?:async\s+)?def\b|class\b")
_DEFINES = re.compile(r"(async\s+)?(def|class)\s+(\w+)")
_WORD = re.compile(r"(?:async\s+)?(\w+)")
_TOKENS = re.compile(
    r"""(?P<comment>\#.*)
    | \"{3}(?:[^\\]|\\.)*?\"{3} | '{3}(?:[^\\]|\\.)*?'{3} | (?P<open>\"{3}|'{3}).*
    | "(?:\\.|[^"\\])*"? | '(?:\\.|[^'\\])*'? | (?P<bracket>[()\[\]{}])""",
    re.VERBOSE | re.DOTALL,
)
_AFTER_STRING = re.compile(r"[ \t]*(?:[\r\n)\]},.:;%#+*\\=!]|\Z|(?:if|for|in|is|and|or|else|as|not)\b)")
"""What may follow the end of a string of several lines; what follows the beginning of another one looks otherwise."""

_DEEPEST = 50
_NOWHERE = -1
_LONG_CHAIN = 20
_WRAPPER = "if 1:\n"
_MATCH = "match __cut__:\n"
_STAND_INS = {
    "if": "if __cut__:",
    "elif": "elif __cut__:",
    "else": "else:",
    "while": "while __cut__:",
    "for": "while __cut__:",
    "with": "if 1:",
    "try": "try:",
    "except": "except ():",
    "finally": "finally:",
    "match": "match __cut__:",
    "case": "case __cut__ if __cut__:",
}
"""What the headers that begin with these words become if they are broken; nobody knows the name `__cut__`."""

_HEADERS = frozenset({*_STAND_INS, "def", "class"})

_CONTEXTS = {"elif": "if 1: pass\n", "else": "if 1: pass\n", "except": "try: pass\n", "finally": "try: pass\n"}
"""What has to stand before a clause for it to be parsed."""


def repaired(text: str, parse: Parse, indent: str = "") -> tuple[str, list[tuple[int, str]]]:
    """The text with what `parse` rejects cut out line by line, and the cuts as (1-based line, message).

    The answer always parses, below a header if its lines have an indentation; at worst it is a text of empty lines. The
    cells of a notebook are repaired each by itself.
    """
    return _repaired_cells(text, parse) if is_notebook(text) else _repaired(text, parse, indent)


def _repaired_cells(text: str, parse: Parse) -> tuple[str, list[tuple[int, str]]]:
    cells: list[Cell] = []
    cuts: list[tuple[int, str]] = []
    mark = 1  # the line of the cell's mark
    for cell in cells_of(text):
        whole = _problem(cell.text, parse) is None
        # With the line end behind it, which a `\r` at its own end makes one with.
        repaired_, own = (f"{cell.text}\n", []) if whole else _repaired(f"{cell.text}\n", parse)
        cells.append(cell._replace(text=repaired_.removesuffix("\n")))
        cuts += [(mark + line, message) for line, message in own]
        mark += 1 + len(lines_of(f"{cell.text}\n"))
    together = joined(cells)
    if problem := _problem(together, parse):
        return "".join(_blank(line) for line in lines_of(together)), [*cuts, (1, problem)]
    return together, cuts


def _repaired(text: str, parse: Parse, indent: str = "") -> tuple[str, list[tuple[int, str]]]:
    lines = [_ended(line) for line in lines_of(text.replace("\0", " ").replace("\f", " "))]
    repair = _Repair(lines, parse)
    repair.mend(indent)
    whole = "".join(repair.lines)
    if problem := _problem(f"if 1:\n{whole}\n{indent}pass\n" if indent else whole, parse):
        return "".join(_blank(line) for line in lines), [*repair.cuts, (1, problem)]
    return whole, sorted(repair.cuts)


class _Repair:
    """One text under repair: its lines as they stand, and what was cut."""

    def __init__(self, lines: list[str], parse: Parse) -> None:
        self.lines = lines
        self.parse = parse
        self.cuts: list[tuple[int, str]] = []
        self._in_strings = _in_strings(lines)

    def mend(self, indent: str) -> None:
        """Make all lines parse, as statements of this indentation; without one, of the least that there is."""
        code = self._code_between(0, len(self.lines))
        width = _indent(f"{indent}x") if indent else min((_indent(self.lines[at]) for at in code), default=0)
        self._mend_suite(0, len(self.lines), width, _WRAPPER, 0)

    def _mend_suite(self, first: int, last: int, indent: int, wrapper: str, depth: int) -> None:
        """Make the lines from `first` up to `last` (0-based, end excluded) parse below a header."""
        at = first
        while at < last:
            if not self._is_code(at):
                at += 1
            elif _indent(self.lines[at]) != indent:
                self._leave_out(at, at + 1, "unexpected indent")
                at += 1
            else:
                at = self._mend_statement(at, last, wrapper, depth)

    def _mend_statement(self, start: int, last: int, wrapper: str, depth: int) -> int:
        """Make a statement parse; the line behind it."""
        end = self._end(start, last)
        problem = self._try(start, end, wrapper)
        if problem is None:
            return end
        behind = self._end_of_line(start, last)
        if behind > end:
            further = self._end(start, last, behind)
            if self._try(start, further, wrapper) is None:
                return further
        if not self._is_header(behind - 1) and behind < end and self._try(start, behind, wrapper) is None:
            return behind
        if depth < _DEEPEST:
            self._mend_clauses(start, end, wrapper, depth)
            if self._try(start, end, wrapper) is None:
                return end
        end = max(end, self._end_of_chain(start, last))
        if wrapper == _WRAPPER:
            self._put(start, end, "pass", problem)
        else:
            self._leave_out(start, end, problem)
        return end

    def _mend_clauses(self, start: int, end: int, wrapper: str, depth: int) -> None:
        """Make the clauses of a compound statement parse, each by itself."""
        first = start
        while first < end and self.lines[first].lstrip().startswith("@"):
            first = self._next(self._end_of_line(first, end), end)
        at, is_try = first, False
        while at < end:
            word = _word(self.lines[at])
            is_try = word == "try" if at == first else is_try and word not in ("except", "finally")
            stop = self._end_of_clause(at, end)
            self._mend_clause(at, stop, depth, is_alone=at == first and stop == end)
            if at > first and not is_try and (problem := self._try(start, stop, wrapper)) is not None:
                self._leave_out(at, stop, problem)
            at = stop
        if is_try:
            self._put(first, first + 1, "if 1:", "expected 'except' or 'finally' block")
            if not self._code_between(first + 1, end):
                self._append(first, " pass", "expected an indented block")

    def _mend_clause(self, start: int, end: int, depth: int, is_alone: bool) -> None:
        """Make a header parse, and the suite below it."""
        behind = self._end_of_line(start, end)
        problem = self._header_problem(start, behind)
        if problem is not None:
            behind = behind if self._is_header(behind - 1) else start + 1
            stand_in = _stand_in(self.lines[start], self._is_header(behind - 1))
            if stand_in is None or (is_alone and not self._code_between(behind, end)):
                return
            self._put(start, behind, stand_in, problem)
            behind = start + 1
        indents = [_indent(self.lines[at]) for at in self._code_between(behind, end)]
        deeper = [indent for indent in indents if indent > _indent(self.lines[start])]
        if indents:
            indent = _most_likely(deeper)
            wrapper = _MATCH if _word(self.lines[start]) == "match" else _WRAPPER
            self._mend_suite(behind, end, indent, wrapper, depth + 1)
        if not self._code_between(behind, end) and self._is_header(behind - 1):
            self._append(behind - 1, " pass", "expected an indented block")

    def _end(self, start: int, last: int, behind: int = 0) -> int:
        """The line at which the next statement begins, by the indentation of the lines from `behind` on.

        A decorator that parses is part of what it decorates.
        """
        indent = _indent(self.lines[start])
        is_decorator = self.lines[start].lstrip().startswith("@")
        is_compound = _word(self.lines[start]) in _HEADERS
        for at in range(max(start + 1, behind), last):
            if not self._is_code(at) or _indent(self.lines[at]) > indent:
                continue
            content = self.lines[at].lstrip()
            if _indent(self.lines[at]) == indent:
                if _CLOSES.match(content) or (is_compound and _CONTINUES.match(content)):
                    continue
                if (
                    is_decorator
                    and _DECORATED.match(content)
                    and self._try(start, at, _WRAPPER, "def f(): pass\n") is None
                ):
                    is_decorator = content.startswith("@")
                    is_compound = True
                    continue
            if not (is_compound and self._is_stray(at, last, indent)):
                return at
        return last

    def _end_of_clause(self, start: int, end: int) -> int:
        """The line at which the next clause of a compound statement begins."""
        indent = _indent(self.lines[start])
        behind = self._end_of_line(start, end)
        first = behind if self._is_header(behind - 1) else start + 1
        below = (at for at in self._code_between(first, end) if _indent(self.lines[at]) <= indent)
        return next((at for at in below if not self._is_stray(at, end, indent)), end)

    def _is_stray(self, at: int, last: int, indent: int) -> bool:
        """Whether a line stands too far to the left: the suite of a header of this indentation goes on behind it."""
        following = self._next(at + 1, last)
        return (
            following < last
            and _indent(self.lines[following]) > indent
            and not self._is_header(at)
            and not _DECORATED.match(self.lines[at].lstrip())
            and _word(self.lines[at]) not in _HEADERS
            and self._end_of_line(at, last) in (at + 1, last)
        )

    def _end_of_line(self, start: int, last: int) -> int:
        """The line behind that at which all brackets are closed that are opened from this line on."""
        return min(self._ends[start], last)

    def _end_of_chain(self, start: int, last: int) -> int:
        """The line behind many that end in backslashes: these are one statement; of few, the next may be another."""
        at = start
        while at + 1 < last and self.lines[at].rstrip("\r\n").endswith("\\"):
            at += 1
        return at + 1 if at - start > _LONG_CHAIN else start

    @cached_property
    def _ends(self) -> list[int]:
        """What `_end_of_line` says of each line. It is only asked of lines that are not cut."""
        return _ends_of_lines(self.lines, self._in_strings)

    def _header_problem(self, start: int, end: int) -> str | None:
        """What is wrong with a header."""
        if not self._is_header(end - 1):
            return "expected ':'"
        word = _word(self.lines[start])
        indent = " " * _indent(self.lines[start])
        before = indent + _CONTEXTS[word] if word in _CONTEXTS else ""
        header = "".join(self.lines[start:end]).expandtabs(8)
        header += f"{indent} case _: pass\n" if word == "match" else f"{indent} pass\n"
        after = f"{indent}finally: pass\n" if word == "try" else ""
        wrapper = _MATCH if word == "case" else _WRAPPER if indent else ""
        return _problem(wrapper + before + header + after, self.parse)

    def _try(self, start: int, end: int, wrapper: str, what_follows: str = "") -> str | None:
        """What is wrong with some lines below a header."""
        head = self.lines[start]
        indent = head[: len(head) - len(head.lstrip())]
        text = "".join(self.lines[start:end]) + (f"{indent}{what_follows}" if what_follows else "")
        return _problem(wrapper + text if indent else text, self.parse)

    def _is_code(self, at: int) -> bool:
        content = self.lines[at].strip()
        return bool(content) and not content.startswith("#") and at not in self._in_strings

    def _code_between(self, first: int, last: int) -> list[int]:
        return [at for at in range(first, last) if self._is_code(at)]

    def _next(self, at: int, last: int) -> int:
        return next((at for at in range(at, last) if self._is_code(at)), last)

    def _is_header(self, at: int) -> bool:
        """Whether a line ends as a header does."""
        return _without_comment(self.lines[at]).endswith(":")

    def _put(self, start: int, end: int, instead: str, problem: str) -> None:
        head = self.lines[start]
        indent = head[: len(head) - len(head.lstrip())]
        self._leave_out(start, end, problem)
        self.lines[start] = indent + instead + _blank(head)

    def _append(self, at: int, more: str, problem: str) -> None:
        self.cuts.append((at + 1, problem))
        self.lines[at] = _without_comment(self.lines[at]) + more + _blank(self.lines[at])

    def _leave_out(self, start: int, end: int, problem: str) -> None:
        self.cuts.append((start + 1, problem))
        for at in range(start, end):
            self.lines[at] = _blank(self.lines[at])


def _in_strings(lines: list[str]) -> dict[int, int]:
    """The lines that begin in a string of several lines, with the offset at which it ends, or the line does.

    A string that ends where another one seems to begin is none: it was not closed.
    """
    found: dict[int, int] = {}
    at, offset = 0, 0
    while at < len(lines):
        opening = next((token["open"] for token in _TOKENS.finditer(lines[at], offset) if token["open"]), None)
        place = None if opening is None else _end_of_string(lines, at + 1, opening)
        if place is None:
            at, offset = at + 1, 0
            continue
        found.update((inner, len(lines[inner])) for inner in range(at + 1, place[0]))
        at, offset = place
        found[at] = offset
    return found


def _end_of_string(lines: list[str], first: int, quotes: str) -> tuple[int, int] | None:
    """The line and offset behind the end of a string that is open where a line begins; None if it has no end."""
    for at in range(first, len(lines)):
        end = STRING_ENDS[quotes].match(lines[at])
        if end is not None:
            return (at, end.end()) if _AFTER_STRING.match(lines[at], end.end()) else None
    return None


def _ends_of_lines(lines: list[str], in_strings: dict[int, int]) -> list[int]:
    """For each line, the line behind that at which all brackets are closed that are opened from this line on."""
    depths = [0]
    for at, line in enumerate(lines):
        brackets = (token["bracket"] for token in _TOKENS.finditer(line, in_strings.get(at, 0)))
        depths.append(depths[-1] + sum(1 if bracket in "([{" else -1 for bracket in brackets if bracket))
    ends = [len(lines)] * len(lines)
    deeper: list[int] = []  # the lines behind where a line may end, the nearest last, each deeper than those before it
    for at in reversed(range(len(lines))):
        if at + 1 not in in_strings and not lines[at].rstrip("\r\n").endswith("\\"):
            while deeper and depths[deeper[-1]] >= depths[at + 1]:
                deeper.pop()
            deeper.append(at + 1)
        if count := bisect_right(deeper, depths[at], key=depths.__getitem__):
            ends[at] = deeper[count - 1]
    return ends


def _stand_in(line: str, is_header: bool) -> str | None:
    """What says as little as possible in the place of a header; None for a line that seems to be none."""
    content = line.lstrip()
    defines = _DEFINES.match(content)
    if defines is not None:
        rest = "(__cut__):" if defines[2] == "class" else "(*args, **kwargs):"
        return f"{defines[1] or ''}{defines[2]} {defines[3]}{rest}"
    return _STAND_INS.get(_word(line), "if __cut__:" if is_header else None)


def _word(line: str) -> str:
    """The word that a statement begins with."""
    word = _WORD.match(line.lstrip())
    return "" if word is None else word[1]


def _most_likely(indents: list[int]) -> int:
    """The indentation of a suite by those of its lines: the first one's, unless more than one line has less."""
    least = min(indents, default=_NOWHERE)
    return least if indents.count(least) > 1 else indents[0] if indents else _NOWHERE


def _without_comment(line: str) -> str:
    comment = next((token.start() for token in _TOKENS.finditer(line) if token["comment"]), len(line))
    return line[:comment].rstrip()


def _problem(text: str, parse: Parse) -> str | None:
    try:
        parse(text)
    except _FAILURES as error:
        return error.msg if isinstance(error, SyntaxError) else str(error) or type(error).__name__
    return None


def _indent(line: str) -> int:
    expanded = line.expandtabs(8)
    return len(expanded) - len(expanded.lstrip())


def _ended(line: str) -> str:
    """A line whose end stays one even if the next line is emptied: `\\r` before `\\n` would be one end together."""
    return f"{line[:-1]}\n" if line.endswith("\r") else line


def _blank(line: str) -> str:
    return line[len(line.rstrip("\r\n")) :]
