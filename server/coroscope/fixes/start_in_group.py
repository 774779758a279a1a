"""Start a coroutine in the task group that is open around it: `nursery.start_soon(save, 1)` for `save(1)`."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from coroscope.findings import Fix
from coroscope.fixes.words import Word, can_be_handed, handed_to, word
from coroscope.model.framework import framework_at
from coroscope.model.module import Module
from coroscope.syntax import BLOCKS, ancestors, parent_of


def start_in_group(module: Module, node: ast.expr) -> Iterator[Fix]:
    """Let the innermost group of the function around start a coroutine that is a statement of its own."""
    group = _group_around(module, node) if isinstance(parent_of(node), ast.Expr) and module.in_async(node) else None
    if group is None:
        return
    framework = framework_at(module, node)
    name = f"{group}.{framework.start}"
    start = Word(name, name, [], framework.takes_functions)
    if can_be_handed(module, start, node):
        yield Fix(f"Start it in `{group}`", lambda: handed_to(module, node, start))


def _group_around(module: Module, node: ast.expr) -> str | None:
    """The variable that has the group, if nothing else is ever bound to it."""
    group = word(module, node, "TaskGroup")
    if group is None:
        return None
    for above in ancestors(node):
        if isinstance(above, BLOCKS):
            break
        for item in above.items if isinstance(above, ast.AsyncWith) else ():
            match item:
                case ast.withitem(ast.Call(func=opens), ast.Name(id=name)) if module.text(opens) == group.said:
                    is_one = len(module.bodies.scope_of(node).names.bindings.get(name, ())) == 1
                    return name if is_one else None
    return None
