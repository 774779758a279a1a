"""Start a coroutine in the task group at hand: `nursery.start_soon(save, 1)` for `save(1)`."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from coroscope.findings import Fix
from coroscope.fixes.words import Word, can_be_handed, handed_to, word
from coroscope.knowledge import Framework, frameworks
from coroscope.model.framework import framework_at
from coroscope.model.module import Module
from coroscope.model.targets import declared_parameter
from coroscope.model.types import Instance
from coroscope.nodes import BLOCKS, ancestors, parent_of


def start_in_group(module: Module, node: ast.expr) -> Iterator[Fix]:
    """Let the innermost group of the function around start a coroutine that is a statement of its own."""
    if not isinstance(parent_of(node), ast.Expr) or not module.in_async(node):
        return
    found = _group_around(module, node) or _group_given(module, node)
    if found is None:
        return
    group, framework = found
    name = f"{group}.{framework.start}"
    start = Word(name, name, [], framework.takes_functions)
    if can_be_handed(module, start, node):
        yield Fix(f"Start it in `{group}`", lambda: handed_to(module, node, start))


def _group_around(module: Module, node: ast.expr) -> tuple[str, Framework] | None:
    """The variable that has a group which `async with` opens around a node, if nothing else is ever bound to it."""
    opens = word(module, node, "TaskGroup")
    for above in ancestors(node) if opens is not None else ():
        if isinstance(above, BLOCKS):
            break
        for item in above.items if isinstance(above, ast.AsyncWith) else ():
            match item:
                case ast.withitem(ast.Call(func=func), ast.Name(id=name)) if opens and module.text(func) == opens.said:
                    return (name, framework_at(module, node)) if _is_bound_once(module, node, name) else None
    return None


def _group_given(module: Module, node: ast.expr) -> tuple[str, Framework] | None:
    """The parameter of the function around that is declared as a group."""
    function = module.function_around(node)
    parameters = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs] if function else []
    for parameter in parameters:
        declared = declared_parameter(module.bodies, parameter) if parameter.annotation is not None else None
        if declared is None or not isinstance(declared[1], Instance) or not _is_bound_once(module, node, parameter.arg):
            continue
        cls = declared[1].cls
        for framework in frameworks().values():
            if f"{cls.module_name}.{cls.qualname}" in framework.groups:
                return parameter.arg, framework
    return None


def _is_bound_once(module: Module, node: ast.expr, name: str) -> bool:
    return len(module.bodies.scope_of(node).names.bindings.get(name, ())) == 1
