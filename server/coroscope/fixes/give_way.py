"""What an expert writes for a call that stops the event loop: its twin, a thread, or a function that runs in one."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from coroscope.findings import Fix, TextEdit
from coroscope.fixes.await_it import awaiting, is_bound_tighter
from coroscope.fixes.edits import has_parentheses_of_call, insert, merged, replace, with_parentheses
from coroscope.fixes.words import function_apart, path_class, word
from coroscope.knowledge import names, path_methods
from coroscope.model.callees import qualified_names
from coroscope.model.framework import framework_at
from coroscope.model.module import Module
from coroscope.model.suspension import suspensions
from coroscope.model.types import Instance, TupleType
from coroscope.nodes import FunctionNode, nodes_within

_OF_PROCESSES = {"check", "capture_output", "cwd", "env"}
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


def run_process(module: Module, call: ast.Call, name: str) -> Iterator[Fix]:
    """`await trio.run_process(["ls"])` for `subprocess.run(["ls"], check=True)`, if it has keywords for all of that."""
    framework, run = framework_at(module, call), word(module, call, "create_subprocess_exec")
    given = {keyword.arg: module.text(keyword.value) for keyword in call.keywords}
    is_plain = len(call.args) == 1 and _is_sequence(module, call.args[0]) and "#" not in module.text(call)
    if name != "subprocess.run" or run is None or framework.captured is None or not is_plain:
        return
    if not set(given) <= _OF_PROCESSES or given.get("capture_output", "True") != "True":
        return
    check = given.get("check", "False")
    keywords = [] if check == "True" else [f"check={check}"]  # there it is the default
    keywords.append(framework.captured if "capture_output" in given else framework.shown)
    keywords += [f"{key}={given[key]}" for key in ("cwd", "env") if key in given]
    made = f"{run.said}({', '.join(filter(None, [module.text(call.args[0]), *keywords]))})"
    awaited = f"(await {made})" if is_bound_tighter(call) else f"await {made}"
    edits = merged([*run.imports, replace(module, *module.tree.span(call), awaited)])
    yield Fix(f"Use `{run.name}`", lambda: edits, preferred=True)


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


def _is_sequence(module: Module, command: ast.expr) -> bool:
    """Whether a command is a list or tuple of words: of one text, the libraries make different things."""
    type_ = module.type_of(command)
    return isinstance(type_, TupleType) or (isinstance(type_, Instance) and type_.cls.is_("builtins", "list"))
