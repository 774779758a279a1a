"""Await what was handed over to be run: `await f()` for `asyncio.run(f())`."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from coroscope.findings import Fix
from coroscope.fixes.await_it import continues
from coroscope.fixes.edits import replace
from coroscope.knowledge import names
from coroscope.model.callees import qualified_names
from coroscope.model.module import Module

_PRIMARY = (ast.Name, ast.Attribute, ast.Call, ast.Subscript)


def await_argument(module: Module, call: ast.Call) -> Iterator[Fix]:
    """`await f()` in the place of a call that runs `f()` and nothing else."""
    runs_one = qualified_names(module.type_of(call.func)) & names("loops", "running_one")
    if not runs_one or len(call.args) != 1 or call.keywords or isinstance(call.args[0], ast.Starred):
        return
    coroutine = call.args[0]
    text = module.text(coroutine) if isinstance(coroutine, _PRIMARY) else f"({module.text(coroutine)})"
    awaited = f"(await {text})" if continues(call) else f"await {text}"
    span = module.tree.span(call)
    yield Fix("Await it", lambda: [replace(module, span.start, span.end, awaited)], preferred=True)
