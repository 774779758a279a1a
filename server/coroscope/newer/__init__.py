"""Syntax that is newer than the Python that we run on: read by that Python's parser all the same.

What the parser does not know is rewritten to something that it does, of the same length, so that all else keeps its
line and column; what the user wrote is then put back into the tree:

    except* OSError:            →   except  OSError:                and the statement is a `TryStar`
    except OSError, KeyError:   →   except OSError| KeyError:       and `|` is a tuple
    x[*items]                   →   x[+items]                       and `+` is a star
    print(f"{x["a"]}")          →   print([         ])              and the list is an f-string, its fields read alone
    lazy import json            →   pass;import json                and there is no `pass`
    def first[T](a: T) -> T:    →   def first(   a: T) -> T:        and the function has a type parameter

Nothing is done to a text that the parser takes, and to another one only if it has something newer before the place
where the parser gives up. The list of what is newer is that of "What's New in Python" 3.11 to 3.15; what else those
tell of the grammar, older parsers take as well: parentheses around the items of `with` (3.10 in the documentation),
`return` in a `finally` (PEP 765, which is a warning).
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import islice
from typing import NamedTuple, TypeAlias

from coroscope.newer.handlers import exception_groups, listed_exceptions
from coroscope.newer.imports import lazy_imports
from coroscope.newer.lexing import Token, tokens
from coroscope.newer.rewriting import Rewriting, restored, rewritten
from coroscope.newer.stars import starred_items, unpacking_comprehensions
from coroscope.newer.strings import template_strings
from coroscope.newer.types import type_parameters
from coroscope.source import Source

_Finder: TypeAlias = Callable[[Source, Sequence[Token]], Iterator[Rewriting]]
_FURTHER = 2000
"""How many characters behind the beginning of what is in brackets all that counts should have been seen."""

_ALIAS = re.compile(r"\btype\b")
_LINE_END = re.compile(r"\r\n|\r|\n")
_MOST_TRIES = 5


class _Syntax(NamedTuple):
    """The CPython that brought it, what shows that it may be there, in the text or in the parser's words, and where."""

    since: tuple[int, int]
    sign: re.Pattern[str]
    find: _Finder


def parse(text: str) -> ast.Module:
    """What the parser of the Python that we run on makes of a text, as a newer one would; raises what it raises."""
    module = _parse(text, "exec")
    assert isinstance(module, ast.Module)
    return module


def parse_expression(text: str) -> ast.expr:
    """The same of an expression, which may go on over several lines."""
    expression = _parse(f"({text}\n)", "eval")
    assert isinstance(expression, ast.Expression)
    return expression.body


def _parse(text: str, mode: str) -> ast.AST:
    try:
        return _by_cpython(text, mode)
    except IndentationError:  # newer syntax is none to the parsers
        raise
    except SyntaxError as error:
        return _parse_newer(text, mode, error)


def _by_cpython(text: str, mode: str) -> ast.AST:
    """What CPython's parser makes of a text.

    CPython counts how deep trees are for all threads at once, and takes it for a fault of its own if another thread
    parses meanwhile: "AST constructor recursion depth mismatch", seen with 3.11.7. Such a text is parsed again.
    """
    for _ in range(_MOST_TRIES - 1):
        try:
            return ast.parse(text, mode=mode)
        except SystemError:
            continue
    return ast.parse(text, mode=mode)


def _parse_newer(text: str, mode: str, error: SyntaxError) -> ast.AST:
    """What the parser makes of a text that it rejected, rewritten; raises what is wrong with it even so.

    The text is rewritten as far as the parser came, and at least twice as far each time: as a rule it is broken, and a
    few lines are enough to know.
    """
    end = _reached(text, error)
    finders = _finders(text, error, end)
    known = 0
    while True:
        found = list(_rewritings(text, end, finders)) if finders else []
        if len(found) == known:
            raise error
        known = len(found)
        try:
            return restored(_by_cpython(rewritten(text, found), mode), Source(text), found)
        except SyntaxError as further:
            error, reached = further, _reached(text, further)
            more = finders | _finders(text, error, reached)
            if reached <= end and more == finders:
                raise
            finders, end = more, max(reached, 2 * end)


def _finders(text: str, error: SyntaxError, end: int) -> set[_Finder]:
    """What looks for the newer syntax that may be in a text before an offset."""
    return {each.find for each in _UNKNOWN if each.sign.search(error.msg) or each.sign.search(text, 0, end)}


def _reached(text: str, error: SyntaxError) -> int:
    """The offset behind the lines at which the parser gave up.

    A bracket that it thinks is never closed may be one in a string that it does not know, some way behind. And what it
    says of `type X[T = int] = …` is true of what stands anywhere behind: that line itself is none the worse (3.13).
    """
    line = error.end_lineno or error.lineno
    found = None if line is None else next(islice(_LINE_END.finditer(text), line - 1, None), None)
    if found is None or ("Maybe you meant" in error.msg and _ALIAS.search(error.text or "")):
        return len(text)
    return found.end() + (_FURTHER if "never closed" in error.msg else 0)


def _rewritings(text: str, end: int, finders: set[_Finder]) -> Iterator[Rewriting]:
    """The rewritings of the logical lines that begin before an offset, unless a bracket is open there for long."""
    source = Source(text)
    read: list[Token] = []
    for token in tokens(text):
        if token.start >= end and (token.text == "\n" or token.start > end + _FURTHER):
            break
        read.append(token)
    for find in finders:
        yield from find(source, read)


_UNCLOSED_FIELD = r"""[fF][rR]?(?:"[^"\n]*\{[^}"\n]*["\n]|'[^'\n]*\{[^}'\n]*['\n])"""
"""How an f-string looks in which a parser before 3.12 sees the end too early."""

_strings = partial(template_strings, parse=parse_expression)
_SYNTAX = (
    _Syntax((3, 11), re.compile(r"except\s*\*"), exception_groups),
    _Syntax((3, 11), re.compile(r"[\[,:]\s*\*"), starred_items),
    _Syntax((3, 12), re.compile(rf"f-string|{_UNCLOSED_FIELD}"), _strings),
    _Syntax((3, 13), re.compile(r"(?:def|class|type)[ \t\\]+\s*\w+[ \t]*[\[=]"), type_parameters),
    _Syntax((3, 14), re.compile(r"multiple exception types|except[ \t*]+[^\s(:][^:\n]*,"), listed_exceptions),
    _Syntax(
        (3, 14),
        re.compile(r"[tT]['\"](?<![\w'\"]..)|[tT][rR]['\"](?<![\w'\"]...)|[rR][tT]['\"](?<![\w'\"]...)"),
        _strings,
    ),
    _Syntax((3, 15), re.compile(r"lazy[ \t]+(?:import|from)\b"), lazy_imports),
    _Syntax((3, 15), re.compile("unpacking cannot be used"), unpacking_comprehensions),
)
"""Type parameters came with 3.12 (PEP 695), their defaults with 3.13 (PEP 696)."""

_UNKNOWN = tuple(syntax for syntax in _SYNTAX if sys.version_info < syntax.since)
