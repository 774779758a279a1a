"""Statements in their block: what comes after one, how it is indented, and where the line ends on which it stands."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from coroscope.findings import TextEdit
from coroscope.fixes.edits import insert
from coroscope.model.module import Module
from coroscope.nodes import parent_of

_LINE_END = re.compile(r"[\r\n]")


def statement_around(node: ast.AST) -> ast.stmt:
    """The innermost statement that a node is part of."""
    here: ast.AST | None = node
    while here is not None and not isinstance(here, ast.stmt):
        here = parent_of(here)
    assert here is not None
    return here


def later_statements(statement: ast.stmt) -> list[ast.stmt]:
    """The statements behind a statement in its block."""
    above = parent_of(statement)
    for name in ("body", "orelse", "finalbody"):
        block = getattr(above, name, None)
        if isinstance(block, list) and statement in block:
            return block[block.index(statement) + 1 :]
    return []


def has_lines_to_itself(module: Module, statement: ast.stmt) -> bool:
    """Whether nothing but a comment shares the lines on which a statement stands."""
    span, text = module.tree.span(statement), module.source.text
    rest = text[span.end : end_of_line(module, span.end)].strip()
    return not indentation(module, statement).strip() and (not rest or rest.startswith("#"))


def indentation(module: Module, statement: ast.stmt) -> str:
    """What stands before a statement on its line."""
    start = module.tree.span(statement).start
    return module.source.text[module.source.line_starts[module.range(statement).start.line - 1] : start]


def indent_unit(module: Module, statement: ast.stmt) -> str:
    """By what a statement is indented more than the one that it stands in; four spaces for one of the module."""
    above = parent_of(statement)
    outer = indentation(module, above) if isinstance(above, ast.stmt) else ""
    return indentation(module, statement).removeprefix(outer) or "    "


def end_of_line(module: Module, offset: int) -> int:
    """The offset at which the line of an offset ends."""
    match = _LINE_END.search(module.source.text, offset)
    return match.start() if match else len(module.source.text)


def lines_behind(module: Module, statement: ast.stmt, *lines: str) -> TextEdit:
    """The edit that puts lines of the same indentation behind a statement."""
    separator = module.source.line_end + indentation(module, statement)
    return insert(module, end_of_line(module, module.tree.span(statement).end), separator.join(["", *lines]))


def indented(module: Module, first: int, last: int, unit: str) -> Iterator[TextEdit]:
    """The edits that move the lines of a range further in, but for empty ones."""
    for line in range(first, last + 1):
        if module.source.line(line).strip():
            yield insert(module, module.source.line_starts[line - 1], unit)


def spans_lines(module: Module, node: ast.AST) -> bool:
    """Whether a node is a text over several lines, which its indentation is part of."""
    is_text = isinstance(node, (ast.JoinedStr, ast.Constant)) and hasattr(node, "lineno")
    return is_text and module.range(node).start.line != module.range(node).end.line
