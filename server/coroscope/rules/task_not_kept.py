"""A task is made and nobody keeps it: it may vanish before it is done, or the program ends before it has run."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from coroscope.findings import Finding, Fix, Related
from coroscope.fixes.await_it import await_it
from coroscope.fixes.keep_task import await_at_the_end, can_await_at_the_end
from coroscope.fixes.task_set import can_keep_in_set, keep_in_set
from coroscope.model.entry import run_of
from coroscope.model.life import Fate, Life, place_of_loss
from coroscope.model.misuse import callee_text
from coroscope.model.module import Module
from coroscope.model.suspension import gives_way_after, runs_loop_after
from coroscope.model.tasks import loop_of
from coroscope.nodes import ancestors, parent_of

_ASKS_ONLY = frozenset({"add_done_callback", "remove_done_callback", "set_name", "get_name"})
"""Methods that neither hold the task nor tell that somebody waits for it."""
_LOST = (Fate.DROPPED, Fate.UNUSED, Fate.OVERWRITTEN, Fate.LOOKED_AT)


def check(module: Module) -> Iterator[Finding]:
    """Every task that nothing holds once the code that made it has gone on, or has ended."""
    for life in module.tasks():
        if _is_forgotten(life) and _is_let_go(module, life):
            if not runs_loop_after(module, life.origin, loop_of(life)):
                yield _finding(module, life)


def fixes(module: Module, finding: Finding) -> Iterator[Fix]:
    """Keep it in a set, unless the program ends first; await it at the end, or at once."""
    node = module.expression_at(finding.range)
    if not isinstance(node, ast.Call):
        return
    keeps = _end_of_program(module, node) is None and can_keep_in_set(module, node)
    waits = can_await_at_the_end(module, node)
    if keeps:
        yield keep_in_set(module, node)
    if waits:
        yield await_at_the_end(module, node, preferred=not keeps)
    if isinstance(parent_of(node), ast.Expr) and module.in_async(node):
        yield await_it(module, node, safe=False, preferred=not keeps and not waits)


def _finding(module: Module, life: Life) -> Finding:
    made = f"the task that `{callee_text(module, life.origin)}` makes" if isinstance(life.origin, ast.Call) else ""
    run = _end_of_program(module, life.origin)
    function = module.function_around(life.origin)
    if run is not None and function is not None:
        message = f"nothing waits for {made}: the program ends with `{function.name}` and cancels it"
        end = module.related(run, f"cancels what is unfinished when `{function.name}` is done")
        return module.finding(life.origin, message, related=[*_losses(module, life), end])
    message = f"nothing keeps {made}: it may vanish before it is done"
    return module.finding(life.origin, message, related=_losses(module, life))


def _losses(module: Module, life: Life) -> Iterator[Related]:
    for use in life.uses:
        yield from place_of_loss(module, use)
        if use.name == "add_done_callback":
            yield module.related(use.node, "a callback does not keep the task")


def _is_forgotten(life: Life) -> bool:
    """Whether no use holds the task for longer than a variable does, or waits for it."""
    return all(use.fate in _LOST or (use.fate is Fate.ASKED and use.name in _ASKS_ONLY) for use in life.uses)


def _is_let_go(module: Module, life: Life) -> bool:
    """Whether the variable that has the task, if there is one, lets go of it before the task can have run.

    A function that goes on to wait for something else keeps what its variables hold for so long.
    """
    target = _target(life)
    if target is None:
        return True
    scope = module.bodies.scope_of(target).frame
    if isinstance(scope.node, (ast.Module, ast.ClassDef)):
        return False
    is_bound_again = life.ends(Fate.OVERWRITTEN) or scope.graph.follows(target, [target])
    return bool(is_bound_again) or not gives_way_after(module, target)


def _target(life: Life) -> ast.expr | None:
    """The name that a task, or what contains it, is bound to where it is made; None if it is not bound at all."""
    for above in ancestors(life.origin):
        match above:
            case ast.Expr():
                return None
            case ast.NamedExpr(target=target) | ast.AnnAssign(target=target) | ast.Assign(targets=[target, *_]):
                return next((node for node in ast.walk(target) if isinstance(node, ast.Name)), life.origin)
            case ast.stmt():
                break
    return life.origin


def _end_of_program(module: Module, node: ast.expr) -> ast.Call | None:
    """The `asyncio.run` that ends with the function around a node, if that does not wait for anything any more."""
    function = module.function_around(node)
    if not isinstance(function, ast.AsyncFunctionDef) or gives_way_after(module, node):
        return None
    return run_of(module, function)
