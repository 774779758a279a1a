"""The points of a piece of code and the edges between them: in which order Python may run it.

A *point* is one step: a name read or bound, a call, an `await`. Edges lead to what may run next. Three kinds of points
stand for something else than a step:

    a condition   what comes behind it runs only if a test had this outcome, or a pattern matched or did not
    a gate        what comes behind it runs only if types allow: behind a `with` block that raised, if the context
                  manager swallows that, and behind a call, if that returns
    a join        where several ways meet, at the head of a loop for example

`flow.py` builds the graph of a scope. A *reference* is a name, or a chain of attributes and constant subscripts that
begins with one, and its *key* is its text: `self.store`, `jobs[0]`.
"""

from __future__ import annotations

import ast
from collections.abc import Container, Iterable, Iterator, Sequence
from typing import NamedTuple, TypeAlias

from coroscope.model.names import Binding, Names
from coroscope.nodes import parent_of

Gate: TypeAlias = ast.With | ast.AsyncWith | ast.Call
_LONGEST = 8
"""How many parts a reference may have; longer ones are not followed."""


class Condition(NamedTuple):
    """What is known behind a point: that a test was true or false, or that a pattern matched or did not.

    `about` are the keys of the references of which it may tell something.
    """

    test: ast.expr | ast.pattern
    holds: bool
    about: frozenset[str]


class Graph:
    """The points of a scope: `nodes` by number, `before` their predecessors, `at` the number of each node's point.

    Point 0 is the start, where parameters are bound; point 1 the end that is reached without an exception: one that
    nothing catches has no edge. `catches` are the joins where exceptions arrive, and nothing else. What stands in a
    `finally` has a point for each way into it: `copies` are all but the first. `asked` are the keys of the
    references that conditions tell something of, and `stores` the points by the key that is assigned there, for all
    references that are no names.
    """

    START = 0
    END = 1

    def __init__(self) -> None:
        self.nodes: list[ast.AST | None] = [None, None]
        self.before: list[list[int]] = [[], []]
        self.after: list[list[int]] = [[], []]
        self.at: dict[ast.AST, int] = {}
        self.copies: dict[ast.AST, list[int]] = {}
        self.conditions: dict[int, Condition] = {}
        self.gates: dict[int, Gate] = {}
        self.catches: set[int] = set()
        self.asked: set[str] = set()
        self.stores: dict[str, list[int]] = {}
        self._live: set[int] = set()
        """The points that can be reached, once somebody asked; of no use when an edge comes."""

    def add(self, node: ast.AST | None, before: Iterable[int]) -> int:
        """A new point behind others; answers its number."""
        point = len(self.nodes)
        self.nodes.append(node)
        self.before.append([])
        self.after.append([])
        if node is not None and self.at.setdefault(node, point) != point:
            self.copies.setdefault(node, []).append(point)
        for other in before:
            self.link(other, point)
        return point

    def link(self, first: int, second: int) -> None:
        """An edge."""
        self._live = set()
        self.before[second].append(first)
        self.after[first].append(second)

    def points(self, node: ast.AST) -> list[int]:
        """All points of a node; none if it cannot be run."""
        point = self.at.get(node)
        if point is None:
            return []
        return [point, *self.copies[node]] if node in self.copies else [point]

    def is_live(self, node: ast.AST) -> bool:
        """Whether some way leads from the start to a node, as far as the text and the target tell."""
        if not self._live:
            self._live = reached([self.START], self.after)
        return not self._live.isdisjoint(self.points(node))

    def reaching(self, use: ast.AST, name: str, names: Names) -> list[Binding]:
        """The bindings of a name that may be in force where it is read, in no order; parameters bind at the start.

        This holds whatever the types are: conditions and gates let everything through.
        """
        starts = self.points(use)
        if not starts:
            return names.bindings.get(name, [])
        found: dict[Binding, None] = {}
        seen: set[int] = set()
        stack = [point for start in starts for point in self.before[start]]
        while stack:
            point = stack.pop()
            if point in seen:
                continue
            seen.add(point)
            node = self.nodes[point]
            binding = names.by_node.get(node) if node is not None else None
            if binding is not None and binding.name == name:
                found[binding] = None
            elif point == self.START:
                found.update(dict.fromkeys(b for b in names.bindings.get(name, []) if b.kind == "parameter"))
            else:
                stack += self.before[point]
        return list(found)

    def between(self, first: ast.AST, last: ast.AST) -> set[int]:
        """The points on all ways that lead to the last node since the first one was run."""
        starts = [before for point in self.points(last) for before in self.before[point]]
        return reached(starts, self.before, without=self.points(first))

    def follows(self, first: ast.AST, others: Iterable[ast.AST]) -> bool:
        """Whether one of some nodes may run after the first one."""
        wanted = {point for other in others for point in self.points(other)}
        return not wanted.isdisjoint(self.later(first))

    def later(self, node: ast.AST, stops: Container[int] = ()) -> set[int]:
        """The points that may come after a node, by exceptions as well; what is behind `stops` is left out."""
        starts = [after for point in self.points(node) for after in self.after[point]]
        return reached(starts, self.after, stops=stops)

    def onward(self, starts: Iterable[int], stops: Container[int] = ()) -> set[int]:
        """The points that are reached from some points without an exception; what is behind `stops` is left out."""
        return reached(starts, self.after, stops=stops, without=self.catches)

    def leading_to(self, nodes: Iterable[ast.AST]) -> set[int]:
        """The points from which some way leads to one of some nodes, and those of the nodes."""
        return reached([point for node in nodes for point in self.points(node)], self.before)


