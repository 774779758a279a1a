"""The framework that async code is written for: asyncio, anyio or trio.

    import asyncio

    import trio

    async def beat():
        time.sleep(1)               # trio's, as the function tells
        await trio.sleep(1)

    async def wait():
        time.sleep(1)               # that of the file: the one that it mentions most

The innermost branch of an `if`, function or class around a place tells that mentions a framework, else the file; of
several it is the one that is mentioned most. Where nothing is said, it is asyncio.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from coroscope.knowledge import Framework, frameworks
from coroscope.model.summary import Import, Summary
from coroscope.model.threads import own_function
from coroscope.model.types import UNKNOWN, FunctionObject
from coroscope.nodes import BLOCKS, ancestors, last_name, nodes_within
from coroscope.syntax import Block

if TYPE_CHECKING:
    from coroscope.model.module import Module

_IMPORTS = (ast.Import, ast.ImportFrom)


def framework_at(module: Module, node: ast.AST) -> Framework:
    """The framework that the code around a node is written for."""
    known = frameworks()
    for mentions in _mentions_around(module, node) if _may_be_another(module) else ():
        if mentions:
            return known[max(known, key=lambda name: mentions[name])]
    return known["asyncio"]


def equivalent(module: Module, node: ast.AST, name: str) -> str | None:
    """The dotted name of what the framework around a node has for that of asyncio; None if it has no such."""
    return framework_at(module, node).equivalent(name)


def framework_of(module: Module, made: ast.expr) -> Framework:
    """The framework that a coroutine is written for: by the function that makes it, else by the code around."""
    callee = module.type_of(made.func) if isinstance(made, ast.Call) else UNKNOWN
    if isinstance(callee, FunctionObject) and callee.scope.module.summary.path != module.summary.path:
        return _framework_imported(callee.scope.module.summary) or framework_at(module, made)
    return framework_at(module, own_function(module, callee) or made)


def _framework_imported(summary: Summary) -> Framework | None:
    """The framework that another file imports, or is part of; None if it imports none."""
    imports = [one for declared in summary.names.values() for one in declared if isinstance(one, Import)]
    packages = {name.partition(".")[0] for name in (summary.name, *(one.module for one in imports))}
    return next((framework for framework in frameworks().values() if packages & framework.libraries), None)


def _may_be_another(module: Module) -> bool:
    return "trio" in module.source.text or "anyio" in module.source.text


def _mentions_around(module: Module, node: ast.AST) -> Iterator[Counter[str]]:
    """How often the code around a node mentions each framework: branch by branch, then block by block."""
    below = node
    for above in ancestors(node):
        if isinstance(above, BLOCKS):
            break
        for branch in (above.body, above.orelse) if isinstance(above, ast.If) else ():
            is_elif = branch == [below] and isinstance(below, ast.If)
            if below in branch and not is_elif:
                yield _counted(module, nodes_within(branch))
        below = above
    block: Block | None = module.tree.block(node)
    while block is not None:
        yield _mentions(module, block)
        block = block.parent


def _mentions(module: Module, block: Block) -> Counter[str]:
    """How often a block, with those in it, mentions each framework."""
    kept: dict[Block, Counter[str]] = module.tree.root.whole.setdefault(_mentions, {})  # type: ignore[assignment]
    if block not in kept:
        found = _counted(module, block.nodes_of((ast.Name, ast.Attribute, *_IMPORTS)))
        for child in block.children:
            found.update(_mentions(module, child))
        kept[block] = found
    return kept[block]


def _counted(module: Module, nodes: Iterable[ast.AST]) -> Counter[str]:
    imported, found = _imported(module), Counter[str]()
    for node in nodes:
        if isinstance(node, _IMPORTS):
            found.update(_frameworks_of(module, node).values())
        elif isinstance(node, ast.Name) and node.id in imported:
            found[imported[node.id]] += 1
        elif isinstance(node, ast.Attribute) and node.attr in frameworks() and last_name(node.value) == "mark":
            found[node.attr] += 1  # `@pytest.mark.trio`
    return found


def _imported(module: Module) -> dict[str, str]:
    """The frameworks by the names under which the file has them, or something of them, anywhere in it."""
    kept = module.tree.root.whole
    if _imported not in kept:
        kept[_imported] = {
            name: framework
            for node in module.tree.walk(*_IMPORTS)
            for name, framework in _frameworks_of(module, node).items()
        }
    return kept[_imported]  # type: ignore[return-value]  # put there above


def _frameworks_of(module: Module, node: ast.Import | ast.ImportFrom) -> dict[str, str]:
    """The frameworks by the names that an import binds to them, or to something of them."""
    found: dict[str, str] = {}
    for alias in node.names:
        origin = alias.name if isinstance(node, ast.Import) else module.name if node.level else node.module or ""
        library = origin.partition(".")[0]
        name = alias.asname or (library if isinstance(node, ast.Import) else alias.name)
        found.update((name, framework) for framework, told in frameworks().items() if library in told.libraries)
    return found
