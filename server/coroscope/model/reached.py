"""The objects from around that a coroutine surely works with once it runs.

    asyncio.run(main(session))

    async def main(session):
        await greet(session)            # `greet` awaits `session.get(…)`: so it is used with the method `get`
        print(await answer)             # and so is `answer`, with `__await__`

An object is known by the variable that has it, and the attributes on the way to it from there. That an exception ends
the coroutine before is not counted, nor that a `for` has nothing to do.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from coroscope.model.bodies import BodyScope
from coroscope.model.callees import parameter_of
from coroscope.model.certain import certain_calls
from coroscope.model.effects import is_unconditional
from coroscope.model.scopes import Scope
from coroscope.model.threads import own_function
from coroscope.model.types import FunctionObject
from coroscope.nodes import FunctionNode, ScopeNode, parent_of
from coroscope.syntax import Block

if TYPE_CHECKING:
    from coroscope.model.module import Module

_DEEPEST = 3


class Thing(NamedTuple):
    """An object: the code that binds its variable, the path to it from there, and where a coroutine gets hold of it."""

    owner: ScopeNode
    path: str
    node: ast.expr

    @property
    def key(self) -> tuple[ScopeNode, str]:
        """What two things have in common that are the same object."""
        return self.owner, self.path

    @property
    def root(self) -> Thing:
        """The variable alone."""
        return Thing(self.owner, self.path.partition(".")[0], self.node)


class Reached(NamedTuple):
    """An object of which the expression `at` calls a method, or that it is.

    Then it is awaited (`__await__`) or entered (`__aenter__`). Whether the code waits for the method tells `waits`.
    """

    thing: Thing
    method: str
    at: ast.expr
    waits: bool


View: TypeAlias = Callable[[ast.expr], "Thing | None"]
"""What an expression is, seen from some code."""


def reached(module: Module, coroutine: ast.Call, view: View | None = None) -> Iterator[Reached]:
    """Every object that a coroutine surely waits for, or calls a method of; `view` tells what its arguments are."""
    yield from _reached(module, coroutine, view or (lambda node: thing_at(module, node)), _DEEPEST)


def thing_at(module: Module, node: ast.expr) -> Thing | None:
    """The object that a name or an attribute of one is, where it stands."""
    if isinstance(node, ast.Attribute):
        whole = thing_at(module, node.value)
        return None if whole is None else Thing(whole.owner, f"{whole.path}.{node.attr}", node)
    return Thing(_owner(module, node), node.id, node) if isinstance(node, ast.Name) else None


def seen_within(module: Module, coroutine: ast.Call, function: FunctionNode, view: View | None = None) -> View:
    """What the expressions in a function are, seen from the code that calls it."""
    around = view or (lambda node: thing_at(module, node))
    given = _given(module, coroutine, function)

    def within(node: ast.expr) -> Thing | None:
        if isinstance(node, ast.Attribute):
            whole = within(node.value)
            return None if whole is None else Thing(whole.owner, f"{whole.path}.{node.attr}", node)
        if not isinstance(node, ast.Name):
            return None
        if node.id in given and module.code_around(node) is function:
            return around(given[node.id])
        found = thing_at(module, node)
        return None if found is None or found.owner is function else found

    return within


def _given(module: Module, call: ast.Call, function: FunctionNode) -> Mapping[str, ast.expr]:
    """What a call gives for the parameters of a function that nothing binds again, the receiver among them."""
    callee = module.type_of(call.func)
    found: dict[str, ast.expr] = {}
    if not isinstance(callee, FunctionObject) or any(isinstance(arg, ast.Starred) for arg in call.args):
        return found
    if callee.bound is not None and isinstance(call.func, ast.Attribute) and callee.declaration.parameters:
        found[callee.declaration.parameters[0].name] = call.func.value
    for argument in (*call.args, *(keyword.value for keyword in call.keywords if keyword.arg)):
        parameter = parameter_of(callee, call, argument)
        if parameter is not None and parameter.kind in ("positional", "normal", "keyword"):
            found[parameter.name] = argument
    bindings = module.bodies.body(function).names.bindings
    return {name: node for name, node in found.items() if len(bindings.get(name, ())) == 1}


def _reached(module: Module, coroutine: ast.Call, view: View, left: int) -> Iterator[Reached]:
    function = own_function(module, module.type_of(coroutine.func))
    if not isinstance(function, ast.AsyncFunctionDef):
        yield from _called(coroutine, view, waits=True)
        return
    within = seen_within(module, coroutine, function, view)
    yield from _awaited(module, function, within)
    for call in certain_calls(function.body):
        waits = isinstance(parent_of(call), (ast.Await, ast.withitem))
        yield from _called(call, within, waits=waits)
        if waits and left:
            yield from _reached(module, call, within, left - 1)


def _called(call: ast.Call, view: View, *, waits: bool) -> Iterator[Reached]:
    """The object of which a call calls a method."""
    thing = view(call.func.value) if isinstance(call.func, ast.Attribute) else None
    if thing is not None and isinstance(call.func, ast.Attribute):
        yield Reached(thing, call.func.attr, call, waits)


def _awaited(module: Module, function: ast.AsyncFunctionDef, view: View) -> Iterator[Reached]:
    """The objects that a function awaits or enters in any case."""
    block = module.tree.block(function)
    returns = [node.lineno for node in block.nodes_of((ast.Return,)) if isinstance(node, ast.Return)]
    for node, method in _waits_of(block):
        if is_unconditional(node, function) and not any(line < node.lineno for line in returns):
            thing = view(node)
            if thing is not None:
                yield Reached(thing, method, node, True)


def _waits_of(block: Block) -> Iterator[tuple[ast.expr, str]]:
    for node in block.nodes_of((ast.Await, ast.AsyncWith)):
        if isinstance(node, ast.Await):
            yield node.value, "__await__"
        elif isinstance(node, ast.AsyncWith):
            yield node.items[0].context_expr, "__aenter__"


def _owner(module: Module, name: ast.Name) -> ScopeNode:
    """The code that binds a name: a function, or the module."""
    scope: Scope | None = module.bodies.scope_of(name)
    root = module.tree.root.node
    while isinstance(scope, BodyScope) and name.id not in scope.names.bindings:
        scope = None if name.id in scope.names.globals else scope.parent
    return scope.node if isinstance(scope, BodyScope) else root
