"""Where lives begin: the coroutines, and what else wants an `await`, that the code of a file makes."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from coroscope.model.around import (
    awaited_around,
    callback_awaited_around,
    defined_around,
    may_be_read_around,
    read_around,
)
from coroscope.model.calls import declared_result
from coroscope.model.classes import ClassInfo
from coroscope.model.closing import receiver_name
from coroscope.model.decorating import decorates_async
from coroscope.model.flags import found_async, is_left_to_plain
from coroscope.model.following import followed
from coroscope.model.guards import is_asked_for_class
from coroscope.model.life import Fate, Life
from coroscope.model.protocols import is_coroutine, is_lazy
from coroscope.model.receivers import awaited_on_receiver
from coroscope.model.summary import Function, Variable
from coroscope.model.treatment import is_given_away, is_returned, is_returned_as_any, is_returned_by_wrapper
from coroscope.model.types import (
    UNKNOWN,
    CallableType,
    FunctionObject,
    Instance,
    Overloads,
    PropertyType,
    Type,
    members,
)
from coroscope.model.usage import Witness, awaited_elsewhere, awaited_in_its_place, places_of
from coroscope.model.uses import Place
from coroscope.nodes import parent_of
from coroscope.syntax import Block

if TYPE_CHECKING:
    from coroscope.model.module import Module


def lives(module: Module, block: Block) -> Iterator[Life]:
    """The life of every coroutine, and of all that is only known as `Awaitable`, that a block's own code makes."""
    for node in block.nodes_of((ast.Call, ast.Attribute)):
        made = _makes(module, node)
        if made is not None and isinstance(node, ast.expr):
            yield followed(module, node, made)


def lives_by_usage(module: Module) -> Iterator[tuple[Life, Witness]]:
    """The life of every value that wants an `await` by usage, and where another such value is awaited.

    It is of unknown type, or awaitable for some receivers only, or of a class with an `__await__` of its own, and async
    code makes and loses it, or treats it as a result; or it may be a coroutine, and the code hands it to what gets the
    result of such a call elsewhere.
    """
    for value in module.in_blocks(_presumable):
        witness = _witness_of(module, value)
        if witness is not None:
            yield value.life, witness


class _Presumable(NamedTuple):
    """What async code makes and does not await, if usage may say something of it, and the places that it goes to."""

    life: Life
    is_lost: bool
    places: frozenset[Place]


def _presumable(module: Module, block: Block) -> Iterator[_Presumable]:
    """What usage may say something of among what a block makes: all that does not depend on other code of the file."""
    if not isinstance(block.node, ast.AsyncFunctionDef):
        return
    # The inner ones first: of a long chain of attributes, each link then finds the one before answered.
    for node in reversed(block.nodes_of((ast.Call, ast.Attribute))):
        if isinstance(parent_of(node), ast.Await) or not module.in_async(node):
            continue
        if isinstance(node, ast.Attribute) and may_be_read_around(module, node):
            life = followed(module, node, UNKNOWN) if module.type_of(node) == UNKNOWN else None
            if life is not None and not module.is_dead(node) and is_given_away(module, life):
                yield _Presumable(life, False, frozenset())
        elif isinstance(node, ast.Call) and _may_want_await(module, node):
            life = followed(module, node, module.type_of(node))
            is_lost = not is_lazy(life.type) and _may_be_lost(module, life)
            places = places_of(module, node) if life.only(Fate.ESCAPED) else frozenset()
            if is_lost or places:
                yield _Presumable(life, is_lost, places)


def _may_be_lost(module: Module, life: Life) -> bool:
    returned = (is_returned, is_returned_as_any, is_returned_by_wrapper)
    return life.is_lost or any(question(module, life) for question in returned)


def _may_want_await(module: Module, call: ast.Call) -> bool:
    type_ = module.type_of(call)
    is_own = isinstance(parent_of(call), ast.Expr) and _is_of_own_class(module, type_)
    may_be_lazy = UNKNOWN in members(type_) or any(map(is_lazy, members(type_)))
    return (may_be_lazy or is_own) and not module.is_chosen(call) and not module.is_dead(call)


def _witness_of(module: Module, value: _Presumable) -> Witness | None:
    """Of attributes that can be awaited most are futures, which are handed around: only plain uses are told."""
    origin = value.life.origin
    if isinstance(origin, ast.Attribute):
        return read_around(module, origin)
    assert isinstance(origin, ast.Call)
    witness = _witness_of_loss(module, origin, value.life) if value.is_lost else None
    return witness or awaited_in_its_place(module, origin, value.places)


