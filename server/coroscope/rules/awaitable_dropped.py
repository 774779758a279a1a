"""Something awaitable that no type calls a coroutine is made, or named, and dropped."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from coroscope.findings import Finding, Fix
from coroscope.fixes.await_it import await_it
from coroscope.model.module import Module
from coroscope.model.protocols import is_coroutine, is_lazy
from coroscope.model.types import UNKNOWN, members, without_none
from coroscope.syntax import parent_of

_BARE = (ast.Name, ast.Attribute, ast.Subscript)


def check(module: Module) -> Iterator[Finding]:
    """Every awaitable that is the value of a statement in async code."""
    for statement in module.tree.walk(ast.Expr):
        for node in _values(statement.value):
            if not isinstance(node, (ast.Call, *_BARE)) or not module.in_async(node):
                continue
            if _is_lost(module, node):
                yield module.finding(node, f"`{module.short(node)}` makes an awaitable that nothing awaits")
            elif isinstance(node, ast.Call):
                yield from _by_usage(module, node)


def fixes(module: Module, finding: Finding) -> Iterator[Fix]:
    """Await it."""
    node = module.expression_at(finding.range)
    if node is not None and module.in_async(node) and not isinstance(parent_of(node), ast.Await):
        yield await_it(module, node, safe=False)


def _by_usage(module: Module, call: ast.Call) -> Iterator[Finding]:
    """A call of which no type is known, and which is awaited elsewhere."""
    witness = module.awaited_elsewhere(call) if UNKNOWN in members(module.type_of(call)) else None
    if witness is None or module.is_chosen(call) or module.is_dead(call) or module.is_expected(call, "RuntimeWarning"):
        return
    where = module.qualname(witness)
    message = f"nothing awaits `{module.short(call)}`, which is awaited elsewhere, as in `{where}`"
    yield module.finding(call, message, related=[module.related(witness, "awaited here")])


def _values(node: ast.expr) -> Iterator[ast.expr]:
    """The expressions whose value a statement may have: through conditional expressions, `and` and `or`."""
    match node:
        case ast.IfExp():
            yield from _values(node.body)
            yield from _values(node.orelse)
        case ast.BoolOp():
            yield from _values(node.values[-1])
        case _:
            yield node


def _is_lost(module: Module, node: ast.expr) -> bool:
    type_ = without_none(module.type_of(node)) if isinstance(node, _BARE) else module.type_of(node)
    if is_coroutine(type_) and isinstance(node, ast.Call):
        return False
    if module.can_await(type_) is not True:
        return False
    if isinstance(node, _BARE):
        return True
    return is_lazy(type_) and not (isinstance(node, ast.Call) and module.may_make_another(node))
