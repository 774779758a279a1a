"""The control flow of one scope, built from its text: `graph_of` (what a graph is made of, `graph.py` says).

Points follow each other in the order in which Python runs them; a point inside `try` has an edge to the handlers too,
since anything may raise. For

    if ready:
        c = f()
    await c

the points are `ready`, then (the condition that it is true, `f`, `f()`, `c` bound) or (that it is false), then `c`
read, then the `await`; so the `c` that is awaited is reached by one binding, or by none. Tests are taken apart: behind
`a and not b` comes what runs if `a` is true and `b` is false. What the target or a constant rules out has no points.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from typing import TypeAlias

from coroscope.model.graph import Condition, Graph, key_of, keys_asked, subject_of
from coroscope.model.static import Target, truth
from coroscope.syntax import COMPREHENSIONS, Comprehension, ScopeNode, children_of

_TRY: tuple[type[ast.stmt], ...] = (ast.Try, *((ast.TryStar,) if hasattr(ast, "TryStar") else ()))
_MOST_COPIES = 2


def graph_of(scope: ScopeNode, target: Target) -> Graph:
    """The control flow of a scope's own code on a target; comprehensions are part of the scope around them."""
    builder = _Builder(target)
    if isinstance(scope, ast.Lambda):
        _run(builder.expression(scope.body))
    elif not isinstance(scope, COMPREHENSIONS):
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
    """Builds a graph in one walk: `here` are the points that the next one follows.

    Behind a test, `here` are the points where it is true, and `otherwise` those where it is false.
    """

    def __init__(self, target: Target) -> None:
        self.graph = Graph()
        self.target = target
        self.here: list[int] = [Graph.START]
        self.otherwise: list[int] = []
        self.copying = 0
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
            case ast.Attribute() | ast.Subscript() if not isinstance(node.ctx, ast.Load):
                yield self.parts(node)
                self.store(node)
            case _:
                yield self.parts(node)
                if isinstance(node, (ast.Call, ast.Await, ast.Yield, ast.YieldFrom)):
                    self.point(node)

    def store(self, node: ast.Attribute | ast.Subscript) -> None:
        """An attribute or item that is assigned or deleted."""
        key = key_of(node)
        if key is not None:
            self.graph.stores.setdefault(key, []).append(self.point(node))

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
        for value in node.values[:-1]:
            yield self.test(value)
            if isinstance(node.op, ast.And):
                ends += self.otherwise
            else:
                ends += self.here
                self.here = self.otherwise
        yield self.expression(node.values[-1])
        self.here = list(dict.fromkeys([*ends, *self.here]))
        self.point(node)

    def test(self, node: ast.expr) -> Steps:
        """A condition: what follows goes on where it is true, or `otherwise`."""
        match node:
            case ast.UnaryOp(op=ast.Not()):
                yield self.test(node.operand)
                self.here, self.otherwise = self.otherwise, self.here
            case ast.BoolOp():
                yield self.joined_test(node)
            case _:
                yield self.expression(node)
                decided = truth(node, self.target)
                self.here, self.otherwise = (
                    [] if decided is False else self.known(node, True, self.here),
                    [] if decided is True else self.known(node, False, self.here),
                )

    def joined_test(self, node: ast.BoolOp) -> Steps:
        """`a and b` is false where one of them is, `a or b` is true where one of them is."""
        is_and = isinstance(node.op, ast.And)
        ends: list[int] = []
        for value in node.values:
            yield self.test(value)
            if not is_and:
                self.here, self.otherwise = self.otherwise, self.here
            ends += self.otherwise
            if not self.here:
                break
        ends = list(dict.fromkeys(ends))
        self.here, self.otherwise = (self.here, ends) if is_and else (ends, self.here)

    def known(self, test: ast.expr | ast.pattern, holds: bool, before: list[int]) -> list[int]:
        """The points behind others where the outcome of a test is known, if that tells anything of a reference."""
        keys = keys_asked(test if isinstance(test, ast.expr) else subject_of(test))
        if not keys or not before:
            return list(before)
        self.graph.asked |= keys
        point = self.graph.add(None, before)
        self.graph.conditions[point] = Condition(test, holds, frozenset(keys))
        return [point]

    def comprehension(self, node: Comprehension) -> Steps:
        """A comprehension, which runs where it stands (a generator expression is taken to run at once, too)."""
        yield self.expression(node.generators[0].iter)
        skipped = list(self.here)
        head = self.point(None)
        for index, generator in enumerate(node.generators):
            if index:
                yield self.expression(generator.iter)
            yield self.expression(generator.target)
            for test in generator.ifs:
                yield self.test(test)
                for point in self.otherwise:
                    self.graph.link(point, head)
                skipped += self.otherwise
        if isinstance(node, ast.DictComp):
            yield self.expressions([node.key, node.value])
        else:
            yield self.expression(node.elt)
        for point in self.here:
            self.graph.link(point, head)
        self.here = list(dict.fromkeys([*skipped, *self.here]))
        self.point(node)

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

    def branches(self, test: ast.expr, then: Steps, otherwise: Steps) -> Steps:
        """A condition and what follows either way."""
        is_live = bool(self.here)
        yield self.test(test)
        start = self.otherwise
        ends: list[int] = []
        if self.here or not is_live:
            yield then
            ends += self.here
        if start or not is_live:
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
