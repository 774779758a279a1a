"""Hear of what failed: ask the tasks that `asyncio.wait` answers, gather them, or raise what `gather` has collected."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from coroscope.findings import Fix, TextEdit
from coroscope.fixes.edits import insert, replace
from coroscope.fixes.imports import asyncio_name, import_asyncio
from coroscope.fixes.names import free_name
from coroscope.fixes.statements import has_lines_to_itself, indent_unit, lines_behind, statement_around
from coroscope.model.callees import callee_name
from coroscope.model.module import Module


def can_ask_done(module: Module, call: ast.Call) -> bool:
    """Whether it is `await asyncio.wait(…)`, alone on its lines or unpacked there into two names."""
    statement = statement_around(call)
    if callee_name(call) == "gather" or not has_lines_to_itself(module, statement):
        return False
    match statement:
        case ast.Expr(value=ast.Await(value=value)):
            return value is call
        case ast.Assign(targets=[ast.Tuple(elts=[ast.Name(), _])], value=ast.Await(value=value)):
            return value is call
    return False


def ask_done(module: Module, call: ast.Call) -> Fix:
    """Ask each task that is done for its result, which raises what the task has raised."""

    def make() -> Iterator[TextEdit]:
        statement = statement_around(call)
        done, task = free_name(module, call, "done"), free_name(module, call, "task")
        match statement:
            case ast.Assign(targets=[ast.Tuple(elts=[ast.Name(id="_") as target, _])]):
                span = module.tree.span(target)
                yield replace(module, span.start, span.end, done)
            case ast.Assign(targets=[ast.Tuple(elts=[ast.Name(id=name), _])]):
                done = name
            case _:
                yield insert(module, module.tree.span(statement).start, f"{done}, _ = ")
        yield lines_behind(
            module, statement, f"for {task} in {done}:", f"{indent_unit(module, statement)}{task}.result()"
        )

    return Fix("Ask each of them for its result", lambda: list(make()), preferred=True)


def can_gather_instead(module: Module, call: ast.Call) -> bool:
    """Whether it is the statement `await asyncio.wait(tasks)`, with nothing said on how to wait."""
    statement = statement_around(call)
    is_statement = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Await)
    return is_statement and callee_name(call) != "gather" and len(call.args) == 1 and not call.keywords


def gather_instead(module: Module, call: ast.Call) -> Fix:
    """Let `asyncio.gather` wait, which raises the first failure."""

    def make() -> Sequence[TextEdit]:
        gather = asyncio_name(module, "gather") or "asyncio.gather"
        function, tasks = module.tree.span(call.func), module.tree.span(call.args[0])
        edits = [*import_asyncio(module, "gather"), replace(module, function.start, function.end, gather)]
        if isinstance(call.args[0], (ast.List, ast.Set)):
            start, end = tasks.start + 1, tasks.end - 1
            return [*edits, replace(module, tasks.start, start, ""), replace(module, end, tasks.end, "")]
        return [*edits, insert(module, tasks.start, "*")]

    return Fix("Gather them with `asyncio.gather`", make)


def can_raise_first(module: Module, call: ast.Call) -> bool:
    """Whether a variable gets the results of `gather`, alone on its lines."""
    return callee_name(call) == "gather" and has_lines_to_itself(module, statement_around(call))


def raise_first(module: Module, call: ast.Call) -> Fix:
    """Raise the first exception among the results, once all are there."""

    def make() -> Sequence[TextEdit]:
        statement = statement_around(call)
        unit = indent_unit(module, statement)
        target = statement.targets[0] if isinstance(statement, ast.Assign) else getattr(statement, "target", None)
        assert isinstance(target, ast.Name)
        result = free_name(module, call, "result")
        lines = [
            f"for {result} in {target.id}:",
            f"{unit}if isinstance({result}, BaseException):",
            f"{unit}{unit}raise {result}",
        ]
        return [lines_behind(module, statement, *lines)]

    return Fix("Raise the first exception among them", make, preferred=True)
