"""A task group in the place of `gather`: if one of its tasks fails, it cancels the others and waits for them.

`asyncio.TaskGroup` is there since CPython 3.11. It raises an `ExceptionGroup`, which is no repair where a handler wants
to know what failed.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from coroscope.findings import Fix, TextEdit
from coroscope.fixes.edits import replace
from coroscope.fixes.imports import asyncio_name, import_asyncio
from coroscope.fixes.names import free_name
from coroscope.model.module import Module
from coroscope.model.protocols import is_coroutine
from coroscope.model.siblings import is_broad
from coroscope.nodes import ancestors, parent_of, statement_of


def can_use_task_group(module: Module, gather: ast.Call) -> bool:
    """Whether the awaited call is a statement of its own, or its value, and any exception serves its only handler."""
    awaited = parent_of(gather)
    statement = None if awaited is None else parent_of(awaited)
    if module.program.target.python < (3, 11) or not isinstance(statement, ast.stmt) or gather.keywords:
        return False
    handler = _only_handler(gather)
    if handler is None or not is_broad(handler) or not _is_only_told(handler):
        return False
    return all(_can_be_task(module, argument) for argument in gather.args) and _stands_on_its_own(module, statement)


def use_task_group(module: Module, gather: ast.Call) -> Fix:
    """Make a task of each awaitable in a group that ends them all."""
    return Fix("Use a task group, which cancels the others", lambda: _grouped(module, gather), preferred=True)


def _grouped(module: Module, gather: ast.Call) -> Sequence[TextEdit]:
    awaited = parent_of(gather)
    statement = statement_of(gather)
    assert isinstance(awaited, ast.Await) and statement is not None
    text, span = module.source.text, module.tree.span(statement)
    indent = _indent(module, statement)
    inner = indent + indent[len(_indent(module, parent_of(statement) or statement)) :]
    group = free_name(module, gather, "group")
    name = asyncio_name(module, "TaskGroup") or "asyncio.TaskGroup"
    lines = [f"async with {name}() as {group}:"]
    tasks = [] if isinstance(statement, ast.Expr) else list(_task_names(module, gather, statement))
    for number, argument in enumerate(gather.args):
        bound = f"{tasks[number]} = " if tasks else ""
        lines.append(f"{inner}{bound}{group}.create_task({module.text(argument)})")
    if tasks:
        results = ", ".join(f"{task}.result()" for task in tasks)
        before = text[span.start : module.tree.span(awaited).start]
        lines.append(f"{indent}{before}{results if _unpacked(statement) else f'[{results}]'}")
    made = replace(module, span.start, span.end, module.source.line_end.join(lines))
    return [*import_asyncio(module, "TaskGroup"), made]


def _task_names(module: Module, gather: ast.Call, statement: ast.stmt) -> Iterator[str]:
    """A name for the task of each argument: `user_task`, if its result goes to `user`."""
    targets = _unpacked(statement)
    taken: list[str] = []
    for number in range(len(gather.args)):
        target = targets[number] if len(targets) == len(gather.args) else None
        is_named = isinstance(target, ast.Name) and target.id.strip("_")
        stem = f"{target.id}_task" if is_named and isinstance(target, ast.Name) else "task"
        taken.append(free_name(module, gather, stem, taken))
        yield taken[-1]


def _unpacked(statement: ast.stmt) -> list[ast.expr]:
    """The targets that the results are unpacked to."""
    match statement:
        case ast.Assign(targets=[ast.Tuple(elts=targets) | ast.List(elts=targets)]):
            return targets
    return []


def _only_handler(gather: ast.Call) -> ast.ExceptHandler | None:
    """The handler of the nearest `try` around a call, if it has just one."""
    below: ast.AST = gather
    for above in ancestors(gather):
        if isinstance(above, ast.Try) and below in above.body:
            return above.handlers[0] if len(above.handlers) == 1 else None
        below = above
    return None


def _is_only_told(handler: ast.ExceptHandler) -> bool:
    """Whether a handler only prints or logs what it caught."""
    reads = [node for node in ast.walk(handler) if isinstance(node, ast.Name) and node.id == handler.name]
    return all(isinstance(statement_of(read), ast.Expr) for read in reads)


def _can_be_task(module: Module, argument: ast.expr) -> bool:
    return isinstance(argument, ast.Call) and is_coroutine(module.type_of(argument))


def _stands_on_its_own(module: Module, statement: ast.stmt) -> bool:
    """Whether a statement has its lines for itself, without comments that its rewriting would lose."""
    text, span = module.source.text, module.tree.span(statement)
    rest = text[span.end :].partition("\n")[0].strip()
    is_first = not text[: span.start].rpartition("\n")[2].strip()
    return is_first and (not rest or rest.startswith("#")) and "#" not in text[span.start : span.end]


def _indent(module: Module, node: ast.AST) -> str:
    line = module.source.line(module.range(node).start.line)
    return line[: len(line) - len(line.lstrip())]