def reached(
    starts: Iterable[int], edges: Sequence[Sequence[int]], *, stops: Container[int] = (), without: Container[int] = ()
) -> set[int]:
    """The points that edges lead to from some points, and these; none is left by `stops`, or is `without`."""
    found: set[int] = set()
    waiting = list(starts)
    while waiting:
        point = waiting.pop()
        if point not in found and point not in without:
            found.add(point)
            if point not in stops:
                waiting += edges[point]
    return found


def key_of(node: ast.AST) -> str | None:
    """The key of a reference; None for all other expressions."""
    parts: list[str] = []
    for _ in range(_LONGEST):
        match node:
            case ast.Name(id=name):
                return "".join([name, *reversed(parts)])
            case ast.Attribute(value=value, attr=attr):
                parts.append(f".{attr}")
                node = value
            case ast.Subscript(value=value, slice=ast.Constant(value=str() | int() as index)):
                parts.append(f"[{index!r}]")
                node = value
            case _:
                return None
    return None


def root_of(node: ast.expr) -> ast.Name | None:
    """The name that a reference begins with."""
    while isinstance(node, (ast.Attribute, ast.Subscript)):
        node = node.value
    return node if isinstance(node, ast.Name) else None


def prefixes_of(node: ast.expr) -> Iterator[str]:
    """The keys of what a reference is an attribute or item of, its name left out: `a.b` and `a.b.c` for `a.b.c.d`."""
    while isinstance(node, (ast.Attribute, ast.Subscript)):
        node = node.value
        key = key_of(node)
        if key is not None and not isinstance(node, ast.Name):
            yield key


def keys_asked(test: ast.AST) -> set[str]:
    """The keys of the references of which a condition, one without `and`, `or` and `not`, may tell something."""
    found: set[str] = set()
    waiting: list[ast.AST] = [test]
    while waiting:
        node = waiting.pop()
        match node:
            case ast.NamedExpr():
                waiting += [node.target, node.value]
            case ast.Compare(left=left, ops=[_], comparators=[_]):
                waiting.append(left)
            case ast.Call(args=[first, *_]) if not isinstance(first, ast.Starred):
                waiting.append(first)
            case _:
                key = key_of(node)
                if key is not None:
                    found.add(key)
    return found


def subject_of(pattern: ast.AST) -> ast.expr:
    """The subject of the `match` that a pattern stands in."""
    here: ast.AST | None = pattern
    while not isinstance(here, ast.Match):
        assert here is not None
        here = parent_of(here)
    return here.subject
