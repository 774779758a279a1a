"""The lives of tasks and futures: where they are born, and what becomes of each in the code that made it.

    task = asyncio.create_task(fetch())     # born: the event loop keeps no more than a weak reference to it
    task.add_done_callback(report)          # asked: a method is called, and nobody holds it for that
    await task                              # awaited

A task runs whether somebody awaits it or not, so its life knows no misuse; what matters is who holds it, who asks for
its result, and what it is asked before it is done. Tasks of a `TaskGroup` are held by their group and not told here.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from coroscope.knowledge import last_names, names
from coroscope.model.callees import aliases, called, callee_name, qualified_names
from coroscope.model.closing import receiver_name
from coroscope.model.contents import Way, put_into
from coroscope.model.declared import is_any_declared
from coroscope.model.following import Follower, spared
from coroscope.model.life import Fate, Life, Use
from coroscope.model.misuse import looks_on, only_shows
from coroscope.model.protocols import is_coroutine
from coroscope.model.shown import is_shown
from coroscope.model.types import Instance
from coroscope.nodes import parent_of
from coroscope.syntax import Block

if TYPE_CHECKING:
    from coroscope.model.module import Module

_EXPECTED = ("Exception", "RuntimeError", "TypeError", "ValueError")
"""What tests expect of a call that is to make no task."""


def task_lives(module: Module, block: Block) -> Iterator[Life]:
    """The life of every task of an event loop that a block's own code makes, but for those that a notebook keeps."""
    for call in _calls(module, block, "tasks"):
        if _makes_task(module, call) and not is_shown(module, call):
            yield _followed(module, call)


def future_lives(module: Module, block: Block) -> Iterator[Life]:
    """The life of every plain future that a block's own code makes, and somebody is to set."""
    for call in _calls(module, block, "pending"):
        yield _followed(module, call)


def is_task(life: Life) -> bool:
    """Whether a life is that of a task, not of a plain future."""
    return isinstance(life.type, Instance) and life.type.cls.name == "Task"


def loop_of(life: Life) -> ast.expr | None:
    """The event loop of a task, where the code says it: `loop.create_task(f())`, `ensure_future(f(), loop=loop)`."""
    call = life.origin
    if not isinstance(call, ast.Call):
        return None
    told = next((keyword.value for keyword in call.keywords if keyword.arg == "loop"), None)
    if told is None and callee_name(call) == "create_task" and isinstance(call.func, ast.Attribute):
        receiver = call.func.value
        return None if isinstance(receiver, ast.Name) and receiver.id == "asyncio" else receiver
    return told


def method_call(use: Use) -> ast.Call | None:
    """The call of the method that a task is asked with."""
    attribute = parent_of(use.node)
    call = parent_of(attribute) if attribute is not None else None
    return call if use.fate is Fate.ASKED and isinstance(call, ast.Call) else None


def _calls(module: Module, block: Block, makers: str) -> Iterator[ast.Call]:
    """The calls of what `knowledge` lists as makers, in code that can be run."""
    called = last_names("futures", makers)
    called |= aliases(block, called)
    for call in block.nodes_of((ast.Call,)):
        if isinstance(call, ast.Call) and callee_name(call) in called:
            if isinstance(parent_of(call), ast.Await):
                continue
            if _is_receivers(module, call) or module.is_dead(call) or module.is_expected(call, *_EXPECTED):
                continue
            if qualified_names(module.type_of(call.func)) & names("futures", makers):
                yield call


def _is_receivers(module: Module, call: ast.Call) -> bool:
    """Whether an event loop's own code makes it, which knows what it holds: `self.create_task(…)`."""
    function = module.function_around(call)
    if function is None or not isinstance(call.func, ast.Attribute) or not isinstance(call.func.value, ast.Name):
        return False
    return call.func.value.id == receiver_name(function)


def _makes_task(module: Module, call: ast.Call) -> bool:
    """Whether a call makes a task: `ensure_future` gives a future back as it is."""
    if qualified_names(module.type_of(call.func)) != {"asyncio.tasks.ensure_future"}:
        return True
    return bool(call.args) and is_coroutine(module.type_of(call.args[0]))


def _followed(module: Module, call: ast.Call) -> Life:
    type_ = module.type_of(call)
    uses = list(dict.fromkeys(_TaskFollower(module, call, type_).follow(call)))
    return Life(call, type_, spared(module, call, uses))


class _TaskFollower(Follower):
    """Follows a task or a future."""

    def placed(self, node: ast.expr) -> Use:
        """Its methods ask it, tests and comparisons look at it; all else takes it out of sight."""
        above = parent_of(node)
        match above:
            case ast.Attribute():
                call = parent_of(above)
                is_called = isinstance(call, ast.Call) and call.func is above
                return Use(Fate.ASKED, node, name=above.attr) if is_called else Use(Fate.ESCAPED, node)
            case ast.Subscript() | ast.BinOp() | ast.AugAssign():
                return Use(Fate.ESCAPED, node)
        return Use(Fate.LOOKED_AT if looks_on(node) else Fate.ESCAPED, node)

    def handed(self, call: ast.Call, node: ast.expr) -> Iterator[Use]:
        """What only shows it has looked at it; what a collection is given, is met where the collection is read."""
        if is_any_declared("keeps-task", called(self.module.type_of(call.func))):
            yield Use(Fate.ESCAPED, node)
        elif put_into(node) is not None:
            yield from self.put(node, ())
        else:
            yield Use(Fate.LOOKED_AT if only_shows(self.module, call) else Fate.ESCAPED, node)

    def taken(self, container: ast.expr, way: Way) -> Iterator[Use]:
        """Of what happens to it where a collection is read only this is told: that a loop does nothing with it."""
        found = list(super().taken(container, way))
        is_told = all(use.fate in (Fate.UNUSED, Fate.LEFT) for use in found)
        yield from found if is_told else [Use(Fate.ESCAPED, container)]
