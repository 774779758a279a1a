"""What IPython adds to Python in the cells of a notebook, made plain Python of the same length: `plain`.

    %matplotlib inline              0
    rows = !ls                      rows = __
    %time rows = load()             0;    rows = load()
    load?                           0

Whatever is Python keeps its line and its column. A cell that `%%bash` or another such line hands to somebody else is
left empty; `%%time` and its like run their cell as Python does. What these words mean, and where they may stand, is
told by IPython's documentation ("Built-in magic commands", "Differences between IPython and Python").
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from coroscope.cells import cells_of, is_notebook, joined
from coroscope.source import STRING_ENDS, lines_of

_RUN_HERE = frozenset({"capture", "debug", "ipytest", "memit", "prun", "time", "timeit"})
"""The words that run the rest of their line, or of their cell, as the code around is run."""

_MAGIC = re.compile(r"[ \t]*[!?%,;/]")
_ASKED = re.compile(r"[\w.*%\[\]() ,\t]*\?{1,2}[ \t]*")
_ASSIGNED = re.compile(r"([ \t]*[A-Za-z_][\w., \[\]()*'\"]*=[ \t]*)[!%]\S.*")
_RUN_ON_LINE = re.compile(r"([ \t]*)%(\w+)((?:[ \t]+-\S*(?:[ \t]+\d+(?=\s))?)*[ \t]+)(?=\S)")
_TOKENS = re.compile(r"#|\"\"\"|'''|\"(?:\\.|[^\"\\])*\"?|'(?:\\.|[^'\\])*'?|[([{]|[])}]")


@lru_cache(maxsize=16)
def plain(text: str) -> str:
    """The text of a notebook as Python understands it, line by line; the text of any other file as it is."""
    if not is_notebook(text):
        return text
    return joined(cell._replace(text="".join(_plain_lines(cell.text))) for cell in cells_of(text))


def _plain_lines(text: str) -> Iterator[str]:
    lines = iter(lines_of(text))
    state = _State()
    is_first = True
    for line in lines:
        if is_first and line.startswith("%%"):
            is_run = re.match(r"%%(\w*)", line)[1] in _RUN_HERE  # type: ignore[index]  # the line begins so
            yield "#" + line[1:]
            if not is_run:
                yield from map(_emptied, lines)
            is_first = False
            continue
        is_first = is_first and not line.strip()
        made = _plain(line) if state.is_between_statements else None
        if made is None:
            yield line
            state.read(line)
            continue
        yield made
        goes_on = _goes_on(line)
        while goes_on:
            further = next(lines, "")
            goes_on = _goes_on(further)
            yield _emptied(further)


def _plain(line: str) -> str | None:
    """A line that begins a statement, if it is not Python's own, as Python."""
    code = line.rstrip("\r\n")
    end = line[len(code) :]
    run = _RUN_ON_LINE.match(code)
    if run is not None and run[2] in _RUN_HERE:
        return f"{run[1]}0;".ljust(run.end()) + code[run.end() :] + end
    if _MAGIC.match(code) or _ASKED.fullmatch(code):
        indent = code[: len(code) - len(code.lstrip())]
        return f"{indent}0".ljust(len(code)) + end
    assigned = _ASSIGNED.fullmatch(code)
    return None if assigned is None else f"{assigned[1]}__".ljust(len(code)) + end


def _goes_on(line: str) -> bool:
    return line.rstrip("\r\n").endswith("\\")


def _emptied(line: str) -> str:
    code = line.rstrip("\r\n")
    return " " * len(code) + line[len(code) :]


class _State:
    """Where in a cell a line ends: in how many brackets, in which string, behind a backslash."""

    def __init__(self) -> None:
        self._depth = 0
        self._quotes = ""
        self._goes_on = False

    @property
    def is_between_statements(self) -> bool:
        """Whether the next line begins a statement."""
        return not (self._depth or self._quotes or self._goes_on)

    def read(self, line: str) -> None:
        """Take a line of Python."""
        at = 0
        self._goes_on = False
        while True:
            if self._quotes:
                end = STRING_ENDS[self._quotes].match(line, at)
                if end is None:
                    return
                self._quotes, at = "", end.end()
            token = _TOKENS.search(line, at)
            if token is None or token[0] == "#":
                break
            at = token.end()
            if token[0] in STRING_ENDS:
                self._quotes = token[0]
            elif token[0] in ("(", "[", "{"):
                self._depth += 1
            elif token[0] in (")", "]", "}"):
                self._depth = max(self._depth - 1, 0)
        self._goes_on = token is None and _goes_on(line)
