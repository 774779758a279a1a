"""The control flow of one scope, built from its text: `graph_of` (what a graph is made of, `graph.py` says).

Points follow each other in the order in which Python runs them; a point inside `try` has an edge to the handlers too,
since anything may raise. Whoever leaves a `try` early goes through a `finally` of its own. For

    if ready:
        c = f()
    await c

the points are `ready`, then (the condition that it is true, `f`, `f()`, `c` bound) or (that it is false), then `c`
read, then the `await`; so the `c` that is awaited is reached by one binding, or by none.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from coroscope.model.evaluation import Evaluation, Steps, run
from coroscope.model.graph import Graph
from coroscope.model.static import Target
from coroscope.nodes import COMPREHENSIONS, ScopeNode, children_of, is_try

_MOST_COPIES = 2

_Way: TypeAlias = tuple[Literal["return", "break", "continue"], int]
"""How code leaves early, and, for `break` and `continue`, how many loops are around the one that it leaves."""


def graph_of(scope: ScopeNode, target: Target) -> Graph:
    """The control flow of a scope's own code on a target; comprehensions are part of the scope around them."""
    builder = _Builder(target)
    if isinstance(scope, ast.Lambda):
        run(builder.expression(scope.body))
    elif not isinstance(scope, COMPREHENSIONS):
        run(builder.suite(scope.body))
    for point in builder.here:
        builder.graph.link(point, Graph.END)
    return builder.graph


@dataclass(slots=True)
class _Loop:
    """A loop that is being built: its head, and the points behind which it is left by `break`."""

    head: int
    breaks: list[int] = field(default_factory=list)


@dataclass(slots=True)
class _Finally:
    """A `try` with a `finally` that is being built: how many loops are around it, and who leaves it early."""

    loops: int
    leaving: dict[_Way, list[int]] = field(default_factory=dict)


