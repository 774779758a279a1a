"""Which plain functions of a file run an event loop whatever happens: a fact of its Summary.

    def load():
        return asyncio.run(fetch())         load:  asyncio.run

    def main():
        print(load())                       main:  load

    def sync(function):
        def wrapper():                      sync.<locals>.wrapper:  asyncio.run
            return asyncio.run(function())

Told are the calls, closed (see `coroscope.model.closing`), that a function makes in any case and that may run a loop by
their last name, that are of a function of the same file of which that is told, or of one that the file imports from
where that may be read: the stubs of the standard library tell nothing. What they are is asked when somebody wants to
know (see `coroscope.model.chains`).
"""

from __future__ import annotations

import ast
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from typing import NamedTuple

from coroscope.knowledge import last_names
from coroscope.model.certain import certain_calls
from coroscope.model.closing import Closer, Package, absolute_name
from coroscope.model.summary import Declaration, Import
from coroscope.model.uses import dotted
from coroscope.nodes import FUNCTIONS, DefinitionNode, FunctionNode, last_name
from coroscope.syntax import Block, Tree


class _Certain(NamedTuple):
    """What a function calls in any case, each with the functions of the file that it may mean (see `_meant`)."""

    calls: Sequence[tuple[ast.expr, tuple[str, ...] | None]]
    names: frozenset[str]

    @property
    def may_run(self) -> bool:
        """Whether one of the calls may run a loop, whatever the functions of the file do."""
        return any(names is None for _, names in self.calls)

    def leading(self, found: Set[str]) -> list[ast.expr]:
        """The calls that may lead to one that runs a loop, if these functions do."""
        return [node for node, names in self.calls if names is None or not found.isdisjoint(names)]


_ASKING = frozenset({"is_running", "_get_running_loop", "get_running_loop", "nest_asyncio", "current_task"})
_LONGEST = 100
_LOCALS = ".<locals>."
_DEEPEST = 3


def running_calls(
    tree: Tree,
    placed: Iterable[tuple[str, DefinitionNode]],
    names: Mapping[str, list[Declaration]],
    package: Package,
) -> dict[str, tuple[str, ...]]:
    """By qualified name the calls of each plain function that may run a loop."""
    plain = ((qualname, node) for qualname, node in placed if isinstance(node, ast.FunctionDef))
    functions = {qualname: node for each in plain for qualname, node in _with_nested(tree, *each)}
    imported = _same_as_before(
        tree, frozenset(name for name, declarations in names.items() if _are_read(declarations, package))
    )
    calls = {qualname: _certain(tree.block(node), qualname, imported, package) for qualname, node in functions.items()}
    told = {
        qualname: _closed(tree, functions[qualname], package, leading)
        for qualname, leading in _leading(calls).items()
        if not _asks(tree.block(functions[qualname]))
    }
    return {qualname: texts for qualname, texts in told.items() if texts}


def _same_as_before(tree: Tree, imported: frozenset[str]) -> frozenset[str]:
    """These names; the very object of the version before, if they are the same, for keys that are compared quickly."""
    known = tree.kept.get(_same_as_before)
    if known != imported:
        known = tree.kept[_same_as_before] = imported
    return known


def _with_nested(tree: Tree, qualname: str, function: ast.FunctionDef) -> Iterator[tuple[str, ast.FunctionDef]]:
    """A function and the plain ones in it, which it may give out, by their qualified names."""
    yield qualname, function
    inner = [block.node for block in tree.block(function).children if isinstance(block.node, ast.FunctionDef)]
    named = Counter(node.name for node in inner)
    for node in inner:
        if named[node.name] == 1 and qualname.count(_LOCALS) < _DEEPEST:
            yield from _with_nested(tree, f"{qualname}{_LOCALS}{node.name}", node)


def _certain(block: Block, qualname: str, imported: frozenset[str], package: Package) -> _Certain:
    """What a function calls in any case."""
    key = ("certain calls", package, imported, qualname)
    if key not in block.facts:
        local = frozenset(_imported_by(block, package))
        calls = dict(_named(block, local))
        led = [(node, _meant(text, qualname, imported)) for text, node in calls.items()]
        block.facts[key] = _Certain(led, frozenset(name for _, names in led for name in names or ()))
    return block.facts[key]  # type: ignore[return-value]  # put there above


