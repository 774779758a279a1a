"""A coroutine is built and lost, so its body never runs."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from coroscope.findings import Finding, Fix, Related
from coroscope.fixes.keep_task import can_keep, keep_as_task
from coroscope.fixes.repair_coroutine import repairs
from coroscope.fixes.start_in_group import start_in_group
from coroscope.model.life import LOST, Fate, Life, asks_if_awaitable, place_of_loss
from coroscope.model.module import Module
from coroscope.model.unreachable import is_unreachable
from coroscope.nodes import ancestors


def check(module: Module) -> Iterator[Finding]:
    """Every coroutine whose uses all lose it."""
    for life in module.coroutines():
        if life.is_coroutine and life.only(*LOST) and not _is_asked_about(module, life):
            if module.is_expected(life.origin, "RuntimeWarning", "TypeError") or is_unreachable(module, life.origin):
                continue
            message = f"`{module.short(life.origin)}` builds a coroutine that nothing awaits"
            related = [*_losses(module, life), *module.definition_of(life.origin)]
            yield module.finding(life.origin, message, related=related)


def fixes(module: Module, finding: Finding) -> Iterator[Fix]:
    """Await it, run it, start it in the task group around, or keep it as a task."""
    node = module.expression_at(finding.range)
    if node is None:
        return
    yield from repairs(module, node)
    yield from start_in_group(module, node)
    if can_keep(module, node):
        assert isinstance(node, ast.Call)
        yield from keep_as_task(module, node)


def _losses(module: Module, life: Life) -> Iterator[Related]:
    for use in life.uses:
        yield from place_of_loss(module, use)
        if use.fate is Fate.IGNORED:
            call = next(above for above in ancestors(use.node) if isinstance(above, ast.Call))
            yield from module.definition(module.type_of(call.func), use.consequence) or [
                module.related(use.node, use.consequence)
            ]
        elif use.fate is Fate.LEFT and use.name:
            words = "nothing reads" if "." in use.name else "nothing takes it out of"
            yield module.related(use.node, f"{words} `{use.name}`")


def _is_asked_about(module: Module, life: Life) -> bool:
    """Whether all that happens to a coroutine is that a function is asked what it is, as tests do."""
    return life.only(Fate.LOOKED_AT) and asks_if_awaitable(module, life)
