"""Where a program begins: which async function of a file `asyncio.run` runs."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from coroscope.model.callees import callee_name, qualified_names
from coroscope.model.types import FunctionObject

if TYPE_CHECKING:
    from coroscope.model.module import Module


def run_of(module: Module, function: ast.AsyncFunctionDef) -> ast.Call | None:
    """The call of `asyncio.run` in a file that runs one of its functions; None without one."""
    for call in module.tree.walk(ast.Call):
        if callee_name(call) != "run" or not call.args or not isinstance(call.args[0], ast.Call):
            continue
        callee = call.args[0].func
        if not isinstance(callee, ast.Name) or callee.id != function.name:
            continue
        is_run = "asyncio.runners.run" in qualified_names(module.type_of(call.func))
        if is_run and _is_function(module, callee, function):
            return call
    return None


def _is_function(module: Module, callee: ast.Name, function: ast.AsyncFunctionDef) -> bool:
    found = module.type_of(callee)
    own = module.bodies.function(function)
    return isinstance(found, FunctionObject) and found.declaration is own.declaration