def _named(block: Block, local: Set[str]) -> Iterator[tuple[str, ast.expr]]:
    """The text of each callee; that of what the function imports itself, to be read, begins with `import`."""
    for call in certain_calls(getattr(block.node, "body", ())):
        text = dotted(call.func)
        if text is None:
            yield f"….{last_name(call.func)}", call.func
        else:
            yield f"import {text}" if text.partition(".")[0] in local else text, call.func


def _imported_by(block: Block, package: Package) -> Iterator[str]:
    for node in block.nodes_of((ast.Import, ast.ImportFrom)):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            for alias in node.names:
                name = absolute_name(package, node) if isinstance(node, ast.ImportFrom) else alias.name
                if _is_read(name, package):
                    yield alias.asname or alias.name.partition(".")[0]


def _meant(text: str, qualname: str, imported: Set[str]) -> tuple[str, ...] | None:
    """The functions of the file that a callee may mean; None if it may run a loop, for all that the file says."""
    root, _, rest = text.partition(".")
    if (
        root in imported
        or text.startswith("import ")
        or (rest or root).rpartition(".")[2] in last_names("loops", "running")
    ):
        return None
    return (text, f"{qualname.rpartition('.')[0]}.{rest}")


def _leading(calls: Mapping[str, _Certain]) -> dict[str, list[ast.expr]]:
    """Those of the calls that may lead to one that runs a loop."""
    found = {qualname for qualname, certain in calls.items() if certain.may_run}
    left = {qualname: certain.names for qualname, certain in calls.items() if qualname not in found}
    while more := {qualname for qualname, names in left.items() if not names.isdisjoint(found)}:
        found |= more
        left = {qualname: names for qualname, names in left.items() if qualname not in more}
    return {qualname: certain.leading(found) for qualname, certain in calls.items() if qualname in found}


def _asks(block: Block) -> bool:
    """Whether a function, or one around it, asks if a loop is running, or gives way, so that its call runs nothing."""
    if "asks for loops" not in block.facts:
        block.facts["asks for loops"] = _mentions(block)
    around = _function_around(block)
    return bool(block.facts["asks for loops"]) or (around is not None and _asks(around))


def _mentions(block: Block) -> bool:
    nodes = block.nodes_of((ast.Name, ast.Attribute, ast.Yield, ast.YieldFrom))
    return any(
        isinstance(node, (ast.Yield, ast.YieldFrom)) or getattr(node, "attr", getattr(node, "id", "")) in _ASKING
        for node in nodes
    )


def _closed(tree: Tree, function: FunctionNode, package: Package, callees: Sequence[ast.expr]) -> tuple[str, ...]:
    """What a function calls, closed, where that can be said in few words."""
    block = tree.block(function)
    whole, key = _outermost(block).whole, ("closed calls", package, *callees)
    if key not in whole:
        texts = map(_closer(block, tree, package).closed, callees)
        whole[key] = tuple(text for text in texts if text and text != "..." and len(text) < _LONGEST)
    return whole[key]  # type: ignore[return-value]  # put there above


def _closer(block: Block, tree: Tree, package: Package) -> Closer:
    assert isinstance(block.node, FUNCTIONS)
    around = _function_around(block)
    return Closer(tree, block.node, package, None if around is None else _closer(around, tree, package))


def _function_around(block: Block) -> Block | None:
    return block.parent if block.parent is not None and isinstance(block.parent.node, FUNCTIONS) else None


def _outermost(block: Block) -> Block:
    around = _function_around(block)
    return block if around is None else _outermost(around)


def _are_read(declarations: Iterable[Declaration], package: Package) -> bool:
    return all(isinstance(one, Import) and _is_read(one.module, package) for one in declarations)


def _is_read(module: str, package: Package) -> bool:
    """Whether a module is one of the same package, or at least none of the standard library, whose stubs are read."""
    top = module.partition(".")[0]
    return bool(top) and (top == package.module.partition(".")[0] or top not in sys.stdlib_module_names)
