"""Let a task end while its loop still runs: wait for it, or cancel it and wait for that."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from coroscope.findings import Fix, TextEdit
from coroscope.fixes.edits import insert
from coroscope.fixes.imports import asyncio_name, import_asyncio
from coroscope.fixes.names import free_name
from coroscope.fixes.statements import has_lines_to_itself, lines_behind, statement_around
from coroscope.model.destroyed import Destroyed
from coroscope.model.module import Module


def can_end(module: Module, found: Destroyed) -> bool:
    """Whether the task is a statement or bound to a name by one, and the loop runs in a statement on its own lines."""
    last = statement_around(found.cancel or found.run)
    return _name(found) is not None and isinstance(last, (ast.Expr, ast.Assign)) and has_lines_to_itself(module, last)


def run_to_its_end(module: Module, found: Destroyed) -> Fix:
    """Run the loop until the task is done."""

    def make() -> Iterator[TextEdit]:
        yield from _kept(module, found)
        name, loop = _task(module, found), _loop(module, found)
        yield lines_behind(module, statement_around(found.run), f"{loop}.run_until_complete({name})")

    return Fix("Run it to its end", lambda: list(make()), preferred=True)


def cancel_and_wait(module: Module, found: Destroyed) -> Fix:
    """Cancel the task, and run the loop until it has ended."""

    def make() -> Iterator[TextEdit]:
        yield from import_asyncio(module, "gather")
        yield from _kept(module, found)
        name, loop = _task(module, found), _loop(module, found)
        gather = asyncio_name(module, "gather") or "asyncio.gather"
        wait = f"{loop}.run_until_complete({gather}({name}, return_exceptions=True))"
        lines = [wait] if found.cancel is not None else [f"{name}.cancel()", wait]
        yield lines_behind(module, statement_around(found.cancel or found.run), *lines)

    title = "Let it end" if found.cancel is not None else "Cancel it and let it end"
    return Fix(title, lambda: list(make()), preferred=True)


def _kept(module: Module, found: Destroyed) -> Iterator[TextEdit]:
    """A variable for the task, if it has none."""
    if not _name(found):
        yield insert(module, module.tree.span(found.life.origin).start, f"{_task(module, found)} = ")


def _task(module: Module, found: Destroyed) -> str:
    return _name(found) or free_name(module, found.life.origin, "task")


def _name(found: Destroyed) -> str | None:
    """The variable that has the task; empty if none has it, None if that cannot be said."""
    match statement_around(found.life.origin):
        case ast.Expr(value=value) if value is found.life.origin:
            return ""
        case ast.Assign(targets=[ast.Name(id=name)], value=value) if value is found.life.origin:
            return name
    return None


def _loop(module: Module, found: Destroyed) -> str:
    assert isinstance(found.run.func, ast.Attribute)
    return module.text(found.run.func.value)
