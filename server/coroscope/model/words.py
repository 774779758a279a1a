"""The words of closed expressions for what no expression of Python says (see `coroscope.model.closing`).

__annotated__(T)               a value that is declared as T
__iterated__(xs)               what `for` gives; `__async_iterated__` what `async for` gives
__entered__(x)                 what `with x as` binds; `__async_entered__` what `async with` binds
__item__(x, 0)                 what unpacking a value gives its first target, `__item__(x, None)` a starred one
__present__(x)                 a value that is not None
__narrowed__(x, test, …)       a value of which tests hold, in which it may be called `__it__`
__after__(f())                 None, unless the call never returns
__when__(x, test)              x, unless the test surely fails
__again__(f())                 what a function returns of itself, for all that it may be called with
__swallowed__(x)               None, if `with x` may swallow an exception
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import TYPE_CHECKING

from coroscope.model.attributes import special_method
from coroscope.model.conditions import decided
from coroscope.model.fields import tuple_of
from coroscope.model.graph import Condition, key_of
from coroscope.model.protocols import async_entered, async_iterated, awaited, entered, iterated
from coroscope.model.types import (
    NEVER,
    NONE,
    UNKNOWN,
    FunctionObject,
    Instance,
    SpecialForm,
    TupleType,
    Type,
    each,
    without_none,
)

if TYPE_CHECKING:
    from coroscope.model.program import Program
    from coroscope.model.scopes import Scope


def meaning(node: ast.Call, scope: Scope) -> Type | None:
    """What a call of one of these words means; None for any other call."""
    work = _WORDS.get(node.func.id) if isinstance(node.func, ast.Name) else None
    return None if work is None or not node.args else work(node, scope)


def item_of(value: Type, index: int | None, program: Program) -> Type:
    """What unpacking a value gives to the target at an index; None stands for the starred one."""

    def one(member: Type) -> Type:
        if isinstance(member, Instance):
            member = tuple_of(member) or member
        if isinstance(member, TupleType) and index is not None:
            return member.items[index] if -len(member.items) <= index < len(member.items) else UNKNOWN
        element = iterated(member, program)
        return program.instance("builtins", "list", element) if index is None else element

    return each(value, one)


def _infer(node: ast.Call, scope: Scope) -> Type:
    from coroscope.model.infer import infer

    return infer(node.args[0], scope)


def _annotated(node: ast.Call, scope: Scope) -> Type:
    from coroscope.model.annotations import annotation

    said = annotation(node.args[0], scope)
    return UNKNOWN if isinstance(said, SpecialForm) else said


def _item(node: ast.Call, scope: Scope) -> Type:
    try:
        index = ast.literal_eval(node.args[-1])
    except ValueError:
        return UNKNOWN
    return item_of(_infer(node, scope), index if isinstance(index, int) else None, scope.program)


def _present(node: ast.Call, scope: Scope) -> Type:
    value = without_none(_infer(node, scope))
    return NEVER if value == NONE else value  # the other one is there


def _narrowed(node: ast.Call, scope: Scope) -> Type:
    from coroscope.model.narrowing import narrowed

    before = after = _infer(node, scope)
    keys = [key for key in ("__it__", key_of(node.args[0])) if key is not None]
    for test in node.args[1:]:
        holds = not isinstance(test, ast.UnaryOp)
        condition = Condition(test.operand if isinstance(test, ast.UnaryOp) else test, holds, frozenset(keys))
        for key in keys:
            after = narrowed(after, condition, key, scope)
            if after == NEVER != before:  # others assign what they ask for
                after = narrowed(UNKNOWN, condition, key, scope)
    return after


def _after(node: ast.Call, scope: Scope) -> Type:
    return NEVER if _infer(node, scope) == NEVER else NONE


def _when(node: ast.Call, scope: Scope) -> Type:
    return NEVER if decided(node.args[-1], scope) is False else _infer(node, scope)


def _again(node: ast.Call, scope: Scope) -> Type:
    from coroscope.model.calls import declared_result
    from coroscope.model.infer import infer
    from coroscope.model.signatures import ParameterScope

    if isinstance(scope, ParameterScope) and "__again__" in scope.given:
        return NEVER
    value = node.args[0]
    call = value.value if isinstance(value, ast.Await) else value
    function = infer(call.func, scope) if isinstance(call, ast.Call) else UNKNOWN
    if not isinstance(function, FunctionObject):
        return UNKNOWN
    made = declared_result(function)
    return awaited(made, scope.program) if isinstance(value, ast.Await) else made


def _swallowed(node: ast.Call, scope: Scope) -> Type:
    """As type checkers decide it: a context manager whose exit is declared to return `bool` swallows exceptions."""
    from coroscope.model.calls import call
    from coroscope.model.signatures import Arguments

    manager, program = _infer(node, scope), scope.program

    def one(member: Type) -> Type:
        for name in ("__exit__", "__aexit__"):
            leave = special_method(member, name, program)
            if leave is None or leave == UNKNOWN:
                continue
            made = call(leave, Arguments(spread=True, spread_keywords=True), scope)
            made = awaited(made, program) if name == "__aexit__" else made
            return NONE if isinstance(made, Instance) and made.cls.is_("builtins", "bool") else NEVER
        return NEVER

    return each(manager, one)


_WORDS: dict[str, Callable[[ast.Call, Scope], Type]] = {
    "__annotated__": _annotated,
    "__iterated__": lambda node, scope: iterated(_infer(node, scope), scope.program),
    "__async_iterated__": lambda node, scope: async_iterated(_infer(node, scope), scope.program),
    "__entered__": lambda node, scope: entered(_infer(node, scope), scope.program),
    "__async_entered__": lambda node, scope: async_entered(_infer(node, scope), scope.program),
    "__item__": _item,
    "__present__": _present,
    "__narrowed__": _narrowed,
    "__after__": _after,
    "__again__": _again,
    "__when__": _when,
    "__swallowed__": _swallowed,
}
