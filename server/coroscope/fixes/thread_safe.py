"""Have an event loop make a call in its own thread: `loop.call_soon_threadsafe(queue.put_nowait, 1)`."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from coroscope.findings import Fix
from coroscope.fixes.edits import replace
from coroscope.fixes.imports import asyncio_name, import_asyncio
from coroscope.model.module import Module
from coroscope.model.trespass import Trespass
from coroscope.model.types import Instance, Type
from coroscope.nodes import parent_of
from coroscope.syntax import Block

SOON = "call_soon_threadsafe"
SUBMIT = "run_coroutine_threadsafe"
_OF_LOOPS = frozenset({"call_soon", "call_later", "call_at", "create_task", "stop"})
_OF_FUTURES = frozenset({"set_result", "set_exception", "cancel"})


def from_thread(module: Module, found: Trespass) -> Iterator[Fix]:
    """The call by way of its loop, if it is a statement, and some name in sight has the loop."""
    call, method = found.node, found.method
    if not isinstance(call, ast.Call) or not isinstance(parent_of(call), ast.Expr) or call.keywords:
        return
    loop = _loop(module, method)
    if loop is None:
        return
    span = module.tree.span(call)
    arguments = [module.text(argument) for argument in call.args]
    if method.attr == "create_task":
        submit = asyncio_name(module, SUBMIT) or f"asyncio.{SUBMIT}"
        text = f"{submit}({', '.join(arguments)}, {loop})"
        edits = [*import_asyncio(module, SUBMIT), replace(module, span.start, span.end, text)]
        yield Fix(f"Use `asyncio.{SUBMIT}`", lambda: edits, preferred=True)
        return
    scheduled = arguments if method.attr == "call_soon" else [module.text(method), *arguments]
    text = f"{loop}.{SOON}({', '.join(scheduled)})"
    yield Fix(f"Use `{SOON}`", lambda: [replace(module, span.start, span.end, text)], preferred=True)


def _loop(module: Module, method: ast.Attribute) -> str | None:
    """How the code says the loop that a method belongs to."""
    receiver = module.text(method.value)
    if method.attr in _OF_LOOPS:
        return receiver
    return f"{receiver}.get_loop()" if method.attr in _OF_FUTURES else _loop_in_sight(module, method)


def _loop_in_sight(module: Module, node: ast.AST) -> str | None:
    """The one variable of the functions around a node, or of the module, that has a loop."""
    block: Block | None = module.tree.block(node)
    while block is not None:
        found = {
            statement.targets[0].id
            for statement in block.nodes_of((ast.Assign,))
            if isinstance(statement, ast.Assign)
            and isinstance(statement.targets[0], ast.Name)
            and len(statement.targets) == 1
            and _is_loop(module.type_of(statement.value))
        }
        if found and not isinstance(block.node, ast.ClassDef):
            return found.pop() if len(found) == 1 else None
        block = block.parent
    return None


def _is_loop(type_: Type) -> bool:
    return isinstance(type_, Instance) and type_.cls.ancestor("asyncio.events", "AbstractEventLoop") is not None
