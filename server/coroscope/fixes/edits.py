"""Text edits on a module: insert, replace, wrap."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from coroscope.findings import TextEdit
from coroscope.model.module import Module
from coroscope.nodes import parent_of
from coroscope.source import Range, Span


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


def merged(edits: Iterable[TextEdit]) -> list[TextEdit]:
    """Edits with all that is put in at one place in one edit, in the order given, and without repetition."""
    found: dict[tuple[str, Range], TextEdit] = {}
    for edit in dict.fromkeys(edits):
        before = found.get((edit.path, edit.range))
        found[edit.path, edit.range] = (
            edit if before is None else TextEdit(edit.path, edit.range, before.text + edit.text)
        )
    return list(found.values())


def in_parentheses(module: Module, node: ast.AST) -> bool:
    """Whether a pair of parentheses stands directly round a node (those of a call do not count)."""
    return _widened(module.source.text, module.tree.span(node)) is not None


def with_parentheses(module: Module, node: ast.AST) -> Span:
    """The offsets that a node covers with all parentheses directly round it (those of a call not counted)."""
    span = module.tree.span(node)
    while (wider := _widened(module.source.text, span)) is not None:
        span = wider
    return span


def has_parentheses_of_call(module: Module, node: ast.AST) -> bool:
    """Whether a generator expression shares its parentheses with the call whose only argument it is."""
    call = parent_of(node)
    if not isinstance(node, ast.GeneratorExp) or not isinstance(call, ast.Call):
        return False
    return not module.source.text[module.tree.span(call.func).end : module.tree.span(node).start].strip(" \t\r\n\\)")


def _widened(text: str, span: Span) -> Span | None:
    """A span with the parentheses directly round it; None if there are none, or those of a call."""
    start = span.start - 1
    while start >= 0 and text[start] in " \t\r\n":
        start -= 1
    end = span.end
    while end < len(text) and text[end] in " \t\r\n":
        end += 1
    if start < 0 or end >= len(text) or text[start] != "(" or text[end] != ")":
        return None
    before = text[:start].rstrip(" \t")[-1:]  # what a call's parentheses follow is on their line
    is_own = not (before.isalnum() or before in "_)]}\"'") or _ends_with_keyword(text[:start])
    return Span(start, end + 1) if is_own else None


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
