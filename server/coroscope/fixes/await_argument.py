"""Await what was handed over to be run: `await f()` for `asyncio.run(f())` and for `anyio.run(f)`."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from coroscope.findings import Fix
from coroscope.fixes.await_it import is_bound_tighter
from coroscope.fixes.edits import replace
from coroscope.knowledge import names
from coroscope.model.callees import qualified_names
from coroscope.model.module import Module

_PRIMARY = (ast.Name, ast.Attribute, ast.Call, ast.Subscript)


def await_argument(module: Module, call: ast.Call) -> Iterator[Fix]:
    """`await f()` in the place of a call that runs `f()` and nothing else, or `f` with the arguments behind it."""
    text = _awaited(module, call)
    if text is not None:
        awaited = f"(await {text})" if is_bound_tighter(call) else f"await {text}"
        span = module.tree.span(call)
        yield Fix("Await it", lambda: [replace(module, span.start, span.end, awaited)], preferred=True)


def _awaited(module: Module, call: ast.Call) -> str | None:
    """The text of what `await` is to be given; None where something else is said of how it is run."""
    known = qualified_names(module.type_of(call.func))
    if not call.args or call.keywords or isinstance(call.args[0], ast.Starred):
        return None
    first, *others = call.args
    text = module.text(first) if isinstance(first, _PRIMARY) else f"({module.text(first)})"
    if known & names("loops", "running_function"):
        return f"{text}({', '.join(module.text(argument) for argument in others)})"
    return text if known & names("loops", "running_one") and not others else None
