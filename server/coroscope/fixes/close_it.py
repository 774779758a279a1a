"""Closing what was opened: `async with` around what uses it, or a call at the end of the block."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from coroscope.findings import Fix, TextEdit
from coroscope.fixes.edits import replace
from coroscope.fixes.statements import (
    has_lines_to_itself,
    indent_unit,
    indented,
    later_statements,
    lines_behind,
    spans_lines,
)
from coroscope.model.endings import fallen_off
from coroscope.model.module import Module
from coroscope.model.names import own_nodes
from coroscope.model.resources import Opened
from coroscope.nodes import parent_of

_JUMPS = (ast.Return, ast.Break, ast.Continue, ast.Raise)


def enter_it(module: Module, opened: Opened) -> Fix | None:
    """`async with` around the rest of the block; None where that cannot be said without rewriting more."""
    statement = _statement(module, opened)
    if statement is None or opened.name is None or not opened.resource.enters:
        return None
    later = later_statements(statement)
    if not later or any(spans_lines(module, node) for one in later for node in ast.walk(one)):
        return None
    name = opened.name.id

    def make() -> Sequence[TextEdit]:
        span, call = module.tree.span(statement), module.tree.span(opened.call)
        text = module.source.text[call.start : call.end]
        unit = indent_unit(module, statement)
        entered = replace(module, span.start, span.end, f"async with {text} as {name}:")
        first, last = module.range(statement).end.line + 1, module.range(later[-1]).end.line
        return [entered, *indented(module, first, last, unit)]

    return Fix("Enter it with `async with`", make, preferred=True)


def close_at_the_end(module: Module, opened: Opened, *, preferred: bool) -> Iterator[Fix]:
    """The calls that close it, behind the last statement of the block, where each way through the block comes to it."""
    statement = _statement(module, opened)
    if statement is None or opened.name is None:
        return
    later = later_statements(statement)
    if any(isinstance(node, _JUMPS) for node in own_nodes(ast.Module(later, []))):
        return
    if later and not list(fallen_off(later)):
        return
    lines = [text.format(opened.name.id) for text in opened.resource.close]
    last = later[-1] if later else statement
    title = f"Call `{opened.resource.method}` at the end"
    yield Fix(title, lambda: [lines_behind(module, last, *lines)], preferred=preferred)


def _statement(module: Module, opened: Opened) -> ast.stmt | None:
    """The assignment that binds it, on lines of its own."""
    above = parent_of(opened.call)
    above = parent_of(above) if isinstance(above, ast.Await) else above
    if not isinstance(above, ast.Assign) or not has_lines_to_itself(module, above):
        return None
    return above
