"""Our own comments that silence findings: where they stand, and which rules they name.

    save()  # coroscope: ignore[coroutine-never-awaited] on purpose     on the lines of a finding
    save()  # coroscope: ignore                                         every rule
    # coroscope: ignore-file[await-in-loop]                             a file, on a line of its own

What stands in a string is no comment. While a text cannot be parsed nobody knows where its strings end, and all that
looks like a comment counts as one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from coroscope.findings import Finding
from coroscope.source import Span
from coroscope.syntax import Tree

_IGNORE = re.compile(
    r"#[ \t]*coroscope:[ \t]*ignore(?P<file>-file)?(?![-\w])(?P<names>\[[^\]\r\n]*\])?"
    r"(?P<words>[^\r\n]*?)(?=[ \t]+#(?!\d)|[ \t]*(?:[\r\n]|\Z))"  # up to the next comment on the line
)
_NAME = re.compile(r"[^\s,\[\]]+")


class Name(NamedTuple):
    """What a comment names, and the offsets of that."""

    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class Ignore:
    """A comment that silences findings: those of the rules that it `names`, of all rules if that is None.

    The `span` is that of the comment up to its bracket, the `whole` that with what is said behind it. It counts on its
    1-based `line`, or `for_file` if it says so, and is `alone` on its line.
    """

    span: Span
    whole: Span
    line: int
    names: tuple[Name, ...] | None
    for_file: bool
    alone: bool

    def is_at(self, finding: Finding) -> bool:
        """Whether a finding is where the comment counts."""
        if self.for_file:
            return self.alone
        return finding.range.start.line <= self.line <= finding.range.end.line

    def silences(self, finding: Finding) -> bool:
        """Whether a finding is not to be told."""
        is_named = self.names is None or any(name.text == finding.rule for name in self.names)
        return is_named and self.is_at(finding)


def ignores(tree: Tree) -> list[Ignore]:
    """Every such comment of a file, in the order of the text."""
    if "coroscope:" not in tree.source.text:
        return []
    known = tree.kept.get("ignores")
    if not isinstance(known, tuple) or known[0] is not tree.source:
        known = tree.kept["ignores"] = (tree.source, list(_found(tree)))
    return known[1]  # type: ignore[no-any-return]  # put there one line above


def is_comment(tree: Tree, offset: int) -> bool:
    """Whether a `#` at an offset belongs to a comment, as far as that is known."""
    return bool(tree.errors) or tree.source.comment_at(offset) is not None


def _found(tree: Tree) -> Iterator[Ignore]:
    source = tree.source
    for match in _IGNORE.finditer(source.text):
        start = match.start()
        if not is_comment(tree, start) or not _is_set_off(tree, start):
            continue
        names = None if match["names"] is None else tuple(_names(match))
        line, column = source.position(start)
        alone = not source.line(line)[: column - 1].strip()
        yield Ignore(Span(start, match.start("words")), Span(*match.span()), line, names, bool(match["file"]), alone)


def _is_set_off(tree: Tree, start: int) -> bool:
    """Whether a comment begins there, or a second one within it; what is quoted in a comment is none."""
    comment = tree.source.comment_at(start)
    return tree.source.text[start - 1 : start].isspace() or comment is None or comment.start == start


def _names(match: re.Match[str]) -> Iterator[Name]:
    start, end = match.span("names")
    for name in _NAME.finditer(match.string, start, end):
        yield Name(name[0], Span(*name.span()))
