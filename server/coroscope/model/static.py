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
    match right:
        case ast.Constant(value=str() as wanted):
            return _compared_text(_text(left, target), op, (wanted,))
        case ast.Constant(value=int() as number) if type(op) in _COMPARE:
            part = _number(left, target)
            return None if part is None else _COMPARE[type(op)]((part,), (number,))
        case ast.Tuple(elts=items) | ast.List(elts=items):
            values = tuple(item.value for item in items if isinstance(item, ast.Constant))
            if len(values) < len(items):
                return None
            if isinstance(op, (ast.In, ast.NotIn)):
                return _compared_text(_text(left, target), op, values)
            return _compared_version(left, op, values, target)
    return None


def _text(node: ast.expr, target: Target) -> str | None:
    """The value of `sys.platform` or `os.name` on the target."""
    if _is_attribute(node, "os", "name"):
        return "nt" if target.platform == "win32" else "posix"
    return target.platform if _is_sys(node, "platform") else None


def _compared_text(text: str | None, op: ast.cmpop, wanted: tuple[object, ...]) -> bool | None:
    if text is None or not isinstance(op, (ast.Eq, ast.NotEq, ast.In, ast.NotIn)):
        return None
    return (text in wanted) is isinstance(op, (ast.Eq, ast.In))


def _number(node: ast.expr, target: Target) -> int | None:
    """The value of `sys.version_info[0]`, `sys.version_info.minor` and their like on the target."""
    match node:
        case ast.Subscript(value=value, slice=ast.Constant(value=int() as index)) if _is_sys(value, "version_info"):
            return target.python[index] if index in (0, 1) else None
        case ast.Attribute(value=value, attr="major" | "minor" as part) if _is_sys(value, "version_info"):
            return target.python[part == "minor"]
    return None


def _compared_version(left: ast.expr, op: ast.cmpop, wanted: tuple[object, ...], target: Target) -> bool | None:
    """Compare `sys.version_info`, or its first items, with a tuple; the target has a major and a minor version only."""
    compare = _COMPARE.get(type(op))
    numbers = tuple(value for value in wanted if isinstance(value, int))
    if compare is None or not numbers:
        return None
    known, rest = target.python, len(wanted) > 2
    match left:
        case ast.Subscript(value=value, slice=ast.Slice(lower=None, upper=ast.Constant(value=int() as length))):
            decides = _is_sys(value, "version_info") and length in (1, 2) and not rest
            return compare(known[:length], numbers) if decides else None
    if not _is_sys(left, "version_info"):
        return None
    if known[: len(numbers)] != numbers[:2]:
        return compare(known, numbers[:2])
    # Equal as far as is known: `sys.version_info` has five items, so it is greater than a tuple of two.
    return None if rest and any(numbers[2:]) else compare((1,), (0,))


def _is_sys(node: ast.expr, name: str) -> bool:
    return _is_attribute(node, "sys", name)


def _is_attribute(node: ast.expr, module: str, name: str) -> bool:
    return (
        isinstance(node, ast.Attribute)
        and node.attr == name
        and isinstance(node.value, ast.Name)
        and node.value.id == module
    )
