"""Which parameters of a function refuse a coroutine, as far as its body tells.

    def update(metadata):
        for broker in metadata.brokers:      # a coroutine has no attribute `brokers`
            connect(broker)

`metadata` refuses one: it is read once, and that raises. A parameter that is also handed on, stored, returned,
awaited or asked what it is may well be a coroutine, and so may one that has an annotation, which tells better.
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
    found = [consequence(use) for use in uses if isinstance(use, ast.Name) and isinstance(use.ctx, ast.Load)]
    if len(found) < len(uses) or not any(one.fatal for one in found):
        return False
    return all(one.words or one.neutral for one in found) and not any(_is_tried(use, function) for use in uses)


def _is_tried(use: ast.expr, function: FunctionNode) -> bool:
    """Whether a handler may catch what a use raises."""
    for above in ancestors(use):
        if above is function:
            return False
        if isinstance(above, ast.Try) and above.handlers:
            return True
    return False
