"""Async generators that code leaves before they are done, with something open in them.

    async for row in rows(pool):
        if row.id == wanted:
            break                   # `rows` still waits at its `yield`, and has its connection

Nothing closes it here: once nobody has it, asyncio's hook makes a task which throws `GeneratorExit` into it (PEP 525).
That is some time later, or never if the loop ends. Whatever else has the generator may close it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from coroscope.model.callees import callee_name, qualified_names
from coroscope.model.occurrences import occurrences
from coroscope.model.types import FunctionObject
from coroscope.nodes import FUNCTIONS, parent_of
from coroscope.syntax import Block

if TYPE_CHECKING:
    from coroscope.model.module import Module

_HARMLESS = frozenset({"staticmethod", "classmethod", "override", "typing.override", "final", "typing.final"})
_LOOPS = (ast.For, ast.AsyncFor, ast.While)


class LeftEarly(NamedTuple):
    """A call that makes a generator, what leaves it, and the loop over it, if that is one."""

    call: ast.Call
    leaving: ast.AST
    loop: ast.AsyncFor | None


def left_early(module: Module, block: Block) -> Iterator[LeftEarly]:
    """Every async generator that a block's code makes, leaves while it has something open, and does not close."""
    for loop in block.nodes_of((ast.AsyncFor,)):
        if isinstance(loop, ast.AsyncFor):
            leaving = next(_jumps(loop.body), None)
            call = None if leaving is None else _generator(module, loop.iter)
            if leaving is not None and call is not None:
                yield LeftEarly(call, leaving, loop)
    for asking in block.nodes_of((ast.Call,)):
        asked = _asked(module, asking) if isinstance(asking, ast.Call) else None
        call = None if asked is None else _generator(module, asked)
        if call is not None:
            yield LeftEarly(call, asking, None)


def _jumps(body: list[ast.stmt], *, is_own: bool = True) -> Iterator[ast.stmt]:
    """The statements of a loop's body that leave the loop."""
    for statement in body:
        if isinstance(statement, ast.Return) or (isinstance(statement, ast.Break) and is_own):
            yield statement
        elif not isinstance(statement, (*FUNCTIONS, ast.ClassDef)):
            is_loop = isinstance(statement, _LOOPS)
            yield from _jumps(getattr(statement, "body", []), is_own=is_own and not is_loop)
            for name in ("orelse", "finalbody"):
                yield from _jumps(getattr(statement, name, []), is_own=is_own)
            for part in (*getattr(statement, "handlers", ()), *getattr(statement, "cases", ())):
                yield from _jumps(part.body, is_own=is_own)


def _asked(module: Module, call: ast.Call) -> ast.expr | None:
    """What a call asks for its next item: `anext(rows())`, `rows().__anext__()`."""
    if callee_name(call) == "__anext__" and isinstance(call.func, ast.Attribute):
        return call.func.value
    if callee_name(call) == "anext" and len(call.args) == 1:
        return call.args[0] if "builtins.anext" in qualified_names(module.type_of(call.func)) else None
    return None


def _generator(module: Module, node: ast.expr) -> ast.Call | None:
    """The call that makes a generator which holds something, and which nothing but a node has."""
    call = _only_value(module, node) if isinstance(node, ast.Name) else node
    if not isinstance(call, ast.Call) or module.is_dead(call):
        return None
    callee = module.type_of(call.func)
    if not isinstance(callee, FunctionObject) or not callee.declaration.holds:
        return None
    return call if set(callee.declaration.decorators) <= _HARMLESS else None


def _only_value(module: Module, name: ast.Name) -> ast.expr | None:
    """The value of a local variable that is bound once, and read at this place only."""
    scope = module.bodies.scope_of(name)
    bindings = scope.names.bindings.get(name.id, [])
    if len(bindings) != 1 or bindings[0].kind != "assign" or bindings[0].path or not isinstance(scope.node, FUNCTIONS):
        return None
    reads = occurrences(scope, name.id)
    is_alone = reads.here == [name] and not reads.captured
    above = parent_of(bindings[0].node)
    return bindings[0].value if is_alone and isinstance(above, ast.Assign) and len(above.targets) == 1 else None
