"""Where async code runs an event loop, though one is running: the one that runs the code.

    async def main():
        asyncio.run(save())         # raises: "asyncio.run() cannot be called from a running event loop"
        store()                     # the same, if `store` calls `asyncio.run`

The cells of a notebook are run by the event loop of its kernel; those of a script with cells may be.

A thread has one running event loop at most. Code that asks whether there is one, or that catches the error, knows what
it does, and so does a program that changes asyncio (`nest_asyncio`).
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from coroscope.knowledge import last_names, names
from coroscope.model.callees import callee_name, qualified_names
from coroscope.model.certain import may_be_caught
from coroscope.model.chains import Chain, chain_of
from coroscope.model.top_level import TopLevel, under_main_guard
from coroscope.nodes import FUNCTIONS, ancestors, is_try, last_name, parent_of
from coroscope.syntax import Block

if TYPE_CHECKING:
    from coroscope.model.module import Module

_ASKING = frozenset({"is_running", "_get_running_loop", "nest_asyncio", "get_ipython"})
_ASSERTING = frozenset({"assertRaises", "assertRaisesRegex", "raises"})
_OTHER_LOOPS = frozenset({"trio", "curio"})


class Nested(NamedTuple):
    """A call that runs an event loop where one is running, and through which functions, if not by itself."""

    call: ast.Call
    chain: Chain | None


def nested_loops(module: Module, block: Block) -> Iterator[Nested]:
    """Every call that runs an event loop for sure, of a block's code that one runs, or may run."""
    if not _is_run_by_loop(module, block):
        return
    for call in block.nodes_of((ast.Call,)):
        if isinstance(call, ast.Call) and not isinstance(parent_of(call), ast.Await):
            found = Nested(call, None) if _runs_its_own_again(module, block, call) else _nested(module, call)
            if found is not None and module.code_around(call) is block.node and not _is_prepared(module, block, call):
                yield found


def _is_run_by_loop(module: Module, block: Block) -> bool:
    if isinstance(block.node, ast.Module):
        return module.top_level is not TopLevel.PROGRAM
    return isinstance(block.node, ast.AsyncFunctionDef)


def _nested(module: Module, call: ast.Call) -> Nested | None:
    if callee_name(call) in last_names("loops", "running"):
        if qualified_names(module.type_of(call.func)) & names("loops", "running"):
            return None if _has_other_loops(module) else Nested(call, None)
    if not isinstance(call.func, (ast.Name, ast.Attribute)):
        return None
    chain = chain_of(module.type_of(call.func))
    return None if chain is None or _has_other_loops(module) else Nested(call, chain)


def _runs_its_own_again(module: Module, block: Block, call: ast.Call) -> bool:
    """Whether a call runs a loop of a kind of its own, in code that waits for what only such a loop runs."""
    if callee_name(call) not in last_names("loops", "running_own") or not module.in_async(call):
        return False
    kinds = _packages(qualified_names(module.type_of(call.func)) & names("loops", "running_own"))
    awaited = (node.value for node in block.nodes_of((ast.Await,)) if kinds and isinstance(node, ast.Await))
    functions = (module.type_of(value.func) for value in awaited if isinstance(value, ast.Call))
    return any(kinds & _packages(qualified_names(function)) for function in functions)


def _packages(dotted: set[str]) -> set[str]:
    return {name.partition(".")[0] for name in dotted}


def _is_prepared(module: Module, block: Block, call: ast.Call) -> bool:
    """Whether the code around knows what it does, or is never run."""
    named = block.nodes_of((ast.Name, ast.Attribute))
    if any(getattr(node, "attr", getattr(node, "id", "")) in _ASKING for node in named):
        return True
    if isinstance(block.node, ast.Module) and _is_for_both(module, block, call):
        return True
    return _is_tested(block) or may_be_caught(call) or module.is_expected(call, "RuntimeError") or module.is_dead(call)


def _is_for_both(module: Module, block: Block, call: ast.Call) -> bool:
    """Whether code of the module level is written for where a loop is running and for where none is."""
    if module.top_level is TopLevel.EITHER and under_main_guard(call):
        return True
    asking = (node for node in block.nodes_of((ast.Name, ast.Attribute)) if isinstance(node, ast.expr))
    return any(last_name(node) == "get_running_loop" and any(map(is_try, ancestors(node))) for node in asking)


def _is_tested(block: Block) -> bool:
    """Whether a function around that one asserts what is raised, as tests of the mistake do."""
    around = block.parent
    while around is not None and isinstance(around.node, FUNCTIONS):
        if any(
            last_name(n) in _ASSERTING for n in around.nodes_of((ast.Name, ast.Attribute)) if isinstance(n, ast.expr)
        ):
            return True
        around = around.parent
    return False


def _has_other_loops(module: Module) -> bool:
    """Whether a file imports what runs coroutines without asyncio."""
    imported = {alias.name for node in module.tree.walk(ast.Import) for alias in node.names}
    imported |= {node.module or "" for node in module.tree.walk(ast.ImportFrom)}
    return any(name.partition(".")[0] in _OTHER_LOOPS for name in imported)
