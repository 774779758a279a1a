"""Functions that run in a thread of their own, as far as one file shows.

threading.Thread(target=work).start()       # `work` runs where no event loop runs
await asyncio.to_thread(work, 1)            # so it does here, and the loop runs on beside it
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from coroscope.knowledge import callbacks, callers, last_names, names
from coroscope.model.callees import callee_name, qualified_names, taken_function
from coroscope.model.types import FunctionObject, Type
from coroscope.nodes import FUNCTIONS, FunctionNode
from coroscope.syntax import Block

if TYPE_CHECKING:
    from coroscope.model.module import Module


class Threaded(NamedTuple):
    """A function as it is handed over, and the call that runs it in a thread."""

    function: ast.expr
    call: ast.Call


def threaded(module: Module, block: Block) -> Iterator[Threaded]:
    """Every function that a block's code has run in a thread."""
    for call in block.nodes_of((ast.Call,)):
        if not isinstance(call, ast.Call) or callee_name(call) not in last_names("loops", "threads"):
            continue
        if not any(taken_function(one, call) is not None for one in callers().get(callee_name(call), ())):
            continue
        known = qualified_names(module.type_of(call.func)) & names("loops", "threads")
        node = None if not known else taken_function(callbacks()[min(known)], call)
        if node is not None and not module.is_dead(call):
            yield Threaded(node, call)


def own_function(module: Module, callee: Type) -> FunctionNode | None:
    """The definition in this file of a function that no decorator changes; None for all else."""
    if not isinstance(callee, FunctionObject) or callee.scope.module.summary.path != module.summary.path:
        return None
    declaration = callee.declaration
    named = (block.node for block in module.tree.blocks if getattr(block.node, "name", "") == declaration.name)
    same = [node for node in named if isinstance(node, FUNCTIONS) and _qualname(module, node) == declaration.qualname]
    return same[0] if len(same) == 1 and not declaration.decorators else None


def _qualname(module: Module, node: FunctionNode) -> str:
    return module.bodies.function(node).declaration.qualname
