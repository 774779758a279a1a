"""The nodes of `ast`: what kinds there are, and the ways from one to another.

Every node answers for its parent once the tree that it belongs to is `linked`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from typing import TypeAlias, TypeGuard

from coroscope.newer import nodes as newer

FunctionNode: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef
DefinitionNode: TypeAlias = ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
BlockNode: TypeAlias = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
ScopeNode: TypeAlias = (
    ast.Module
    | ast.ClassDef
    | ast.FunctionDef
    | ast.AsyncFunctionDef
    | ast.Lambda
    | ast.ListComp
    | ast.SetComp
    | ast.DictComp
    | ast.GeneratorExp
)
Comprehension: TypeAlias = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
TRIES: tuple[type[ast.AST], ...] = (ast.Try, newer.TryStar)
"""The `try` statements."""
BLOCKS = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


def parent_of(node: ast.AST) -> ast.AST | None:
    """The node above; None for a module and for the top of a lone expression."""
    return getattr(node, "parent", None)


def is_try(node: ast.AST | None) -> TypeGuard[ast.Try]:
    """Whether a node is a `try` statement: one with `except*` (PEP 654) has the same parts as one with `except`."""
    return isinstance(node, TRIES)


def children_of(node: ast.AST) -> list[ast.AST]:
    """A node's children in the order of the text, without operators and contexts."""
    found: list[ast.AST] = []
    for name in _FIELDS[type(node)]:
        value = getattr(node, name, None)
        if type(value) is list:
            found += value
        elif value is not None:
            found.append(value)
    return [child for child in found if child is not None] if type(node) in _WITH_GAPS else found


def ancestors(node: ast.AST) -> Iterator[ast.AST]:
    """The nodes above, nearest first."""
    above = parent_of(node)
    while above is not None:
        yield above
        above = parent_of(above)


def names_around(node: ast.AST) -> str:
    """The names of the classes and functions around a node, joined by dots; empty outside of all."""
    around = [above.name for above in ancestors(node) if isinstance(above, (*FUNCTIONS, ast.ClassDef))]
    return ".".join(reversed(around))


def qualname_of(node: DefinitionNode) -> str:
    """The qualified name of a function or class, as its `__qualname__` says it (PEP 3155)."""
    parts = [node.name]
    for above in ancestors(node):
        if isinstance(above, (*FUNCTIONS, ast.ClassDef)):
            parts.append(above.name if isinstance(above, ast.ClassDef) else f"{above.name}.<locals>")
    return ".".join(reversed(parts))


def last_name(node: ast.expr) -> str:
    """The last part of a name or of a chain of attributes; empty for other expressions."""
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def statement_of(node: ast.AST) -> ast.stmt | None:
    """The statement that a node is part of (itself, if it is one)."""
    here: ast.AST | None = node
    while here is not None and not isinstance(here, ast.stmt):
        here = parent_of(here)
    return here


def unparsed(node: ast.AST) -> str:
    """The text of a node as `ast.unparse` writes it, or other words that name the same variables.

    Before CPython 3.12 that raises where an f-string cannot be written by the rules of that time.
    """
    try:
        return ast.unparse(node)
    except ValueError:
        names = sorted({each.id for each in ast.walk(node) if isinstance(each, ast.Name)})
        return f"unknown({', '.join([*names, repr(ast.dump(node))])})"


def nodes_within(statements: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """The nodes of some code that run with it, not later: functions in it are closed, and generators but for what they
    iterate over first."""
    stack = list(statements)[::-1]
    while stack:
        node = stack.pop()
        yield node
        if isinstance(node, ast.GeneratorExp):
            stack.append(node.generators[0].iter)
        elif not isinstance(node, _CLOSED):
            stack += children_of(node)[::-1]


BLOCK_KINDS = frozenset(BLOCKS)
_CLOSED = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
_LEAVES = {
    "arg", "asname", "attr", "conversion", "ctx", "id", "is_async", "is_lazy", "kind", "kwd_attrs", "level", "module",
    "name", "op", "ops", "rest", "simple", "str", "type_comment",
}  # fmt: skip
"""The fields that hold operators, contexts, texts and numbers: in nearly all kinds of node."""
_CHILDLESS = (ast.Constant, ast.Global, ast.MatchSingleton, ast.Nonlocal, ast.TypeIgnore, ast.alias)
_WITH_GAPS = (ast.Dict, ast.arguments)
"""Where a list of children has None for some: `{**this}`, and parameters without a default."""
_FIELDS = {
    kind: () if issubclass(kind, _CHILDLESS) else tuple(name for name in kind._fields if name not in _LEAVES)
    for kind in (*vars(ast).values(), *vars(newer).values())
    if isinstance(kind, type) and issubclass(kind, ast.AST)
}
"""The fields of each kind of node that hold children, or None."""
_FIELDS[newer.TypeAlias] = ("name", "type_params", "value")  # the first of them is a node here, and no text


def linked(top: ast.AST, inner: list[BlockNode]) -> list[ast.AST]:
    """Set the parents of all nodes below `top` down to the next blocks, which go to `inner`; the nodes in pre-order.

    Every node of every file comes through here, which is why `children_of` is written out.
    """
    nodes: list[ast.AST] = []
    stack = [top]
    while stack:
        node = stack.pop()
        nodes.append(node)
        fields = _FIELDS[type(node)]
        if not fields:
            continue
        if type(node) in BLOCK_KINDS and node is not top:
            inner.append(node)  # type: ignore[arg-type]  # it is of such a kind
            continue
        below: list[ast.AST] = []
        for name in fields:
            value = getattr(node, name, None)
            if type(value) is list:
                below += value
            elif value is not None:
                below.append(value)
        if type(node) in _WITH_GAPS:
            below = [child for child in below if child is not None]
        for child in below:
            child.parent = node  # type: ignore[attr-defined]
        below.reverse()
        stack += below
    return nodes
