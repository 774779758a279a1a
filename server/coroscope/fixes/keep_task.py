"""Let a coroutine run on its own as a task, and wait for it at the end of the block."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence

from coroscope.findings import Fix, TextEdit
from coroscope.fixes.edits import insert, wrap
from coroscope.fixes.imports import asyncio_name, import_asyncio
from coroscope.fixes.names import free_name
from coroscope.model.module import Module
from coroscope.model.names import own_nodes
from coroscope.syntax import parent_of

_JUMPS = (ast.Return, ast.Break, ast.Continue, ast.Raise)


def can_keep(module: Module, node: ast.expr) -> bool:
    """Whether a coroutine is a statement of an async function with something to do after it in the same block."""
    statement = parent_of(node)
    if not isinstance(node, ast.Call) or not isinstance(statement, ast.Expr) or not module.in_async(node):
        return False
    later = _later(statement)
    return bool(later) and not any(isinstance(inner, _JUMPS) for inner in _within(later))


def keep_as_task(module: Module, node: ast.Call) -> Fix:
    """Make a task of it where it stands, and await that after the last statement of the block."""

    def make() -> Sequence[TextEdit]:
        statement = parent_of(node)
        assert isinstance(statement, ast.Expr)
        name = free_name(module, node, "task")
        create = asyncio_name(module, "create_task") or "asyncio.create_task"
        last = module.tree.span(_later(statement)[-1]).end
        start = module.tree.span(statement).start
        line = module.source.line_starts[module.range(statement).start.line - 1]
        indent = module.source.text[line:start]
        line_end = _end_of_line(module.source.text, last)
        return [
            *import_asyncio(module, "create_task"),
            *wrap(module, node, f"{name} = {create}(", ")"),
            insert(module, line_end, f"{module.source.line_end}{indent}await {name}"),
        ]

    return Fix("Keep it as a task", make)


def _later(statement: ast.stmt) -> list[ast.stmt]:
    """The statements behind a statement in its block."""
    above = parent_of(statement)
    for name in ("body", "orelse", "finalbody"):
        block = getattr(above, name, None)
        if isinstance(block, list) and statement in block:
            return block[block.index(statement) + 1 :]
    return []


def _within(statements: list[ast.stmt]) -> list[ast.AST]:
    return list(own_nodes(ast.Module(statements, [])))


def _end_of_line(text: str, offset: int) -> int:
    match = re.compile(r"[\r\n]").search(text, offset)
    return match.start() if match else len(text)
