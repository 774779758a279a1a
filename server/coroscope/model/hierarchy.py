"""Who calls whom, with what waits at the end: how a call that stops the event loop is reached from async code.

    async def report():         # async: requests.get stops its event loop
        load()                  #   calls

    def load():                 # waits for requests.get
        return fetch()          #   calls

    def fetch():                # waits for requests.get
        return requests.get()   #   calls what has no call of its own to show

A call leads to the functions that its type tells. Where these are not Python, as in `time.sleep(1)`, it leads nowhere,
unless it is known to wait.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from coroscope.model.blocking import blocking_call, blocking_calls
from coroscope.model.callees import aliases, called, callee_name
from coroscope.model.module import Module
from coroscope.model.types import FunctionObject, Type
from coroscope.model.waiting import chain_of, known_blocking
from coroscope.nodes import FUNCTIONS, FunctionNode, ancestors, last_name
from coroscope.source import Position, Range, Span


@dataclass(frozen=True, slots=True)
class Function:
    """A function, or the module level, which has no qualified name, or what has no code to show, which has no file.

    `path` is what findings call the file that `range`, its name's, is in, and `file` what the world calls it. `blocks`
    is what it comes to wait for, as people say it; empty if it waits for nothing, as far as is known.
    """

    name: str
    qualname: str
    path: str
    file: str | None
    range: Range
    is_async: bool = False
    blocks: str = ""

    @property
    def detail(self) -> str:
        """What is to be known of it."""
        if self.is_async:
            return f"async: {self.blocks} stops its event loop" if self.blocks else "async"
        return f"waits for {self.blocks}" if self.blocks else ""


@dataclass(frozen=True, slots=True)
class Calls:
    """The other end of some calls, and where these stand, in the file of the caller."""

    function: Function
    ranges: list[Range]


def function_at(module: Module, position: Position) -> Function | None:
    """The function whose name is at a position, in its definition or where it is used."""
    node = module.tree.innermost_at(position)
    if isinstance(node, FUNCTIONS):
        start, end = module.tree.name_range(node)
        return _defined(module, node) if start <= position <= end else None
    if not isinstance(node, (ast.Name, ast.Attribute)):
        return None
    found = next(_functions(module, module.type_of(node)), None)
    around = _function_around(node)
    if found is None and around is not None and known_blocking(module.type_of(node)) is not None:
        return _defined(module, around)
    return found


def calls_from(module: Module, qualname: str) -> list[Calls]:
    """What a function of a file calls, in the order of the text."""
    node = _named(module, qualname)
    found: dict[Function, list[Range]] = {}
    for call in [] if node is None else module.tree.block(node).nodes_of((ast.Call,)):
        if isinstance(call, ast.Call):
            for function in _called_by(module, call):
                found.setdefault(function, []).append(_range_of_name(module, call.func))
    return [Calls(function, ranges) for function, ranges in found.items()]


def calls_to(module: Module, qualname: str, file: str, blocks: str) -> list[Calls]:
    """The functions of a module that call a function of a file; who calls what waits for something waits for it, too.

    So `blocks` is empty for an async function, which waits when its coroutine runs.
    """
    owner, _, name = qualname.rpartition(".")
    name = owner.rpartition(".")[2] if name == "__init__" else name
    found: dict[Function, list[Range]] = {}
    for block in module.tree.blocks:
        names = {name} | aliases(block, frozenset({name}))
        for call in block.nodes_of((ast.Call,)):
            if isinstance(call, ast.Call) and callee_name(call) in names and _calls(module, call, qualname, file):
                caller = _caller(module, call, blocks)
                found.setdefault(caller, []).append(_range_of_name(module, call.func))
    return [Calls(function, ranges) for function, ranges in found.items()]


def _calls(module: Module, call: ast.Call, qualname: str, file: str) -> bool:
    functions = called(module.type_of(call.func))
    return any(one.declaration.qualname == qualname and one.scope.module.summary.path == file for one in functions)


def _caller(module: Module, call: ast.Call, blocks: str) -> Function:
    node = _function_around(call)
    if node is None:
        return Function(module.name, "", module.path, module.file, _range_of_name(module, call.func))
    return _defined(module, node, blocks)


def _called_by(module: Module, call: ast.Call) -> Iterator[Function]:
    functions = list(_functions(module, module.type_of(call.func)))
    yield from functions
    waiting = None if functions else blocking_call(module, call)
    if waiting is not None and waiting.known.kind == "waits":
        name = module.text(call.func) if isinstance(call.func, (ast.Name, ast.Attribute)) else waiting.name
        yield Function(name, name, module.path, None, _range_of_name(module, call.func), False, waiting.name)


def _functions(module: Module, callee: Type) -> Iterator[Function]:
    """The functions that a call of something may mean, those whose code is there."""
    for function in called(callee):
        declaration = function.declaration
        is_own = declaration.is_async and function.scope.module.summary.path == module.file
        if is_own and (node := _named(module, declaration.qualname)) is not None:
            yield _defined(module, node)
            continue
        for place in module.definition(function, "")[:1]:
            yield Function(
                _name_of(function),
                declaration.qualname,
                place.path,
                function.scope.module.summary.path,
                place.range,
                declaration.is_async,
                "" if declaration.is_async else _waits_for(function),
            )


def _name_of(function: FunctionObject) -> str:
    name, owner = function.declaration.name, function.owner
    return owner.name if owner is not None and name == "__init__" else name


def _waits_for(function: FunctionObject) -> str:
    known = known_blocking(function)
    if known is not None and known[1].kind == "waits":
        return known[0]
    chain = chain_of(function)
    return "" if chain is None else chain.links[-1].calls


def _defined(module: Module, node: FunctionNode, blocks: str = "") -> Function:
    """A function of the file; `blocks` is what it is known to wait for already."""
    function = module.bodies.function(node)
    if not blocks and isinstance(node, ast.AsyncFunctionDef):
        found = next((one for one in blocking_calls(module) if module.function_around(one.call) is node), None)
        blocks = "" if found is None else found.links[-1].calls if found.links else found.name
    return Function(
        node.name,
        function.declaration.qualname,
        module.path,
        module.file,
        module.tree.name_range(node),
        isinstance(node, ast.AsyncFunctionDef),
        blocks or _waits_for(function),
    )


def _named(module: Module, qualname: str) -> FunctionNode | None:
    last = qualname.rpartition(".")[2]
    named = (node for node in module.tree.walk(*FUNCTIONS) if node.name == last)
    return next((node for node in named if module.bodies.function(node).declaration.qualname == qualname), None)


def _function_around(node: ast.AST) -> FunctionNode | None:
    return next((above for above in ancestors(node) if isinstance(above, FUNCTIONS)), None)


def _range_of_name(module: Module, callee: ast.expr) -> Range:
    """Where the last name of what is called stands; the whole of what has none."""
    start, end = module.tree.span(callee)
    return module.source.range(Span(max(start, end - len(last_name(callee))) if last_name(callee) else start, end))
