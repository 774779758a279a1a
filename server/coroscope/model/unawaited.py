"""Calls that make something to await, and are not awaited where they stand: what a reader cannot see in the text.

    pages = [fetch(url) for url in urls]        # `fetch(url)`: a coroutine
    task = asyncio.create_task(main())          # the whole call: a task; `main()` is handed to what runs it
    async with session.get(url):                # entered, not kept

What awaits, runs, enters or iterates over a call at once says itself what the call makes, and so does an annotation, or
the name of an awaitable class.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Literal, NamedTuple

from coroscope.knowledge import names
from coroscope.model.callees import qualified_names
from coroscope.model.module import Module
from coroscope.model.protocols import is_coroutine
from coroscope.model.takers import is_future
from coroscope.model.types import ClassObject, Type, members
from coroscope.nodes import COMPREHENSIONS, parent_of
from coroscope.syntax import Block

Kind = Literal["coroutine", "task", "future", "awaitable"]

_SAID = (ast.Await, ast.AnnAssign, ast.withitem, ast.comprehension, ast.AsyncFor, ast.YieldFrom, ast.Attribute)
"""What tells by itself what stands in it; behind a dot nothing can be shown between."""
_HOLDERS = (ast.List, ast.Tuple, ast.Set, ast.Starred, ast.IfExp, *COMPREHENSIONS)


class Unawaited(NamedTuple):
    """A call, what it makes, and what awaiting that gives."""

    call: ast.Call
    kind: Kind
    result: Type


def unawaited(module: Module, block: Block) -> Iterator[Unawaited]:
    """The calls of a block's own code that make something to await which is not awaited there."""
    for call in block.nodes_of((ast.Call,)):
        if isinstance(call, ast.Call) and not isinstance(parent_of(call), _SAID) and not _is_called(call):
            made = module.type_of(call)
            if module.can_await(made) is not True or _is_run(module, call) or _is_started(module, call):
                continue
            kind = _kind(made)
            if kind != "awaitable" or not isinstance(module.type_of(call.func), ClassObject):
                yield Unawaited(call, kind, module.result_of(made))


def _is_called(call: ast.Call) -> bool:
    """Whether what a call makes is called or subscripted itself."""
    above = parent_of(call)
    return (isinstance(above, ast.Call) and above.func is call) or isinstance(above, ast.Subscript)


def _is_run(module: Module, call: ast.Call) -> bool:
    """Whether a call is handed to what runs it, itself or in a collection: `gather(*[fetch(n) for n in range(3)])`."""
    node: ast.AST = call
    while isinstance(above := parent_of(node), _HOLDERS):
        node = above
    if not isinstance(above, ast.Call) or above.func is node:
        return False
    takers = names("takers", "all") | names("takers", "first") | names("takers", "collection")
    return bool(qualified_names(module.type_of(above.func)) & takers)


def _is_started(module: Module, call: ast.Call) -> bool:
    """Whether it is the statement that starts a task, which says so: `group.create_task(fetch())`."""
    if not isinstance(parent_of(call), ast.Expr):
        return False
    return bool(qualified_names(module.type_of(call.func)) & (names("futures", "tasks") | names("takers", "first")))


def _kind(made: Type) -> Kind:
    if is_coroutine(made):
        return "coroutine"
    if not all(map(is_future, members(made))):
        return "awaitable"
    return "task" if all(_is_task(member) for member in members(made)) else "future"


def _is_task(member: Type) -> bool:
    cls = getattr(member, "cls", None)
    return cls is not None and any(cls.ancestor(home, "Task") is not None for home in ("_asyncio", "asyncio.tasks"))