class _Builder(Evaluation):
    """Builds the graph of statements in one walk."""

    def __init__(self, target: Target) -> None:
        super().__init__(target)
        self.loops: list[_Loop] = []
        self.finallies: list[_Finally] = []
        self.copying = 0

    def suite(self, body: list[ast.stmt]) -> Steps:
        """The statements of a suite, one after the other."""
        for statement in body:
            yield self.statement(statement)
        if body and isinstance(body[-1], ast.Expr):
            call = body[-1].value.value if isinstance(body[-1].value, ast.Await) else body[-1].value
            if isinstance(call, ast.Call) and self.here:
                self.here = [self.graph.add(None, self.here)]
                self.graph.gates[self.here[0]] = call

    def statement(self, node: ast.stmt) -> Steps:
        """One statement."""
        match node:
            case ast.If():
                yield self.if_chain(node)
            case ast.While():
                yield self.while_loop(node)
            case ast.For() | ast.AsyncFor():
                yield self.for_loop(node)
            case ast.With() | ast.AsyncWith():
                yield self.with_block(node)
            case ast.Match():
                yield self.match_block(node)
            case ast.Return():
                yield self.expression(node.value)
                self.point(node)
                self.leave(("return", 0))
            case ast.Raise():
                yield self.expressions([node.exc, node.cause])
                self.point(node)
                self.here = []
            case ast.Break():
                self.leave(("break", len(self.loops)))
            case ast.Continue():
                self.leave(("continue", len(self.loops)))
            case ast.Assert():
                yield self.branches(node.test, self.suite([]), self.stop(node.msg))
            case _ if is_try(node):
                yield self.try_block(node)
            case _:
                yield self.simple(node)

    def simple(self, node: ast.stmt) -> Steps:
        """A statement without a suite of this scope's own."""
        match node:
            case ast.Assign():
                yield self.expression(node.value)
                yield self.expressions(node.targets)
            case ast.AnnAssign():
                is_stored = node.value is not None or isinstance(node.target, ast.Name)
                yield self.expressions([node.value, *([node.target] if is_stored else children_of(node.target))])
            case ast.AugAssign():
                yield self.expressions([node.value, node.target])
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                yield self.expressions([*node.decorator_list, *node.args.defaults, *node.args.kw_defaults])
                self.point(node)
            case ast.ClassDef():
                yield self.expressions([*node.decorator_list, *node.bases, *(k.value for k in node.keywords)])
                self.point(node)
            case ast.Import() | ast.ImportFrom():
                for alias in node.names:
                    self.point(alias)
            case _:
                yield self.expressions([child for child in children_of(node) if isinstance(child, ast.expr)])

    def if_chain(self, node: ast.If) -> Steps:
        """`if` with its `elif`s, each of which stands in the one before, and which may be very many."""
        ends: list[int] = []
        rest: list[ast.stmt] = [node]
        while len(rest) == 1 and isinstance(branch := rest[0], ast.If):
            is_live = bool(self.here)
            yield self.test(branch.test)
            otherwise = self.otherwise
            if self.here or not is_live:
                yield self.suite(branch.body)
                ends += self.here
            self.here = otherwise
            rest = branch.orelse if otherwise or not is_live else []
        yield self.suite(rest)
        self.here = list(dict.fromkeys([*ends, *self.here]))

    def stop(self, message: ast.expr | None) -> Steps:
        """A failed assertion."""
        yield self.expression(message)
        self.point(None)
        self.here = []

    def leave(self, way: _Way) -> None:
        """Leave what is around early: through the next `finally`, if one is between here and there."""
        kind, loops = way
        between = self.finallies[-1] if self.finallies else None
        if between is not None and (kind == "return" or between.loops >= loops):
            between.leaving.setdefault(way, []).extend(self.here)
        elif kind == "return":
            for point in self.here:
                self.graph.link(point, Graph.END)
        elif self.loops and kind == "break":
            self.loops[-1].breaks += self.here
        elif self.loops:
            for point in self.here:
                self.graph.link(point, self.loops[-1].head)
        self.here = []

    def while_loop(self, node: ast.While) -> Steps:
        """`while` with its `else`."""
        loop = _Loop(self.point(node))
        yield self.test(node.test)
        otherwise = self.otherwise
        yield self.looped(loop, node.body)
        self.here = otherwise
        yield self.suite(node.orelse)
        self.here = list(dict.fromkeys([*self.here, *loop.breaks]))

    def looped(self, loop: _Loop, body: list[ast.stmt]) -> Steps:
        """The body of a loop, back to its head."""
        self.loops.append(loop)
        yield self.suite(body)
        self.loops.pop()
        for point in self.here:
            self.graph.link(point, loop.head)

    def for_loop(self, node: ast.For | ast.AsyncFor) -> Steps:
        """`for` with its `else`."""
        yield self.expression(node.iter)
        loop = _Loop(self.point(node))
        yield self.expression(node.target)
        yield self.looped(loop, node.body)
        self.here = [loop.head]
        yield self.suite(node.orelse)
        self.here = list(dict.fromkeys([*self.here, *loop.breaks]))

    def with_block(self, node: ast.With | ast.AsyncWith) -> Steps:
        """`with`: a context manager may swallow what its block raises. `async with` gives way at its points."""
        is_async = isinstance(node, ast.AsyncWith)
        for item in node.items:
            yield self.expression(item.context_expr)
            if is_async:
                self.point(node)
            yield self.expression(item.optional_vars)
        raised = self.catch()
        self.handlers.append(raised)
        yield self.suite(node.body)
        self.handlers.pop()
        if is_async and self.here:
            self.point(node)
        swallowed = self.graph.add(None, [raised])
        self.graph.gates[swallowed] = node
        self.here = [*self.here, swallowed]

    def match_block(self, node: ast.Match) -> Steps:
        """`match`: the cases one after the other, and none of them."""
        yield self.expression(node.subject)
        ends: list[int] = []
        for case in node.cases:
            start = self.here = [self.graph.add(None, self.here)]
            yield self.pattern(case.pattern)
            self.here = self.known(case.pattern, True, self.here)
            failed: list[int] = []
            if case.guard is not None:
                yield self.test(case.guard)
                failed = self.otherwise
            yield self.suite(case.body)
            ends += self.here
            is_last = isinstance(case.pattern, ast.MatchAs) and case.pattern.pattern is None
            self.here = failed if is_last else [*self.known(case.pattern, False, start), *failed]
        self.here = list(dict.fromkeys([*self.here, *ends]))

    def pattern(self, node: ast.AST) -> Steps:
        """What a pattern reads and binds."""
        for child in children_of(node):
            if isinstance(child, ast.expr):
                yield self.expression(child)
            else:
                yield self.pattern(child)
        if isinstance(node, (ast.MatchAs, ast.MatchStar, ast.MatchMapping)):
            self.point(node)

    def try_block(self, node: ast.Try) -> Steps:
        """`try`: its handlers follow every point of its body, its `finally` everything.

        Each way into the `finally` gets points of its own, so that what follows the statement is not taken for
        reachable from those that leave early. That is done twice deep: copies of copies grow.
        """
        if not node.finalbody:
            yield self.handled(node)
            return
        raised = self.graph.add(None, self.here)
        self.graph.catches.add(raised)
        around = _Finally(len(self.loops))
        self.finallies.append(around)
        self.handlers.append(raised)
        yield self.handled(node)
        self.handlers.pop()
        self.finallies.pop()
        if self.copying < _MOST_COPIES:
            self.copying += 1
            yield self.finals(node.finalbody, raised, around)
            self.copying -= 1
        else:
            yield self.joined_finals(node.finalbody, raised, around)

    def finals(self, body: list[ast.stmt], raised: int, around: _Finally) -> Steps:
        """A `finally` for each way into it."""
        if self.here:
            yield self.suite(body)
        ends = self.here
        for way, points in around.leaving.items():
            self.here = points
            yield self.suite(body)
            self.leave(way)
        self.here = [raised]
        yield self.suite(body)
        self.raise_on()
        self.here = ends

    def joined_finals(self, body: list[ast.stmt], raised: int, around: _Finally) -> Steps:
        """A `finally` where all ways into it meet, and part behind it."""
        goes_on = bool(self.here)
        self.here = list(
            dict.fromkeys([*self.here, *(p for points in around.leaving.values() for p in points), raised])
        )
        yield self.suite(body)
        ends = self.here
        for way in around.leaving:
            self.here = list(ends)
            self.leave(way)
        self.here = ends
        self.raise_on()
        self.here = ends if goes_on else []

    def raise_on(self) -> None:
        """Go on with an exception that nothing here has caught."""
        if self.handlers:
            for point in self.here:
                self.graph.link(point, self.handlers[-1])

    def handled(self, node: ast.Try) -> Steps:
        """The body of a `try`, its handlers and its `else`."""
        caught = self.catch()
        self.handlers.append(caught)
        yield self.suite(node.body)
        self.handlers.pop()
        yield self.suite(node.orelse)
        ends = list(self.here)
        for handler in node.handlers:
            self.here = [caught]
            yield self.expression(handler.type)
            self.point(handler)
            yield self.suite(handler.body)
            ends += self.here
        self.here = list(dict.fromkeys(ends))

    def catch(self) -> int:
        """A join where exceptions arrive, of which some may go on to whoever catches them around."""
        caught = self.graph.add(None, self.here)
        self.graph.catches.add(caught)
        if self.handlers:
            self.graph.link(caught, self.handlers[-1])
        return caught
