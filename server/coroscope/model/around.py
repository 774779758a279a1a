"""What the rest of the project tells of a method or attribute of something that nobody declares.

    class Closer:
        def __init__(self, channel):
            self._channel = channel                 # by no type

        async def close(self):
            self._channel.send("bye")               # awaited elsewhere, as in `Publisher.publish`
            self._channel.wait_until_sent()         # every `wait_until_sent` of the project is an `async def`
            return self._channel.last_answer        # an attribute that is awaited elsewhere

Calls and attributes count that have the same last two names, `channel.send`; one that is not awaited ends it. Without
them the definitions count, for names that no other library is likely to have, if most calls of such methods are
awaited. A class of the project with a plain method of that name ends it all, unless another has an `async def` of that
name, and the file awaits many such calls and has no other.

Of a callback that says nothing of its result, `handler(event)`, there is but the name: two other calls at least must be
awaited, and all there are.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, NamedTuple

from coroscope.model.attributes import attribute as attribute_of
from coroscope.model.infer import infer_text
from coroscope.model.protocols import is_lazy
from coroscope.model.provenance import is_undeclared
from coroscope.model.scopes import Scope
from coroscope.model.types import UNKNOWN, CallableType, ClassObject, Instance, Type
from coroscope.model.usage import Witness, calls_in, home_of, witness_at, witness_of
from coroscope.model.uses import (
    AWAITS,
    METHODS,
    PROPERTIES,
    READS,
    Awaits,
    Method,
    Question,
    calls_by,
    dotted,
    is_handed_over,
    key_of,
    name_of,
    read_key_of,
    reads_by,
    telling,
)
from coroscope.nodes import FUNCTIONS, parent_of

if TYPE_CHECKING:
    from coroscope.model.module import Module

_MANY = 3
_FEWEST = 2
"""Of what is awaited where there is but a name to go by, and of attributes: some hand on futures that others await."""
_TO_ONE = 4
"""How many are awaited for each that is not, where types say that there is something to await."""


class _Elsewhere(NamedTuple):
    """What a project does with the values of one key, one left out: how many it awaits, and the first of these."""

    awaited: int
    others: int
    witness: Witness | None


def awaited_around(module: Module, call: ast.Call) -> Witness | None:
    """A call of the same key anywhere in the project that is awaited, if all others are; None if there is none."""
    methods = _methods(module, call)
    key = key_of(call.func)
    if methods is None or key is None:
        return None
    if any(method.is_plain for method in methods.values()):
        return _awaited_throughout(module, call, methods)
    elsewhere = _elsewhere(module, AWAITS, key, _calls(module, key, call))
    if elsewhere is None or elsewhere.others or elsewhere.witness is None or _is_plain_twin(module, call):
        return None
    return elsewhere.witness


def _is_plain_twin(module: Module, call: ast.Call) -> bool:
    """Whether the class or function around awaits nothing that the receiver makes, and much of it is awaited elsewhere.

    Then it is what looks like the other's receiver, and blocks: the clients of many databases come in such pairs.
    """
    receiver = dotted(call.func.value) if isinstance(call.func, ast.Attribute) else None
    home = None if receiver is None else home_of(module, call)
    if home is None or receiver is None:
        return False
    others = [other for other in calls_in(module, home) if other is not call and _is_of(other, receiver)]
    if any(isinstance(parent_of(other), ast.Await) or is_handed_over(other) for other in others):
        return False
    keys = {key for other in others if (key := key_of(other.func)) is not None} - {key_of(call.func)}
    told = (module.world.asked(AWAITS, key, module.file) or {} for key in sorted(keys))
    return any(awaits.awaited for one in told for awaits in one.values())


def _is_of(call: ast.Call, receiver: str) -> bool:
    """Whether it is a method of a receiver, by its text, that is called."""
    return isinstance(call.func, ast.Attribute) and dotted(call.func.value) == receiver


def _awaited_throughout(module: Module, call: ast.Call, methods: Mapping[str, Method]) -> Witness | None:
    """A call of the same key in the file that is awaited, if many are and no other is not; else None.

    Where a project has such a method of both kinds, this file is written for the asynchronous one.
    """
    if all(method.is_plain for method in methods.values()):
        return None
    own = _calls(module, key_of(call.func) or "", call)
    awaited = [above for above in map(parent_of, own) if isinstance(above, ast.Await)]
    return witness_of(module, awaited[0]) if len(awaited) == len(own) >= _MANY else None


def defined_around(module: Module, call: ast.Call) -> Witness | None:
    """An `async def` of the project, if all methods of that name are, and most of their calls are awaited."""
    methods = _methods(module, call)
    key = name_of(call.func)
    if not methods or any(method.is_plain or method.is_changed for method in methods.values()):
        return None
    if key is None or "_" not in key.strip("._"):
        return None
    if {(path, method.where) for path, method in methods.items()} == {(module.file, module.qualname(call))}:
        return None  # it hands on its own work to what it does not know
    elsewhere = _elsewhere(module, AWAITS, key, _calls(module, key, call))
    if elsewhere is None or (elsewhere.others and elsewhere.others >= elsewhere.awaited):
        return None
    for path, method in methods.items():
        source = module.world.source(path)
        if source is not None:
            words = f"and every `{key[1:]}` of the project is an `async def`, as `{method.where}` is"
            return Witness(words, "defined here", source.path, method.range)
    return None


def callback_awaited_around(module: Module, call: ast.Call) -> Witness | None:
    """A call of the same local name anywhere in the project that is awaited, if two are and all others; else None.

    Of what is declared to make awaitables, one in five may be left: the name may mean something else there.
    """
    if not isinstance(call.func, ast.Name):
        return None
    scope = module.bodies.scope_of(call).owner_of(call.func.id)
    if scope is None or not isinstance(scope.node, FUNCTIONS):
        return None
    is_callback = isinstance(module.type_of(call.func), CallableType)
    if not is_callback and not is_undeclared(call.func, module.bodies.scope_of(call)):
        return None
    elsewhere = _elsewhere(module, AWAITS, call.func.id, _calls(module, call.func.id, call))
    if elsewhere is None or elsewhere.awaited < _FEWEST:
        return None
    most = elsewhere.awaited // _TO_ONE if is_lazy(module.type_of(call)) else 0
    return elsewhere.witness if elsewhere.others <= most else None


def awaited_again_around(module: Module, name: str) -> bool:
    """Whether code of the project awaits what awaiting a call of that name gives, or may, as long as nobody knows."""
    told = [module.world.asked(AWAITS, key, module.file) for key in (name, f".{name}")]
    if None in told and module.world.is_early:
        return True
    return any(awaits.again for one in told if one is not None for awaits in one.values())


def read_around(module: Module, attribute: ast.Attribute) -> Witness | None:
    """Where an attribute of the same key is awaited, if all others are, and more than one; None if there is none.

    If all properties of that name in the project are known to make awaitables, it will do that most are awaited.
    """
    key = read_key_of(attribute)
    if key is None or not may_be_read_around(module, attribute):
        return None
    own = (node for block in module.tree.blocks for node in reads_by(block, key) if node is not attribute)
    elsewhere = _elsewhere(module, READS, key, own)
    if elsewhere is None or elsewhere.awaited < _FEWEST or elsewhere.others >= elsewhere.awaited:
        return None
    made = _made_by_properties(module, attribute.attr)
    if made is None or not all(one == UNKNOWN or module.can_await(one) is True for one in made):
        return None
    return elsewhere.witness if not elsewhere.others or (made and UNKNOWN not in made) else None


def may_be_read_around(module: Module, attribute: ast.Attribute) -> bool:
    """Whether `read_around` has something to say of a place, by what does not depend on other code of the file."""
    key = read_key_of(attribute) if isinstance(attribute.ctx, ast.Load) else None
    if key is None or not is_undeclared(attribute.value, module.bodies.scope_of(attribute)):
        return False
    reads = module.world.asked(READS, key, module.file)
    return reads is not None and sum(awaits.awaited for awaits in reads.values()) >= _FEWEST


def _made_by_properties(module: Module, name: str) -> list[Type] | None:
    """What the properties of that name are in the project; None if nobody knows them."""
    found = module.world.asked(PROPERTIES, name, module.file)
    if found is None:
        return None
    made: list[Type] = []
    for path, classes in found.items():
        summary = module.world.summary_at(path)
        scope = None if summary is None else module.program.scope(summary)
        made += [UNKNOWN if scope is None else _property_of(infer_text(cls, scope), name, scope) for cls in classes]
    return made


def _property_of(cls: Type, name: str, scope: Scope) -> Type:
    return attribute_of(Instance(cls.cls, cls.args), name, scope.program) if isinstance(cls, ClassObject) else UNKNOWN


def _methods(module: Module, call: ast.Call) -> Mapping[str, Method] | None:
    """The methods of the project that have the name of the one called; None if usage has nothing to say of the call."""
    callee = call.func
    if not isinstance(callee, ast.Attribute) or not is_undeclared(callee.value, module.bodies.scope_of(call)):
        return None
    return module.world.asked(METHODS, callee.attr, module.file)


def _calls(module: Module, key: str, left_out: ast.Call) -> list[ast.Call]:
    """The calls of a key in the file that tell something, but for one."""
    text_of = name_of if key.startswith(".") else key_of
    found = (call for block in module.tree.blocks for call in calls_by(block, text_of).get(key, ()))
    return [call for call in telling(found, key) if call is not left_out]


def _elsewhere(module: Module, question: Question[Awaits], key: str, own: Iterable[ast.expr]) -> _Elsewhere | None:
    """What the other files of the project do with the values of a key, and this one with some of its own."""
    around = module.world.asked(question, key, module.file)
    if around is None:
        return None
    there = [(path, awaits) for path, awaits in around.items() if path != module.file]
    awaited = sum(awaits.awaited for _, awaits in there)
    others = sum(awaits.others for _, awaits in there)
    witness = None
    for value in own:
        above = parent_of(value)
        if isinstance(above, ast.Await):
            awaited += 1
            witness = witness or witness_of(module, above)
        elif not is_handed_over(value):
            others += 1
    first = (witness_at(module, path, awaits) for path, awaits in there)
    return _Elsewhere(awaited, others, witness or next(filter(None, first), None))
