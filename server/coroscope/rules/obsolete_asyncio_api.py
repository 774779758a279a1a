"""Code uses what asyncio has given up, or is giving up, in the Python that it is to run on."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import replace

from coroscope.findings import Finding, Fix
from coroscope.fixes.edits import replace as put
from coroscope.fixes.loop_factory import as_loop_factory, left_out
from coroscope.fixes.modern import (
    as_async_def,
    as_to_thread,
    in_the_place_of_loop,
    renamed,
    renamed_for_loop,
    renamed_import,
    without_argument,
)
from coroscope.knowledge import Obsolete, obsolete
from coroscope.model.module import Module
from coroscope.model.obsolete import Dated, dated, is_removed
from coroscope.nodes import parent_of
from coroscope.source import Span

_ASYNC = re.compile(r"^[^#\"'\n]*?\basyncio\.async(?=\s*\()", re.MULTILINE)
"""A call that no parser takes any more: `async` is a keyword since Python 3.7."""

_ASKING = frozenset({"asyncio.all_tasks", "asyncio.current_task"})
"""What asks for the running loop, and raises where none is running."""


def check(module: Module) -> Iterator[Finding]:
    """Every use of what the target's asyncio lacks, or has as deprecated."""
    for found in dated(module):
        finding = module.finding(found.node, _message(module, found))
        yield replace(finding, level="hint") if found.kind == "way" else finding
    if module.tree.errors:
        for span in _keywords(module):
            api = obsolete("name")["asyncio.async"]
            range_ = module.source.range(span)
            yield module.finding(module.tree.root.node, f"`asyncio.async` {_fate(module, api)}", range=range_)


def fixes(module: Module, finding: Finding) -> Iterator[Fix]:
    """Say it as the target's asyncio has it, where that means the same."""
    span = module.source.span(finding.range)
    if module.tree.errors and span in _keywords(module):
        text = "asyncio.ensure_future"
        yield Fix(f"Use `{text}`", lambda: [put(module, span.start, span.end, text)], preferred=True, safe=True)
        return
    for found in dated(module):
        if module.range(found.node) == finding.range:
            yield from _repairs(module, found)
            return


def _repairs(module: Module, found: Dated) -> Iterator[Fix]:
    node, safe = found.node, is_removed(module, found.api)
    match found.kind, node:
        case "argument", ast.keyword():
            yield without_argument(module, node, safe=safe)
        case "way", ast.Call():
            yield as_to_thread(module, node)
        case "loop", ast.Call():
            yield from in_the_place_of_loop(module, node)
        case "name", ast.expr() if found.name == "asyncio.coroutine" and isinstance(parent_of(node), ast.FunctionDef):
            yield from as_async_def(module, node)
        case "name", ast.expr() if found.name == "asyncio.set_event_loop_policy":
            yield from as_loop_factory(module, node)
        case "name", ast.expr() if found.name == "asyncio.set_child_watcher":
            yield from left_out(module, node)
        case "name", ast.Attribute() if found.api.becomes in _ASKING:
            yield from renamed_for_loop(module, node, found.api.becomes, safe=safe)
        case "name", ast.Attribute() if found.api.becomes:
            yield from renamed(module, node, found.api.becomes, safe=safe)
        case "name", ast.alias() if found.api.becomes:
            yield from renamed_import(module, node, found.api.becomes, safe=safe)


def _message(module: Module, found: Dated) -> str:
    node = found.node
    match found.kind:
        case "argument":
            call = parent_of(node)
            callee = module.short(call.func) if isinstance(call, ast.Call) else found.name
            return f"the argument `{found.api.detail}` of `{callee}` {_fate(module, found.api)}"
        case "loop":
            return f"`{module.short(node)}` where no event loop is running {_fate(module, found.api, 'is an error')}"
        case "way":
            return f"{found.api.instead} says the same as `run_in_executor(None, …)` on `get_event_loop()`"
        case "other":
            call = parent_of(node)
            callee = module.short(call.func) if isinstance(call, ast.Call) else found.name
            return f"`{module.short(node)}` as the argument of `{callee}` {_fate(module, found.api)}"
    name = f"asyncio.{node.name}" if isinstance(node, ast.alias) else module.short(node)
    return f"`{name}` {_fate(module, found.api)}"


def _fate(module: Module, api: Obsolete, end: str = "") -> str:
    """Since when there is no more of it, or until when it is to be had, and what to use instead."""
    removed = _written(api.removed)
    if is_removed(module, api):
        words = f"{end} since Python {removed}" if end else f"was removed in Python {removed}"
    else:
        words = f"is deprecated since Python {_written(api.deprecated)}, and {end or 'gone'} in {removed}"
    return f"{words}: {api.instead}"


def _written(version: tuple[int, int] | None) -> str:
    return "" if version is None else f"{version[0]}.{version[1]}"


def _keywords(module: Module) -> list[Span]:
    """Where a file that does not parse says `asyncio.async(`."""
    return [Span(match.end() - len("asyncio.async"), match.end()) for match in _ASYNC.finditer(module.source.text)]
