"""Handlers that let out what they should not keep: raise it again, catch less, return behind the `try`."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence

from coroscope.findings import Fix, TextEdit
from coroscope.fixes.edits import insert, replace
from coroscope.model.module import Module
from coroscope.nodes import last_name, nodes_within, parent_of

_LINE_END = re.compile(r"[\r\n]|$")
_FINALLY = re.compile(r"(?<![^\r\n])([ \t]*)finally[ \t]*:")


def raise_again(module: Module, handler: ast.ExceptHandler) -> Fix:
    """`raise` as the last thing that a handler does, in the place of a `pass` or `continue`."""

    def make() -> Sequence[TextEdit]:
        last = handler.body[-1]
        span = module.tree.span(last)
        if isinstance(last, (ast.Pass, ast.Continue)):
            return [replace(module, *span, "raise")]
        if module.range(handler.body[0]).start.line == module.range(handler).start.line:
            return [insert(module, span.end, "; raise")]
        indent = _indent(module, handler.body[0])
        return [insert(module, _end_of_line(module, span.end), f"{module.source.line_end}{indent}raise")]

    return Fix("Raise it again", make, preferred=True)


def catch_errors_only(module: Module, place: ast.ExceptHandler | ast.Call, caught: ast.expr | None) -> Fix:
    """`Exception` for a bare `except` or for `BaseException`; what else catches too much is left out of a list."""

    def make() -> Sequence[TextEdit]:
        if caught is None:
            return [insert(module, module.tree.span(place).start + len("except"), " Exception")]
        others = [one for one in listed(place) if one is not caught]
        span = module.tree.span(caught)
        if last_name(caught) == "BaseException" and not any(last_name(one) == "Exception" for one in others):
            return [replace(module, *span, "Exception")]
        if isinstance(place, ast.ExceptHandler) and len(others) == 1 and place.type is not None:
            return [replace(module, *module.tree.span(place.type), module.text(others[0]))]
        return [_without(module, listed(place), caught)]

    return Fix("Catch errors only", make, preferred=True)


def move_behind_try(module: Module, jump: ast.Return) -> Iterator[Fix]:
    """`return` behind the `try` whose `finally` it stands in, where nothing else leaves that statement early."""
    statement = parent_of(jump)
    if not isinstance(statement, ast.Try) or statement.finalbody[-1] is not jump or not _begins_line(module, jump):
        return
    others = nodes_within([*statement.body, *statement.handlers, *statement.orelse, *statement.finalbody[:-1]])
    if any(isinstance(node, (ast.Return, ast.Break, ast.Continue)) for node in others):
        return
    if len(statement.finalbody) == 1 and not statement.handlers:
        return

    def make() -> Sequence[TextEdit]:
        start = module.tree.span(jump).start
        if len(statement.finalbody) > 1:
            return [replace(module, start - len(_indent(module, jump)), start, _indent(module, statement))]
        before = [*statement.body, *statement.handlers[-1].body, *statement.orelse][-1]
        found = _FINALLY.search(module.source.text, module.tree.span(before).end)
        return [] if found is None else [replace(module, found.start(), start, found[1])]

    yield Fix("Return behind the `try`", make, preferred=True)


def listed(place: ast.ExceptHandler | ast.Call) -> list[ast.expr]:
    """The exceptions that a handler or a call of `suppress` names."""
    if isinstance(place, ast.Call):
        return place.args
    if isinstance(place.type, ast.Tuple):
        return place.type.elts
    return [] if place.type is None else [place.type]


def _without(module: Module, items: Sequence[ast.expr], item: ast.expr) -> TextEdit:
    """Take an item out of a list, with the comma that goes with it."""
    index = items.index(item)
    span = module.tree.span(item)
    if index:
        return replace(module, module.tree.span(items[index - 1]).end, span.end, "")
    return replace(module, span.start, module.tree.span(items[1]).start, "")


def _before(module: Module, node: ast.AST) -> str:
    """What stands before a node in its line."""
    start = module.tree.span(node).start
    return module.source.text[module.source.line_starts[module.range(node).start.line - 1] : start]


def _begins_line(module: Module, node: ast.AST) -> bool:
    return not _before(module, node).strip()


def _indent(module: Module, node: ast.AST) -> str:
    """The white space that a node's line begins with."""
    before = _before(module, node)
    return before[: len(before) - len(before.lstrip())]


def _end_of_line(module: Module, offset: int) -> int:
    found = _LINE_END.search(module.source.text, offset)
    return found.start() if found else offset
