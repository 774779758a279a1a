"""Which parameters of a function refuse a coroutine, as far as its body tells.

    def update(metadata):
        for broker in metadata.brokers:      # a coroutine has no attribute `brokers`
            connect(broker)

`metadata` refuses one: it is read once, and that raises. So does a parameter whose first use raises, if nothing decides
whether Python comes there. Any other that is also handed on, stored, returned, awaited or asked what it is may well be
a coroutine; one that has an annotation is not asked about, since that tells better.
"""

from __future__ import annotations

import ast

from coroscope.model.consequences import consequence
from coroscope.model.names import is_scope, own_nodes
from coroscope.syntax import FunctionNode, ancestors, parent_of


def refusing(function: FunctionNode) -> tuple[str, ...]:
    """The names of the parameters without annotation of which every use wants something else, and one raises."""
    arguments = function.args
    positional = [*arguments.posonlyargs, *arguments.args]
    taken = positional[1:] if isinstance(parent_of(function), ast.ClassDef) else positional
    wanted = {arg.arg: list[ast.expr]() for arg in (*taken, *arguments.kwonlyargs) if arg.annotation is None}
    if not wanted:
        return ()
    for node in own_nodes(function):
        if isinstance(node, ast.Name) and node.id in wanted:
            wanted[node.id].append(node)
        elif is_scope(node):
            for inner in ast.walk(node):
                if isinstance(inner, ast.Name):
                    wanted.pop(inner.id, None)
    return tuple(name for name, uses in wanted.items() if _refuse(uses, function))


def _refuse(uses: list[ast.expr], function: FunctionNode) -> bool:
    if not uses:
        return False
    if consequence(uses[0]).fatal and _is_unconditional(uses[0], function):
        return True
    found = [consequence(use) for use in uses if isinstance(use, ast.Name) and isinstance(use.ctx, ast.Load)]
    if len(found) < len(uses) or not any(one.fatal for one in found):
        return False
    return all(one.words or one.neutral for one in found) and not any(_is_tried(use, function) for use in uses)


def _is_unconditional(use: ast.expr, function: FunctionNode) -> bool:
    """Whether Python comes to an expression whatever it meets before, unless it leaves the function."""
    below: ast.AST = use
    for above in ancestors(use):
        if above is function:
            return True
        first: ast.AST | None
        match above:
            case ast.If() | ast.IfExp() | ast.While():
                first = above.test
            case ast.BoolOp():
                first = above.values[0]
            case ast.For() | ast.AsyncFor():
                first = above.iter
            case ast.With() | ast.AsyncWith():
                first = above.items[0]
            case ast.Match():
                first = above.subject
            case ast.Compare():
                first = below if below in (above.left, above.comparators[0]) else None
            case ast.expr() | ast.keyword() | ast.Expr() | ast.Assign() | ast.AnnAssign() | ast.AugAssign():
                first = below
            case ast.Return() | ast.Raise() | ast.comprehension() | ast.withitem():
                first = below
            case _:
                first = None
        if below is not first:
            return False
        below = above
    return False


def _is_tried(use: ast.expr, function: FunctionNode) -> bool:
    """Whether a handler may catch what a use raises."""
    for above in ancestors(use):
        if above is function:
            return False
        if isinstance(above, ast.Try) and above.handlers:
            return True
    return False
