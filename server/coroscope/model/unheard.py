"""Failures that nobody hears of: tasks that are only waited for, and exceptions that are collected and not read.

    await asyncio.wait([first, second])                                    # waits, and raises nothing
    results = await asyncio.gather(a(), b(), return_exceptions=True)       # puts exceptions among the results

Only what one function has for itself is told: tasks that are made in it, go nowhere else and are asked nothing.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from coroscope.knowledge import names
from coroscope.model.callees import callee_name, qualified_names
from coroscope.model.life import Fate, Life
from coroscope.model.names import own_nodes
from coroscope.model.occurrences import occurrences
from coroscope.model.types import FunctionObject
from coroscope.nodes import FUNCTIONS, parent_of
from coroscope.syntax import Block

if TYPE_CHECKING:
    from coroscope.model.module import Module

_ASKS_NOTHING = frozenset({"set_name", "get_name", "get_coro"})
_BROAD = frozenset({"Exception", "BaseException"})


def waits_unheard(module: Module) -> Iterator[tuple[ast.Call, list[ast.expr]]]:
    """Every awaited `asyncio.wait` of tasks that nobody asks how they ended, with those of them that may fail."""
    for call in module.in_blocks(_awaited_waits):
        if call.args and not _is_race(call) and _is_ignored(module, call):
            tasks = [life.origin for life in module.tasks() if _is_only_waited_for(life, call)]
            failing = [task for task in tasks if _may_fail(module, task)]
            if failing:
                yield call, failing


def results_unread(module: Module) -> Iterator[tuple[ast.Call, ast.Name]]:
    """Every awaited `gather` that collects exceptions, with the variable that gets them and is never read."""
    for call in module.in_blocks(_awaited_gathers):
        if any(k.arg == "return_exceptions" and _is_true(k.value) for k in call.keywords):
            match parent_of(_await_of(call)):
                case ast.Assign(targets=[ast.Name() as target]) | ast.AnnAssign(target=ast.Name() as target):
                    if not target.id.startswith("_") and _is_unread(module, target):
                        yield call, target


def _awaited_waits(module: Module, block: Block) -> Iterator[ast.Call]:
    return _awaited(module, block, "wait", "asyncio.tasks.wait")


def _awaited_gathers(module: Module, block: Block) -> Iterator[ast.Call]:
    return _awaited(module, block, "gather", "asyncio.tasks.gather")


def _awaited(module: Module, block: Block, name: str, qualified: str) -> Iterator[ast.Call]:
    for call in block.nodes_of((ast.Call,)):
        if isinstance(call, ast.Call) and callee_name(call) == name and isinstance(parent_of(call), ast.Await):
            if qualified in qualified_names(module.type_of(call.func)):
                yield call


def _await_of(call: ast.Call) -> ast.AST:
    above = parent_of(call)
    assert above is not None
    return above


def _is_true(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is True


def _is_race(wait: ast.Call) -> bool:
    """Whether the first task ends the wait: code that wants no more than that some of them are done."""
    when = next((keyword.value for keyword in wait.keywords if keyword.arg == "return_when"), None)
    return when is not None and getattr(when, "attr", getattr(when, "id", "")) != "ALL_COMPLETED"


def _is_ignored(module: Module, wait: ast.Call) -> bool:
    """Whether the tasks that `asyncio.wait` answers as done are not looked at."""
    match parent_of(_await_of(wait)):
        case ast.Expr():
            return True
        case ast.Assign(targets=[ast.Name() as target]):
            return _is_unread(module, target)
        case ast.Assign(targets=[ast.Tuple(elts=[ast.Name() as done, _])]):
            return _is_unread(module, done)
    return False


def _is_unread(module: Module, target: ast.Name) -> bool:
    """Whether nothing in a function reads what is bound to a name there."""
    scope = module.bodies.scope_of(target)
    binding = scope.names.by_node.get(target)
    if not isinstance(scope.node, FUNCTIONS) or binding is None or target.id in _shared(module, target):
        return False
    found = occurrences(scope, target.id)
    return not found.captured and not found.by_binding.get(binding)


def _shared(module: Module, node: ast.AST) -> set[str]:
    own = module.bodies.scope_of(node).names
    return {*own.globals, *own.nonlocals}


def _is_only_waited_for(life: Life, wait: ast.Call) -> bool:
    """Whether `asyncio.wait` gets a task, alone or in a collection, and nobody else has it or asks it how it ended."""
    within = set(ast.walk(wait.args[0]))
    others = [use for use in life.uses if use.node not in within or use.fate is not Fate.ESCAPED]
    asks_nothing = (
        use.fate in (Fate.LOOKED_AT, Fate.LEFT) or (use.fate is Fate.ASKED and use.name in _ASKS_NOTHING)
        for use in others
    )
    return len(others) < len(life.uses) and all(asks_nothing)


def _may_fail(module: Module, task: ast.expr) -> bool:
    """Whether a task runs an async function in sight that has something to fail at, and does not catch it itself."""
    coroutine = task.args[0] if isinstance(task, ast.Call) and task.args else None
    callee = module.type_of(coroutine.func) if isinstance(coroutine, ast.Call) else None
    if not isinstance(callee, FunctionObject) or not callee.declaration.is_async:
        return False
    for function in module.tree.walk(ast.AsyncFunctionDef):
        if function.name == callee.declaration.name:
            if module.bodies.function(function).declaration is callee.declaration:
                return _can_raise(module, function)
    return False


def _can_raise(module: Module, function: ast.AsyncFunctionDef) -> bool:
    nodes = list(own_nodes(function))
    if any(isinstance(node, ast.ExceptHandler) and _is_broad(node.type) for node in nodes):
        return False
    return any(_is_risk(module, node) for node in nodes)


def _is_broad(type_: ast.expr | None) -> bool:
    if type_ is None:
        return True
    return any(getattr(part, "id", getattr(part, "attr", "")) in _BROAD for part in ast.walk(type_))


def _is_risk(module: Module, node: ast.AST) -> bool:
    """Whether a node may raise an exception in the normal course of things."""
    match node:
        case ast.Raise() | ast.Assert():
            return True
        case ast.BinOp(op=ast.Div() | ast.FloorDiv() | ast.Mod()):
            return True
        case ast.Subscript(ctx=ast.Load()):
            return True
        case ast.Call():
            return not qualified_names(module.type_of(node.func)) & names("futures", "harmless")
    return False
