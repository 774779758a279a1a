"""What usage tells of a call of which no type is known: its result is awaited wherever else the file makes such a call.

    class Publisher:
        def __init__(self, channel):
            self.channel = channel

        async def publish(self, message):
            await self.channel.send(message)

        async def close(self):
            self.channel.send("bye")          # elsewhere it is awaited, as in `Publisher.publish`

The same words mean the same thing within their *home*: for `self.channel.send` that is the class, for a parameter or
local variable the function, for a name of the module the whole file. One other call there that is not awaited, nor
handed to something that awaits it, and usage says nothing.

What the rest of the project tells, `coroscope.model.around` says.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from coroscope.knowledge import names
from coroscope.model.bodies import BodyScope
from coroscope.model.callees import called, qualified_names
from coroscope.model.declared import is_any_declared
from coroscope.model.guards import is_parted
from coroscope.model.occurrences import occurrences
from coroscope.model.protocols import is_lazy
from coroscope.model.provenance import is_undeclared
from coroscope.model.uses import GIVEN, Awaits, Place, calls_by, dotted, key_of, place_of
from coroscope.nodes import FUNCTIONS, ScopeNode, ancestors, parent_of
from coroscope.source import Range

if TYPE_CHECKING:
    from coroscope.model.module import Module


_NOTE = "awaited here"
_FEWEST = 2
"""Of what is awaited where there are but names to go by."""


class Witness(NamedTuple):
    """A place that tells: how the sentence "nothing awaits `x.f()`" goes on, and what there is to see at the place."""

    words: str
    note: str
    path: str
    range: Range


def awaited_elsewhere(module: Module, call: ast.Call) -> Witness | None:
    """Another call of the same callee whose result is awaited, if all others are awaited; None if there is none."""
    text = dotted(call.func)
    home = None if text is None else home_of(module, call)
    if text is None or home is None:
        return None
    witness = None
    for other in _calls(module, home, text):
        if other is call or home_of(module, other) is not home:
            continue
        above = parent_of(other)
        if isinstance(above, ast.Await):
            if is_parted(call, other):
                return None
            witness = witness or above
        elif not is_handed_over(module, other):
            return None
    return None if witness is None else witness_of(module, witness)


def awaited_in_its_place(module: Module, call: ast.Call, places: frozenset[Place]) -> Witness | None:
    """Another call of the same callee that is awaited, and whose result is the same argument of the same function.

        await self._post(path, body=await encode(item))
        await self._post(path, body=encode(other))

    `places` are those of the result, as `places_of` has them. None unless two are awaited, and fewer are not: some
    functions take both, but who has both for one is rare. Where no type says that it makes a coroutine, all have to be
    awaited.
    """
    text = dotted(call.func)
    home = None if text is None or not places else home_of(module, call)
    if text is None or home is None:
        return None
    awaited, plain = module.known((home, text, places), lambda: _awaited_there(module, home, text, places))
    others = len(plain) - (call in plain)
    if others and not is_lazy(module.type_of(call)):
        return None
    if len(awaited) > max(others, 1):
        return witness_of(module, awaited[0])
    if isinstance(call.func, ast.Attribute):
        return _given_everywhere(module, call, places)
    there = _given_there(module, call, places)
    if len(awaited) + sum(one.awaited for _, one in there) <= max(others + sum(one.others for _, one in there), 1):
        return None
    if awaited:
        return witness_of(module, awaited[0])
    return next(filter(None, (witness_at(module, path, one) for path, one in there)), None)


def _awaited_there(
    module: Module, home: ScopeNode, text: str, places: frozenset[Place]
) -> tuple[list[ast.Await], set[ast.Call]]:
    """The calls of a callee whose results go to some places: those that are awaited, and the others."""
    by_place = module.known((home, text), lambda: _calls_by_place(module, home, text))
    awaited, plain = list[ast.Await](), set[ast.Call]()
    there = sorted(places & by_place.keys(), key=str)
    for call in dict.fromkeys(call for place in there for call in by_place[place]):
        above = parent_of(call)
        if isinstance(above, ast.Await):
            awaited.append(above)
        else:
            plain.add(call)
    return awaited, plain


def _calls_by_place(module: Module, home: ScopeNode, text: str) -> dict[Place, list[ast.Call]]:
    """The calls of a callee by the places that their results go to, awaited or not."""
    found: dict[Place, list[ast.Call]] = {}
    for call in _calls(module, home, text):
        above = parent_of(call)
        if home_of(module, call) is home:
            for place in places_of(module, above if isinstance(above, ast.Await) else call):
                found.setdefault(place, []).append(call)
    return found


def places_of(module: Module, value: ast.expr) -> frozenset[Place]:
    """The places that a value goes to as an argument, at once or by the name of a variable that is bound to it.

    What users declare to run a coroutine takes both it and its result, so that such a place tells nothing.
    """
    direct = _place_for_one_kind(module, value)
    above = parent_of(value)
    if direct is not None or not isinstance(above, ast.Assign) or not isinstance(above.targets[0], ast.Name):
        return frozenset() if direct is None else frozenset({direct})
    scope, target = module.bodies.scope_of(value), above.targets[0]
    reads = scope.known(("reads", target.id), lambda: occurrences(scope, target.id)).by_binding
    binding = scope.names.by_node.get(target)
    found = [] if binding is None else [_place_for_one_kind(module, read) for read in reads.get(binding, ())]
    return frozenset(place for place in found if place is not None)


def _place_for_one_kind(module: Module, argument: ast.expr) -> Place | None:
    place, above = place_of(argument), parent_of(argument)
    call = parent_of(above) if isinstance(above, ast.keyword) else above
    if place is None or not module.world.declared or not isinstance(call, ast.Call):
        return place
    return None if is_any_declared("runs", called(module.type_of(call.func))) else place


def _given_there(module: Module, call: ast.Call, places: frozenset[Place]) -> list[tuple[str, Awaits]]:
    """What other files do in that place with the results of a function that this one imports or defines, by path."""
    if not isinstance(call.func, ast.Name) or home_of(module, call) is not module.tree.root.node:
        return []
    given = module.world.asked(GIVEN, call.func.id, module.file) or {}
    others = ((path, one) for path, told in given.items() if path != module.file for one in told)
    return [(path, one.awaits) for path, one in others if one.place in places]


def _given_everywhere(module: Module, call: ast.Call, places: frozenset[Place]) -> Witness | None:
    """Another call of such a method of something that nobody declares that is awaited in that place, if all are."""
    receiver = call.func.value if isinstance(call.func, ast.Attribute) else call.func
    key = key_of(call.func) if is_undeclared(receiver, module.bodies.scope_of(call)) else None
    given = None if key is None else module.world.asked(GIVEN, key, module.file)
    there = [(path, one.awaits) for path, told in (given or {}).items() for one in told if one.place in places]
    itself = int(place_of(call) is not None)
    if sum(one.awaited for _, one in there) < _FEWEST or sum(one.others for _, one in there) > itself:
        return None
    return next(filter(None, (witness_at(module, path, one) for path, one in there)), None)


def witness_of(module: Module, node: ast.Await) -> Witness:
    """The witness that an `await` of this file is."""
    return Witness(_words(module.qualname(node)), _NOTE, module.path, module.range(node))


def witness_at(module: Module, path: str, awaits: Awaits) -> Witness | None:
    """The witness that another file has; None if it has none."""
    source = module.world.source(path)
    if awaits.where is None or awaits.range is None or source is None:
        return None
    return Witness(_words(awaits.where), _NOTE, source.path, awaits.range)


def _words(where: str) -> str:
    return f"which is awaited elsewhere, as in `{where}`" if where else "which is awaited elsewhere"


def home_of(module: Module, call: ast.Call) -> ScopeNode | None:
    """Where the first name of a callee means one and the same thing; None if it is bound more than once there."""
    root: ast.AST = call.func
    while isinstance(root, ast.Attribute):
        root = root.value
    assert isinstance(root, ast.Name)
    scope, name = module.bodies.scope_of(call), root.id
    return scope.known(("home", name), lambda: _home(module, scope, name))


def _home(module: Module, scope: BodyScope, name: str) -> ScopeNode | None:
    while name not in scope.names.bindings:
        if not isinstance(scope.parent, BodyScope):
            return module.tree.root.node
        scope = scope.parent
    if len(scope.names.bindings[name]) > 1:
        return None
    around = module.scope_node(scope.node)
    is_method = isinstance(scope.node, FUNCTIONS) and isinstance(around, ast.ClassDef)
    return around if is_method and _is_receiver(scope, name) else scope.node


def _is_receiver(scope: BodyScope, name: str) -> bool:
    """Whether a name is the first parameter of a method that has a receiver."""
    assert isinstance(scope.node, FUNCTIONS)
    arguments = scope.node.args
    first = [*arguments.posonlyargs, *arguments.args][:1]
    own = scope.method()
    return own is not None and bool(first) and first[0].arg == name


def calls_in(module: Module, home: ScopeNode) -> Iterator[ast.Call]:
    """The calls of dotted names in a home and all that stands in it."""
    for block in module.tree.blocks:
        if block.node is home or home in ancestors(block.node):
            for calls in calls_by(block, dotted).values():
                yield from calls


def _calls(module: Module, home: ScopeNode, text: str) -> Iterator[ast.Call]:
    """The calls of a callee, by its text, in a home and all that stands in it."""
    return (call for call in module.calls_by_text.get(text, ()) if home in ancestors(call))


def is_handed_over(module: Module, call: ast.Call) -> bool:
    """Whether the result of a call goes straight to something that takes awaitables, such as `create_task`."""
    above = parent_of(call)
    if not isinstance(above, ast.Call) or call not in above.args:
        return False
    known = qualified_names(module.type_of(above.func))
    return bool(known & (names("takers", "all") | names("takers", "first")))
