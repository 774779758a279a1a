"""Where the expressions in f-strings really stand.

Before version 3.12, CPython's parser reads the expressions of an f-string apart from the text around them, and their
line and column are often wrong (bpo-35212 and others). Here they are found again in the text of the literal.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from coroscope.newer import parse_expression
from coroscope.newer.lexing import Field, fields_between
from coroscope.newer.strings import nodes_of, parse_apart
from coroscope.source import Source


def place_fstrings(literals: Iterable[ast.JoinedStr], source: Source) -> None:
    """Correct the positions of all nodes in some f-strings of a text; what cannot be found stays as it was."""
    for literal in literals:
        _place(literal, source)


def _place(literal: ast.JoinedStr, source: Source) -> None:
    start = source.utf8_offset(literal.lineno, literal.col_offset)
    end = source.utf8_offset(literal.end_lineno or 1, literal.end_col_offset or 0)
    fields = [value for value in literal.values if isinstance(value, ast.FormattedValue)]
    found = fields_between(source.text, start, end)
    flat = list(_nested(fields))
    if len(found) != len(flat):
        return
    for mine, written in zip(flat, found, strict=True):
        _move(mine.value, source, written)


def _nested(fields: list[ast.FormattedValue]) -> Iterator[ast.FormattedValue]:
    """The replacement fields, and those in their format specifications, in the order of the text."""
    for field in fields:
        yield field
        if isinstance(field.format_spec, ast.JoinedStr):
            yield from _nested([v for v in field.format_spec.values if isinstance(v, ast.FormattedValue)])


def _move(expression: ast.expr, source: Source, field: Field) -> None:
    """Give an expression's nodes the positions that they have in the text of a field."""
    try:
        parsed = parse_apart(source, field.start, field.end, parse_expression)
    except SyntaxError:
        return
    known = nodes_of(expression)
    if list(map(type, known)) != list(map(type, parsed)):
        return
    for mine, right in zip(known, parsed, strict=True):
        if isinstance(right, (ast.expr, ast.keyword, ast.arg)) and isinstance(mine, (ast.expr, ast.keyword, ast.arg)):
            mine.lineno, mine.col_offset = right.lineno, right.col_offset
            mine.end_lineno, mine.end_col_offset = right.end_lineno, right.end_col_offset
