"""The control flow of expressions: in which order Python evaluates their parts, and what a test tells either way.

Tests are taken apart: behind `a and not b` comes what runs if `a` is true and `b` is false. What the target or a
constant rules out has no points.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from typing import TypeAlias

from coroscope.model.graph import Condition, Graph, key_of, keys_asked, subject_of
from coroscope.model.static import Target, truth
from coroscope.nodes import Comprehension, children_of

Steps: TypeAlias = Iterator["Steps"]
"""Work that waits for other work whenever it yields some."""


def run(work: Steps) -> None:
    """Do work and all that it waits for; code may be nested deeper than Python's stack."""
    waiting = [work]
    while waiting:
        inner = next(waiting[-1], None)
        if inner is None:
            waiting.pop()
        else:
            waiting.append(inner)


class Evaluation:
    """Adds the points of expressions to a graph: `here` are the points that the next one follows.

    Behind a test, `here` are the points where it is true, and `otherwise` those where it is false.
    """

    def __init__(self, target: Target) -> None:
        self.graph = Graph()
        self.target = target
        self.here: list[int] = [Graph.START]
        self.otherwise: list[int] = []
        self.handlers: list[int] = []

    def point(self, node: ast.AST | None) -> int:
        """Add the next point."""
        point = self.graph.add(node, self.here)
        if self.handlers:
            self.graph.link(point, self.handlers[-1])
        self.here = [point]
        return point

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
        """The points behind others where the outcome of a test is known."""
        if not before:
            return []
        keys = keys_asked(test if isinstance(test, ast.expr) else subject_of(test))
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
            yield self.expressions([node.key, *([node.value] if node.value else [])])  # none in `{**x for x in y}`
        else:
            yield self.expression(node.elt)
        for point in self.here:
            self.graph.link(point, head)
        self.here = list(dict.fromkeys([*skipped, *self.here]))
        self.point(node)

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
