"""What a notebook shows: the value of the last expression of a cell, which it also keeps, in `Out`.

    asyncio.create_task(poll())         lost, as a statement is
    asyncio.create_task(poll())         shown and kept, if the cell ends here; behind a `;` it is neither

So a task, which runs anyway, is not lost there; a coroutine does not run because it is shown. Source: IPython's
`DisplayHook`, with `ast_node_interactivity` as it is by default.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from coroscope.cells import CELL
from coroscope.model.top_level import TopLevel
from coroscope.nodes import parent_of

if TYPE_CHECKING:
    from coroscope.model.module import Module


def is_shown(module: Module, node: ast.expr) -> bool:
    """Whether an expression is the last thing in a cell."""
    statement = parent_of(node)
    around = parent_of(statement) if isinstance(statement, ast.Expr) else None
    if not isinstance(statement, ast.Expr) or not isinstance(around, ast.Module):
        return False
    if module.top_level is not TopLevel.CELLS:
        return False
    text, end = module.source.text, module.tree.span(statement).end
    later = around.body[around.body.index(statement) + 1 :]
    start = module.tree.span(later[0]).start if later else len(text)
    is_last = not later or CELL.search(text, end, start) is not None
    return is_last and not text[end:start].lstrip(" \t").startswith(";")
