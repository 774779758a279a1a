"""Put `await` where it is missing."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from coroscope.findings import Fix, TextEdit
from coroscope.fixes.edits import in_parentheses, insert, replace, wrap
from coroscope.model.module import Module
from coroscope.nodes import parent_of

TITLE = "Await it"


def await_it(module: Module, node: ast.expr, *, safe: bool = True, preferred: bool = True) -> Fix:
    """Await the expression where it stands."""
    return Fix(TITLE, lambda: awaiting(module, node), preferred=preferred, safe=safe)


def awaiting(module: Module, node: ast.expr) -> Sequence[TextEdit]:
    """The edits that put an `await` before an expression, with the parentheses that this takes.

    In `await r.json()['k']` the `await` stands already, but too far out: it moves, unless the chain goes on with a
    call of its own that may need it.
    """
    outer = _misplaced_await(node)
    edits: list[TextEdit] = []
    if outer is not None:
        start = module.tree.span(outer).start
        edits.append(replace(module, start, module.tree.span(outer.value).start, ""))
    if not is_bound_tighter(node):
        needs_inner = isinstance(
            node, (ast.IfExp, ast.BoolOp, ast.NamedExpr, ast.Lambda, ast.Compare, ast.BinOp, ast.UnaryOp)
        )
        if needs_inner and not in_parentheses(module, node):
            return [*edits, *wrap(module, node, "await (", ")")]
        return [*edits, insert(module, module.tree.span(node).start, "await ")]
    if in_parentheses(module, node):
        return [*edits, insert(module, module.tree.span(node).start, "await ")]
    if outer is not None and module.tree.span(outer.value).start == module.tree.span(node).start:
        span = module.tree.span(node)
        start = module.tree.span(outer).start
        return [replace(module, start, span.start, "(await "), insert(module, span.end, ")")]
    return [*edits, *wrap(module, node, "(await ", ")")]


def is_bound_tighter(node: ast.expr) -> bool:
    """Whether what stands around binds tighter than an `await`: `f().x`, `f()[0]`, `f()()`, `await f()`."""
    above = parent_of(node)
    if isinstance(above, (ast.Attribute, ast.Subscript, ast.Await)):
        return above.value is node
    return isinstance(above, ast.Call) and above.func is node


def _misplaced_await(node: ast.expr) -> ast.Await | None:
    """The `await` that stands before the chain which starts with `node`, if the chain is attributes and subscripts."""
    here: ast.AST = node
    while True:
        above = parent_of(here)
        if isinstance(above, (ast.Attribute, ast.Subscript)) and above.value is here:
            here = above
        elif isinstance(above, ast.Await) and here is not node:
            return above
        else:
            return None
