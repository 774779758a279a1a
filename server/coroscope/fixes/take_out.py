"""Taking out a comment that silences findings, or a rule that one names."""

from __future__ import annotations

from coroscope.findings import TextEdit
from coroscope.fixes.edits import replace
from coroscope.ignores import Ignore, Name
from coroscope.model.module import Module
from coroscope.source import Position


def without_comment(module: Module, ignore: Ignore) -> list[TextEdit]:
    """Take out a comment with the space before it; with its line, if nothing else is on that."""
    source, (start, end) = module.source, ignore.whole
    line_start = source.line_starts[ignore.line - 1]
    line = source.line(ignore.line)
    before, after = line[: start - line_start], line[end - line_start :]
    if after.strip():  # another comment
        return [replace(module, start, end + len(after) - len(after.lstrip()), "")]
    if before.strip():
        return [replace(module, line_start + len(before.rstrip()), line_start + len(line), "")]
    return [replace(module, line_start, source.offset(Position(ignore.line + 1, 1)), "")]


def without_name(module: Module, ignore: Ignore, name: Name) -> list[TextEdit]:
    """Take out one name of several, with the comma that parts it from the next one or the one before."""
    names = ignore.names or ()
    index = names.index(name)
    if index + 1 < len(names):
        return [replace(module, name.span.start, names[index + 1].span.start, "")]
    return [replace(module, names[index - 1].span.end, name.span.end, "")]
