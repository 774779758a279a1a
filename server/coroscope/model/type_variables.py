"""Type variables as they are declared: by a call such as `TypeVar("T")`, or as type parameters (PEP 695)."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from coroscope.model.substitution import solved
from coroscope.model.types import UNKNOWN, TupleType, Type, TypeVariable, union
from coroscope.syntax import parse_expression

if TYPE_CHECKING:
    from coroscope.model.scopes import Scope

_KINDS = {"TypeVar": "type", "ParamSpec": "parameters", "TypeVarTuple": "types"}


def type_variable(text: str, scope: Scope) -> TypeVariable | None:
    """The type variable that `TypeVar("T")` and its like make; of constraints, the bound is their union."""
    if not any(word in text[:40] for word in ("TypeVar", "ParamSpec")):
        return None
    expression = parse_expression(text)
    if not isinstance(expression, ast.Call) or not expression.args:
        return None
    function = expression.func
    word = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    first = expression.args[0]
    word = word.lstrip("_")  # as `typing_extensions.pyi` imports it
    if word not in _KINDS or not isinstance(first, ast.Constant) or not isinstance(first.value, str):
        return None
    words = {keyword.arg: keyword.value for keyword in expression.keywords}
    words = {keyword.arg: keyword.value for keyword in expression.keywords if keyword.arg}
    bounds = expression.args[1:] or [words[word] for word in ("bound",) if word in words]
    defaults = [words["default"]] if "default" in words else []
    return TypeVariable(first.value, scope.path, _KINDS[word], _one_of(bounds, scope), _one_of(defaults, scope))


def type_parameter(name: str, texts: tuple[str, ...], home: str, scope: Scope) -> TypeVariable | None:
    """The type variable that one of these parameters (`T`, `T: int = str`, `*Ts`, `**P`) declares under a name.

    Bounds and defaults are read in `scope`, which knows the parameters themselves.
    """
    for text in texts:
        head, _, default = text.partition("=")
        bare, _, bound = head.lstrip("*").partition(":")
        if bare.strip() == name:
            kind = "parameters" if text.startswith("**") else "types" if text.startswith("*") else "type"
            plain = TypeVariable(name, home, kind)
            return _bounded(plain, bound, default, scope) if bound or default else plain
    return None


def given(parameters: tuple[TypeVariable, ...], args: tuple[Type, ...]) -> dict[TypeVariable, Type]:
    """The type arguments by type parameter: a TypeVarTuple takes several; what is not given is its default."""
    items = list(args)
    several = next((i for i, p in enumerate(parameters) if p.kind == "types"), None)
    if several is not None and items:
        behind = len(items) - (len(parameters) - several - 1)
        taken = items[several:behind]
        items[several:behind] = [UNKNOWN if taken == [UNKNOWN] else TupleType(tuple(taken))]
    found: dict[TypeVariable, Type] = {}
    for index, parameter in enumerate(parameters):
        found[parameter] = items[index] if index < len(items) else solved(parameter, found)
    return found


def _bounded(plain: TypeVariable, bound: str, default: str, scope: Scope) -> TypeVariable:
    key = ("type parameter", plain, bound, default)
    return scope.program.remember(key, lambda: _read(plain, bound, default, scope), plain)


def _read(plain: TypeVariable, bound: str, default: str, scope: Scope) -> TypeVariable:
    one, other = parse_expression(bound.strip()), parse_expression(default.strip())
    bounds = one.elts if isinstance(one, ast.Tuple) else [one] if one else []
    defaults = [other] if other else []
    return TypeVariable(plain.name, plain.home, plain.kind, _one_of(bounds, scope), _one_of(defaults, scope))


def _one_of(expressions: list[ast.expr], scope: Scope) -> Type | None:
    from coroscope.model.annotations import annotation

    return union(annotation(expression, scope) for expression in expressions) if expressions else None
