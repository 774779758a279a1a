"""Let a coroutine run on its own as a task, and wait for the task at the end of the block."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from coroscope.findings import Fix, TextEdit
from coroscope.fixes.edits import insert, wrap
from coroscope.fixes.names import free_name
from coroscope.fixes.statements import end_of_line, has_lines_to_itself, indentation, later_statements
from coroscope.fixes.words import word
from coroscope.model.endings import fallen_off
from coroscope.model.module import Module
from coroscope.model.names import own_nodes
from coroscope.nodes import BLOCKS, ancestors, parent_of

_JUMPS = (ast.Return, ast.Break, ast.Continue, ast.Raise)
_LOOPS = (ast.For, ast.AsyncFor, ast.While)


def can_keep(module: Module, node: ast.expr) -> bool:
    """Whether a coroutine is a statement of an async function with something to do after it in the same block."""
    statement = parent_of(node)
    if not isinstance(node, ast.Call) or not isinstance(statement, ast.Expr) or not _has_an_end(module, node):
        return False
    later = later_statements(statement)
    return bool(later) and not any(isinstance(inner, _JUMPS) for inner in _within(later))


def keep_as_task(module: Module, node: ast.Call) -> Iterator[Fix]:
    """Make a task of it where it stands, and await that after the last statement of the block."""
    create = word(module, node, "create_task")
    if create is None:
        return

    def make() -> Sequence[TextEdit]:
        statement = parent_of(node)
        assert isinstance(statement, ast.Expr)
        name = free_name(module, node, "task")
        return [
            *create.imports,
            *wrap(module, node, f"{name} = {create.said}(", ")"),
            _await_behind(module, statement, name),
        ]

    yield Fix("Keep it as a task", make)


def can_await_at_the_end(module: Module, node: ast.Call) -> bool:
    """Whether a task is a statement, or bound to a name by one, whose block runs once and to its end."""
    statement = parent_of(node)
    name = _name_of(statement) if isinstance(statement, ast.stmt) else None
    if not isinstance(statement, ast.stmt) or name is None or not _has_an_end(module, node):
        return False
    if not has_lines_to_itself(module, statement) or len(module.bodies.scope_of(node).names.bindings.get(name, [])) > 1:
        return False  # the variable may hold something else in the end
    later = later_statements(statement)
    if not later or any(isinstance(inner, _JUMPS) for inner in _within(later)) or not list(fallen_off(later)):
        return False
    for above in ancestors(statement):
        if isinstance(above, BLOCKS):
            break
        if isinstance(above, _LOOPS):
            return False
    return True


def await_at_the_end(module: Module, node: ast.Call, *, preferred: bool) -> Fix:
    """Keep a task in a variable, and await it after the last statement of the block."""

    def make() -> Sequence[TextEdit]:
        statement = parent_of(node)
        assert isinstance(statement, ast.stmt)
        name = _name_of(statement) or free_name(module, node, "task")
        start = module.tree.span(node).start
        keep = [insert(module, start, f"{name} = ")] if isinstance(statement, ast.Expr) else []
        return [*keep, _await_behind(module, statement, name)]

    return Fix("Await it at the end", make, preferred=preferred)


def _has_an_end(module: Module, node: ast.expr) -> bool:
    """Whether a node stands in async code that ends, as a notebook does not."""
    return isinstance(module.function_around(node), ast.AsyncFunctionDef)


def _name_of(statement: ast.stmt) -> str | None:
    """The name that a statement binds; empty if it binds none, None if it binds something else."""
    match statement:
        case ast.Expr():
            return ""
        case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
            return name
    return None


def _await_behind(module: Module, statement: ast.stmt, name: str) -> TextEdit:
    """An `await` of a name behind the last statement of a block."""
    end = end_of_line(module, module.tree.span(later_statements(statement)[-1]).end)
    return insert(module, end, f"{module.source.line_end}{indentation(module, statement)}await {name}")


def _within(statements: list[ast.stmt]) -> list[ast.AST]:
    return list(own_nodes(ast.Module(statements, [])))
