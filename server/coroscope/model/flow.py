"""The control flow of one scope: a graph of points, in the order in which Python runs them.

A *point* is one step: a name read or bound, a call, an `await`, a condition. Edges lead to what may run next; a point
inside `try` has an edge to the handlers too, since anything may raise. For

    if ready:
        c = f()
    await c

the points are `ready`, then (`f`, `f()`, `c` bound) or nothing, then `c` read, then the `await`; so the `c` that is
awaited is reached by one binding, or by none. `Graph.reaching` answers that question: which bindings of a name may be
in force where it is read.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from typing import TypeAlias

from coroscope.model.names import Binding, Names
from coroscope.syntax import COMPREHENSIONS, Comprehension, ScopeNode, children_of

_TRY: tuple[type[ast.stmt], ...] = (ast.Try, *((ast.TryStar,) if hasattr(ast, "TryStar") else ()))


class Graph:
    """The points of a scope: `nodes` by number, `before` their predecessors, `at` the number of each node's point.

    Point 0 is the start, where parameters are bound; point 1 the end that is reached without an exception.
    """

    START = 0
    END = 1

    def __init__(self) -> None:
        self.nodes: list[ast.AST | None] = [None, None]
        self.before: list[list[int]] = [[], []]
        self.after: list[list[int]] = [[], []]
        self.at: dict[ast.AST, int] = {}

    def add(self, node: ast.AST | None, before: Iterable[int]) -> int:
        """A new point behind others; answers its number."""
        point = len(self.nodes)
        self.nodes.append(node)
        self.before.append([])
        self.after.append([])
        if node is not None:
            self.at[node] = point
        for other in before:
            self.link(other, point)
        return point

    def link(self, first: int, second: int) -> None:
        """An edge."""
        self.before[second].append(first)
        self.after[first].append(second)

    def reaching(self, use: ast.AST, name: str, names: Names) -> list[Binding]:
        """The bindings of a name that may be in force where it is read, in no order; parameters bind at the start."""
        start = self.at.get(use)
        if start is None:
            return names.bindings.get(name, [])
        found: list[Binding] = []
        seen = {start}
        stack = list(self.before[start])
        while stack:
            point = stack.pop()
            if point in seen:
                continue
            seen.add(point)
            node = self.nodes[point]
            binding = names.by_node.get(node) if node is not None else None
            if binding is not None and binding.name == name:
                found.append(binding)
            elif point == self.START:
                found += [b for b in names.bindings.get(name, []) if b.kind == "parameter"]
            else:
                stack += self.before[point]
        return found


def graph_of(scope: ScopeNode) -> Graph:
    """The control flow of a scope's own code."""
    builder = _Builder()
    if isinstance(scope, ast.Lambda):
        _run(builder.expression(scope.body))
    elif isinstance(scope, COMPREHENSIONS):
        _run(builder.comprehension_body(scope, first=False))
    else:
        _run(builder.suite(scope.body))
    for point in builder.here:
        builder.graph.link(point, Graph.END)
    return builder.graph


Steps: TypeAlias = Iterator["Steps"]
"""Work that waits for other work whenever it yields some."""


def _run(work: Steps) -> None:
    """Do work and all that it waits for; code may be nested deeper than Python's stack."""
    waiting = [work]
    while waiting:
        inner = next(waiting[-1], None)
        if inner is None:
            waiting.pop()
        else:
            waiting.append(inner)


