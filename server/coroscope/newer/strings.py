"""Strings with replacement fields of newer kinds: f-strings of CPython 3.12 (PEP 701), t-strings of 3.14 (PEP 750).

Since 3.12 a field holds any expression: with the quotes of the string, backslashes, comments, and line ends.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TypeAlias

from coroscope.newer.lexing import Field, Token
from coroscope.newer.nodes import Interpolation, TemplateStr
from coroscope.newer.nodes import node as new
from coroscope.newer.rewriting import Edit, Rewriting, blank
from coroscope.source import Source

Parse: TypeAlias = Callable[[str], ast.expr]
"""Reads an expression behind a bracket, which may go on over several lines."""


def template_strings(source: Source, tokens: Sequence[Token], parse: Parse) -> Iterator[Rewriting]:
    """The strings that are unknown, each with what it is joined to, made an empty list; `parse` reads their fields."""
    for run in _runs(tokens):
        if not all(map(_is_known, run)):
            start, end = run[0].start, run[-1].end
            instead = f"[{blank(source.text[start + 1 : end - 1])}]"
            put_back = partial(_template, source=source, run=run, parse=parse)
            yield Rewriting((Edit(start, end, instead),), ast.List, start, put_back)


def parse_apart(source: Source, start: int, end: int, parse: Parse) -> list[ast.AST]:
    """The nodes of the expression between two offsets, parsed alone, in their places; the outermost comes first."""
    expression = parse(source.text[start:end])
    if isinstance(expression, ast.Tuple) and expression.col_offset == 0:  # it took the bracket for its own
        first, last = expression.elts[0], expression.elts[-1]
        expression.lineno, expression.col_offset = first.lineno, first.col_offset
        expression.end_lineno, expression.end_col_offset = last.end_lineno, last.end_col_offset
    line, column = source.utf8_place(start)
    found = nodes_of(expression)
    for node in found:
        if hasattr(node, "lineno"):
            _move(node, line - 1, column - 1)
    return found


def nodes_of(expression: ast.expr) -> list[ast.AST]:
    """The nodes of an expression, itself first, in an order that is the same for equal ones."""
    found: list[ast.AST] = [expression]
    for node in found:
        for name in node._fields:
            value = getattr(node, name, None)
            if type(value) is list:
                found += [one for one in value if isinstance(one, ast.AST)]
            elif isinstance(value, ast.AST):
                found.append(value)
    return found


def _move(node: ast.AST, lines: int, columns: int) -> None:
    """Move a node that was parsed behind a bracket."""
    if node.lineno == 1:  # type: ignore[attr-defined]  # it has a place
        node.col_offset += columns  # type: ignore[attr-defined]
    if node.end_lineno == 1:  # type: ignore[attr-defined]
        node.end_col_offset += columns  # type: ignore[attr-defined]
    node.lineno += lines  # type: ignore[attr-defined]
    node.end_lineno += lines  # type: ignore[attr-defined]


def _runs(tokens: Sequence[Token]) -> Iterator[list[Token]]:
    """Strings that stand one behind the other, and so are one."""
    run: list[Token] = []
    for token in tokens:
        if token.is_string:
            run.append(token)
        elif run:
            yield run
            run = []
    if run:
        yield run


def _is_known(token: Token) -> bool:
    """Whether the parser takes a string. One of newer kinds never looks to it as if it were another that it takes."""
    if token.fields is None:
        return True
    try:
        ast.parse(f"({token.text}\n)", mode="eval")
    except SyntaxError:
        return False
    return True


def _template(node: ast.AST, _: ast.AST, source: Source, run: Sequence[Token], parse: Parse) -> ast.AST:
    """The string with the fields of all that are joined in it. What stands between the fields is not told."""
    is_template = any("t" in token.prefix for token in run)
    fields = [_field(each, source, parse, is_template) for token in run for each in token.fields or ()]
    return new(TemplateStr if is_template else ast.JoinedStr, node, values=fields)


def _field(field: Field, source: Source, parse: Parse, is_template: bool) -> ast.AST:
    place = ast.Constant(None)
    place.lineno, place.col_offset = source.utf8_place(field.opening)
    place.end_lineno, place.end_col_offset = source.utf8_place(field.closing)
    spec = None if field.spec is None else [_field(each, source, parse, False) for each in field.spec]
    parts: dict[str, object] = {
        "value": parse_apart(source, field.start, field.end, parse)[0],
        "conversion": ord(field.conversion[0]) if field.conversion else -1,
        "format_spec": None if spec is None else new(ast.JoinedStr, place, values=spec),
    }
    if is_template:
        return new(Interpolation, place, str=source.text[field.start : field.end], **parts)
    return new(ast.FormattedValue, place, **parts)
