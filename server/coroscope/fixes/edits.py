"""Text edits on a module: insert, replace, wrap."""

from __future__ import annotations

import ast

from coroscope.findings import TextEdit
from coroscope.model.module import Module
from coroscope.source import Span


def replace(module: Module, start: int, end: int, text: str) -> TextEdit:
    """Put `text` in the place of what stands between two 0-based offsets."""
    return TextEdit(module.path, module.source.range(Span(start, end)), text)


def insert(module: Module, offset: int, text: str) -> TextEdit:
    """Put `text` at a 0-based offset."""
    return replace(module, offset, offset, text)


def wrap(module: Module, node: ast.AST, before: str, after: str) -> list[TextEdit]:
    """Put a text before and one behind a node."""
    span = module.tree.span(node)
    return [insert(module, span.start, before), insert(module, span.end, after)]


def in_parentheses(module: Module, node: ast.AST) -> bool:
    """Whether a pair of parentheses stands directly round a node (those of a call do not count)."""
    text = module.source.text
    span = module.tree.span(node)
    start = span.start - 1
    while start >= 0 and text[start] in " \t\r\n":
        start -= 1
    end = span.end
    while end < len(text) and text[end] in " \t\r\n":
        end += 1
    if start < 0 or end >= len(text) or text[start] != "(" or text[end] != ")":
        return False
    before = text[:start].rstrip()[-1:]
    return not (before.isalnum() or before in "_)]}\"'") or _ends_with_keyword(text[:start])


def _ends_with_keyword(text: str) -> bool:
    word = ""
    for character in reversed(text.rstrip()):
        if not (character.isalnum() or character == "_"):
            break
        word = character + word
    return word in _KEYWORDS


_KEYWORDS = frozenset(
    """
    and as assert await del elif else for from if in is lambda not or raise return while with yield
    """.split()  # noqa: SIM905  (a list of words reads better)
)
