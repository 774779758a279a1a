"""A function that wants awaitables one by one gets a collection of them, or the other way round."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from coroscope.findings import Finding, Fix
from coroscope.fixes.spread import collect, spread, spread_values
from coroscope.model.misuse import callee_text
from coroscope.model.module import Module
from coroscope.model.protocols import iterated
from coroscope.model.takers import calls_taking, collections_for_one, holds_awaitables_by_key, is_meant, is_single
from coroscope.model.types import Type, members
from coroscope.nodes import parent_of


def check(module: Module) -> Iterator[Finding]:
    """Every collection that `gather` gets as one argument, and every awaitable that `wait` or `as_completed` gets."""
    for call, argument in collections_for_one(module):
        if not _is_meant(module, argument):
            kind = _class_name(module.type_of(argument))
            message = f"`{callee_text(module, call)}` gets one `{kind}`, and wants what is in it"
            yield module.finding(argument, message)
    for call in calls_taking(module, "collection"):
        if call.args and _is_alone(module, call.args[0]) and not _is_meant(module, call.args[0]):
            yield module.finding(call.args[0], _not_collected(module, call))


def fixes(module: Module, finding: Finding) -> Iterator[Fix]:
    """Spread the collection, or make one."""
    node = module.expression_at(finding.range)
    call = None if node is None else parent_of(node)
    if node is None or not isinstance(call, ast.Call):
        return
    if not _is_alone(module, node):
        by_key = holds_awaitables_by_key(module, module.type_of(node))
        yield spread_values(module, node) if by_key else spread(module, node)
    elif all(_is_alone(module, argument) for argument in call.args):
        repair = collect(module, call)
        if repair is not None:
            yield repair


def _is_meant(module: Module, node: ast.expr) -> bool:
    return module.is_asked_for_kind(node) or is_meant(module, node, "TypeError")


def _not_collected(module: Module, call: ast.Call) -> str:
    first, callee = call.args[0], callee_text(module, call)
    if len(call.args) > 1:
        return f"`{callee}` gets each awaitable as an argument, and wants one collection of them"
    if isinstance(first, ast.Starred):
        return f"`{callee}` gets what is in `{module.short(first.value)}`, and wants the collection itself"
    return f"`{module.short(first)}` is one awaitable: `{callee}` wants a collection of them"


def _is_alone(module: Module, node: ast.expr) -> bool:
    """Whether an argument is an awaitable, or stands for several arguments that are."""
    if isinstance(node, ast.Starred):
        return is_single(module, iterated(module.type_of(node.value), module.program))
    return is_single(module, module.type_of(node))


def _class_name(type_: Type) -> str:
    """What a collection is, in a word: `list`, `tuple`, `Generator`."""
    return str(members(type_)[0]).partition("[")[0]
