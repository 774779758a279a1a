"""Where a function is referred to: by its name in its own file, and in the files of the workspace that mention it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from coroscope.model.names import scope_node_of
from coroscope.nodes import FunctionNode
from coroscope.syntax import Tree, parse

if TYPE_CHECKING:
    from coroscope.model.module import Module


def references(module: Module, function: FunctionNode) -> Iterator[ast.AST]:
    """Every name or attribute that may mean the function: in its own file by scope, elsewhere by its name alone.

    An import of the function elsewhere counts as a reference of its own, since what is done with it there is not
    followed.
    """
    around = scope_node_of(function)
    is_method = isinstance(around, ast.ClassDef)
    yield from _mentions(
        module.tree, function.name, attributes=is_method or isinstance(around, ast.Module), names=not is_method
    )
    if isinstance(around, (ast.ClassDef, ast.Module)):
        for source in module.world.mentions(function.name):
            if source.path not in (module.path, module.file):
                yield from _mentions(parse(source), function.name, attributes=True, names=True)


def _mentions(tree: Tree, name: str, *, attributes: bool, names: bool) -> Iterator[ast.AST]:
    for node in tree.walk(ast.Name, ast.Attribute, ast.ImportFrom):
        match node:
            case ast.Name(id=found) if names and found == name and isinstance(node.ctx, ast.Load):
                yield node
            case ast.Attribute(attr=found) if attributes and found == name:
                yield node
            case ast.ImportFrom():
                if names and any(alias.name == name for alias in node.names):
                    yield node
