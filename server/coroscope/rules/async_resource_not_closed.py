"""Something is opened that has to be closed, and nothing closes it."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from coroscope.findings import Finding, Fix
from coroscope.fixes.close_it import close_at_the_end, enter_it
from coroscope.model.misuse import callee_text
from coroscope.model.module import Module
from coroscope.model.resources import Opened, left_open


def check(module: Module) -> Iterator[Finding]:
    """Every session, response, connection and process that a function makes, lets go, and does not close."""
    for opened in left_open(module):
        yield module.finding(opened.call, _message(module, opened))


def fixes(module: Module, finding: Finding) -> Iterator[Fix]:
    """Enter it with `async with`, or close it at the end."""
    call = module.expression_at(finding.range)
    opened = next((one for one in left_open(module) if one.call is call), None)
    if opened is None or not isinstance(call, ast.Call) or not module.in_async(call):
        return
    entering = enter_it(module, opened)
    if entering is not None:
        yield entering
    yield from close_at_the_end(module, opened, preferred=entering is None)


def _message(module: Module, opened: Opened) -> str:
    resource = opened.resource
    how = f"use `async with`, or `{resource.method}`" if resource.enters else f"call `{resource.method}`"
    return f"{resource.words} that `{callee_text(module, opened.call)}` makes: {how}"
