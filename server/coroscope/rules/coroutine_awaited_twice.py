"""One coroutine is awaited more than once."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from coroscope.findings import Finding, Fix, TextEdit
from coroscope.fixes.edits import wrap
from coroscope.fixes.imports import asyncio_name, import_asyncio
from coroscope.fixes.make_where_used import can_make_where_used, make_where_used
from coroscope.model.guards import is_prepared_for
from coroscope.model.life import Fate, asks_if_awaitable
from coroscope.model.module import Module
from coroscope.model.paths import Paths
from coroscope.model.shared import Shared


def check(module: Module) -> Iterator[Finding]:
    """Every coroutine that one use runs after another has, or that is handed out again and again."""
    for paths in module.paths():
        reuse = paths.reuse
        if reuse is None or asks_if_awaitable(module, paths.life):
            continue
        if not is_prepared_for(reuse.second, "RuntimeError"):
            yield _reused(module, paths)
    for shared in module.shared_coroutines():
        if not module.is_expected(shared.node, "RuntimeError"):
            yield module.finding(shared.node, _of_shared(module, shared))


def fixes(module: Module, finding: Finding) -> Iterator[Fix]:
    """In a loop, make a new one in each turn; else make it a task, which may be awaited again and again."""
    origin = module.expression_at(finding.range)
    paths = next((paths for paths in module.paths() if paths.life.origin is origin), None)
    if paths is None or paths.reuse is None:
        return
    is_loop = paths.reuse.first is paths.reuse.second
    if module.in_async(paths.life.origin) and paths.life.only(Fate.AWAITED, Fate.LOOKED_AT) and not is_loop:
        yield Fix("Make it a task", lambda: _as_task(module, paths.life.origin), preferred=True)
    if can_make_where_used(module, paths.life):
        yield make_where_used(module, paths.life, "Make a new one for each `await`", preferred=is_loop)


def _reused(module: Module, paths: Paths) -> Finding:
    assert paths.reuse is not None
    first, second = paths.reuse
    origin = paths.life.origin
    if first is second:
        words, places = "again in each turn of the loop", [module.related(first, "awaited here, again and again")]
    else:
        words = "twice"
        places = [module.related(first, "awaited here first"), module.related(second, "awaited here again")]
    message = f"`{module.short(origin)}` builds one coroutine, which is awaited {words}"
    return module.finding(origin, message, related=[*places, *module.definition_of(origin)])


def _of_shared(module: Module, shared: Shared) -> str:
    if isinstance(shared.maker, ast.AsyncFunctionDef):
        cache = f"`{module.short(shared.node)}`"
        return f"{cache} keeps the coroutine that `{shared.maker.name}` makes, and it can be awaited only once"
    return f"the list holds one coroutine of `{module.short(shared.maker)}` again and again, not one for each place"


def _as_task(module: Module, origin: ast.expr) -> Sequence[TextEdit]:
    create = asyncio_name(module, "create_task") or "asyncio.create_task"
    return [*import_asyncio(module, "create_task"), *wrap(module, origin, f"{create}(", ")")]
