"""A coroutine is used as if it were its result."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from coroscope.findings import Finding, Fix, Related
from coroscope.fixes.await_it import awaiting
from coroscope.fixes.hand_over import hand_over
from coroscope.fixes.repair_coroutine import repairs
from coroscope.model.held import held_misused
from coroscope.model.life import LOST, Fate, Life, Use, asks_if_awaitable
from coroscope.model.misuse import wants_function
from coroscope.model.module import Module
from coroscope.model.objects import objects_misused
from coroscope.model.too_early import called_too_early
from coroscope.nodes import parent_of


def check(module: Module) -> Iterator[Finding]:
    """Every coroutine that is misused and that nothing runs, or that is misused so that nothing more happens."""
    too_early = {found.call for found in module.in_blocks(called_too_early)}
    for life in module.coroutines():
        if life.origin in too_early:
            continue  # which is a mistake of its own
        misuses = [use for use in life.ends(Fate.MISUSED) if not _is_meant(module, life, use)]
        if (misuses and _is_lost(module, life)) or any(use.fatal for use in misuses):
            first = min(misuses, key=lambda use: module.range(use.node))
            message = f"`{module.short(life.origin)}` is not awaited: {_consequence(life, first)}"
            related = [*_misuses(module, life), *module.definition_of(life.origin)]
            yield module.finding(life.origin, message, related=related)
    for life in module.in_blocks(objects_misused):
        first = min(life.uses, key=lambda use: module.range(use.node))
        if not module.is_expected(first.node, "TypeError", "AttributeError"):
            message = f"`{module.short(life.origin)}` is not awaited: {first.consequence}"
            yield module.finding(life.origin, message, related=_misuses(module, life))
    for life in held_misused(module):
        first = min(life.uses, key=lambda use: module.range(use.node))
        if not module.is_expected(life.origin, "RuntimeWarning"):
            message = f"`{module.short(life.origin)}` is not awaited: {_consequence(life, first)}"
            yield module.finding(life.origin, message, related=_misuses(module, life))


def fixes(module: Module, finding: Finding) -> Iterator[Fix]:
    """Await it where it is made, or where it is used; hand over the function where one is to be called."""
    node = module.expression_at(finding.range)
    if node is None:
        return
    above = parent_of(node)
    if isinstance(above, ast.Call) and wants_function(module, above, node):
        yield from hand_over(module, node)
        return
    yield from repairs(module, node)
    use = _only_use(module, node)
    if use is not None and module.in_async(use):
        yield Fix("Await it where it is used", lambda: awaiting(module, use))


def _is_lost(module: Module, life: Life) -> bool:
    """Whether nothing else becomes of it; what is no coroutine for sure may work by itself, and is in sync code."""
    if not life.only(Fate.MISUSED, *LOST):
        return False
    return life.is_coroutine or (module.in_async(life.origin) and not asks_if_awaitable(module, life))


def _is_meant(module: Module, life: Life, use: Use) -> bool:
    """Whether a test expects the mistake, or an override may well make what `async for` or `async with` wants."""
    if module.is_expected(use.node, "TypeError", "AttributeError"):
        return True
    above = parent_of(use.node)
    is_async = isinstance(above, (ast.AsyncFor, ast.comprehension, ast.withitem))
    return is_async and isinstance(life.origin, ast.Call) and module.is_left_open(life.origin)


def _consequence(life: Life, use: Use) -> str:
    """The consequence of a misuse, also for something of which only `Awaitable` is known."""
    words = use.consequence
    if life.is_coroutine:
        return words
    return words.replace("a coroutine", "an `Awaitable`").replace("the coroutine", "the `Awaitable`")


def _misuses(module: Module, life: Life) -> list[Related]:
    """The places of misuse that are not round the coroutine's own expression, in the order of the text."""
    found = [
        module.related(use.node, _consequence(life, use))
        for use in life.ends(Fate.MISUSED)
        if use.node is not life.origin and isinstance(use.node, (ast.Name, ast.Attribute))
    ]
    return sorted(found, key=lambda related: related.range)


def _only_use(module: Module, node: ast.expr) -> ast.expr | None:
    """The one place where the name is used that a coroutine is bound to."""
    above = parent_of(node)
    if not isinstance(above, (ast.Assign, ast.AnnAssign)) or not isinstance(node, ast.expr):
        return None
    life = next((life for life in module.coroutines() if life.origin is node), None)
    if life is None or len(life.uses) != 1 or life.uses[0].fate is not Fate.MISUSED:
        return None
    use = life.uses[0].node
    return use if isinstance(use, ast.Name) else None
