"""Coroutines that an attribute of the receiver keeps, though the class takes it for what awaiting gives.

    async def open(self):
        self.connection = connect()             # nobody awaits `self.connection`

    async def send(self, message):
        await self.connection.write(message)    # a coroutine has no `write`

Attributes of which nobody says what they are may hold anything, and whoever reads them may run it. It is a mistake only
if nothing in the file could, and either the attribute holds nothing else and is used as a result, or it holds results
wherever else it is assigned.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from coroscope.model.classes import ClassInfo
from coroscope.model.closing import receiver_name
from coroscope.model.following import followed
from coroscope.model.life import Fate, Life, Use, asks_if_awaitable
from coroscope.model.matching import assignable
from coroscope.model.protocols import awaited
from coroscope.model.summary import Variable
from coroscope.model.types import NONE, UNKNOWN, Instance, Type, members, without_none
from coroscope.model.uses import is_handed_over
from coroscope.nodes import FUNCTIONS, parent_of
from coroscope.syntax import Block

if TYPE_CHECKING:
    from coroscope.model.module import Module

_IN_SIGHT = (Fate.MISUSED, Fate.LOOKED_AT, Fate.RETURNED)


def held_misused(module: Module) -> Iterator[Life]:
    """The life of every coroutine that a method keeps in an attribute of its receiver and that is lost there.

    Its uses are the misuses alone.
    """
    for block in module.tree.blocks:
        yield from _held(module, block)


def _held(module: Module, block: Block) -> Iterator[Life]:
    if not isinstance(block.node, FUNCTIONS) or block.parent is None or not isinstance(block.parent.node, ast.ClassDef):
        return
    for life in module.lives_in(block):
        target = _target(life.origin)
        if target is not None and life.only(Fate.ESCAPED) and _is_plain(module, target, receiver_name(block.node)):
            misuses = list(_misuses(module, life, target))
            if misuses:
                yield Life(life.origin, life.type, misuses)


def _target(origin: ast.expr) -> ast.Attribute | None:
    """The attribute of a name that an expression is assigned to."""
    above = parent_of(origin)
    target = above.targets[0] if isinstance(above, ast.Assign) and len(above.targets) == 1 else None
    return target if isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name) else None


def _is_plain(module: Module, target: ast.Attribute, receiver: str | None) -> bool:
    """Whether an attribute is one of the receiver, and nothing but code of this file says what it is."""
    owner = module.type_of(target.value) if getattr(target.value, "id", None) == receiver else None
    if not isinstance(owner, Instance) or owner.cls.has_unknown_base:
        return False
    return all(_is_variable(entry.cls, target.attr, module) for entry in owner.cls.mro)


def _is_variable(cls: ClassInfo, name: str, module: Module) -> bool:
    """Whether a class at most assigns to an attribute, in this file, and does nothing else when it is read or set."""
    if cls.is_("builtins", "object"):
        return True
    names = cls.declaration.names
    if "__getattr__" in names or "__setattr__" in names or "__getattribute__" in names:
        return False
    found = (*names.get(name, ()), *cls.declaration.attributes.get(name, ()))
    is_own = cls.module is module.bodies.module
    return all(
        isinstance(one, Variable) and one.annotation is None and (is_own or one.value == "None") for one in found
    )


def _misuses(module: Module, life: Life, target: ast.Attribute) -> Iterator[Use]:
    """What becomes of the coroutine where the attribute is read; nothing if it may be run there, or not be there."""
    same = [node for node in module.tree.walk(ast.Attribute) if node.attr == target.attr]
    stored = {type_ for node in same if node is not target for type_ in _stored(module, node)} - {NONE}
    reads = [followed(module, node, life.type) for node in same if isinstance(node.ctx, ast.Load)]
    if any(read.ends(Fate.AWAITED) or is_handed_over(read.origin) or asks_if_awaitable(module, read) for read in reads):
        return
    if stored:
        if _are_results(module, life, stored):
            words = " | ".join(sorted(map(str, stored)))
            yield Use(Fate.MISUSED, life.origin, f"`{module.text(target)}` is `{words}` wherever else it is assigned")
    elif all(read.only(*_IN_SIGHT) for read in reads):
        for read in reads:
            yield from (use for use in read.ends(Fate.MISUSED) if use.fatal)


def _stored(module: Module, node: ast.Attribute) -> Iterator[Type]:
    """What is assigned to an attribute where it is not read."""
    above = parent_of(node)
    if isinstance(node.ctx, ast.Store):
        value = above.value if isinstance(above, ast.Assign) and node in above.targets else None
        yield UNKNOWN if value is None else without_none(module.type_of(value))


def _are_results(module: Module, life: Life, stored: set[Type]) -> bool:
    """Whether some types, none of which can be awaited, are what awaiting a coroutine gives."""
    result = without_none(awaited(life.type, module.program))
    if UNKNOWN in members(result) or any(module.can_await(type_) is not False for type_ in stored):
        return False
    return any(assignable(result, type_, module.bodies.module) is True for type_ in stored)
