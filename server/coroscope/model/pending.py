"""What is asked of a task or a future that cannot be done yet, because nothing has run it since it was made.

task = asyncio.create_task(fetch())
task.result()                           # no `await` lies between: the task has not taken its first step
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import chain
from typing import TYPE_CHECKING

from coroscope.model.guards import is_prepared_for
from coroscope.model.life import Fate, Life, Use
from coroscope.model.suspension import gives_way_between
from coroscope.model.tasks import is_task, method_call

if TYPE_CHECKING:
    from coroscope.findings import Finding
    from coroscope.model.module import Module

_HARMLESS = frozenset({"result", "exception", "add_done_callback", "remove_done_callback", "get_loop", "set_name"})
"""Methods that neither end a task or a future nor ask whether it has ended."""
_EAGER = ("eager_task_factory", "create_eager_task_factory", "set_task_factory", "task_factory", "eager_start")
"""What a project mentions whose tasks may be done as soon as they are made (3.12)."""


def asked_too_early(module: Module, method: str) -> Iterator[tuple[Life, ast.Call]]:
    """Every call of a method of a task or future that surely is pending there, with its life."""
    for life in chain(module.tasks(), module.futures()):
        for use in life.ends(Fate.ASKED):
            call = method_call(use) if use.name == method else None
            if call is not None and not call.args and _is_pending(module, life, use):
                if not is_prepared_for(call, "InvalidStateError") and not _may_be_eager(module):
                    yield life, call


def told_too_early(module: Module, method: str) -> Iterator[Finding]:
    """A finding for each such call, which says why it comes too early and where the task or future was made."""
    for life, call in asked_too_early(module, method):
        why = "the task has not even begun" if is_task(life) else "nothing has set the future"
        made = [] if life.origin in ast.walk(call) else [module.related(life.origin, "made here")]
        yield module.finding(call, f"`{module.short(call)}` comes too early: {why}", related=made)


def _is_pending(module: Module, life: Life, use: Use) -> bool:
    if use.node is life.origin:
        return True
    target = _only_binding(module, life, use.node)
    if target is None or gives_way_between(module, target, use.node):
        return False
    graph = module.bodies.scope_of(use.node).frame.graph
    between = graph.between(target, use.node)
    others = [other.node for other in life.uses if not _is_harmless(other)]
    return not any(other is target or not between.isdisjoint(graph.points(other)) for other in others)


def _only_binding(module: Module, life: Life, use: ast.AST) -> ast.Name | None:
    """The name that the value was bound to where it was made, if the name can hold nothing else where it is used."""
    if not isinstance(use, ast.Name):
        return None
    scope = module.bodies.scope_of(use)
    if use.id not in scope.names.bindings:
        return None
    match scope.graph.reaching(use, use.id, scope.names):
        case [binding] if binding.value is life.origin and not binding.path and isinstance(binding.node, ast.Name):
            return binding.node
    return None


def _is_harmless(use: Use) -> bool:
    """Whether a use leaves what is pending as it is, and does not ask if it is done."""
    return use.fate is Fate.LOOKED_AT or (use.fate is Fate.ASKED and use.name in _HARMLESS)


def _may_be_eager(module: Module) -> bool:
    return any(word in module.source.text or any(module.world.mentions(word)) for word in _EAGER)
