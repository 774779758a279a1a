"""Names for what a repair puts in."""

from __future__ import annotations

import ast
import re
from collections.abc import Container

from coroscope.model.module import Module


def free_name(module: Module, node: ast.AST, stem: str, taken: Container[str] = ()) -> str:
    """A name that the function or file around a node does not mention, and that is not taken: `task`, `task_2` …"""
    function = module.function_around(node)
    text = module.text(function) if function is not None else module.source.text
    number, name = 1, stem
    while name in taken or re.search(rf"\b{name}\b", text):
        number += 1
        name = f"{stem}_{number}"
    return name
