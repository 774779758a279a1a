"""`await` stands in code that is not `async`."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from coroscope.findings import Finding, Fix
from coroscope.fixes.make_async import can_be_async, make_async
from coroscope.model.awaits import misplaced
from coroscope.model.module import Module
from coroscope.nodes import FUNCTIONS


def check(module: Module) -> Iterator[Finding]:
    """Every `await`, `async with` and `async for` in a plain function, a lambda or a class body."""
    for keyword in misplaced(module):
        match keyword.around:
            case ast.FunctionDef():
                place = f"`{keyword.around.name}`"
                related = module.related_name(keyword.around, f"`{keyword.around.name}` is a plain `def`")
            case ast.Lambda():
                place, related = "a lambda", []
            case ast.ClassDef():
                place, related = f"the body of class `{keyword.around.name}`", []
            case _:
                continue
        message = f"`{keyword.words}` in {place}, which is not `async`"
        yield module.finding(keyword.node, message, related=related, range=keyword.range)


def fixes(module: Module, finding: Finding) -> Iterator[Fix]:
    """Make the function async."""
    for keyword in misplaced(module):
        if keyword.range == finding.range and isinstance(keyword.around, FUNCTIONS):
            if can_be_async(module, keyword.around):
                yield make_async(module, keyword.around)
            return
