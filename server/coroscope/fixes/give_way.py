"""What an expert writes for a call that stops the event loop: its twin, a thread, or a function that runs in one."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from coroscope.findings import Fix, TextEdit
from coroscope.fixes.await_it import awaiting
from coroscope.fixes.edits import has_parentheses_of_call, insert, merged, replace, with_parentheses
from coroscope.fixes.imports import asyncio_name, framework, import_asyncio, library_name
from coroscope.knowledge import names
from coroscope.model.callees import qualified_names
from coroscope.model.module import Module
from coroscope.model.suspension import suspensions
from coroscope.syntax import FunctionNode, nodes_within

_SLEEP = "asyncio.sleep"
_OF_LOOP = ("loop.getaddrinfo", "loop.getnameinfo")
_THREADS = {"anyio": "to_thread.run_sync", "trio": "to_thread.run_sync"}


def use_twin(module: Module, call: ast.Call, twin: str) -> Iterator[Fix]:
    """`await asyncio.sleep(1)` for `time.sleep(1)`, in the words of the file's library."""
    library = framework(module)
    if twin == _SLEEP and not call.keywords:
        said = _said(module, library, "sleep")
        title = f"Use `{library}.sleep`"
    elif twin in _OF_LOOP and library == "asyncio" and len(call.args) <= 2:
        running = asyncio_name(module, "get_running_loop") or "asyncio.get_running_loop"
        said, title = f"{running}().{twin.removeprefix('loop.')}", f"Use `{twin}`"
    else:
        return
    if said is None or any(isinstance(argument, ast.Starred) for argument in call.args):
        return
    span = with_parentheses(module, call.func)

    def edits() -> Sequence[TextEdit]:
        # What is replaced begins where `await` goes in: both are one edit.
        before = [edit.text for edit in awaiting(module, call) if edit.range.start == module.range(call).start]
        others = [edit for edit in awaiting(module, call) if edit.range.start != module.range(call).start]
        return [*_lacking(module, library), replace(module, span.start, span.end, "".join([*before, said])), *others]

    yield Fix(title, edits, preferred=True)


def call_in_thread(module: Module, call: ast.Call, *, preferred: bool) -> Iterator[Fix]:
    """`await asyncio.to_thread(load, 1)` for `load(1)`."""
    library = framework(module)
    said = _said(module, library, _THREADS.get(library, "to_thread"))
    if said is None or any(has_parentheses_of_call(module, argument) for argument in call.args):
        return
    span = module.tree.span(call)

    def edits() -> Sequence[TextEdit]:
        if library != "asyncio" and call.keywords:
            handing = [insert(module, span.start, f"{said}(lambda: "), replace(module, span.end - 1, span.end, "))")]
        else:
            handing = [insert(module, span.start, f"{said}("), _separated(module, call)]
        return merged([*_lacking(module, library), *awaiting(module, call), *handing])

    yield Fix(f"Call it in a thread with `{library}.{_THREADS.get(library, 'to_thread')}`", edits, preferred=preferred)


def make_plain(module: Module, function: FunctionNode) -> Iterator[Fix]:
    """`def` for `async def`, where nothing in it waits and its framework calls plain functions in a thread."""
    if not isinstance(function, ast.AsyncFunctionDef) or not _runs_in_thread(module, function):
        return
    is_used = any(suspensions(function.body)) or any(isinstance(n, _YIELDS) for n in nodes_within(function.body))
    if is_used or function.name in module.calls_by_text:
        return
    start = module.tree.span(function).start
    end = module.source.text.index("def", start)
    yield Fix("Make it a plain `def`, which is called in a thread", lambda: [replace(module, start, end, "")])


_YIELDS = (ast.Yield, ast.YieldFrom)


def _runs_in_thread(module: Module, function: FunctionNode) -> bool:
    decorators = [one.func for one in function.decorator_list if isinstance(one, ast.Call)]
    if len(decorators) != 1 or len(function.decorator_list) != 1:
        return False
    return bool(qualified_names(module.type_of(decorators[0])) & names("blocking", "threaded"))


def _said(module: Module, library: str, name: str) -> str | None:
    """How the file can name a function of a library; None if it would need another import than that of asyncio."""
    if library == "asyncio":
        return asyncio_name(module, name) or f"asyncio.{name}"
    imported = library_name(module, library)
    return None if imported is None else f"{imported}.{name}"


def _lacking(module: Module, library: str) -> list[TextEdit]:
    return import_asyncio(module, "to_thread") if library == "asyncio" else []


def _separated(module: Module, call: ast.Call) -> TextEdit:
    """A comma for the parenthesis behind what is called, so that it becomes the first argument."""
    text, start = module.source.text, with_parentheses(module, call.func).end
    opening = text.index("(", start) + 1
    if not call.args and not call.keywords:
        return replace(module, start, opening, "")
    return replace(module, start, opening, "," if text[opening].isspace() else ", ")
