"""Branches that types rule out: the condition leaves nothing of what a local variable may be.

def show(value: int | str):
    if isinstance(value, int):
        ...
    elif isinstance(value, str):
        ...
    else:
        report(value)           # nobody comes here, as far as the annotation is true
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from coroscope.model.graph import Condition
from coroscope.model.narrowing import narrowed
from coroscope.model.types import NEVER
from coroscope.nodes import BLOCKS, ancestors

if TYPE_CHECKING:
    from coroscope.model.module import Module


def is_unreachable(module: Module, node: ast.AST) -> bool:
    """Whether a condition around a node, one without `and` and `or`, is never met there."""
    below = node
    for above in ancestors(node):
        if isinstance(above, BLOCKS):
            break
        if isinstance(above, (ast.If, ast.While, ast.IfExp)) and below is not above.test:
            body = [above.body] if isinstance(above, ast.IfExp) else above.body
            if _is_never(module, above.test, below in body):
                return True
        below = above
    return False


def _is_never(module: Module, test: ast.expr, holds: bool) -> bool:
    """Whether a condition never turns out so."""
    while isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        test, holds = test.operand, not holds
    if isinstance(test, ast.BoolOp):
        return False
    for name in ast.walk(test):
        if isinstance(name, ast.Name) and isinstance(name.ctx, ast.Load):
            condition = Condition(test, holds, frozenset({name.id}))
            if narrowed(module.type_of(name), condition, name.id, module.bodies.scope_of(name)) == NEVER:
                return True
    return False
