"""`contextlib.aclosing` around a loop: it closes the generator when the loop is left, whichever way.

It is there since CPython 3.10.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence

from coroscope.findings import Fix, TextEdit
from coroscope.fixes.edits import replace
from coroscope.fixes.imports import import_library, name_of
from coroscope.fixes.names import free_name
from coroscope.fixes.statements import has_lines_to_itself, indent_unit, indentation, indented, spans_lines
from coroscope.model.module import Module


def close_when_left(module: Module, loop: ast.AsyncFor) -> Fix | None:
    """`async with aclosing(…)` around a loop over what a call makes; None where that is not said so simply."""
    if module.program.target.python < (3, 10) or not isinstance(loop.iter, ast.Call):
        return None
    if not has_lines_to_itself(module, loop) or any(spans_lines(module, node) for node in ast.walk(loop)):
        return None
    return Fix("Close it with `aclosing`", lambda: _wrapped(module, loop), preferred=True)


def _wrapped(module: Module, loop: ast.AsyncFor) -> Sequence[TextEdit]:
    text, span, call = module.source.text, module.tree.span(loop), module.tree.span(loop.iter)
    unit, name = indent_unit(module, loop), free_name(module, loop, "items")
    closing = name_of(module, "contextlib", "aclosing") or "contextlib.aclosing"
    lines = (
        f"async with {closing}({text[call.start : call.end]}) as {name}:",
        f"{indentation(module, loop)}{unit}{text[span.start : call.start]}{name}",
    )
    made = replace(module, span.start, call.end, module.source.line_end.join(lines))
    first, last = module.range(loop.iter).end.line + 1, module.range(loop).end.line
    return [*import_library(module, "contextlib", "aclosing"), made, *indented(module, first, last, unit)]
