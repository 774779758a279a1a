"""A lock for async code in the place of a lock of threads that only async code enters."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from coroscope.findings import Fix, TextEdit
from coroscope.fixes.edits import insert, merged, replace
from coroscope.fixes.words import word
from coroscope.model.module import Module
from coroscope.nodes import last_name, parent_of

_TWINS = ("Lock", "Semaphore", "BoundedSemaphore", "Condition")


def use_async_lock(module: Module, lock: ast.expr) -> Iterator[Fix]:
    """Make the lock the framework's and enter it by `async with`, if all that the file does with it is in sight."""
    name = last_name(lock)
    made = _made(module, name)
    entered = list(_entered(module, name)) if made is not None else []
    if made is None or not entered or len(entered) + 1 != len(list(_references(module, name))):
        return
    twin = word(module, lock, last_name(made.func))
    if twin is None:
        return

    def edits() -> Sequence[TextEdit]:
        span = module.tree.span(made.func)
        words = [insert(module, module.tree.span(statement).start, "async ") for statement in entered]
        return merged([*twin.imports, replace(module, span.start, span.end, twin.said), *words])

    yield Fix(f"Use `{twin.name}`", edits, preferred=True)


def _made(module: Module, name: str) -> ast.Call | None:
    """The call that makes the lock, if one assignment binds it."""
    calls = []
    for statement in module.tree.walk(ast.Assign, ast.AnnAssign):
        targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
        if any(last_name(target) == name for target in targets):
            calls.append(statement.value if isinstance(statement, ast.Assign) else None)
    call = calls[0] if len(calls) == 1 else None
    return call if isinstance(call, ast.Call) and last_name(call.func) in _TWINS else None


def _entered(module: Module, name: str) -> Iterator[ast.With]:
    """The statements of async code that enter the lock and nothing else."""
    for statement in module.tree.walk(ast.With):
        if len(statement.items) == 1 and last_name(statement.items[0].context_expr) == name:
            if module.in_async(statement) and statement.items[0].optional_vars is None:
                yield statement


def _references(module: Module, name: str) -> Iterator[ast.AST]:
    for node in module.tree.walk(ast.Name, ast.Attribute):
        if last_name(node) == name and not (isinstance(parent_of(node), ast.Attribute) and last_name(node) != name):
            yield node