class _Builder:
    """Builds a graph in one walk: `here` are the points that the next one follows."""

    def __init__(self) -> None:
        self.graph = Graph()
        self.here: list[int] = [Graph.START]
        self.handlers: list[int] = []
        self.loops: list[tuple[int, list[int]]] = []

    def point(self, node: ast.AST | None) -> int:
        """Add the next point."""
        point = self.graph.add(node, self.here)
        if self.handlers:
            self.graph.link(point, self.handlers[-1])
        self.here = [point]
        return point

    def suite(self, body: list[ast.stmt]) -> Steps:
        """The statements of a suite, one after the other."""
        for statement in body:
            yield self.statement(statement)

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
                yield self.expressions([node.value, node.target])
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

    def expressions(self, nodes: Iterable[ast.expr | None]) -> Steps:
        """Expressions one after the other."""
        for node in nodes:
            if isinstance(node, ast.Name):
                self.point(node)
            elif node is not None and not isinstance(node, ast.Constant):
                yield self.expression(node)

    def expression(self, node: ast.expr | None) -> Steps:
        """One expression, its parts first."""
        match node:
            case None | ast.Constant():
                return
            case ast.BoolOp():
                yield self.bool_op(node)
            case ast.IfExp():
                yield self.branches(node.test, self.expression(node.body), self.expression(node.orelse))
                self.point(node)
            case ast.Lambda():
                yield self.expressions([*node.args.defaults, *node.args.kw_defaults])
                self.point(node)
            case ast.NamedExpr():
                yield self.expression(node.value)
                yield self.expression(node.target)
            case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
                yield self.comprehension(node)
            case ast.Name():
                self.point(node)
            case _:
                yield self.parts(node)
                if isinstance(node, (ast.Call, ast.Await, ast.Yield, ast.YieldFrom)):
                    self.point(node)

    def parts(self, node: ast.AST) -> Steps:
        """The children of an expression: expressions, and what holds some."""
        for child in children_of(node):
            if isinstance(child, ast.Name):
                self.point(child)
            elif isinstance(child, ast.expr):
                yield self.expression(child)
            else:
                yield self.parts(child)

    def bool_op(self, node: ast.BoolOp) -> Steps:
        """`a and b`, `a or b`: what follows the first operand may not run."""
        ends: list[int] = []
        for value in node.values:
            yield self.expression(value)
            ends += self.here
        self.here = list(dict.fromkeys(ends))
        self.point(node)

    def comprehension(self, node: Comprehension) -> Steps:
        """A comprehension, which runs where it stands (a generator expression is taken to run at once, too)."""
        yield self.expression(node.generators[0].iter)
        yield self.comprehension_body(node, first=False)
        self.point(node)

    def comprehension_body(self, node: Comprehension, *, first: bool) -> Steps:
        """The loops of a comprehension; `first` tells whether the first iterable is still to be evaluated."""
        skipped = list(self.here)
        head = self.point(None)
        for index, generator in enumerate(node.generators):
            if index or first:
                yield self.expression(generator.iter)
            yield self.expression(generator.target)
            for test in generator.ifs:
                yield self.expression(test)
                skipped += self.here
        if isinstance(node, ast.DictComp):
            yield self.expressions([node.key, node.value])
        else:
            yield self.expression(node.elt)
        for point in self.here:
            self.graph.link(point, head)
        self.here = list(dict.fromkeys([*skipped, *self.here]))

    def if_chain(self, node: ast.If) -> Steps:
        """`if` with its `elif`s, each of which stands in the one before, and which may be very many."""
        ends: list[int] = []
        rest: list[ast.stmt] = [node]
        while len(rest) == 1 and isinstance(branch := rest[0], ast.If):
            yield self.expression(branch.test)
            tested = list(self.here)
            decided = bool(branch.test.value) if isinstance(branch.test, ast.Constant) else None
            if decided is not False:
                yield self.suite(branch.body)
                ends += self.here
            self.here = [] if decided else tested
            rest = [] if decided else branch.orelse
        yield self.suite(rest)
        self.here = list(dict.fromkeys([*ends, *self.here]))

    def branches(self, test: ast.expr, then: Steps, otherwise: Steps) -> Steps:
        """A condition and what follows either way."""
        yield self.expression(test)
        start = list(self.here)
        ends: list[int] = []
        if not (isinstance(test, ast.Constant) and not test.value):
            yield then
            ends += self.here
        if not (isinstance(test, ast.Constant) and test.value):
            self.here = start
            yield otherwise
            ends += self.here
        self.here = list(dict.fromkeys(ends))

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
        yield self.expression(node.test)
        tested = list(self.here)
        self.loops.append((head, breaks))
        yield self.suite(node.body)
        self.loops.pop()
        for point in self.here:
            self.graph.link(point, head)
        self.here = [] if isinstance(node.test, ast.Constant) and node.test.value else tested
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
        swallowed = self.graph.add(None, [])
        if self.handlers:
            self.graph.link(swallowed, self.handlers[-1])
        self.handlers.append(swallowed)
        yield self.suite(node.body)
        self.handlers.pop()
        self.here = [*self.here, swallowed] if self.graph.before[swallowed] else self.here

    def match_block(self, node: ast.Match) -> Steps:
        """`match`: the cases one after the other, and none of them."""
        yield self.expression(node.subject)
        ends: list[int] = []
        for case in node.cases:
            start = self.point(None)
            yield self.pattern(case.pattern)
            yield self.expression(case.guard)
            yield self.suite(case.body)
            ends += self.here
            is_last = case.guard is None and isinstance(case.pattern, ast.MatchAs) and case.pattern.pattern is None
            self.here = [] if is_last else [start]
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
        """`try`: its handlers follow every point of its body, its `finally` everything."""
        final = self.graph.add(None, []) if node.finalbody else None
        if final is not None:
            self.handlers.append(final)
        caught = self.graph.add(None, self.here)
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
        if final is not None:
            self.handlers.pop()
            for point in ends:
                self.graph.link(point, final)
            if not node.handlers:
                self.graph.link(caught, final)
            self.here = [final]
            yield self.suite(node.finalbody)
            if not ends:
                self.here = []
        else:
            self.here = list(dict.fromkeys(ends))
