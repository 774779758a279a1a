"""A coroutine is awaited on some paths through its function, and lost on others."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from coroscope.findings import Finding, Fix, Related
from coroscope.fixes.make_where_used import can_make_where_used, make_where_used
from coroscope.model.life import Fate, Life, asks_if_awaitable
from coroscope.model.module import Module
from coroscope.model.paths import Loss, coroutine_paths


def check(module: Module) -> Iterator[Finding]:
    """Every coroutine that some use runs, and that is lost on another path."""
    for life, loss, _ in module.in_blocks(coroutine_paths):
        if loss is None or asks_if_awaitable(module, life) or module.is_expected(life.origin, "RuntimeWarning"):
            continue
        message = f"`{module.short(life.origin)}` builds a coroutine that nothing awaits {_where(module, loss)}"
        related = [*_lost(module, loss), *_run(module, life), *module.definition_of(life.origin)]
        yield module.finding(life.origin, message, related=related)


def fixes(module: Module, finding: Finding) -> Iterator[Fix]:
    """Make it where it is awaited."""
    origin = module.expression_at(finding.range)
    life = next((paths.life for paths in module.in_blocks(coroutine_paths) if paths.life.origin is origin), None)
    if life is not None and can_make_where_used(module, life):
        yield make_where_used(module, life, "Make it where it is awaited", preferred=True)


def _where(module: Module, loss: Loss) -> str:
    condition = loss.condition
    if condition is None:
        return "on some path"
    words = module.short(condition.test)
    if isinstance(condition.test, ast.pattern):
        return f"if `{words}` {'matches' if condition.holds else 'does not match'}"
    return f"if `{words}` is {str(condition.holds).lower()}"


def _lost(module: Module, loss: Loss) -> Iterator[Related]:
    if loss.condition is not None:
        yield module.related(loss.condition.test, "this decides whether it is awaited")
    if loss.overwritten is not None:
        yield module.related(loss.overwritten, "overwritten here")


def _run(module: Module, life: Life) -> Iterator[Related]:
    for use in life.ends(Fate.AWAITED):
        yield module.related(use.node, "awaited here")
