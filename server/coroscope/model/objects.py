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

from coroscope.knowledge import last_names, names
from coroscope.model.callees import qualified_names
from coroscope.model.following import followed
from coroscope.model.life import Fate, Life, Use
from coroscope.model.protocols import awaited, can_iterate, has_method, is_lazy, made_by
from coroscope.model.types import UNKNOWN, Instance, Type, members
from coroscope.model.wanted import Wanted, wanted_at
from coroscope.nodes import parent_of
from coroscope.syntax import Block

if TYPE_CHECKING:
    from coroscope.model.module import Module


_TAKERS = (
    ast.Assign, ast.AnnAssign, ast.Call, ast.keyword, ast.Yield, ast.Subscript, ast.For, ast.comprehension, ast.Starred,
)  # fmt: skip


def objects_misused(module: Module, block: Block) -> Iterator[Life]:
    """The life of every awaitable object that a block's async code makes or reads, and that is used as its result.

    Calls make them, attributes keep them. Its uses are the misuses alone.
    """
    if not isinstance(block.node, ast.AsyncFunctionDef):
        return
    for node in block.nodes_of((ast.Call, ast.Attribute)):
        if not isinstance(node, (ast.Call, ast.Attribute)) or isinstance(parent_of(node), (ast.Await, ast.Expr)):
            continue
        if not _is_read(node) or not module.in_async(node) or not _is_object(module, node):
            continue
        if module.is_chosen(node) or module.is_dead(node) or module.is_guarded(node):
            continue
        life = followed(module, node, module.type_of(node))
        misuses = [] if life.ends(Fate.AWAITED) else list(_judged(module, life))
        if misuses:
            yield Life(life.origin, life.type, misuses)


def _is_read(node: ast.Call | ast.Attribute) -> bool:
    """Whether an expression makes a value, or reads one that an attribute keeps; what is called is a method.

    Of attributes, which are many, only those where they are taken for something.
    """
    if isinstance(node, ast.Call):
        return True
    above = parent_of(node)
    is_called = isinstance(above, ast.Call) and above.func is node
    return isinstance(node.ctx, ast.Load) and isinstance(above, _TAKERS) and not is_called


def _is_object(module: Module, node: ast.Call | ast.Attribute) -> bool:
    """Whether a value can be awaited; that a call makes a coroutine, or something `Awaitable`, is not told here."""
    type_ = module.type_of(node)
    if isinstance(node, ast.Call) and is_lazy(type_):
        return False
    return all(isinstance(member, Instance) for member in members(type_)) and module.can_await(type_) is True


def _judged(module: Module, life: Life) -> Iterator[Use]:
    """The uses that its class has nothing for, and the class of its result has."""
    result = awaited(life.type, module.program)
    for use in life.uses:
        if isinstance(use.node, ast.expr) and module.type_of(use.node) == life.type:
            words = _lacking(module, use.node, life.type, result)
            if words:
                yield replace(use, fate=Fate.MISUSED, consequence=words)


def _lacking(module: Module, node: ast.expr, type_: Type, result: Type) -> str:
    """What comes of a use that only the result allows; empty if the object allows it, or the result does not."""
    above = parent_of(node)
    match above:
        case ast.Attribute():
            if _has_member(type_, above.attr) is False and _has_member(result, above.attr) is True:
                return f"`{type_}` has no attribute `{above.attr}`"
        case ast.Subscript() if above.value is node:
            if has_method(type_, "__getitem__", module.program) is False:
                return f"`{type_}` cannot be subscripted" if _can_be_subscripted(module, result) else ""
        case ast.comprehension(is_async=1) if above.iter is node:
            return ""
        case ast.For() | ast.comprehension() if above.iter is node:
            return f"`{type_}` cannot be looped over" if _only_result_is_iterable(module, type_, result) else ""
        case ast.Call() if node in above.args and _loops(module, above):
            return f"`{type_}` cannot be looped over" if _only_result_is_iterable(module, type_, result) else ""
        case ast.Return():
            return ""  # which is another mistake: `returned` tells it
        case ast.Starred() | ast.Assign(targets=[ast.Tuple() | ast.List()]):
            return f"`{type_}` cannot be unpacked" if _only_result_is_iterable(module, type_, result) else ""
    wanted = wanted_at(module, node)
    if wanted is None or not (wanted.takes(result) or (wanted.rigid and result == UNKNOWN)):
        return ""
    return wanted.words if wanted.refuses(type_) or _is_to_be_iterated(module, wanted, type_) else ""


def _loops(module: Module, call: ast.Call) -> bool:
    """Whether a function of Python's own loops over its arguments."""
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    if name not in last_names("consumers", "iterating"):
        return False
    return bool(qualified_names(module.type_of(call.func)) & names("consumers", "iterating"))


def _is_to_be_iterated(module: Module, wanted: Wanted, type_: Type) -> bool:
    """Whether a place takes whatever can be looped over, which an object only seems to allow."""
    is_iterable = all(isinstance(one, Instance) and one.cls.is_("typing", "Iterable") for one, _ in wanted.types)
    return is_iterable and not _can_be_iterated(module, type_)


def _can_be_subscripted(module: Module, type_: Type) -> bool:
    return has_method(type_, "__getitem__", module.program) is True


def _only_result_is_iterable(module: Module, type_: Type, result: Type) -> bool:
    return can_iterate(result, module.program) is True and not _can_be_iterated(module, type_)


def _can_be_iterated(module: Module, type_: Type) -> bool:
    """Whether a loop over an object is a loop over anything.

    A future has an `__iter__` that does what `__await__` does, for `yield from` (PEP 3156): a loop over it raises
    "await wasn't used with future".
    """
    if can_iterate(type_, module.program) is False:
        return False
    return any(
        made_by(one, "__iter__", module.program) != made_by(one, "__await__", module.program) for one in members(type_)
    )


def _has_member(type_: Type, name: str) -> bool | None:
    """Whether all classes of a type have a member, or none has; None if some have, or it cannot be said."""
    answers: set[bool | None] = set()
    for one in members(type_):
        if not isinstance(one, Instance):
            return None
        is_open = one.cls.member("__getattr__") is not None
        answers.add(True if one.cls.member(name) is not None else None if is_open else False)
    return answers.pop() if len(answers) == 1 else None
