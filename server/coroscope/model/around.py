"""What the rest of the project tells of a method that is called on something that nobody declares.

    class Closer:
        def __init__(self, channel):
            self._channel = channel                 # by no type

        async def close(self):
            self._channel.send("bye")               # awaited elsewhere, as in `Publisher.publish`
            self._channel.wait_until_sent()         # every `wait_until_sent` of the project is an `async def`

Calls count that have the same last two names, `channel.send`; one that is not awaited ends it. Without any other call
the definitions count, for names that no other library is likely to have. A class of the project with a plain method of
that name ends either, unless another has an `async def` of that name, and the file awaits many such calls and has no
other.

Of a callback that says nothing of its result, `handler(event)`, there is but the name: two other calls at least must be
awaited, and all there are.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import TYPE_CHECKING

from coroscope.model.provenance import is_undeclared
from coroscope.model.types import CallableType
from coroscope.model.usage import Witness, witness_at, witness_of
from coroscope.model.uses import AWAITS, METHODS, Method, calls_by, is_handed_back, is_handed_over, key_of
from coroscope.syntax import FUNCTIONS, parent_of

if TYPE_CHECKING:
    from coroscope.model.module import Module

_MANY = 3


def awaited_around(module: Module, call: ast.Call) -> Witness | None:
    """A call of the same key anywhere in the project that is awaited, if all others are; None if there is none."""
    methods = _methods(module, call)
    if methods is None:
        return None
    if any(method.is_plain for method in methods.values()):
        return _awaited_throughout(module, call, methods)
    uses = _uses(module, call)
    return uses[0] if uses else None


def _awaited_throughout(module: Module, call: ast.Call, methods: Mapping[str, Method]) -> Witness | None:
    """A call of the same key in the file that is awaited, if many are and no other is not; else None.

    Where a project has such a method of both kinds, this file is written for the asynchronous one.
    """
    if all(method.is_plain for method in methods.values()):
        return None
    own = _own_calls(module, call)
    awaited = [above for above in map(parent_of, own) if isinstance(above, ast.Await)]
    return witness_of(module, awaited[0]) if len(awaited) == len(own) >= _MANY else None


def defined_around(module: Module, call: ast.Call) -> Witness | None:
    """An `async def` of the project, if there is no other call, but every method of that name is one; else None."""
    methods = _methods(module, call)
    if not methods or any(method.is_plain for method in methods.values()):
        return None
    if not isinstance(call.func, ast.Attribute) or "_" not in call.func.attr.strip("_"):
        return None
    if _uses(module, call) is not None:
        return None
    for path, method in methods.items():
        source = module.world.source(path)
        if source is not None:
            words = f"and every `{call.func.attr}` of the project is an `async def`, as `{method.where}` is"
            return Witness(words, "defined here", source.path, method.range)
    return None


def callback_awaited_around(module: Module, call: ast.Call) -> Witness | None:
    """A call of the same local name anywhere in the project that is awaited, if two are and all others; else None."""
    if not isinstance(call.func, ast.Name):
        return None
    scope = module.bodies.scope_of(call).owner_of(call.func.id)
    if scope is None or not isinstance(scope.node, FUNCTIONS):
        return None
    is_callback = isinstance(module.type_of(call.func), CallableType)
    if not is_callback and not is_undeclared(call.func, module.bodies.scope_of(call)):
        return None
    around = module.world.asked(AWAITS, call.func.id, module.file) or {}
    is_common = sum(awaits.awaited for awaits in around.values()) > 1
    uses = _uses(module, call) if is_common else None
    return uses[0] if uses else None


def _methods(module: Module, call: ast.Call) -> Mapping[str, Method] | None:
    """The methods of the project that have the name of the one called; None if usage has nothing to say of the call."""
    callee = call.func
    if not isinstance(callee, ast.Attribute) or key_of(callee) is None:
        return None
    if not is_undeclared(callee.value, module.bodies.scope_of(call)):
        return None
    return module.world.asked(METHODS, callee.attr, module.file)


def _uses(module: Module, call: ast.Call) -> list[Witness] | None:
    """The first call of the same key that is awaited, if all others are; None if there is no other call at all."""
    key = key_of(call.func) or ""
    own = _own_calls(module, call)
    awaited = [above for above in map(parent_of, own) if isinstance(above, ast.Await)]
    around = module.world.asked(AWAITS, key, module.file)
    others = {path: awaits for path, awaits in (around or {}).items() if path != module.file}
    if around is None or any(awaits.others for awaits in others.values()):
        return []
    if any(not isinstance(parent_of(other), ast.Await) and not is_handed_over(other) for other in own):
        return []
    if awaited:
        return [witness_of(module, awaited[0])]
    there = (witness_at(module, path, awaits) for path, awaits in others.items())
    found = [witness for witness in there if witness is not None]
    return found[:1] if found or own or others else None


def _own_calls(module: Module, call: ast.Call) -> list[ast.Call]:
    """The other calls of the same key in the file; of names alone, those that are handed back do not count."""
    key = key_of(call.func) or ""
    calls = (other for block in module.tree.blocks for other in calls_by(block, key_of).get(key, ()))
    return [other for other in calls if other is not call and not ("." not in key and is_handed_back(other))]
