"""Read the Markdown pages that are documentation and test at once: rules, corners, model.

A page is made of *examples*. An example is a run of code blocks with the info string `py bad` or `py good`
(`py reveal` in `tests/model`), followed, for a bad one, by what CPython says of it (`stderr`), what it does (`output`,
`clock`), and what the fixes make of it (`py fixed: TITLE`). `tests/README.md` is the reference for people who write
pages; the words are:

*mark line*  a comment line that points at columns of the code line above it. It is no part of the example: it is taken
             out before anything is analysed or run, so a fixed block shows the code without it.
*mark*       what such a line says: a finding, a place related to it, or the type of an expression.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from coroscope.source import Position, Range

RULES = Path(__file__).parents[1] / "server" / "coroscope" / "rules"
CORNERS = Path(__file__).parent / "corners"
MODEL = Path(__file__).parent / "model"

DEFAULT_FILE = "example.py"
"""The name of a file that has no name line before its block."""

Versions = tuple[tuple[int, int], tuple[int, int]]
"""The first and the last Python version that a block speaks of."""

ALL_VERSIONS: Versions = ((3, 0), (3, 99))

_MARK = re.compile(
    r"^(?P<lead>\s*#)(?:(?P<shift><)|(?P<gap> *))(?P<marks>\^+|~+|\$)(?P<more>\.\.\.)?(?P<number>\d+)?"
    r"(?: \[(?P<level>error|warning|information|hint)\])?(?: (?P<message>.*))?$"
)
_FENCE = re.compile(r"^(?P<ticks>```+)(?P<info>.*)$")
_FILE_NAME = re.compile(r"^`(?P<path>[\w./-]+\.(?:pyi?|ipynb|ini|cfg|toml))`:$")
_TAKES = re.compile(r"takes ([\d.]+) seconds?")
_STANDS_STILL = re.compile(r"the event loop (?:stands still for ([\d.]+) seconds?|never stands still)")
_VERSIONS = re.compile(r"^stderr(?: 3\.(?P<first>\d+)(?:(?P<open>\+)|-3\.(?P<last>\d+))?)?$")


class PageError(Exception):
    """A page that is not written as `tests/README.md` says."""


@dataclass(frozen=True)
class Mark:
    """A place in a file and what is said of it; `kind` is `^` for a finding or a type, `~` for a related place."""

    path: str
    range: Range
    message: str
    kind: str = "^"
    number: str = ""
    level: str = ""


@dataclass
class Stderr:
    """Lines that CPython prints for a bad example; `…` in a line stands for anything."""

    versions: Versions
    lines: list[str]

    def missing(self, printed: str) -> list[str]:
        """The lines that `printed` does not hold, in this order."""
        missing, position = [], 0
        for line in self.lines:
            if match := re.compile(_pattern(line)).search(printed, position):
                position = match.end()
            else:
                missing.append(line)
        return missing


@dataclass
class Claims:
    """What `output` and `clock` blocks say that a program does; None where they say nothing."""

    output: str | None = None
    seconds: float | None = None
    standstill: float | None = None

    @property
    def given(self) -> list[bool]:
        """Which of them there are."""
        return [claim is not None for claim in (self.output, self.seconds, self.standstill)]

    def broken(self, output: str, seconds: float, standstill: float) -> list[str]:
        """What a program that does this contradicts."""
        broken = []
        if self.output is not None and not re.fullmatch(_pattern(self.output), output):
            broken.append(f"it prints:\n{output}")
        if self.seconds not in (None, round(seconds, 3)):
            broken.append(f"takes {seconds:g} seconds")
        if self.standstill not in (None, round(standstill, 3)):
            broken.append(f"the event loop stands still for {standstill:g} seconds")
        return broken


@dataclass
class Fixed:
    """What the fix called `title` makes of an example: the files that it changes."""

    title: str
    line: int
    files: dict[str, str]
    safe: bool = False
    norun: bool = False
    claims: Claims = field(default_factory=Claims)


@dataclass
class Example:
    """One example of a page, with the files as they are without mark lines."""

    page: Path
    line: int
    heading: str
    kind: str
    flags: frozenset[str]
    versions: Versions = ALL_VERSIONS
    files: dict[str, str] = field(default_factory=dict)
    marks: list[Mark] = field(default_factory=list)
    stderr: list[Stderr] = field(default_factory=list)
    claims: Claims = field(default_factory=Claims)
    fixed: list[Fixed] = field(default_factory=list)
    named: bool = False

    @property
    def id(self) -> str:
        """A readable name for the test report."""
        folder = "" if self.page.parent == RULES else self.page.parent.name + "/"
        slug = re.sub(r"\W+", "-", self.heading.lower()).strip("-")
        return f"{folder}{self.page.stem.replace('_', '-')}:{self.line}-{slug}"

    @property
    def rule(self) -> str:
        """The rule that the page is about."""
        return self.page.stem.replace("_", "-")

    @property
    def runs(self) -> bool:
        """Whether CPython is asked what it says."""
        return "norun" not in self.flags

    @property
    def virtual(self) -> bool:
        """Whether it runs in virtual time."""
        return "real" not in self.flags

    @property
    def script(self) -> str:
        """The file that is run: the last one."""
        return list(self.files)[-1]


@dataclass(frozen=True)
class Page:
    """A page: its front matter and its examples."""

    path: Path
    fields: dict[str, str]
    examples: list[Example]


def pages(folder: Path) -> list[Path]:
    """The pages of a folder, in alphabetical order."""
    return sorted(folder.glob("*.md"))


@cache
def read_page(path: Path) -> Page:
    """Read one page. Raises `PageError`, naming the line, for one that breaks the format."""
    text = path.read_text("utf-8")
    fields: dict[str, str] = {}
    if text.startswith("---\n"):
        head = text[4:].partition("\n---\n")[0]
        fields = dict(line.split(": ", 1) for line in head.splitlines())
    examples: list[Example] = []
    for block in _blocks(path, text):
        _add(examples, block)
    return Page(path, fields, examples)


def examples(*folders: Path, kind: str) -> list[Example]:
    """Every example of a kind (`bad`, `good`, `reveal`) in the pages of some folders."""
    paths = [path for folder in folders for path in pages(folder)]
    return [example for path in paths for example in read_page(path).examples if example.kind == kind]


def marks(path: str, text: str) -> tuple[str, list[Mark]]:
    """A block's text without its mark lines, and the marks, whose ranges are those of that text."""
    kept: list[str] = []
    found: list[Mark] = []
    opened: list[tuple[int, re.Match[str], Position]] = []
    for line in text.splitlines(keepends=True):
        match = _MARK.match(line.rstrip("\n"))
        if not match:
            kept.append(line)
            continue
        if not kept:
            raise PageError(f"{path}: a mark line has no code line above it")
        begin = len(match["lead"]) if match["shift"] else len(match["lead"] + match["gap"]) + 1
        start = Position(len(kept), begin)
        end = Position(len(kept), begin + len(match["marks"]) + (2 if match["shift"] and match["marks"] != "$" else 0))
        if match["marks"] == "$":
            if not opened:
                raise PageError(f"{path}: `$` ends a range that nothing began")
            index, first, start = opened.pop()
            found[index] = _mark(path, first, Range(start, end))
            continue
        if match["more"]:
            opened.append((len(found), match, start))
        found.append(_mark(path, match, Range(start, end)))
    if opened:
        raise PageError(f"{path}: a range is begun with `...` but no `$` ends it")
    return "".join(kept), found


