"""What belongs to the thread of an event loop, and is touched from another one.

    def work():
        queue.put_nowait(1)                     # an `asyncio.Queue`: whoever waits for it may not wake up

    threading.Thread(target=work).start()

Only functions tell that are seen to run in a thread. One that runs a loop itself may use what is of that loop, and one
that asks in which thread it is, or knows of the calls that are safe, knows what it does.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from coroscope.knowledge import last_names, names
from coroscope.model.callees import callee_name, qualified_names
from coroscope.model.mentions import has_names
from coroscope.model.threads import Threaded, own_function, threaded
from coroscope.nodes import FunctionNode, last_name

if TYPE_CHECKING:
    from coroscope.model.module import Module

_KNOWING = frozenset(
    """
    call_soon_threadsafe run_coroutine_threadsafe get_running_loop _get_running_loop get_event_loop new_event_loop
    set_event_loop run_forever run_until_complete run_sync run start Runner current_thread get_ident main_thread
    is_running
    """.split()  # noqa: SIM905  (a list of words reads better)
)
_DEEPEST = 3


class Trespass(NamedTuple):
    """A method that only the thread of a loop may call, as it is called or handed over, and what runs it elsewhere."""

    node: ast.expr
    start: ast.Call

    @property
    def method(self) -> ast.Attribute:
        """The method itself."""
        method = self.node.func if isinstance(self.node, ast.Call) else self.node
        assert isinstance(method, ast.Attribute)
        return method


def trespasses(module: Module) -> Iterator[Trespass]:
    """Every use of such a method in a function that surely runs in another thread."""
    if not has_names(module, last_names("loops", "of_one_thread")):
        return
    seen: set[ast.AST] = set()
    for found in module.in_blocks(threaded):
        for one in _by(module, found):
            if one.node not in seen and not module.is_dead(one.node):
                seen.add(one.node)
                yield one


def _by(module: Module, found: Threaded) -> Iterator[Trespass]:
    """The uses in one function that runs in a thread."""
    handed = found.function
    if isinstance(handed, ast.Lambda):
        nodes = [node for node in ast.walk(handed.body) if isinstance(node, (ast.Call, ast.Attribute, ast.Name))]
        if not _KNOWING & {_word(node) for node in nodes}:
            calls = (node for node in nodes if isinstance(node, ast.Call) and module.code_around(node) is handed)
            yield from (Trespass(call, found.call) for call in calls if _is_bound_to_thread(module, call.func))
    elif _is_bound_to_thread(module, handed):
        yield Trespass(handed, found.call)
    elif isinstance(handed, (ast.Name, ast.Attribute)):
        function = own_function(module, module.type_of(handed))
        if isinstance(function, ast.FunctionDef) and not _knows(module, function, _DEEPEST):
            for call in module.tree.block(function).nodes_of((ast.Call,)):
                if isinstance(call, ast.Call) and module.code_around(call) is function:
                    if _is_bound_to_thread(module, call.func):
                        yield Trespass(call, found.call)


def _is_bound_to_thread(module: Module, callee: ast.expr) -> bool:
    if not isinstance(callee, ast.Attribute) or callee.attr not in last_names("loops", "of_one_thread"):
        return False
    return bool(qualified_names(module.type_of(callee)) & names("loops", "of_one_thread"))


def _knows(module: Module, function: FunctionNode, left: int) -> bool:
    """Whether a function, or one that it calls, runs a loop or asks where it is."""
    block = module.tree.block(function)
    if any(_word(node) in _KNOWING for node in block.nodes_of((ast.Name, ast.Attribute))):
        return True
    own = {getattr(one.node, "name", "") for one in module.tree.blocks} if left else set()
    for call in block.nodes_of((ast.Call,)):
        if isinstance(call, ast.Call) and callee_name(call) in own:
            further = own_function(module, module.type_of(call.func))
            if further is not None and further is not function and _knows(module, further, left - 1):
                return True
    return False


def _word(node: ast.AST) -> str:
    return last_name(node) if isinstance(node, (ast.Name, ast.Attribute)) else ""
