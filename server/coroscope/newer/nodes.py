"""The kinds of nodes that newer Pythons have: theirs where they are known, else some of the same names and fields."""

from __future__ import annotations

import ast


class _TryStar(ast.stmt):
    _fields = ("body", "handlers", "orelse", "finalbody")


class _TypeAlias(ast.stmt):
    _fields = ("name", "type_params", "value")


class _TypeVar(ast.AST):
    _fields = ("name", "bound")


class _TemplateStr(ast.expr):
    _fields = ("values",)


class _Interpolation(ast.expr):
    _fields = ("value", "str", "conversion", "format_spec")


def _known(stand_in: type[ast.AST]) -> type[ast.AST]:
    stand_in.__name__ = stand_in.__name__.removeprefix("_")
    found: type[ast.AST] = getattr(ast, stand_in.__name__, stand_in)
    return found


def node(kind: type[ast.AST], like: ast.AST, **fields: object) -> ast.AST:
    """A node of a kind, in the place of another one."""
    made = kind()
    for name, value in fields.items():
        setattr(made, name, value)
    return ast.copy_location(made, like)


TryStar = _known(_TryStar)
"""`try` with `except*` (PEP 654, CPython 3.11)."""
TypeAlias = _known(_TypeAlias)
"""A `type` statement (PEP 695, CPython 3.12)."""
TypeVar = _known(_TypeVar)
"""A type parameter (PEP 695, CPython 3.12)."""
TemplateStr = _known(_TemplateStr)
"""A t-string (PEP 750, CPython 3.14)."""
Interpolation = _known(_Interpolation)
"""A replacement field of a t-string."""
