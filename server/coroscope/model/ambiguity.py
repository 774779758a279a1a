"""Names that hold a coroutine or something else, by the binding that is in force where they are read.

text = "none"
if number:
    text = fetch()          # a coroutine, where the other binding has what awaiting it gives
return text.upper()         # which is right for the one, and so a mistake for the other
"""

from __future__ import annotations

import ast
from dataclasses import replace
from itertools import permutations
from typing import TYPE_CHECKING, NamedTuple

from coroscope.model.consequences import NEVER_NONE
from coroscope.model.guards import (
    asked_around,
    is_before,
    is_conditional,
    is_handed_to_a_condition,
    is_parting,
    is_told_apart,
)
from coroscope.model.life import Fate, Use
from coroscope.model.matching import assignable
from coroscope.model.mixtures import is_mixed_up
from coroscope.model.names import Binding
from coroscope.model.protocols import awaited, is_lazy
from coroscope.model.targets import declared_parameter
from coroscope.model.types import NONE, UNKNOWN, Type, members, without_none

if TYPE_CHECKING:
    from coroscope.model.module import Module


class Name(NamedTuple):
    """A read of a name, the binding of it that is followed, and the others that may be in force there."""

    use: ast.Name
    binding: Binding
    others: list[Binding]


def ambiguous(module: Module, type_: Type, name: Name, found: Use, met: Use) -> Use:
    """A use of a name that may hold something else, marked if that is what awaiting a value of that type gives.

    Of `met` it is `found` what may be said otherwise.
    """
    use, binding, others = name
    is_known = is_lazy(type_)
    if met.fate not in (Fate.MISUSED, Fate.ESCAPED, Fate.RETURNED):
        return found
    if is_handed_to_a_condition(module.tree, use):
        return found
    if met.consequence == NEVER_NONE.words and any(_awaits_instead(other, binding) for other in others):
        return replace(found, is_ambiguous=True, consequence=met.consequence)
    if rivals := [other for other in others if _is_awaited_call(module, other, binding)]:
        if any(is_conditional(a, b) for one in rivals for a, b in permutations((one.node, binding.node))):
            if met.fatal and is_known and not _is_chosen(module, use, binding, rivals):
                return replace(found, is_ambiguous=True, consequence=met.consequence)
            if is_known or any(is_before(one.node, binding.node) for one in rivals):
                return found
            return Use(Fate.ESCAPED, use)  # code that may know when to await
        words = met.consequence or f"`{binding.name}` holds the result of another such call that is awaited"
        return replace(found, is_ambiguous=True, consequence=words)
    parts = alternatives(binding)
    is_mixed = met.fate is Fate.MISUSED and any(isinstance(part.value, ast.Await) for part in parts)
    is_wrong = is_mixed or (met.fatal and (bool(parts) or not is_told_apart(module.tree, use)))
    if is_wrong and not is_conditional(use, binding.node):
        if any(_is_result(module, type_, other) for other in others):
            return replace(found, is_ambiguous=True, consequence=met.consequence)
    if is_known and is_mixed_up(module, use, binding, others, met):
        words = met.consequence or f"otherwise `{binding.name}` holds what cannot be awaited"
        return replace(found, is_ambiguous=True, consequence=words)
    return found


def alternatives(binding: Binding) -> list[Binding]:
    """What a binding binds its name to under another condition: `name = f() if hurry else value`."""
    value = binding.value
    if not isinstance(value, ast.IfExp) or binding.path:
        return []
    return [replace(binding, value=part) for part in (value.body, value.orelse)]


def _is_chosen(module: Module, use: ast.Name, binding: Binding, rivals: list[Binding]) -> bool:
    """Whether conditions may send to a use only what was awaited: those that decided whether to await it."""
    tree = module.tree
    deciding = {name for one in (binding, *rivals) for name in asked_around(tree, one.node)}
    return is_told_apart(tree, use) or not deciding.isdisjoint(asked_around(tree, use))


def _is_awaited_call(module: Module, other: Binding, binding: Binding) -> bool:
    """Whether a binding awaits a call of the very callee whose call another binding does not await."""
    call, awaited_ = binding.value, other.value
    if not isinstance(call, ast.Call) or not isinstance(awaited_, ast.Await) or other.path or binding.path:
        return False
    text = module.text
    return isinstance(awaited_.value, ast.Call) and text(awaited_.value.func) == text(call.func)


def _is_result(module: Module, type_: Type, other: Binding) -> bool:
    """Whether a binding binds its name to something of the type that awaiting the coroutine gives."""
    if not is_lazy(type_) or other.path:
        return False
    result = awaited(type_, module.program)
    held = _held(module, other)
    if any(member == UNKNOWN for member in members(result)) or any(m in (UNKNOWN, NONE) for m in members(held)):
        return False
    return assignable(held, result, module.bodies.module) is True


def _held(module: Module, binding: Binding) -> Type:
    """What a binding binds its name to; of a parameter what it is declared as, without None."""
    if isinstance(binding.node, ast.arg) and binding.node.annotation is not None:
        declared = declared_parameter(module.bodies, binding.node)
        return UNKNOWN if declared is None else without_none(declared[1])
    return UNKNOWN if binding.value is None else module.type_of(binding.value)


def _awaits_instead(other: Binding, binding: Binding) -> bool:
    """Whether another binding awaits what it binds the name to, in the other branch of a condition."""
    return isinstance(other.value, ast.Await) and not other.path and is_parting(other.node, binding.node)
