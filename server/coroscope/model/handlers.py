"""Whether a handler knows what it takes: whether what it does may have to do with the exception it caught.

A handler that prints, logs, counts or pauses treats every exception like any other. One that raises, returns, leaves a
loop, hands the exception on, decides something that the function asks for later, or calls code that we cannot judge may
well know what it does.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from coroscope.knowledge import last_names, names
from coroscope.model.callees import qualified_names
from coroscope.model.graph import key_of
from coroscope.model.types import UNKNOWN
from coroscope.nodes import ancestors, nodes_within
from coroscope.syntax import Block

if TYPE_CHECKING:
    from coroscope.model.module import Module

_DECIDING = (ast.Raise, ast.Return, ast.Break, ast.Assert, ast.Yield, ast.YieldFrom, ast.Global, ast.Nonlocal)


def knows_what_it_takes(module: Module, handler: ast.ExceptHandler) -> bool:
    """Whether what a handler does may have to do with the very exception that it caught."""
    nodes = list(nodes_within(handler.body))
    if any(isinstance(node, _DECIDING) for node in nodes):
        return True
    asked: set[str] | None = None
    for node in nodes:
        match node:
            case ast.Await(value=value) if not isinstance(value, ast.Call):
                return True
            case ast.Call() if not is_harmless(module, node):
                return True
            case ast.Name(id=name, ctx=ast.Load()) if name == handler.name and not _is_told(module, node, handler):
                return True
            case ast.Name(ctx=ast.Store()) | ast.Attribute(ctx=ast.Store()) | ast.Subscript(ctx=ast.Store()):
                asked = _asked_in(module.tree.block(handler)) if asked is None else asked
                if key_of(node) in asked or _is_shared(module, node):
                    return True
    return False


def is_harmless(module: Module, call: ast.Call) -> bool:
    """Whether a call surely neither raises on purpose nor tells anyone to stop: it prints, logs, counts or pauses."""
    callee = module.type_of(call.func)
    called = qualified_names(callee)
    if called & names("cancelling", "deciding"):
        return False
    if called:
        is_pause = bool(called & names("cancelling", "pausing"))
        return is_pause or all(name.partition(".")[0] in names("cancelling", "harmless") for name in called)
    return callee == UNKNOWN and _logs(module, call)


def _logs(module: Module, call: ast.Call) -> bool:
    """Whether a method of an unknown logger is called that has the name of a method of the standard library's."""
    if not isinstance(call.func, ast.Attribute) or call.func.attr not in last_names("consumers", "plain"):
        return False
    return "log" in module.text(call.func.value).lower()


def _is_told(module: Module, node: ast.AST, handler: ast.ExceptHandler) -> bool:
    """Whether an exception is only printed or made a text of where it is read."""
    for above in ancestors(node):
        if isinstance(above, ast.FormattedValue):
            return True
        if isinstance(above, ast.Call):
            called = qualified_names(module.type_of(above.func))
            if called & names("cancelling", "telling") or _logs(module, above):
                return True
            return bool(called) and all(name.partition(".")[0] in names("cancelling", "reporting") for name in called)
        if above is handler:
            break
    return False


def _is_shared(module: Module, node: ast.AST) -> bool:
    """Whether what is assigned is a variable of another function or of the module."""
    return isinstance(node, ast.Name) and node.id not in module.bodies.scope_of(node).frame.names.bindings


def _asked_in(block: Block) -> set[str]:
    """The keys of all references in the conditions of a function."""
    return {key for test in _tests(block) for node in ast.walk(test) if (key := key_of(node)) is not None}


def _tests(block: Block) -> Iterator[ast.expr]:
    for node in block.nodes:
        match node:
            case ast.If(test=test) | ast.While(test=test) | ast.IfExp(test=test) | ast.Assert(test=test):
                yield test
            case ast.Match(subject=subject):
                yield subject
