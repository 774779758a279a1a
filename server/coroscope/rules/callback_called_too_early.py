"""A function is called where it was to be handed over, to be called later or elsewhere."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from coroscope.findings import Finding, Fix
from coroscope.fixes.hand_over import hand_over_to
from coroscope.model.misuse import callee_text
from coroscope.model.module import Module
from coroscope.model.protocols import is_lazy
from coroscope.model.too_early import TooEarly, called_too_early


def check(module: Module) -> Iterator[Finding]:
    """Every call in the place of a function whose result surely is no function."""
    for found in module.in_blocks(called_too_early):
        taker = callee_text(module, found.taker)
        made = "its coroutine" if is_lazy(found.made) else f"`{found.made}`"
        message = f"`{module.short(found.call)}` is called here: `{taker}` gets {made}, not a function"
        related = module.definition(module.type_of(found.call.func), "`{name}` is defined here")
        yield module.finding(found.call, message, related=related)


def fixes(module: Module, finding: Finding) -> Iterator[Fix]:
    """Hand over the function; nothing for a coroutine function, which nothing would await there."""
    found = _found(module, finding)
    if found is not None and not is_lazy(found.made):
        yield from hand_over_to(module, found.taker, found.call)


def _found(module: Module, finding: Finding) -> TooEarly | None:
    node: ast.AST | None = module.expression_at(finding.range)
    return next((found for found in module.in_blocks(called_too_early) if found.call is node), None)
