"""The control flow of one scope, built from its text: `graph_of` (what a graph is made of, `graph.py` says).

Points follow each other in the order in which Python runs them; a point inside `try` has an edge to the handlers too,
since anything may raise. For

    if ready:
        c = f()
    await c

the points are `ready`, then (the condition that it is true, `f`, `f()`, `c` bound) or (that it is false), then `c`
read, then the `await`; so the `c` that is awaited is reached by one binding, or by none.
"""

from __future__ import annotations

import ast

from coroscope.model.evaluation import Evaluation, Steps, run
from coroscope.model.graph import Graph
from coroscope.model.static import Target
from coroscope.syntax import COMPREHENSIONS, ScopeNode, children_of

_TRY: tuple[type[ast.stmt], ...] = (ast.Try, *((ast.TryStar,) if hasattr(ast, "TryStar") else ()))
_MOST_COPIES = 2


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


class _Builder(Evaluation):
    """Builds the graph of statements in one walk."""

    def __init__(self, target: Target) -> None:
        super().__init__(target)
        self.loops: list[tuple[int, list[int]]] = []
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
                self.graph.link(self.point(node), Graph.END)
                self.here = []
            case ast.Raise():
                yield self.expressions([node.exc, node.cause])
                self.point(node)
                self.here = []
            case ast.Break() | ast.Continue():
                self.jump(node)
            case ast.Assert():
                yield self.branches(node.test, self.suite([]), self.stop(node.msg))
            case _ if isinstance(node, _TRY):
                yield self.try_block(node)  # type: ignore[arg-type]
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

    def jump(self, node: ast.stmt) -> None:
        """`break` or `continue`."""
        if self.loops:
            head, breaks = self.loops[-1]
            if isinstance(node, ast.Break):
                breaks += self.here
            else:
                for point in self.here:
                    self.graph.link(point, head)
        self.here = []

    def while_loop(self, node: ast.While) -> Steps:
        """`while` with its `else`."""
        head = self.point(None)
        breaks: list[int] = []
        yield self.test(node.test)
        otherwise = self.otherwise
        self.loops.append((head, breaks))
        yield self.suite(node.body)
        self.loops.pop()
        for point in self.here:
            self.graph.link(point, head)
        self.here = otherwise
        yield self.suite(node.orelse)
        self.here = list(dict.fromkeys([*self.here, *breaks]))

    def for_loop(self, node: ast.For | ast.AsyncFor) -> Steps:
        """`for` with its `else`."""
        yield self.expression(node.iter)
        head = self.point(node)
        breaks: list[int] = []
        yield self.expression(node.target)
        self.loops.append((head, breaks))
        yield self.suite(node.body)
        self.loops.pop()
        for point in self.here:
            self.graph.link(point, head)
        self.here = [head]
        yield self.suite(node.orelse)
        self.here = list(dict.fromkeys([*self.here, *breaks]))

    def with_block(self, node: ast.With | ast.AsyncWith) -> Steps:
        """`with`: a context manager may swallow what its block raises."""
        for item in node.items:
            yield self.expressions([item.context_expr, item.optional_vars])
        raised = self.graph.add(None, self.here)
        if self.handlers:
            self.graph.link(raised, self.handlers[-1])
        self.handlers.append(raised)
        yield self.suite(node.body)
        self.handlers.pop()
        swallowed = self.graph.add(None, [raised])
        self.graph.gates[swallowed] = node
        self.here = [*self.here, swallowed]

    def match_block(self, node: ast.Match) -> Steps:
        """`match`: the cases one after the other, and none of them."""
        yield self.expression(node.subject)
        ends: list[int] = []
        for case in node.cases:
            start = [self.point(None)]
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

        Whoever leaves early (by an exception, `return`, `break`) goes through a `finally` of its own, so that what
        follows the statement is not taken for reachable from there. That is done twice deep: copies of copies grow.
        """
        if not node.finalbody:
            yield self.handled(node)
            return
        early = self.graph.add(None, self.here)
        self.handlers.append(early)
        yield self.handled(node)
        self.handlers.pop()
        ends = self.here
        is_copied = self.copying < _MOST_COPIES
        self.copying += is_copied
        if not is_copied:
            for point in ends:
                self.graph.link(point, early)
        elif ends:
            yield self.suite(node.finalbody)
        here, self.here = self.here, [early]
        yield self.suite(node.finalbody)
        self.copying -= is_copied
        if is_copied:
            for point in self.here:
                self.graph.link(point, self.handlers[-1] if self.handlers else Graph.END)
            self.here = here
        elif not ends:
            self.here = []

    def handled(self, node: ast.Try) -> Steps:
        """The body of a `try`, its handlers and its `else`."""
        caught = self.graph.add(None, self.here)
        if self.handlers:
            self.graph.link(caught, self.handlers[-1])
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
