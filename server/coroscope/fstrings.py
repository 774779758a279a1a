"""Where the expressions in f-strings really stand.

Before version 3.12, CPython's parser reads the expressions of an f-string apart from the text around them, and their
line and column are often wrong (bpo-35212 and others). Here they are found again in the text of the literal.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Generator, Iterable, Iterator
from typing import TypeAlias

from coroscope.source import Source

Fields: TypeAlias = Generator[tuple[int, int], None, int]
"""The spans of some fields' expressions, and as the generator's value the offset behind them."""

_PREFIX = re.compile(r"([rRbBuUfF]*)('''|\"\"\"|'|\")")
_CLOSING = {"(": ")", "[": "]", "{": "}"}


def place_fstrings(literals: Iterable[ast.JoinedStr], source: Source) -> None:
    """Correct the positions of all nodes in some f-strings of a text; what cannot be found stays as it was."""
    for literal in literals:
        _place(literal, source)


def _place(literal: ast.JoinedStr, source: Source) -> None:
    start = source.utf8_offset(literal.lineno, literal.col_offset)
    end = source.utf8_offset(literal.end_lineno or 1, literal.end_col_offset or 0)
    fields = [value for value in literal.values if isinstance(value, ast.FormattedValue)]
    found = list(_expressions(source.text, start, end))
    flat = list(_nested(fields))
    if len(found) != len(flat):
        return
    for field, (begin, finish) in zip(flat, found, strict=True):
        _move(field.value, source, begin, finish)


def _nested(fields: list[ast.FormattedValue]) -> Iterator[ast.FormattedValue]:
    """The replacement fields, and those in their format specifications, in the order of the text."""
    for field in fields:
        yield field
        if isinstance(field.format_spec, ast.JoinedStr):
            yield from _nested([v for v in field.format_spec.values if isinstance(v, ast.FormattedValue)])


def _move(expression: ast.expr, source: Source, begin: int, end: int) -> None:
    """Give an expression's nodes the positions that they have in the text between two offsets."""
    text = source.text[begin:end]
    lead = len(text) - len(text.lstrip())
    try:
        parsed = ast.parse(f"({text.strip()}\n)", mode="eval").body
    except SyntaxError:
        return
    old, new = list(ast.walk(expression)), list(ast.walk(parsed))
    if [type(node) for node in old] != [type(node) for node in new]:
        return
    first = source.position(begin + lead)
    prefix = len(source.line(first.line)[: first.column - 1].encode("utf-8", "surrogatepass"))
    for mine, right in zip(old, new, strict=True):
        if isinstance(right, (ast.expr, ast.keyword, ast.arg)) and isinstance(mine, (ast.expr, ast.keyword, ast.arg)):
            mine.lineno = right.lineno + first.line - 1
            mine.col_offset = right.col_offset + (prefix - 1 if right.lineno == 1 else 0)
            mine.end_lineno = (right.end_lineno or 1) + first.line - 1
            mine.end_col_offset = (right.end_col_offset or 0) + (prefix - 1 if right.end_lineno == 1 else 0)


def _expressions(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The offsets of every replacement field's expression in the string literals between two offsets."""
    position = start
    while position < end:
        match = _PREFIX.match(text, position)
        if match is None:
            position += 1
            continue
        quote = match[2]
        raw = "r" in match[1].lower()
        if "f" in match[1].lower():
            position = yield from _fields(text, match.end(), end, quote, raw)
        else:
            position = _skipped(text, match.end(), end, quote)


def _skipped(text: str, position: int, end: int, quote: str) -> int:
    """The offset behind the end of a plain string literal."""
    while position < end and not text.startswith(quote, position):
        position += 2 if text[position] == "\\" else 1
    return position + len(quote)


def _fields(text: str, position: int, end: int, quote: str, raw: bool) -> Fields:
    """The fields of one f-string literal; the value of the generator is the offset behind the literal."""
    while position < end and not text.startswith(quote, position):
        if (text[position] == "\\" and not raw) or text.startswith(("{{", "}}"), position):
            position += 2
        elif text[position] == "{":
            position = yield from _field(text, position + 1, end)
        else:
            position += 1
    return position + len(quote)


def _field(text: str, begin: int, end: int) -> Fields:
    """One replacement field, from behind its `{`, with the fields of its format specification."""
    position = _end_of_expression(text, begin, end)
    yield begin, position
    while position < end and text[position] not in ":}":
        position += 1
    if text[position : position + 1] == ":":
        position += 1
        while position < end and text[position] != "}":
            position = (yield from _field(text, position + 1, end)) if text[position] == "{" else position + 1
    return position + 1


def _end_of_expression(text: str, position: int, end: int) -> int:
    """The offset of the `!`, `:`, `=` or `}` that ends a field's expression."""
    open_: list[str] = []
    while position < end:
        character = text[position]
        if character in "'\"":
            quote = text[position : position + 3] if text[position : position + 3] in ("'''", '"""') else character
            position = _skipped(text, position + len(quote), end, quote)
            continue
        if character in _CLOSING:
            open_.append(_CLOSING[character])
        elif open_ and character == open_[-1]:
            open_.pop()
        elif not open_ and _ends(text, position):
            return position
        position += 1
    return position


def _ends(text: str, position: int) -> bool:
    character, next_ = text[position], text[position + 1 : position + 2]
    if character == "=":
        return next_ != "=" and text[position - 1] not in "=!<>"
    return character in ":}" or (character == "!" and next_ != "=")
