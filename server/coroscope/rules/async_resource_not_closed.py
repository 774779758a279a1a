"""Something is opened that has to be closed, and nothing closes it."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from coroscope.findings import Finding, Fix, Related
from coroscope.fixes.aclosing import close_when_left
from coroscope.fixes.close_it import close_at_the_end, enter_it
from coroscope.model.holding import holders
from coroscope.model.left_early import LeftEarly, left_early
from coroscope.model.misuse import callee_text
from coroscope.model.module import Module
from coroscope.model.resources import Opened, left_open
from coroscope.model.threads import own_function


def check(module: Module) -> Iterator[Finding]:
    """Every session, response, connection and process that a function makes, lets go, and does not close."""
    for opened in left_open(module):
        yield module.finding(opened.call, _message(module, opened))
    for left in module.in_blocks(left_early):
        yield module.finding(left.call, _words(module, left), level="hint", related=_story(module, left))


def fixes(module: Module, finding: Finding) -> Iterator[Fix]:
    """Enter it with `async with`, or close it at the end; close a generator when its loop is left."""
    call = module.expression_at(finding.range)
    left = next((one for one in module.in_blocks(left_early) if one.call is call), None)
    closing = None if left is None or left.loop is None else close_when_left(module, left.loop)
    if closing is not None:
        yield closing
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


def _words(module: Module, left: LeftEarly) -> str:
    return f"`{module.short(left.call)}` is left with something open, and closed later in another task: use `aclosing`"


def _story(module: Module, left: LeftEarly) -> Iterator[Related]:
    yield module.related(left.leaving, "it is left here")
    function = own_function(module, module.type_of(left.call.func))
    held = None if function is None else next(holders(module.tree.block(function)), None)
    if held is not None:
        what = held.items[0].context_expr if isinstance(held, ast.AsyncWith) else held.finalbody[0]
        yield module.related(what, "this is open meanwhile" if isinstance(held, ast.AsyncWith) else "this runs later")
