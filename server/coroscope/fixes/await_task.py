"""Wait for a task before it is asked: await it, run its loop, or wait with `asyncio.wait`, which raises nothing."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from coroscope.findings import Fix, TextEdit
from coroscope.fixes.await_it import is_bound_tighter
from coroscope.fixes.edits import insert, replace
from coroscope.fixes.imports import asyncio_name, import_asyncio
from coroscope.fixes.statements import indentation, statement_around
from coroscope.model.module import Module

_COMPOUND = (ast.While, ast.For, ast.AsyncFor, ast.With, ast.AsyncWith, ast.Match)


def await_instead(module: Module, call: ast.Call) -> Fix:
    """`await task` in the place of `task.result()`."""
    before, after = ("(await ", ")") if is_bound_tighter(call) else ("await ", "")
    return Fix("Await it instead", lambda: _around_receiver(module, call, before, after), preferred=True)


def run_instead(module: Module, call: ast.Call, loop: str) -> Fix:
    """`loop.run_until_complete(task)` in the place of `task.result()`."""
    title = f"Run `{loop}` until it is done"
    return Fix(title, lambda: _around_receiver(module, call, f"{loop}.run_until_complete(", ")"), preferred=True)


def can_wait_before(module: Module, call: ast.Call) -> bool:
    """Whether it is a variable that a simple statement of async code asks, or an `if`, on a line of its own."""
    statement = statement_around(call)
    is_variable = isinstance(call.func, ast.Attribute) and isinstance(call.func.value, ast.Name)
    has_place = not isinstance(statement, _COMPOUND) and not indentation(module, statement).strip()
    return is_variable and has_place and module.in_async(call)


def wait_before(module: Module, call: ast.Call) -> Fix:
    """`await asyncio.wait([task])` before the statement that asks the task for its exception."""

    def make() -> Sequence[TextEdit]:
        assert isinstance(call.func, ast.Attribute)
        statement = statement_around(call)
        wait = asyncio_name(module, "wait") or "asyncio.wait"
        line = f"await {wait}([{module.text(call.func.value)}])"
        separator = module.source.line_end + indentation(module, statement)
        return [
            *import_asyncio(module, "wait"),
            insert(module, module.tree.span(statement).start, line + separator),
        ]

    return Fix("Wait for it first", make, preferred=True)


def _around_receiver(module: Module, call: ast.Call, before: str, after: str) -> Sequence[TextEdit]:
    """A method's receiver between two texts, in the place of the method's call."""
    assert isinstance(call.func, ast.Attribute)
    whole, receiver = module.tree.span(call), module.tree.span(call.func.value)
    return [insert(module, whole.start, before), replace(module, receiver.end, whole.end, after)]
