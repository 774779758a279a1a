"""Conditions that the target decides: `TYPE_CHECKING`, `sys.version_info`, `sys.platform`, constants."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable
from typing import NamedTuple


class Target(NamedTuple):
    """What the code is to run on: a Python version such as `(3, 12)`, and a platform as `sys.platform` names it."""

    python: tuple[int, int]
    platform: str


_COMPARE: dict[type[ast.cmpop], Callable[[tuple[int, ...], tuple[int, ...]], bool]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}


def truth(test: ast.expr, target: Target) -> bool | None:
    """Whether a condition holds on the target, as the typing specification lets checkers decide; None if it depends."""
    match test:
        case ast.Constant():
            return bool(test.value)
        case ast.Name(id="TYPE_CHECKING") | ast.Attribute(attr="TYPE_CHECKING"):
            return True
        case ast.UnaryOp(op=ast.Not()):
            return _negated(test, target)
        case ast.BoolOp():
            return _joined([truth(value, target) for value in test.values], isinstance(test.op, ast.And))
        case ast.Compare(left=left, ops=[op], comparators=[right]):
            return _compared(left, op, right, target)
        case ast.Call(func=ast.Attribute(value=value, attr="startswith"), args=[ast.Constant(value=str() as prefix)]):
            return target.platform.startswith(prefix) if _is_sys(value, "platform") else None
    return None


def _negated(test: ast.expr, target: Target) -> bool | None:
    """The truth of `not …`, however often it stands there."""
    negative = False
    while isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        negative = not negative
        test = test.operand
    inner = truth(test, target)
    return None if inner is None else inner is not negative


def _joined(answers: list[bool | None], every: bool) -> bool | None:
    decisive = not every
    if decisive in answers:
        return decisive
    return None if None in answers else every


def _compared(left: ast.expr, op: ast.cmpop, right: ast.expr, target: Target) -> bool | None:
    compare = _COMPARE.get(type(op))
    if compare is None:
        return None
    if _is_sys(left, "platform") and isinstance(right, ast.Constant) and isinstance(right.value, str):
        same = target.platform == right.value
        return same if isinstance(op, ast.Eq) else not same if isinstance(op, ast.NotEq) else None
    if isinstance(left, ast.Subscript) and _is_sys(left.value, "version_info"):
        index = left.slice
        if isinstance(index, ast.Constant) and index.value == 0 and isinstance(right, ast.Constant):
            return compare(target.python[:1], (right.value,)) if isinstance(right.value, int) else None
        left = left.value
    if _is_sys(left, "version_info") and isinstance(right, ast.Tuple):
        wanted = tuple(
            item.value for item in right.elts if isinstance(item, ast.Constant) and isinstance(item.value, int)
        )
        return compare(target.python, wanted[:2]) if wanted else None
    return None


def _is_sys(node: ast.expr, name: str) -> bool:
    return (
        isinstance(node, ast.Attribute)
        and node.attr == name
        and isinstance(node.value, ast.Name)
        and node.value.id == "sys"
    )
