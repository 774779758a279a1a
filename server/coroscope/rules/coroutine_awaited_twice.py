"""One coroutine is awaited more than once."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from coroscope.findings import Finding, Fix, Related
from coroscope.fixes.edits import wrap
from coroscope.fixes.make_where_used import can_make_where_used, make_where_used
from coroscope.fixes.words import word
from coroscope.model.guards import is_prepared_for
from coroscope.model.life import Fate, asks_if_awaitable
from coroscope.model.module import Module
from coroscope.model.paths import Paths, Reuse, coroutine_paths, reused_parameters
from coroscope.model.shared import Shared, shared_coroutines


def check(module: Module) -> Iterator[Finding]:
    """Every coroutine that one use runs after another has, or that is handed out again and again."""
    for paths in module.in_blocks(coroutine_paths):
        reuse = paths.reuse
        if reuse is None or asks_if_awaitable(module, paths.life):
            continue
        if not is_prepared_for(reuse.second, "RuntimeError"):
            yield _reused(module, paths)
    for parameter, reuse in module.in_blocks(reused_parameters):
        if not is_prepared_for(reuse.second, "RuntimeError"):
            yield _of_parameter(module, parameter, reuse)
    for shared in module.in_blocks(shared_coroutines):
        if not module.is_expected(shared.node, "RuntimeError"):
            yield _of_shared(module, shared)


def fixes(module: Module, finding: Finding) -> Iterator[Fix]:
    """In a loop, make a new one in each turn; else make it a task, which may be awaited again and again."""
    origin = module.expression_at(finding.range)
    paths = next((paths for paths in module.in_blocks(coroutine_paths) if paths.life.origin is origin), None)
    if paths is None or paths.reuse is None:
        return
    is_loop = paths.reuse.first is paths.reuse.second
    tasks: list[Fix] = []
    if module.in_async(paths.life.origin) and paths.life.only(Fate.AWAITED, Fate.LOOKED_AT) and not is_loop:
        tasks = list(_as_task(module, paths.life.origin))
    yield from tasks
    if can_make_where_used(module, paths.life):
        yield make_where_used(module, paths.life, "Make a new one for each `await`", preferred=not tasks)


def _reused(module: Module, paths: Paths) -> Finding:
    assert paths.reuse is not None
    origin = paths.life.origin
    words, places = _story(module, paths.reuse)
    message = f"`{module.short(origin)}` builds one coroutine, which is awaited {words}"
    return module.finding(origin, message, related=[*places, *module.definition_of(origin)])


def _of_parameter(module: Module, parameter: ast.arg, reuse: Reuse) -> Finding:
    words, places = _story(module, reuse)
    message = f"`{parameter.arg}` is one coroutine, which is awaited {words}"
    return module.finding(parameter, message, related=places)


def _story(module: Module, reuse: Reuse) -> tuple[str, list[Related]]:
    """How often a coroutine is awaited, and where."""
    first, second = reuse
    if first is second:
        return "again in each turn of the loop", [module.related(first, "awaited here, again and again")]
    return "twice", [module.related(first, "awaited here first"), module.related(second, "awaited here again")]


def _of_shared(module: Module, shared: Shared) -> Finding:
    node, maker = shared
    if isinstance(node, ast.AsyncFunctionDef):
        message = f"`{module.short(maker)}` builds one coroutine, which each call of `{node.name}` awaits"
        return module.finding(
            maker, message, related=module.related_name(node, f"`{node.name}` awaits it at each call")
        )
    message = f"the list holds one coroutine of `{module.short(maker)}` again and again, not one for each place"
    if isinstance(maker, ast.AsyncFunctionDef):
        cache = f"`{module.short(node)}`"
        message = f"{cache} keeps the coroutine that `{maker.name}` makes, and it can be awaited only once"
    return module.finding(node, message)


def _as_task(module: Module, origin: ast.expr) -> Iterator[Fix]:
    create = word(module, origin, "create_task")
    if create is not None:
        edits = [*create.imports, *wrap(module, origin, f"{create.said}(", ")")]
        yield Fix("Make it a task", lambda: edits, preferred=True)
