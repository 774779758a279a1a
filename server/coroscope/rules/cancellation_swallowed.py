"""The cancellation of a task is caught, with errors or on purpose, and the task goes on as if nothing had happened."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from coroscope.findings import Finding, Fix, Related
from coroscope.fixes.let_it_out import catch_errors_only, listed, move_behind_try, raise_again
from coroscope.model.cancelling import Swallow, swallows
from coroscope.model.framework import equivalent
from coroscope.model.module import Module
from coroscope.nodes import parent_of
from coroscope.source import Range


def check(module: Module) -> Iterator[Finding]:
    """Every place that swallows the cancellation of the task it runs in."""
    for swallow in swallows(module):
        message, place = _message(module, swallow), _range(module, swallow)
        yield module.finding(swallow.place, message, related=_life(module, swallow), range=place)


def fixes(module: Module, finding: Finding) -> Iterator[Fix]:
    """Catch errors only, raise it again, or return where nothing is on its way."""
    for swallow in swallows(module):
        if _range(module, swallow) == finding.range:
            yield from _fixes(module, swallow)


def _fixes(module: Module, swallow: Swallow) -> Iterator[Fix]:
    place = swallow.place
    if isinstance(place, ast.Return):
        yield from move_behind_try(module, place)
    elif isinstance(place, (ast.ExceptHandler, ast.Call)):
        is_star = not isinstance(parent_of(place), (ast.Try, ast.withitem))  # what it raises again is a group
        catches_errors = swallow.is_broad or len(listed(place)) > 1
        if isinstance(place, ast.ExceptHandler) and (not catches_errors or _is_last_resort(place)):
            yield from [] if is_star else [raise_again(module, place)]
        elif catches_errors:
            yield catch_errors_only(module, place, swallow.caught)


def _is_last_resort(handler: ast.ExceptHandler) -> bool:
    """Whether a handler before it takes the errors already."""
    statement = parent_of(handler)
    earlier = statement.handlers[: statement.handlers.index(handler)] if isinstance(statement, ast.Try) else []
    return any(isinstance(one, ast.Name) and one.id == "Exception" for other in earlier for one in listed(other))


def _life(module: Module, swallow: Swallow) -> Iterator[Related]:
    """Where the cancellation arrives, and where the task waits next."""
    yield module.related(_head(swallow.arrival), "the cancellation arrives here")
    if swallow.onward is not None and swallow.onward is not swallow.arrival:
        yield module.related(_head(swallow.onward), "the task goes on and waits here")


def _head(node: ast.AST) -> ast.AST:
    """What `async for` and `async with` wait for; any other node itself."""
    match node:
        case ast.AsyncFor(iter=iterable):
            return iterable
        case ast.AsyncWith(items=[item, *_]):
            return item.context_expr
    return node


def _message(module: Module, swallow: Swallow) -> str:
    place, caught = swallow.place, swallow.caught
    if isinstance(place, (ast.Return, ast.Break, ast.Continue)):
        return f"`{_keyword(place)}` in `finally` drops every exception, also the cancellation of the task"
    goes_on = "the task goes on when it is cancelled"
    cancelled = equivalent(module, place, "asyncio.CancelledError") or ""
    also = f"catches `{cancelled.removeprefix('asyncio.')}`, too"
    if caught is None:
        return f"{goes_on}: a bare `except` {also}"
    if isinstance(place, ast.Call):
        return f"{goes_on}: `{module.text(caught)}` is suppressed"
    if swallow.is_broad:
        return f"{goes_on}: `{module.text(caught)}` {also}"
    return f"{goes_on}: `{module.text(caught)}` is caught and not raised again"


def _range(module: Module, swallow: Swallow) -> Range:
    """The exception that is named, else the keyword."""
    if swallow.caught is not None:
        return module.range(swallow.caught)
    start = module.range(swallow.place).start
    return Range.on_line(start.line, start.column, start.column + len(_keyword(swallow.place)))


def _keyword(place: ast.AST) -> str:
    return "except" if isinstance(place, ast.ExceptHandler) else type(place).__name__.lower()