def _pattern(text: str) -> str:
    return ".*?".join(re.escape(part) for part in text.split("…"))


def _mark(path: str, match: re.Match[str], range_: Range) -> Mark:
    return Mark(path, range_, match["message"] or "", match["marks"][0], match["number"] or "", match["level"] or "")


@dataclass(frozen=True)
class _Block:
    page: Path
    line: int
    heading: str
    name: str
    info: str
    text: str
    follows: bool
    """Whether nothing but a name line stands between this block and the one before."""


def _blocks(page: Path, text: str) -> Iterator[_Block]:
    """The fenced blocks of a page, each with the heading above it and the file name before it."""
    heading, name, follows = "", "", False
    lines = enumerate(text.splitlines(keepends=True), 1)
    for number, line in lines:
        if match := _FENCE.match(line.rstrip("\n")):
            body: list[str] = []
            for _, inner in lines:
                if inner.rstrip("\n") == match["ticks"]:
                    break
                body.append(inner)
            else:
                raise PageError(f"{page.name}:{number}: this block has no end")
            yield _Block(page, number, heading, name, match["info"].strip(), "".join(body), follows)
            name, follows = "", True
        elif match := _FILE_NAME.match(line.rstrip("\n")):
            name = match["path"]
        elif line.strip():
            follows = False
            if line.startswith("#"):
                heading = line.lstrip("#").strip()


