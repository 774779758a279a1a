"""The tokens of a text by the rules of the newest Python, as far as rewriting looks at them.

What stands in the replacement fields of f-strings and t-strings is part of the string's token, which says where the
fields are (PEP 701, PEP 750).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

_TOKEN = re.compile(
    r"""\#[^\r\n]* | \\(?:\r\n|[\r\n])
    | (?P<opening>(?:[rR][bBfFtT]?|[bBfFtT][rR]?|[uU])?(?P<quotes>\"{3}|'{3}|"|'))
    | (?P<line>\r\n|[\r\n]) | (?P<other>\w+|[!=<>]=|[^\s\w])""",
    re.VERBOSE,
)
_REST = {
    **{q: re.compile(rf"[^{q}\\\r\n]*(?:\\(?:\r\n|[\s\S])[^{q}\\\r\n]*)*{q}") for q in "\"'"},
    **{q * 3: re.compile(rf"[^{q}\\]*(?:(?:\\[\s\S]|{q}(?!{q}{q}))[^{q}\\]*)*{q}{{3}}") for q in "\"'"},
}
"""What stands behind the quotes that begin a plain string, up to its end."""
_TEXT = re.compile(r"[^\\{}\"'\r\n]+")
_ESCAPE = re.compile(r"\\N\{[^{}\r\n]*\}|\\(?:\r\n|[^{}])?")
_RAW_ESCAPE = re.compile(r"\\(?:\r\n|[^{}])?")
_ENDING = re.compile(r"=?{0}(?:!{0}(\w+){0})?([:}}])".format(r"(?:\s|\#[^\r\n]*)*"))
_SIMPLE = re.compile(r"\s*[\w.]+(?:\([\w., ]*\))?\s*(?=[!:=}](?!=))")
"""Most expressions of fields, up to what ends them."""
_CLOSING = {"(": ")", "[": "]", "{": "}"}
_DEEPEST = 50
_LONGEST = 4000
"""An expression in a field with more characters than these is one that is not closed."""


class Field(NamedTuple):
    """A replacement field: the offsets of its expression and of its braces, and the fields in its specification."""

    start: int
    end: int
    opening: int
    closing: int
    conversion: str | None
    spec: tuple[Field, ...] | None


class Token(NamedTuple):
    """A word, a character, a comparison, a string, or the end of a logical line (`"\\n"`), and the offsets of it."""

    text: str
    start: int
    end: int
    fields: tuple[Field, ...] | None = None

    @property
    def is_string(self) -> bool:
        """Whether it is a string of any kind."""
        return self.text[-1] in "\"'"

    @property
    def prefix(self) -> str:
        """The letters before the quotes of a string, in lower case."""
        return self.text[: len(self.text) - len(self.text.lstrip("bBfFrRtTuU"))].lower()


LINE_END = Token("\n", 0, 0)
"""The end of a logical line, as it stands before the first."""


class _UnclosedError(Exception):
    """A string has no end, or a field of it is none."""


def tokens(text: str, start: int = 0) -> Iterator[Token]:
    """The tokens of a text from an offset on, up to a string that is broken."""
    depth = 0
    try:
        for token in _tokens(text, start, 0):
            if token.text in _CLOSING:
                depth += 1
            elif token.text in (")", "]", "}"):
                depth = max(depth - 1, 0)
            if depth == 0 or token.text != "\n":
                yield token
    except _UnclosedError:
        return


def fields_between(text: str, start: int, end: int) -> list[Field]:
    """The fields of the strings between two offsets, and those in their format specifications."""
    found: list[Field] = []
    try:
        for token in _tokens(text, start, 0):
            if token.start >= end:
                break
            found += all_fields(token.fields)
    except _UnclosedError:
        return []
    return found


def all_fields(fields: tuple[Field, ...] | None) -> Iterator[Field]:
    """Replacement fields, and those in their format specifications, in the order of the text."""
    for each in fields or ():
        yield each
        yield from all_fields(each.spec)


def _tokens(text: str, at: int, nesting: int) -> Iterator[Token]:
    while (match := _TOKEN.search(text, at)) is not None:
        start, at = match.span()
        if match["opening"]:
            fields, at = _string(text, at, match, nesting)
            yield Token(text[start:at], start, at, fields)
        elif match["line"]:
            yield Token("\n", start, at)
        elif match["other"]:
            yield Token(match[0], start, at)


def _string(text: str, at: int, match: re.Match[str], nesting: int) -> tuple[tuple[Field, ...] | None, int]:
    """The fields of a string, and the offset behind it."""
    quotes = match["quotes"]
    prefix = match["opening"].lower().removesuffix(quotes)
    if not {"f", "t"} & set(prefix):
        rest = _REST[quotes].match(text, at)
        if rest is None:
            raise _UnclosedError
        return None, rest.end()
    fields, at = _fields(text, at, _Kind(quotes, "r" in prefix, nesting + 1))
    return fields, at + len(quotes)


class _Kind(NamedTuple):
    """The string that a field is in: its quotes, whether it is raw, and in how many others it is."""

    quotes: str
    is_raw: bool
    nesting: int


def _fields(text: str, at: int, kind: _Kind, in_spec: bool = False) -> tuple[tuple[Field, ...], int]:
    """The fields of a string, or of a format specification in it, and the offset of what ends it."""
    found: list[Field] = []
    end = "}" if in_spec else kind.quotes
    stops = ("",) if in_spec or len(kind.quotes) == 3 else ("", "\r", "\n")
    while not text.startswith(end, at):
        if (plain := _TEXT.match(text, at)) is not None:
            at = plain.end()
        elif (escape := (_RAW_ESCAPE if kind.is_raw else _ESCAPE).match(text, at)) is not None:
            at = escape.end()
        elif not in_spec and text.startswith(("{{", "}}"), at):
            at += 2
        elif text.startswith("{", at):
            field, at = _field(text, at, kind)
            found.append(field)
        elif text.startswith(("}", kind.quotes), at) or text[at : at + 1] in stops:
            raise _UnclosedError
        else:
            at += 1
    return tuple(found), at


def _field(text: str, opening: int, kind: _Kind) -> tuple[Field, int]:
    """The field that begins with the brace at an offset, and the offset behind it."""
    end = _end_of_expression(text, opening + 1, kind)
    ending = _ENDING.match(text, end)
    if ending is None or not text[opening + 1 : end].strip():
        raise _UnclosedError
    spec, closing = None, ending.end() - 1
    if ending[2] == ":":
        spec, closing = _fields(text, ending.end(), kind, in_spec=True)
    return Field(opening + 1, end, opening, closing + 1, ending[1], spec), closing + 1


def _end_of_expression(text: str, at: int, kind: _Kind) -> int:
    """The offset of the `!`, `:`, `=` or `}` that ends the expression of a field."""
    if (simple := _SIMPLE.match(text, at)) is not None:
        return simple.end()
    open_: list[str] = []
    if kind.nesting > _DEEPEST:
        raise _UnclosedError
    for token in _tokens(text, at, kind.nesting):
        if token.start > at + _LONGEST:
            break
        if token.text in _CLOSING:
            open_.append(_CLOSING[token.text])
        elif open_ and token.text == open_[-1]:
            open_.pop()
        elif token.text in (")", "]", "}") or (not open_ and token.text in ("!", ":", "=")):
            if open_:
                break
            return token.start
    raise _UnclosedError
