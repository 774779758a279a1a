"""A function handed over in the place of the coroutine that its call makes."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from coroscope.findings import Fix
from coroscope.fixes.edits import replace
from coroscope.model.callees import called, parameter_of
from coroscope.model.module import Module
from coroscope.model.signatures import parameters_of
from coroscope.syntax import parent_of


def hand_over(module: Module, node: ast.expr) -> Iterator[Fix]:
    """`start_soon(work, 1)` for `start_soon(work(1))`, where the taker passes arguments on, or there are none."""
    taker = parent_of(node)
    if not isinstance(node, ast.Call) or not isinstance(taker, ast.Call) or node not in taker.args:
        return
    is_plain = not node.keywords and not any(isinstance(argument, ast.Starred) for argument in node.args)
    is_last = node is taker.args[-1]
    if not is_plain or (node.args and not (is_last and _passes_arguments_on(module, taker, node))):
        return
    text = ", ".join(module.text(part) for part in (node.func, *node.args))
    span = module.tree.span(node)
    yield Fix(
        "Hand over the function", lambda: [replace(module, span.start, span.end, text)], preferred=True, safe=True
    )


def _passes_arguments_on(module: Module, taker: ast.Call, node: ast.expr) -> bool:
    """Whether all functions that may be called take any arguments behind the one that is to be a function."""
    functions = list(called(module.type_of(taker.func)))
    for function in functions:
        parameters = parameters_of(function)
        names = [parameter.name for parameter in parameters if parameter.kind in ("positional", "normal")]
        parameter = parameter_of(function, taker, node)
        if parameter is None or not names or names[-1] != parameter.name:
            return False
        if not any(other.kind == "rest" for other in parameters):
            return False
    return bool(functions)
