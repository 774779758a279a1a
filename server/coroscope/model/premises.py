"""What the text before a place tells of a reference that is read there, by the nesting of the text alone.

    assert isinstance(self.session, Session)        if self.session is None:
    return self.session                                 self.session = Session()
                                                    return self.session

On the left the reference is what it always is, as far as a condition holds; on the right it may be a value as well.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import NamedTuple, TypeAlias

from coroscope.model.endings import fallen_off
from coroscope.model.graph import key_of, keys_asked
from coroscope.nodes import FUNCTIONS, ancestors, parent_of, statement_of
from coroscope.syntax import Block

_LOOPS = (ast.For, ast.AsyncFor, ast.While)
_SUITES = ("body", "orelse", "finalbody")
_MOST = 3
_Told: TypeAlias = tuple[ast.expr, bool]
"""A condition, and whether it holds."""


class Premises(NamedTuple):
    """Conditions that hold where a reference is read, and values that it may have got instead.

    `keeps` tells whether it may still be what it was before.
    """

    conditions: list[_Told]
    values: list[ast.expr]
    keeps: bool


def premises(use: ast.expr, key: str, stores: list[ast.expr]) -> Premises | None:
    """What is known of a reference with a key where it is read; None if that is nothing.

    `stores` are the places in the function that assign to it, or to what it is an attribute of.
    """
    found = Premises([], [], True)
    for told in _before(use, key, stores):
        if isinstance(told, ast.expr):
            found.values.append(told)
        elif told is None:
            found = found._replace(keeps=False)
        elif len(found.conditions) < _MOST:
            found.conditions.append(told)
    return found if found.conditions or found.values else None


def stores_of(key: str, block: Block) -> list[ast.expr]:
    """Where a function assigns to a chain of attributes with a key, or to what it is an attribute of."""
    return [
        node
        for node in block.nodes_of((ast.Attribute,))
        if isinstance(node, ast.Attribute) and not isinstance(node.ctx, ast.Load) and _is_part(key_of(node), key)
    ]


def _before(use: ast.expr, key: str, stores: list[ast.expr]) -> Iterator[_Told | ast.expr | None]:
    """Conditions, values, and None where nothing before counts, from a place upwards."""
    below: ast.AST | None = statement_of(use)
    above = None if below is None else parent_of(below)
    while below is not None and above is not None:
        suite = next((s for s in (getattr(above, n, None) for n in _SUITES) if isinstance(s, list) and below in s), [])
        for earlier in reversed(suite[: suite.index(below)] if suite else []):
            stored = [store for store in stores if _is_in(store, earlier)]
            if stored:
                yield from _assigned(earlier, key, stored)
                if not isinstance(earlier, ast.If) or not _is_replaced(earlier, stored):
                    return
            elif isinstance(earlier, ast.Assert):
                yield from _told(earlier.test, True, key)
            elif isinstance(earlier, ast.If) and not earlier.orelse and not list(fallen_off(earlier.body)):
                yield from _told(earlier.test, False, key)
        if isinstance(above, ast.If) and suite:
            yield from _told(above.test, suite is above.body, key)
        is_part = isinstance(above, (*FUNCTIONS, ast.ExceptHandler)) or not isinstance(above, ast.stmt)
        if is_part or (isinstance(above, _LOOPS) and any(_is_in(store, above) for store in stores)):
            return
        below, above = above, parent_of(above)


def _assigned(statement: ast.stmt, key: str, stored: list[ast.expr]) -> Iterator[_Told | ast.expr | None]:
    """What a statement tells that assigns to the reference: its value, or what `if x is None: x = value` leaves."""
    if isinstance(statement, ast.If) and _is_replaced(statement, stored):
        conditions = list(_told(statement.test, False, key))
        last = statement.body[-1]
        if conditions and isinstance(last, ast.Assign):
            yield last.value
            yield from conditions
    elif values := _values_of([statement], stored, key):
        yield from values
        yield None


def _values_of(suite: list[ast.stmt], stored: list[ast.expr], key: str) -> list[ast.expr]:
    """What a suite surely gives to a reference in the end, by its branches; nothing if that is not to be seen."""
    last = suite[-1] if suite else None
    if isinstance(last, ast.If):
        branches = [_values_of(branch, stored, key) for branch in (last.body, last.orelse)]
        return [value for values in branches for value in values] if all(branches) else []
    if isinstance(last, ast.Assign) and len(last.targets) == 1 and last.targets[0] in stored:
        return [last.value] if key_of(last.targets[0]) == key else []
    return []


def _is_replaced(statement: ast.If, stored: list[ast.expr]) -> bool:
    """Whether an `if` without `else` does nothing to a reference but to give it a value, at its end."""
    last = statement.body[-1]
    return isinstance(last, ast.Assign) and not statement.orelse and last.targets == stored


def _told(test: ast.expr, holds: bool, key: str) -> Iterator[_Told]:
    """The conditions about a reference of which a test is made, and whether each holds."""
    match test:
        case ast.UnaryOp(op=ast.Not()):
            yield from _told(test.operand, not holds, key)
        case ast.BoolOp():
            if holds is isinstance(test.op, ast.And):
                for value in test.values:
                    yield from _told(value, holds, key)
        case _ if key in keys_asked(test):
            yield test, holds


def _is_part(stored: str | None, key: str) -> bool:
    return stored is not None and (stored == key or key.startswith(f"{stored}."))


def _is_in(node: ast.expr, statement: ast.stmt) -> bool:
    return any(above is statement for above in ancestors(node))
