"""A function handed over in the place of what its call makes, with the arguments where what takes it wants them."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from coroscope.findings import Fix, TextEdit
from coroscope.fixes.edits import replace
from coroscope.model.callees import called, callee_name, parameter_of
from coroscope.model.module import Module
from coroscope.model.signatures import parameters_of
from coroscope.nodes import parent_of

_WITH_KEYWORDS = frozenset({"to_thread", "submit", "callback", "addCleanup", "register"})
"""What hands keyword arguments on to the function."""
_WITH_ARGS = frozenset({"Thread", "Timer", "Process"})
"""What takes arguments as `args=(…)`."""
_ALONE = frozenset({"signal", "add_done_callback", "after_idle"})
"""What hands on none of the arguments that it gets."""


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


def hand_over_to(module: Module, taker: ast.Call, call: ast.Call) -> Iterator[Fix]:
    """Name the function instead of calling it: its arguments follow it, or it gets a lambda around it."""
    edits = _edits(module, taker, call)
    if edits is not None:
        yield Fix("Hand over the function", lambda: edits, preferred=True)
        return
    span = module.tree.span(call)
    text = f"lambda: {module.text(call)}"
    yield Fix("Hand over a lambda", lambda: [replace(module, span.start, span.end, text)], preferred=True)


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


def _edits(module: Module, taker: ast.Call, call: ast.Call) -> Sequence[TextEdit] | None:
    name, span = callee_name(taker), module.tree.span(call)
    function = module.text(call.func)
    if not call.args and not call.keywords:
        return [replace(module, span.start, span.end, function)]
    given = [module.text(argument) for argument in call.args]
    keywords = [module.text(keyword) for keyword in call.keywords]
    if name in _ALONE or any(isinstance(argument, ast.Starred) for argument in call.args):
        return None
    if name in _WITH_ARGS:
        if keywords or any(keyword.arg == "args" for keyword in taker.keywords) or call in taker.args:
            return None
        comma = "," if len(given) == 1 else ""
        return [replace(module, span.start, span.end, f"{function}, args=({', '.join(given)}{comma})")]
    if call not in taker.args or taker.args[-1] is not call or (keywords and name not in _WITH_KEYWORDS):
        return None
    return [replace(module, span.start, span.end, ", ".join([function, *given, *keywords]))]
