"""Whose cancellation may arrive where async code waits.

A task that is cancelled gets a `CancelledError` in the place where it waits. In

    async def worker(queue, job):
        item = await queue.get()        # Canceller.OWN
        await store(item)               # Canceller.OWN, if `store` waits in such a place itself; else UNKNOWN
        await job                       # Canceller.ANY

it is the cancellation of the task that runs `worker` if it arrives at the first `await`. At the last one it may just as
well be that of `job`, which somebody has cancelled while the worker is to go on.
"""

from __future__ import annotations

import ast
from enum import Enum
from typing import TYPE_CHECKING

from coroscope.knowledge import names
from coroscope.model.callees import qualified_names
from coroscope.model.suspension import suspensions
from coroscope.model.types import FunctionObject, Overloads, Type
from coroscope.nodes import last_name, nodes_within

if TYPE_CHECKING:
    from coroscope.model.module import Module

_DEEPEST = 3
"""Through how many calls a place is looked for that surely waits."""


class Canceller(Enum):
    """Who cancels, if a `CancelledError` arrives where code waits."""

    OWN = "whoever cancels the task that runs this code"
    UNKNOWN = "that of the task, or of something that the called function waits for"
    ANY = "that of the task, or of the task or future that is waited for"


def canceller(module: Module, suspension: ast.AST) -> Canceller:
    """Whose cancellation may arrive where code waits."""
    return _canceller(module, suspension, _DEEPEST)


def cleans_up(suspension: ast.AST) -> bool:
    """Whether code waits for the end of something: for a call of `close`, `stop` and their like."""
    calls = (node for node in nodes_within([suspension]) if isinstance(node, ast.Call))
    return isinstance(suspension, ast.Await) and any(is_cleaning_name(last_name(call.func)) for call in calls)


def is_cleaning_name(name: str) -> bool:
    """Whether a function of that name ends something."""
    cleaning = names("cancelling", "cleaning")
    return name in cleaning or any(word in cleaning for word in name.split("_"))


def _canceller(module: Module, suspension: ast.AST, depth: int) -> Canceller:
    return _of(module, suspension.value, depth) if isinstance(suspension, ast.Await) else Canceller.UNKNOWN


def _of(module: Module, awaited: ast.expr, depth: int) -> Canceller:
    """The same for what is awaited."""
    if not isinstance(awaited, ast.Call):
        return Canceller.ANY
    callee = module.type_of(awaited.func)
    called = qualified_names(callee)
    if called & (names("cancelling", "waiting") | names("cancelling", "gathering")):
        given = awaited.args if called & names("cancelling", "gathering") else awaited.args[:1]
        found = {_of(module, _item(argument), depth) for argument in given}
        return next((one for one in (Canceller.ANY, Canceller.UNKNOWN) if one in found or not found), Canceller.OWN)
    if called & names("cancelling", "shielding"):
        return Canceller.ANY
    return Canceller.OWN if _surely_waits(module, callee, depth) else Canceller.UNKNOWN


def _item(argument: ast.expr) -> ast.expr:
    """What an argument stands for: the items of a comprehension that is unpacked, else itself."""
    match argument:
        case ast.Starred(value=ast.ListComp(elt=item) | ast.GeneratorExp(elt=item) | ast.SetComp(elt=item)):
            return item
    return argument


def _surely_waits(module: Module, callee: Type, depth: int) -> bool:
    """Whether an async function waits where nobody but who cancels its task can interrupt it."""
    if isinstance(callee, Overloads):
        return any(_surely_waits(module, one, depth) for one in callee.items)
    if not isinstance(callee, FunctionObject) or not callee.declaration.is_async:
        return False
    summary = callee.scope.module.summary
    if summary.name.partition(".")[0] in names("cancelling", "libraries"):
        return True
    if summary is not module.summary or not depth:
        return False
    for node in module.tree.walk(ast.AsyncFunctionDef):
        if node.name == callee.declaration.name and module.bodies.function(node).declaration == callee.declaration:
            return any(_canceller(module, one, depth - 1) is Canceller.OWN for one in suspensions(node.body))
    return False
