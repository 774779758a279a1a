"""What runs the module level of a file: Python, or a notebook, which has an event loop running.

    # %%                    a line like this makes a script a row of cells, as editors and jupytext understand it,
    import asyncio

    # %%
    await main()            and this shows that only a notebook runs it: Python alone would not compile it

IPython compiles cells with `ast.PyCF_ALLOW_TOP_LEVEL_AWAIT` (CPython 3.8), and its kernel runs them in its event loop.
"""

from __future__ import annotations

import ast
from bisect import bisect_right
from enum import Enum, auto

from coroscope.cells import CELL, has_cells, is_notebook
from coroscope.model.names import scope_node_of
from coroscope.nodes import ancestors
from coroscope.syntax import Tree


class TopLevel(Enum):
    """What runs the module level."""

    PROGRAM = auto()
    """Python, from end to end; no event loop is running."""
    EITHER = auto()
    """Python or a notebook: a script with cells."""
    CELLS = auto()
    """A notebook: `await` may stand there, and an event loop is running."""


def top_level(tree: Tree) -> TopLevel:
    """What runs the module level of a file; no edit within a block decides that."""
    known = tree.kept.get(TopLevel)
    if not isinstance(known, TopLevel):
        known = tree.kept[TopLevel] = _told_by(tree)
    return known


def _told_by(tree: Tree) -> TopLevel:
    if is_notebook(tree.source.text):
        return TopLevel.CELLS
    if not has_cells(tree.source.text):
        return TopLevel.PROGRAM
    return TopLevel.CELLS if _awaits(tree) else TopLevel.EITHER


def statements_by_cell(tree: Tree) -> list[list[ast.stmt]]:
    """The statements of the module level, those of each cell together; all of them where there are no cells."""
    body = tree.root.node.body
    if top_level(tree) is TopLevel.PROGRAM:
        return [body]
    marks = [mark.start() for mark in CELL.finditer(tree.source.text)]
    found: dict[int, list[ast.stmt]] = {}
    for statement in body:
        found.setdefault(bisect_right(marks, tree.span(statement).start), []).append(statement)
    return list(found.values())


def are_in_one_cell(tree: Tree, first: ast.AST, last: ast.AST) -> bool:
    """Whether no cell begins between two nodes; in a file without cells that is so for all."""
    if top_level(tree) is TopLevel.PROGRAM:
        return True
    places = sorted([tree.span(first).start, tree.span(last).start])
    return CELL.search(tree.source.text, *places) is None


def under_main_guard(node: ast.AST) -> bool:
    """Whether a node stands under `if __name__ == "__main__":`."""
    return any(isinstance(above, ast.If) and _is_main_test(above.test) for above in ancestors(node))


def _is_main_test(test: ast.expr) -> bool:
    match test:
        case ast.Compare(left=ast.Name(id="__name__"), comparators=[ast.Constant(value="__main__"), *_]):
            return True
    return False


def _awaits(tree: Tree) -> bool:
    keywords = tree.root.nodes_of((ast.Await, ast.AsyncFor, ast.AsyncWith))
    return any(isinstance(scope_node_of(node), ast.Module) for node in keywords)
