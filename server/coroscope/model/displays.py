"""What displays of tuples, lists, sets and dictionaries make, and comprehensions."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from coroscope.model.types import UNKNOWN, TupleType, Type, union, without_literal
from coroscope.nodes import nodes_within

if TYPE_CHECKING:
    from coroscope.model.scopes import Scope

_MOST_ELEMENTS = 8


def tuple_display(node: ast.Tuple, scope: Scope) -> Type:
    """`(a, b)`: a tuple of known length, unless something is unpacked in it."""
    if any(isinstance(item, ast.Starred) for item in node.elts):
        return scope.program.instance("builtins", "tuple", _elements(node.elts, scope))
    return TupleType(tuple(_infer(item, scope) for item in node.elts))


def list_display(node: ast.List, scope: Scope) -> Type:
    """`[a, b]`."""
    return scope.program.instance("builtins", "list", _elements(node.elts, scope))


def set_display(node: ast.Set, scope: Scope) -> Type:
    """`{a, b}`."""
    return scope.program.instance("builtins", "set", _elements(node.elts, scope))


def dict_display(node: ast.Dict, scope: Scope) -> Type:
    """`{a: b}`, whose values are unknown where a mapping is unpacked in it."""
    keys = _elements([key for key in node.keys if key is not None], scope)
    values = UNKNOWN if None in node.keys else _elements(node.values, scope)
    return scope.program.instance("builtins", "dict", keys, values)


def list_comprehension(node: ast.ListComp | ast.SetComp, scope: Scope) -> Type:
    """`[f(x) for x in xs]`, and with braces."""
    element = _infer(node.elt, scope.inner(node))
    return scope.program.instance("builtins", "list" if isinstance(node, ast.ListComp) else "set", element)


def dict_comprehension(node: ast.DictComp, scope: Scope) -> Type:
    """`{x: f(x) for x in xs}`; of `{**x for x in xs}` (PEP 798) nothing is known but that it is a dict."""
    inner = scope.inner(node)
    if not node.value:
        return scope.program.instance("builtins", "dict", UNKNOWN, UNKNOWN)
    return scope.program.instance("builtins", "dict", _infer(node.key, inner), _infer(node.value, inner))


def generator(node: ast.GeneratorExp, scope: Scope) -> Type:
    """`(f(x) for x in xs)`, asynchronous where it awaits (PEP 530)."""
    element = _infer(node.elt, scope.inner(node))
    if _is_async(node):
        return scope.program.instance("typing", "AsyncGenerator", element, UNKNOWN)
    return scope.program.instance("typing", "Generator", element, UNKNOWN, UNKNOWN)


def _is_async(node: ast.GeneratorExp) -> bool:
    """Whether a generator expression awaits anywhere but in what it iterates over first, which is evaluated outside."""
    first, *others = node.generators
    parts = [node.elt, *first.ifs, *others]
    within = nodes_within(parts)
    return bool(first.is_async) or any(isinstance(n, ast.Await) or getattr(n, "is_async", 0) for n in within)


def _elements(nodes: list[ast.expr], scope: Scope) -> Type:
    """The type of a container's elements."""
    from coroscope.model.protocols import iterated

    found = []
    for node in nodes[:_MOST_ELEMENTS]:
        if isinstance(node, ast.Starred):
            found.append(iterated(_infer(node.value, scope), scope.program))
        else:
            found.append(without_literal(_infer(node, scope)))
    if len(nodes) > _MOST_ELEMENTS or not found:
        found.append(UNKNOWN)
    return union(found)


def _infer(node: ast.expr, scope: Scope) -> Type:
    from coroscope.model.infer import infer

    return infer(node, scope)
