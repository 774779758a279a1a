"""Functions whose bodies do nothing, or nothing but raise."""

from __future__ import annotations

import ast

from coroscope.nodes import FunctionNode
from coroscope.syntax import Tree


def emptiness(tree: Tree, node: FunctionNode) -> tuple[bool, str | None]:
    """Whether a body does nothing, and what it raises if it does nothing else (`""` for a bare `raise`)."""
    body = node.body
    if body and isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant):
        body = body[1:]
    if not body or all(isinstance(s, ast.Pass) or _is_ellipsis(s) for s in body):
        return True, None
    last = body[-1]
    if isinstance(last, ast.Raise) and all(isinstance(s, (ast.Expr, ast.Assign, ast.Assert)) for s in body[:-1]):
        return False, tree.text(last.exc) if last.exc is not None else ""
    return False, None


def _is_ellipsis(statement: ast.stmt) -> bool:
    return (
        isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant) and statement.value.value is ...
    )
