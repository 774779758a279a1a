"""The calls that some code makes in any case, as far as its text tells.

What is not counted: that an exception ends it before, and that a `for` has nothing to do.

def load(path):
    check(path)                     # in any case
    if path in cache:
        return cache[path]          # from here on, nothing is certain any more
    return read(path)
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence

from coroscope.nodes import COMPREHENSIONS, FUNCTIONS, ancestors, children_of, is_try, last_name, nodes_within

_LEAVING = (ast.Return, ast.Raise, ast.Break, ast.Continue)
_EXITS = frozenset({"exit", "_exit", "abort", "quit"})
_SWALLOWING = ("raises", "suppress", "assertRaises", "assertRaisesRegex")
_PASSING = frozenset({"KeyboardInterrupt", "SystemExit", "GeneratorExit", "CancelledError"})


def certain_calls(body: Iterable[ast.stmt]) -> Iterator[ast.Call]:
    """The calls that a suite makes in any case, in order."""
    for statement in body:
        match statement:
            case ast.With() | ast.AsyncWith():
                yield from _evaluated(item.context_expr for item in statement.items)
                if not _swallows(statement):
                    yield from certain_calls(statement.body)
            case ast.If() | ast.While():
                yield from _evaluated([statement.test])
            case ast.For() | ast.AsyncFor():
                yield from _evaluated([statement.iter])
                yield from certain_calls(statement.body)
            case ast.Match():
                yield from _evaluated([statement.subject])
            case ast.stmt() if is_try(statement):
                if lets_out(statement.handlers):
                    yield from certain_calls(statement.body)
                yield from certain_calls(statement.finalbody)
            case ast.stmt() if not isinstance(statement, (*FUNCTIONS, ast.ClassDef, ast.Assert)):
                yield from _evaluated(children_of(statement))
        if _may_leave(statement):
            return


def lets_out(handlers: Sequence[ast.ExceptHandler]) -> bool:
    """Whether no handler catches errors: at most the exceptions that end a program or a task."""
    for handler in handlers:
        caught = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
        if any(one is None or last_name(one) not in _PASSING for one in caught):
            return False
    return True


def may_be_caught(node: ast.AST) -> bool:
    """Whether a handler or a context manager of the function around a node may take an error that is raised there."""
    below = node
    for above in ancestors(node):
        if isinstance(above, (*FUNCTIONS, ast.ClassDef, ast.Lambda)):
            return False
        if is_try(above) and below in above.body and not lets_out(above.handlers):
            return True
        if isinstance(above, (ast.With, ast.AsyncWith)) and below in above.body and _swallows(above):
            return True
        below = above
    return False


def _evaluated(nodes: Iterable[ast.AST]) -> Iterator[ast.Call]:
    """The calls that some expressions make in any case, each behind those of its own parts."""
    stack = [(node, False) for node in reversed(list(nodes))]
    while stack:
        node, is_ready = stack.pop()
        if isinstance(node, ast.Call):
            if is_ready:
                yield node
                continue
            stack.append((node, True))
        stack += [(part, False) for part in reversed(_parts(node))]


def _parts(node: ast.AST) -> Sequence[ast.AST]:
    """What is evaluated for an expression in any case."""
    match node:
        case ast.Lambda():
            return []
        case ast.BoolOp():
            return node.values[:1]
        case ast.IfExp():
            return [node.test]
        case _ if isinstance(node, COMPREHENSIONS):
            return [node.generators[0].iter]
    return list(children_of(node))


def _swallows(statement: ast.With | ast.AsyncWith) -> bool:
    calls = (item.context_expr for item in statement.items)
    return any(isinstance(call, ast.Call) and last_name(call.func) in _SWALLOWING for call in calls)


def _may_leave(statement: ast.stmt) -> bool:
    """Whether a function may end with a statement, so that what comes behind it is not certain."""
    match statement:
        case ast.Return() | ast.Raise() | ast.Break() | ast.Continue():
            return True
        case ast.Expr(value=ast.Call(func=function)):
            return last_name(function) in _EXITS
        case ast.While(test=ast.Constant()):
            return True
    is_compound = hasattr(statement, "body") or isinstance(statement, ast.Match)
    return is_compound and not isinstance(statement, (*FUNCTIONS, ast.ClassDef)) and _leaves_within(statement)


def _leaves_within(statement: ast.stmt) -> bool:
    nodes = nodes_within([statement])
    return any(isinstance(n, _LEAVING) or (isinstance(n, ast.Call) and last_name(n.func) in _EXITS) for n in nodes)
