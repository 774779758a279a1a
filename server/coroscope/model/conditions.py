"""Conditions that the arguments of a call decide: what a function returns where they hold.

A decorator often asks what it is given, and returns one wrapper or the other:

    if inspect.iscoroutinefunction(function):
        return async_wrapper
    return wrapper

The closed results of such a function (see `coroscope.model.closing`) are `__when__(async_wrapper, …)` and
`__when__(wrapper, not …)`; whether the condition holds is asked for each call.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, TypeAlias

from coroscope.model.endings import fallen_off
from coroscope.model.types import (
    NONE,
    CallableType,
    ClassObject,
    FunctionObject,
    Instance,
    MethodWrapper,
    Overloads,
    Type,
    members,
)
from coroscope.nodes import FUNCTIONS, ancestors, parent_of

if TYPE_CHECKING:
    from coroscope.model.scopes import Scope

_QUESTIONS = frozenset({"callable", "iscoroutinefunction", "isasyncgenfunction", "isgeneratorfunction"})
_MODULES = frozenset({"builtins", "inspect", "asyncio.coroutines"})
_ASKED = re.compile(rf"\b({'|'.join(_QUESTIONS)})\(")
_MOST = 3
_Ask: TypeAlias = Callable[[Type], bool | None]


def conditions(statement: ast.stmt) -> Iterator[tuple[ast.expr, bool]]:
    """The conditions on which a statement of a function is reached that arguments may decide, innermost first.

    With each stands whether it must hold: an `if` around the statement, or one before it that leaves the function.
    """
    found = [one for one in _all_conditions(statement) if _is_askable(one[0])]
    yield from found[:_MOST]


def is_question(test: ast.expr, closed: str, parameters: set[str]) -> bool:
    """Whether a condition asks about a parameter whether it is None, true, callable, or which kind of function."""
    if _ASKED.search(closed):
        return True
    while isinstance(test, ast.UnaryOp):
        test = test.operand
    subject = test.left if isinstance(test, ast.Compare) else test
    return isinstance(subject, ast.Name) and subject.id in parameters


def parameters_around(function: ast.AST) -> set[str]:
    """The names of the parameters of a function and of those around it."""
    return {
        argument.arg
        for node in (function, *ancestors(function))
        if isinstance(node, FUNCTIONS)
        for argument in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)
    }


def decided(test: ast.expr, scope: Scope) -> bool | None:
    """Whether a condition holds; None if that cannot be said."""
    from coroscope.model.infer import infer

    match test:
        case ast.UnaryOp(op=ast.Not()):
            answer = decided(test.operand, scope)
            return None if answer is None else not answer
        case ast.BoolOp():
            return _decided_together([decided(value, scope) for value in test.values], isinstance(test.op, ast.And))
        case ast.Compare(ops=[ast.Is() | ast.IsNot() as op], comparators=[ast.Constant(value=None)]):
            answer = _all(infer(test.left, scope), _is_none)
            return answer if answer is None or isinstance(op, ast.Is) else not answer
        case ast.Call(args=[subject], keywords=[]):
            question = _question(infer(test.func, scope))
            return None if question is None else _all(infer(subject, scope), lambda m: _answer(question, m))
        case ast.Name() | ast.Constant():
            return _all(infer(test, scope), _truth)
    return None


def _all_conditions(statement: ast.stmt) -> Iterator[tuple[ast.expr, bool]]:
    below: ast.AST = statement
    above = parent_of(below)
    while above is not None:
        for suite in ("body", "orelse", "finalbody", "handlers"):
            nodes = getattr(above, suite, None)
            if isinstance(nodes, list) and below in nodes:
                for earlier in nodes[: nodes.index(below)]:
                    if isinstance(earlier, ast.If) and not earlier.orelse and not list(fallen_off(earlier.body)):
                        yield earlier.test, False
                if isinstance(above, ast.If):
                    yield above.test, suite == "body"
        if isinstance(above, FUNCTIONS):
            return
        below, above = above, parent_of(above)


def _is_askable(test: ast.expr) -> bool:
    """Whether a condition is of a form that can be decided."""
    while isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        test = test.operand
    match test:
        case ast.Name() | ast.BoolOp():
            return True
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)):
            return name in _QUESTIONS
        case ast.Compare(left=ast.Name(), ops=[ast.Is() | ast.IsNot()], comparators=[ast.Constant(value=None)]):
            return True
    return False


def _decided_together(answers: list[bool | None], is_and: bool) -> bool | None:
    if (not is_and) in answers:
        return not is_and
    return None if None in answers else is_and


def _all(type_: Type, ask: _Ask) -> bool | None:
    """The one answer for all members of a type."""
    answers = {ask(member) for member in members(type_)}
    return answers.pop() if len(answers) == 1 else None


def _is_none(member: Type) -> bool | None:
    if member == NONE:
        return True
    surely_not = isinstance(member, (FunctionObject, Overloads, CallableType, ClassObject, MethodWrapper))
    if isinstance(member, Instance):
        surely_not = not member.cls.is_("builtins", "object") and not member.cls.has_unknown_base
    return False if surely_not else None


def _truth(member: Type) -> bool | None:
    if member == NONE:
        return False
    if isinstance(member, (FunctionObject, Overloads, ClassObject)):
        return True
    return bool(member.literal) if isinstance(member, Instance) and member.literal is not None else None


def _question(function: Type) -> str | None:
    """Which of the questions that can be answered here a function asks."""
    first = function.items[0] if isinstance(function, Overloads) else function
    if not isinstance(first, FunctionObject) or first.declaration.name not in _QUESTIONS:
        return None
    return first.declaration.name if first.scope.module.summary.name in _MODULES else None


def _answer(question: str, member: Type) -> bool | None:
    from coroscope.model.attributes import wrapper_in

    if question == "callable":
        if member == NONE:
            return False
        return True if isinstance(member, (FunctionObject, Overloads, CallableType, ClassObject)) else None
    if isinstance(member, ClassObject) or member == NONE:
        return False
    function = member if isinstance(member, FunctionObject) else wrapper_in(member)
    if function is None or function.scope.module.summary.is_stub:
        return None
    declaration = function.declaration
    if question == "iscoroutinefunction":
        return declaration.is_async and not declaration.is_generator
    return declaration.is_generator and declaration.is_async is (question == "isasyncgenfunction")
