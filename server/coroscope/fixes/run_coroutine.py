"""Run a coroutine where code made a task of it that no loop would run."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from coroscope.findings import Fix
from coroscope.fixes.call_async import RUN
from coroscope.fixes.edits import replace
from coroscope.fixes.imports import asyncio_name, import_asyncio
from coroscope.knowledge import names
from coroscope.model.callees import callee_name, qualified_names
from coroscope.model.module import Module
from coroscope.nodes import ancestors, parent_of

_LOOPS = (ast.For, ast.While)


def run_instead_of_task(module: Module, call: ast.Call) -> Iterator[Fix]:
    """`asyncio.run(f())` for the statement `asyncio.create_task(f())`, if it is the only task that the code makes."""
    is_task = bool(qualified_names(module.type_of(call.func)) & names("futures", "tasks"))
    is_plain = len(call.args) == 1 and isinstance(call.args[0], ast.Call) and not call.keywords
    if not is_task or not is_plain or not isinstance(parent_of(call), ast.Expr):
        return
    block = module.tree.block(call)
    if any(isinstance(above, _LOOPS) and module.tree.block(above) is block for above in ancestors(call)):
        return
    makers = [one for one in block.nodes_of((ast.Call,)) if isinstance(one, ast.Call)]
    if sum(callee_name(one) in ("create_task", "run", "run_until_complete") for one in makers) != 1:
        return
    span = module.tree.span(call.func)
    run = asyncio_name(module, "run") or "asyncio.run"
    yield Fix(RUN, lambda: [*import_asyncio(module, "run"), replace(module, span.start, span.end, run)], preferred=True)
