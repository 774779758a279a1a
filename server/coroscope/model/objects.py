"""Awaitable objects that are used as if they were what awaiting them gives.

    response = session.get(url)         # an object with `__await__`, `__aenter__` and hardly anything else
    print(response.status)              # which its class lacks, and the class of its result has

Not only coroutines are awaited: futures are, and the objects by which libraries allow both `await` and `async with`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from coroscope.model.following import followed
from coroscope.model.life import Fate, Life, Use
from coroscope.model.matching import assignable
from coroscope.model.protocols import awaited, has_method, is_lazy
from coroscope.model.targets import declared_target
from coroscope.model.types import Instance, Type, UnknownType, members
from coroscope.syntax import Block, parent_of

if TYPE_CHECKING:
    from coroscope.model.module import Module


def objects_misused(module: Module, block: Block) -> Iterator[Life]:
    """The life of every awaitable object that a call in a block's async code makes, and that is used as its result.

    Its uses are the misuses alone.
    """
    if not isinstance(block.node, ast.AsyncFunctionDef):
        return
    for call in block.nodes_of((ast.Call,)):
        if not isinstance(call, ast.Call) or isinstance(parent_of(call), (ast.Await, ast.Expr)):
            continue
        if not module.in_async(call) or not _is_object(module, module.type_of(call)):
            continue
        if module.is_chosen(call) or module.is_dead(call):
            continue
        life = followed(module, call, module.type_of(call))
        misuses = [] if life.ends(Fate.AWAITED) else list(_judged(module, life))
        if misuses:
            yield Life(life.origin, life.type, misuses)


def _is_object(module: Module, type_: Type) -> bool:
    if is_lazy(type_) or not all(isinstance(member, Instance) for member in members(type_)):
        return False
    return module.can_await(type_) is True


def _judged(module: Module, life: Life) -> Iterator[Use]:
    """The uses that its class has nothing for, and the class of its result has."""
    result = awaited(life.type, module.program)
    if any(isinstance(member, UnknownType) for member in members(result)):
        return
    for use in life.ends(Fate.MISUSED):
        if use.fatal and isinstance(use.node, ast.expr) and module.type_of(use.node) == life.type:
            words = _lacking(module, use.node, life.type, result)
            if words:
                yield replace(use, consequence=words)


def _lacking(module: Module, node: ast.expr, type_: Type, result: Type) -> str:
    """What comes of a use that only the result allows; empty if the object allows it, or the result does not."""
    above = parent_of(node)
    match above:
        case ast.Attribute():
            if _has_member(type_, above.attr) is False and _has_member(result, above.attr) is True:
                return f"`{type_}` has no attribute `{above.attr}`"
        case ast.Subscript() if above.value is node:
            return _without_method(module, type_, result, "__getitem__", "subscripted")
        case ast.For():
            return _without_method(module, type_, result, "__iter__", "looped over")
        case ast.Assign(targets=[target]) | ast.AnnAssign(target=target):
            declared = declared_target(module.bodies, target)
            if declared is not None and assignable(result, declared[1], module.bodies.module) is True:
                return f"`{module.short(target)}` is declared `{' '.join(declared[0].split())}`"
    return ""


def _without_method(module: Module, type_: Type, result: Type, method: str, what: str) -> str:
    if has_method(type_, method, module.program) is False and has_method(result, method, module.program) is True:
        return f"`{type_}` cannot be {what}"
    return ""


def _has_member(type_: Type, name: str) -> bool | None:
    """Whether all classes of a type have a member, or none has; None if some have, or it cannot be said."""
    answers: set[bool | None] = set()
    for one in members(type_):
        if not isinstance(one, Instance):
            return None
        is_open = one.cls.member("__getattr__") is not None
        answers.add(True if one.cls.member(name) is not None else None if is_open else False)
    return answers.pop() if len(answers) == 1 else None