def _witness_of_loss(module: Module, call: ast.Call, life: Life) -> Witness | None:
    type_ = life.type
    is_unknown = UNKNOWN in members(type_)
    if life.is_lost and any(map(_is_future, members(type_))):
        return None  # which goes on by itself, so that some are awaited, and some are not
    told = _told_by_callee(module, life, call) if is_unknown else None
    if told is not None or not (life.is_lost or is_returned(module, life)) or is_left_to_plain(module, call):
        return told
    witness = awaited_on_receiver(module, call) if life.is_lost else None
    if witness is None and (is_unknown or module.can_await(type_) is True) and not _is_of_asked_kind(module, call):
        witness = (awaited_elsewhere(module, call) if life.is_lost else None) or awaited_around(module, call)
    if witness is None and type_ == UNKNOWN:
        witness = defined_around(module, call) or (callback_awaited_around(module, call) if life.is_lost else None)
    return witness


def _is_of_asked_kind(module: Module, call: ast.Call) -> bool:
    """Whether the code asks which class a receiver is of, so that calls elsewhere may be those of another class."""
    return isinstance(call.func, ast.Attribute) and is_asked_for_class(module.tree, call.func.value)


def _told_by_callee(module: Module, life: Life, call: ast.Call) -> Witness | None:
    """Where to see that what is called makes awaitables: a flag that asks it, or what a decorator decorates."""
    if not (life.is_lost or is_returned_as_any(module, life) or is_returned_by_wrapper(module, life)):
        return None
    return found_async(module, call) or decorates_async(module, call)


def _is_of_own_class(module: Module, type_: Type) -> bool:
    """Whether a type can be awaited and is no future: what is made at once may still do its work when it is awaited."""
    if is_lazy(type_) or module.can_await(type_) is not True:
        return False
    return all(isinstance(member, Instance) and not _is_future(member) for member in members(type_))


def _is_future(type_: Type) -> bool:
    return isinstance(type_, Instance) and type_.cls.member("_asyncio_future_blocking") is not None


def _makes(module: Module, node: ast.AST) -> Type | None:
    """The type of the coroutine or `Awaitable` that an expression makes; None if it makes none."""
    if isinstance(parent_of(node), ast.Await) or not isinstance(node, ast.expr):
        return None
    if isinstance(parent_of(node), ast.Return) and not module.in_async(node):
        return None  # which is never a mistake: whoever calls has it
    if isinstance(node, ast.Attribute) and not _is_property(module, node):
        return None
    made = module.type_of(node)
    if not is_lazy(made) or module.is_chosen(node) or module.is_dead(node):
        return None
    if isinstance(node, ast.Call):
        if _decorates(module, node) or (not is_coroutine(made) and module.may_make_another(node)):
            return None
        if _is_handed_out(module, node):
            return None
    return made


def _is_handed_out(module: Module, call: ast.Call) -> bool:
    """Whether a call gives back what a container was given before, as `waiting.pop()` does: it was made elsewhere."""
    callee = module.type_of(call.func)
    for function in callee.items if isinstance(callee, Overloads) else (callee,):
        if isinstance(function, FunctionObject) and function.owner is not None and function.declaration.returns:
            parameters = function.owner.parameters
            if parameters and not set(members(declared_result(function))).isdisjoint(parameters):
                return True
    return False


def _decorates(module: Module, call: ast.Call) -> bool:
    """Whether a call applies a decorator that another call made, as in `app.get("/")(show)`.

    If that says `Callable[..., Coroutine]`, it means the function that it takes and gives back.
    """
    if not isinstance(call.func, ast.Call) or len(call.args) != 1 or call.keywords:
        return False
    callee = module.type_of(call.func)
    is_vague = isinstance(callee, CallableType) and not isinstance(callee.parameters, tuple)
    return is_vague and isinstance(module.type_of(call.args[0]), FunctionObject)


def _is_property(module: Module, node: ast.Attribute) -> bool:
    """Whether reading an attribute runs a property's getter.

    In sync code, where nobody could await what it makes, only attributes of the receiver are looked at: to know what
    all others belong to would be a tenth of all work.
    """
    if not isinstance(node.ctx, ast.Load) or isinstance(parent_of(node), ast.Call):
        return False
    if not module.in_async(node) and not _is_receiver(module, node.value):
        return False
    value = module.type_of(node.value)
    if not isinstance(value, Instance) or not _may_be_property(value.cls, node.attr):
        return False
    found = value.cls.member(node.attr)
    return found is not None and isinstance(found.type, PropertyType)


def _is_receiver(module: Module, node: ast.expr) -> bool:
    """Whether a name is the first parameter of the function around it."""
    function = module.function_around(node) if isinstance(node, ast.Name) else None
    return function is not None and receiver_name(function) == node.id  # type: ignore[attr-defined]  # a Name


def _may_be_property(cls: ClassInfo, name: str) -> bool:
    """Whether the first class that binds a name binds it to a decorated function, or to what `property` makes of one.

    That is plain from the text; what else is assigned to the name need not be worked out then.
    """
    for entry in cls.mro:
        for declared in entry.cls.declaration.names.get(name, ()):
            match declared:
                case Function(decorators=decorators):
                    return bool(decorators)
                case Variable(value=value):
                    return value is not None and "property" in value
                case _:
                    return False
    return False
