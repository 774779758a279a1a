"""What an expert writes where a coroutine function was handed to what only calls functions."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator

from coroscope.findings import Fix, TextEdit
from coroscope.fixes.edits import replace, wrap
from coroscope.fixes.imports import asyncio_name, import_asyncio
from coroscope.fixes.words import called_by, can_be_handed, handed_to, word
from coroscope.model.callbacks import LostCallback
from coroscope.model.module import Module
from coroscope.model.types import Instance
from coroscope.nodes import BLOCKS, ancestors, parent_of

RUN = "Run it with `asyncio.run`"
_LOOPS = (ast.For, ast.AsyncFor, ast.While, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


def called_directly(module: Module, lost: LostCallback) -> Iterator[Fix]:
    """`await to_thread(work, 1)` as `await work(1)`; `pool.submit(work, 1)` as `pool.submit(asyncio.run, work(1))`."""
    call, made = lost.call, _made(module, lost)
    if made is None or call.keywords:
        return
    if isinstance(parent_of(call), ast.Await):
        span = module.tree.span(call)
        yield Fix("Await it directly", lambda: [replace(module, span.start, span.end, made)], preferred=True)
    elif _is_submit(module, call):
        yield from _run_in_pool(module, lost)


def started_by_loop(module: Module, lost: LostCallback) -> Iterator[Fix]:
    """`call_soon(work, 1)` as `call_soon(lambda: asyncio.create_task(work(1)))`."""
    call, node = lost.call, lost.node
    name = call.func.attr if isinstance(call.func, ast.Attribute) else ""
    if name == "call_soon_threadsafe":
        yield from _from_thread(module, lost)
        return
    if isinstance(node, ast.Lambda):
        body = node.body
        yield _with_asyncio(module, "create_task", "Start a task", lambda start: wrap(module, body, f"{start}(", ")"))
        return
    text, made = module.text(node), _made(module, lost)
    if name == "add_done_callback":
        parameters, made = "lambda task", f"{text}(task)"
    elif _is_in_loop(call) and _rest(lost):  # the next turn has other values
        parameters, made = "lambda *args", f"{text}(*args)"
    else:
        parameters = "lambda"
    if made is None:
        return
    replaced = _argument if parameters != "lambda" else _arguments
    yield _with_asyncio(
        module, "create_task", "Start a task", lambda start: [replaced(module, lost, f"{parameters}: {start}({made})")]
    )


def run_in_thread(module: Module, lost: LostCallback) -> Iterator[Fix]:
    """`Thread(target=work)` as `Thread(target=lambda: asyncio.run(work()))`."""
    call, node, run = lost.call, lost.node, word(module, lost.call, "run")
    given = {keyword.arg: keyword.value for keyword in call.keywords}
    if run is None:
        return
    if isinstance(node, ast.Lambda):
        edits = handed_to(module, node.body, run) if can_be_handed(module, run, node.body) else []
    elif "kwargs" in given or _rest(lost) or not isinstance(node, (ast.Name, ast.Attribute)):
        return
    elif "args" not in given:
        made = called_by(run, module.text(node), [])
        edits = [*run.imports, _argument(module, lost, f"lambda: {run.said}({made})")]
    elif isinstance(given["args"], ast.Tuple) and given["args"].elts:
        items, place = given["args"].elts, module.tree.span(given["args"])
        made = called_by(run, module.text(node), [module.text(item) for item in items])
        comma = "" if run.takes_functions else ","
        edits = [*run.imports, _argument(module, lost, run.said), replace(module, *place, f"({made}{comma})")]
    else:
        return
    if edits:
        yield Fix(f"Run it with `{run.name}`", lambda: edits, preferred=True)


def _run_in_pool(module: Module, lost: LostCallback) -> Iterator[Fix]:
    node, run = lost.node, word(module, lost.call, "run")
    made = node.body if isinstance(node, ast.Lambda) else None
    function, arguments = (made.func, made.args) if isinstance(made, ast.Call) else (node, _rest(lost))
    keywords = made.keywords if isinstance(made, ast.Call) else []
    if run is None or (keywords and run.takes_functions):
        return
    given = called_by(run, module.text(function), [module.text(one) for one in (*arguments, *keywords)])
    edits = [*run.imports, _arguments(module, lost, f"{run.said}, {given}")]
    yield Fix(f"Run it with `{run.name}`", lambda: edits, preferred=True)


def _is_submit(module: Module, call: ast.Call) -> bool:
    """Whether this hands a function to an executor of threads: one of processes could not send them a coroutine."""
    if not isinstance(call.func, ast.Attribute) or call.func.attr != "submit":
        return False
    pool = module.type_of(call.func.value)
    return (
        isinstance(pool, Instance) and pool.cls.ancestor("concurrent.futures.thread", "ThreadPoolExecutor") is not None
    )


def _from_thread(module: Module, lost: LostCallback) -> Iterator[Fix]:
    """`loop.call_soon_threadsafe(work, 1)` as `asyncio.run_coroutine_threadsafe(work(1), loop)`."""
    call, made, name = lost.call, _made(module, lost), "run_coroutine_threadsafe"
    if made is None or call.keywords or not isinstance(call.func, ast.Attribute):
        return
    span, loop = module.tree.span(call), module.text(call.func.value)
    yield _with_asyncio(
        module,
        name,
        f"Use `asyncio.{name}`",
        lambda hand_over: [replace(module, span.start, span.end, f"{hand_over}({made}, {loop})")],
    )


def _made(module: Module, lost: LostCallback) -> str | None:
    """The text of the call of a coroutine function with the arguments that it would get; None if that is unclear."""
    node, rest = lost.node, _rest(lost)
    if isinstance(node, ast.Lambda):
        is_plain = not rest and not any(isinstance(part, ast.arg) for part in ast.walk(node.args))
        return module.text(node.body) if isinstance(node.body, ast.Call) and is_plain else None
    if not isinstance(node, (ast.Name, ast.Attribute)):
        return None
    return f"{module.text(node)}({', '.join(module.text(argument) for argument in rest)})"


def _rest(lost: LostCallback) -> list[ast.expr]:
    """The arguments behind the function, which it is called with."""
    arguments = lost.call.args
    return arguments[arguments.index(lost.node) + 1 :] if lost.node in arguments else []


def _arguments(module: Module, lost: LostCallback, text: str) -> TextEdit:
    """Put a text in the place of the function and of the arguments behind it."""
    last = [lost.node, *_rest(lost)][-1]
    return replace(module, module.tree.span(lost.node).start, module.tree.span(last).end, text)


def _argument(module: Module, lost: LostCallback, text: str) -> TextEdit:
    """Put a text in the place of the function alone."""
    span = module.tree.span(lost.node)
    return replace(module, span.start, span.end, text)


def _with_asyncio(module: Module, name: str, title: str, make: Callable[[str], list[TextEdit]]) -> Fix:
    """The preferred fix, whose edits need the text of a function of asyncio."""
    said = asyncio_name(module, name) or f"asyncio.{name}"
    return Fix(title, lambda: [*import_asyncio(module, name), *make(said)], preferred=True)


def _is_in_loop(node: ast.AST) -> bool:
    for above in ancestors(node):
        if isinstance(above, (*BLOCKS, ast.Lambda)):
            return False
        if isinstance(above, _LOOPS):
            return True
    return False
