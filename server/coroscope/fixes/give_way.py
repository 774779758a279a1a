"""What an expert writes for a call that stops the event loop: its twin, a thread, or a function that runs in one."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from coroscope.findings import Fix, TextEdit
from coroscope.fixes.await_it import awaiting
from coroscope.fixes.edits import has_parentheses_of_call, insert, merged, replace, with_parentheses
from coroscope.fixes.words import function_apart, path_class, word
from coroscope.knowledge import names, path_methods
from coroscope.model.callees import qualified_names
from coroscope.model.module import Module
from coroscope.model.suspension import suspensions
from coroscope.syntax import FunctionNode, nodes_within

_OF_LOOP = ("loop.getaddrinfo", "loop.getnameinfo")


def use_twin(module: Module, call: ast.Call, twin: str) -> Iterator[Fix]:
    """`await asyncio.sleep(1)` for `time.sleep(1)`, in the words of the file's framework."""
    sleep, running = word(module, call, "sleep"), word(module, call, "get_running_loop")
    if twin == "asyncio.sleep" and not call.keywords and sleep is not None:
        said, title, imports = sleep.said, f"Use `{sleep.name}`", sleep.imports
    elif twin in _OF_LOOP and len(call.args) <= 2 and running is not None:
        said, title, imports = f"{running.said}().{twin.removeprefix('loop.')}", f"Use `{twin}`", running.imports
    else:
        return
    if any(isinstance(argument, ast.Starred) for argument in call.args):
        return
    span = with_parentheses(module, call.func)

    def edits() -> Sequence[TextEdit]:
        # What is replaced begins where `await` goes in: both are one edit.
        before = [edit.text for edit in awaiting(module, call) if edit.range.start == module.range(call).start]
        others = [edit for edit in awaiting(module, call) if edit.range.start != module.range(call).start]
        return [*imports, replace(module, span.start, span.end, "".join([*before, said])), *others]

    yield Fix(title, edits, preferred=True)


def use_async_path(module: Module, call: ast.Call, name: str) -> Iterator[Fix]:
    """`await trio.Path(path).read_text()` for `path.read_text()`, by the dotted name of that method."""
    path = path_class(module, call)
    owner, _, method = name.rpartition(".")
    is_async_there = owner == "pathlib.Path" and method in path_methods()
    if path is None or not is_async_there or not isinstance(call.func, ast.Attribute):
        return
    receiver = call.func.value
    made = receiver.func if isinstance(receiver, ast.Call) and module.text(receiver.func) == "Path" else None
    span = module.tree.span(made or receiver)

    def edits() -> Sequence[TextEdit]:
        if made is not None:
            said = [replace(module, span.start, span.end, path.said)]
        else:
            said = [insert(module, span.start, f"{path.said}("), insert(module, span.end, ")")]
        return merged([*path.imports, *awaiting(module, call), *said])

    yield Fix(f"Use `{path.name}`", edits, preferred=True)


def call_in_thread(module: Module, call: ast.Call, *, preferred: bool) -> Iterator[Fix]:
    """`await asyncio.to_thread(load, 1)` for `load(1)`."""
    thread = word(module, call, "to_thread")
    if thread is None or any(has_parentheses_of_call(module, argument) for argument in call.args):
        return
    span = module.tree.span(call)

    def edits() -> Sequence[TextEdit]:
        if thread.takes_functions and call.keywords:
            opening = insert(module, span.start, f"{thread.said}(lambda: ")
            handing = [opening, replace(module, span.end - 1, span.end, "))")]
        else:
            handing = [insert(module, span.start, f"{thread.said}("), function_apart(module, call)]
        return merged([*thread.imports, *awaiting(module, call), *handing])

    yield Fix(f"Call it in a thread with `{thread.name}`", edits, preferred=preferred)


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
