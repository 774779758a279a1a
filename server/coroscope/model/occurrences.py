"""Where a name of a scope is read: in the scope itself, in its comprehensions, and by the scopes that capture it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import NamedTuple

from coroscope.model.bodies import Bodies, BodyScope
from coroscope.model.names import Binding, is_scope, own_nodes
from coroscope.nodes import COMPREHENSIONS, ScopeNode, parent_of


class Occurrences(NamedTuple):
    """Where a scope's name is read in the scope itself or in comprehensions there, and whether others capture it.

    `by_binding` are the reads by the bindings that may be in force there, `bindings_at` says how many these are.
    """

    here: list[ast.Name]
    captured: bool
    by_binding: dict[Binding, list[ast.Name]]
    bindings_at: dict[ast.Name, int]


def occurrences(scope: BodyScope, name: str) -> Occurrences:
    """Every read of a name that a scope binds."""
    here: list[ast.Name] = []
    captured = False
    for node in own_nodes(scope.node):
        if isinstance(node, ast.Name) and node.id == name and _is_read(node):
            here.append(node)
        elif is_scope(node):
            inside = list(_inside(node, name, scope.bodies))
            if isinstance(node, COMPREHENSIONS):
                here += inside
            else:
                captured = captured or bool(inside)
    by_binding: dict[Binding, list[ast.Name]] = {}
    bindings_at: dict[ast.Name, int] = {}
    for use in here:
        reaching = scope.graph.reaching(use, name, scope.names)
        bindings_at[use] = len(reaching)
        for binding in reaching:
            by_binding.setdefault(binding, []).append(use)
    return Occurrences(here, captured, by_binding, bindings_at)


def _is_read(node: ast.Name) -> bool:
    """Whether a name is read; `+=` reads its target, too."""
    above = parent_of(node)
    return isinstance(node.ctx, ast.Load) or (isinstance(above, ast.AugAssign) and above.target is node)


def _inside(scope: ScopeNode, name: str, bodies: Bodies) -> Iterator[ast.Name]:
    """The reads of a name from around in a scope and those in it; nothing if the scope binds the name itself."""
    waiting = [_names_from_around(scope, name, bodies)]
    while waiting:
        node = next(waiting[-1], None)
        if node is None:
            waiting.pop()
        elif isinstance(node, ast.Name):
            yield node
        else:
            waiting.append(_names_from_around(node, name, bodies))


def _names_from_around(scope: ScopeNode, name: str, bodies: Bodies) -> Iterator[ast.Name | ScopeNode]:
    """The reads of a name in a scope that does not bind it, and the scopes in it, which see no name of a class."""
    found = [n for n in own_nodes(scope) if (isinstance(n, ast.Name) and n.id == name) or is_scope(n)]
    is_own = bool(found) and name in bodies.body(scope).names.bindings
    if is_own and not isinstance(scope, ast.ClassDef):
        return
    for node in found:
        if not (is_own and isinstance(node, ast.Name)):
            yield node