def _add(examples: list[Example], block: _Block) -> None:
    """Make a block part of the example that it belongs to."""
    where = f"{block.page.name}:{block.line}"
    info, _, title = block.info.partition(": ")
    words = info.split()
    if words[:1] == ["stderr"]:
        if not examples or examples[-1].kind != "bad":
            raise PageError(f"{where}: `stderr` follows no bad block")
        lines = [line for line in block.text.splitlines() if line.strip()]
        examples[-1].stderr.append(Stderr(_versions(where, info), lines))
    elif words in (["output"], ["clock"]):
        _add_claims(examples, block, where)
    elif words[:2] == ["py", "fixed"]:
        _add_fixed(examples, block, title, frozenset(words[2:]), where)
    elif words[:1] == ["py"] and words[1:2] in (["bad"], ["good"], ["reveal"]):
        kind, flags = words[1], frozenset(word for word in words[2:] if not word.startswith("3."))
        versions = _versions(where, " ".join(["stderr", *(word for word in words[2:] if word.startswith("3."))]))
        if unknown := flags - {"norun", "nofix", "silent", "all", "real"}:
            raise PageError(f"{where}: unknown words {sorted(unknown)}")
        last = examples[-1] if examples else None
        joins = (
            last is not None and last.kind == kind and last.named and bool(block.name) and block.follows
            and not last.stderr and not any(last.claims.given) and not last.fixed and block.name not in last.files
        )  # fmt: skip
        if last is None or not joins:
            last = Example(block.page, block.line, block.heading, kind, flags, versions, named=bool(block.name))
            examples.append(last)
        last.flags |= flags
        path = block.name or DEFAULT_FILE
        text, found = (block.text, []) if kind == "good" else marks(path, block.text)
        last.files[path] = text
        last.marks += found
    elif words[:1] == ["py"] or words[:1] == ["python"]:
        raise PageError(f"{where}: say `py bad`, `py good`, `py reveal` or `py fixed: TITLE`, or no language at all")


def _add_fixed(examples: list[Example], block: _Block, title: str, flags: frozenset[str], where: str) -> None:
    if not examples or examples[-1].kind != "bad":
        raise PageError(f"{where}: `fixed` follows no bad block")
    example = examples[-1]
    path = block.name or example.script
    if path not in example.files:
        raise PageError(f"{where}: the bad example has no {path}")
    if example.fixed and example.fixed[-1].title == title and path not in example.fixed[-1].files:
        example.fixed[-1].files[path] = block.text
    else:
        fixed = Fixed(title, block.line, {path: block.text}, "safe" in flags, "norun" in flags)
        example.fixed.append(fixed)


def _add_claims(examples: list[Example], block: _Block, where: str) -> None:
    """What a bad block does, or the fixed block that stands last."""
    if not examples or examples[-1].kind != "bad":
        raise PageError(f"{where}: `{block.info}` follows no bad block")
    claims = examples[-1].fixed[-1].claims if examples[-1].fixed else examples[-1].claims
    if block.info == "output":
        claims.output = block.text
        return
    for line in block.text.splitlines():
        if match := _TAKES.fullmatch(line):
            claims.seconds = float(match[1])
        elif match := _STANDS_STILL.fullmatch(line):
            claims.standstill = float(match[1] or 0)
        else:
            raise PageError(f"{where}: `{line}` is nothing that a clock tells: see `tests/README.md`")


def _versions(where: str, info: str) -> Versions:
    match = _VERSIONS.match(info)
    if not match:
        raise PageError(f"{where}: `{info}` speaks of no versions, as `3.12`, `3.12+` and `3.10-3.11` do")
    if not match["first"]:
        return ALL_VERSIONS
    first = (3, int(match["first"]))
    if match["open"]:
        return first, ALL_VERSIONS[1]
    return first, (3, int(match["last"])) if match["last"] else first
