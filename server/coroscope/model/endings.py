"""Where the end of a function can be reached, so that it returns None though no `return` says so."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TypeAlias

from coroscope.nodes import children_of, is_try

End: TypeAlias = ast.Call | ast.Await | ast.withitem | None

_LOOPS = (ast.For, ast.AsyncFor, ast.While)


def fallen_off(body: list[ast.stmt]) -> Iterator[End]:
    """The ways in which control leaves a suite at its end: nothing if it cannot.

    A way is what decides whether it really exists: the call that comes last, which may never return (`sys.exit()`),
    the context manager that may swallow an exception of its block; None for one that surely exists.
    """
    if not body:
        yield None
        return
    last = body[-1]
    match last:
        case ast.Return() | ast.Raise() | ast.Continue() | ast.Break():
            return
        case ast.If():
            yield from _if(last)
        case ast.While(test=ast.Constant(value=value)) if value:
            if _breaks(last):
                yield None
        case ast.With() | ast.AsyncWith():
            inner = list(fallen_off(last.body))
            yield from inner or last.items
        case ast.Match():
            yield from _match(last)
        case ast.Assert(test=ast.Constant(value=value)) if not value:
            return
        case ast.Expr(value=ast.Call() | ast.Await(value=ast.Call()) as call):
            yield call
        case _ if is_try(last):
            yield from _try(last)
        case _:
            yield None


def _if(node: ast.If) -> Iterator[End]:
    """`if` with its `elif`s, each of which stands in the one before, and which may be very many."""
    rest: list[ast.stmt] = [node]
    while len(rest) == 1 and isinstance(branch := rest[0], ast.If):
        decided = bool(branch.test.value) if isinstance(branch.test, ast.Constant) else None
        if decided is not False:
            yield from fallen_off(branch.body)
        if decided:
            return
        rest = branch.orelse
    yield from fallen_off(rest)


def _match(node: ast.Match) -> Iterator[End]:
    """`match`: the cases, and none of them, unless the last takes everything."""
    for case in node.cases:
        yield from fallen_off(case.body)
    last = node.cases[-1]
    if last.guard is not None or not (isinstance(last.pattern, ast.MatchAs) and last.pattern.pattern is None):
        yield None


def _try(node: ast.Try) -> Iterator[End]:
    if node.finalbody and not list(fallen_off(node.finalbody)):
        return
    if list(fallen_off(node.body)):
        yield from fallen_off(node.orelse or node.body)
    for handler in node.handlers:
        yield from fallen_off(handler.body)


def _breaks(loop: ast.While) -> bool:
    """Whether a `break` of a loop itself stands in it."""
    waiting: list[ast.AST] = [*loop.body]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Break):
            return True
        if isinstance(node, _LOOPS):
            waiting += node.orelse  # a `break` there belongs to the loop around
        elif not isinstance(node, (ast.expr, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            waiting += children_of(node)
    return False
