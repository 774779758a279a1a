"""Type parameters and `type` statements (PEP 695, PEP 696), for the parsers of the Pythons that do not know them.

What such a parser cannot read is blanked out, and put back into the nodes that it makes:

    def first[T](items: list[T]) -> T:      →   def first   (items: list[T]) -> T:
    type Pair[T] = tuple[T, T]              →   Pair         = tuple[T, T]
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Callable, Iterator
from typing import NamedTuple, TypeAlias

_LIKELY = re.compile(
    r"(?:^|[:;])[ \t]*(?:(?:async[ \t]+)?(?:def|class)[ \t]+\w+[ \t]*\[|type[ \t]+\w+[ \t]*[\[=])", re.MULTILINE
)
_FAILURES = (tokenize.TokenError, SyntaxError)
_SKIPPED = (tokenize.NL, tokenize.COMMENT)
_BEGINS = (tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT)

_Place: TypeAlias = tuple[int, int]
_Stretch: TypeAlias = tuple[_Place, _Place]


class TypeStatement(ast.stmt):
    """A `type` statement, with the fields of `ast.TypeAlias` of CPython 3.12."""

    _fields = ("name", "type_params", "value")


TypeStatement.__name__ = "TypeAlias"


class _Header(NamedTuple):
    """The beginning of a definition or `type` statement: its first place, what to blank, and its parameters."""

    start: _Place
    blank: _Stretch
    parameters: list[_Stretch]
    alias: str | None


def parse_newer(text: str, parse: Callable[[str], ast.Module]) -> ast.Module | None:
    """What `parse` makes of a text without the new syntax in it, which is put back; None for a text that has none."""
    headers = list(_headers(text)) if _LIKELY.search(text) else []
    if not headers:
        return None
    lines = text.split("\n")
    blanked = list(lines)
    for header in headers:
        _blank(blanked, header)
    module = parse("\n".join(blanked))
    _put_back(module, {_in_bytes(lines, header.start): header for header in headers}, lines)
    return module


def _headers(text: str) -> Iterator[_Header]:
    try:
        tokens = [t for t in tokenize.generate_tokens(io.StringIO(text).readline) if t.type not in _SKIPPED]
    except _FAILURES:
        return
    for index, token in enumerate(tokens[:-3]):
        before = tokens[index - 1] if index else None
        name, opening = tokens[index + 1], tokens[index + 2]
        if token.type != tokenize.NAME or name.type != tokenize.NAME:
            continue
        if token.string in ("def", "class") and opening.string == "[":
            end, parameters = _bracketed(tokens, index + 2)
            start = before.start if before is not None and before.string == "async" else token.start
            yield _Header(start, (opening.start, tokens[end].end), parameters, None)
        elif token.string == "type" and (before is None or before.type in _BEGINS or before.string in (":", ";")):
            end, parameters = _bracketed(tokens, index + 2) if opening.string == "[" else (index + 1, [])
            if tokens[end + 1].string == "=":
                yield _Header(token.start, (token.start, tokens[end].end), parameters, name.string)


def _bracketed(tokens: list[tokenize.TokenInfo], opening: int) -> tuple[int, list[_Stretch]]:
    """The index of the bracket that closes this one, and the parameters between them."""
    depth, begin = 0, opening + 1
    found: list[_Stretch] = []
    for index in range(opening, len(tokens) - 1):
        word = tokens[index].string
        depth += (word in ("[", "(", "{")) - (word in ("]", ")", "}"))
        if depth == 0 or (depth == 1 and word == ","):
            if index > begin:
                found.append((tokens[begin].start, tokens[index - 1].end))
            begin = index + 1
        if depth == 0:
            return index, found
    return opening, []


def _blank(lines: list[str], header: _Header) -> None:
    """Put spaces for a stretch; lines in it are joined by backslashes; an alias's name goes to its beginning."""
    (first, left), (last, right) = header.blank
    for row in range(first, last + 1):
        line = lines[row - 1]
        begin, end = left if row == first else 0, right if row == last else len(line)
        spaces = " " * (end - begin)
        if row < last:
            spaces = spaces[:-1] + "\\"
        if row == first and header.alias is not None:
            spaces = header.alias + spaces[len(header.alias) :]
        lines[row - 1] = line[:begin] + spaces + line[end:]


def _put_back(module: ast.Module, headers: dict[_Place, _Header], lines: list[str]) -> None:
    for node in ast.walk(module):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            header = headers.get((node.lineno, node.col_offset))
            if header is not None:
                node.type_params = _parameters(header, node, lines)  # type: ignore[union-attr]
        for name in ("body", "orelse", "finalbody"):
            found = getattr(node, name, None)
            suite: list[ast.stmt] = found if isinstance(found, list) else []
            for index, statement in enumerate(suite):
                header = headers.get((statement.lineno, statement.col_offset))
                if isinstance(statement, ast.Assign) and header is not None and header.alias is not None:
                    suite[index] = _alias(statement, header, lines)


def _alias(statement: ast.Assign, header: _Header, lines: list[str]) -> ast.stmt:
    made = TypeStatement()
    made.name, made.value = statement.targets[0], statement.value  # type: ignore[attr-defined]
    ast.copy_location(made, statement)
    made.type_params = _parameters(header, made, lines)  # type: ignore[attr-defined]
    return made


def _parameters(header: _Header, node: ast.AST, lines: list[str]) -> list[ast.expr]:
    """The parameters as nodes, of which nothing but the place matters."""
    found: list[ast.expr] = []
    for start, end in header.parameters:
        (line, column), (end_line, end_column) = _in_bytes(lines, start), _in_bytes(lines, end)
        made = ast.Name("", ast.Load(), lineno=line, col_offset=column, end_lineno=end_line, end_col_offset=end_column)
        made.parent = node  # type: ignore[attr-defined]
        found.append(made)
    return found


def _in_bytes(lines: list[str], place: _Place) -> _Place:
    """A place with its column in UTF-8, as the parser counts."""
    line, column = place
    return line, len(lines[line - 1][:column].encode("utf-8", "replace"))
