"""Something awaitable that no type calls a coroutine is made, or named, and dropped."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from coroscope.findings import Finding, Fix, Related
from coroscope.fixes.await_it import await_it
from coroscope.model.life import Fate, Life
from coroscope.model.lifecycle import lives_by_usage
from coroscope.model.module import Module
from coroscope.model.pointless import (
    assigned_to_themselves,
    dropped_awaitables,
    never_stopping,
    only_named,
    unused_generators,
)
from coroscope.model.presumed import presumed_lives
from coroscope.model.protocols import is_coroutine
from coroscope.model.types import UNKNOWN, members
from coroscope.model.usage import Witness
from coroscope.nodes import parent_of


def check(module: Module) -> Iterator[Finding]:
    """Every awaitable that is the value of a statement in async code, and what in all likelihood is one and is lost."""
    yield from _dropped(module)
    yield from _lost(module)
    for name in module.in_blocks(only_named):
        if not module.is_expected(name, "NameError", "UnboundLocalError"):
            yield module.finding(name, f"`{name.id}` is only named, and nothing awaits it")
    for name in module.in_blocks(assigned_to_themselves):
        yield module.finding(name, f"`{name.id}` is assigned to itself, and nothing awaits it")
    for call in module.in_blocks(unused_generators):
        if not module.is_expected(call, "TypeError"):
            yield module.finding(call, f"`{module.short(call)}` makes an async generator that nothing iterates over")


def fixes(module: Module, finding: Finding) -> Iterator[Fix]:
    """Await it, if it is no async generator."""
    node = module.expression_at(finding.range)
    if node is None or module.can_async_iterate(module.type_of(node)) is True:
        return
    if module.in_async(node) and not isinstance(parent_of(node), ast.Await):
        yield await_it(module, node, safe=False)


def _dropped(module: Module) -> Iterator[Finding]:
    for node in module.in_blocks(dropped_awaitables):
        if not module.is_expected(node, "AttributeError", "TypeError"):  # a test that there is no such method
            yield module.finding(node, f"`{module.short(node)}` makes an awaitable that nothing awaits")


def _lost(module: Module) -> Iterator[Finding]:
    """What is awaitable by usage, by all that is known of it, or by a handler for its end; each is told once."""
    told: set[ast.expr] = {life.origin for life in module.coroutines() if life.is_lost or life.ends(Fate.RETURNED)}
    for life, witness in lives_by_usage(module):
        if not module.is_expected(life.origin, "RuntimeWarning"):
            told.add(life.origin)
            yield _by_usage(module, life, witness)
    for life in module.in_blocks(presumed_lives):
        if life.origin not in told and not module.is_expected(life.origin, "RuntimeWarning"):
            told.add(life.origin)
            yield _presumed(module, life)
    for call in module.in_blocks(never_stopping):
        if call not in told:
            yield module.finding(call, f"`{module.short(call)}` never ends here: nothing awaits it")


def _by_usage(module: Module, life: Life, witness: Witness) -> Finding:
    message = f"nothing awaits `{module.short(life.origin)}`, {witness.words}"
    misuses = [module.related(use.node, use.consequence) for use in life.ends(Fate.MISUSED)]
    seen = Related(witness.path, witness.range, witness.note)
    return module.finding(life.origin, message, related=[*misuses, seen])


def _presumed(module: Module, life: Life) -> Finding:
    made = f"`{module.short(life.origin)}` makes an awaitable that nothing awaits"
    known = [member for member in members(life.type) if member != UNKNOWN]
    if known:
        made += ", as far as its type is known"
    if known and all(map(is_coroutine, known)):
        made = made.replace("makes an awaitable", "builds a coroutine")
    misuses = [module.related(use.node, use.consequence) for use in life.ends(Fate.MISUSED)]
    return module.finding(life.origin, made, related=misuses)
