"""What a condition tells of a reference: `narrowed` takes the type that it had before, and answers what is left of it.

Understood are truth, `is None`, comparison with constants, `in`, `isinstance` and `issubclass`, `type(x) is C`, every
function that says `TypeGuard` (PEP 647) or `TypeIs` (PEP 742), such as `callable` and `inspect.isawaitable`, and
patterns of `match`.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from coroscope.model.annotations import guarded
from coroscope.model.filters import (
    by_truth,
    classes_in,
    equal_to,
    instance_of,
    is_in,
    is_none,
    is_surely,
    left_of_each,
    not_instance_of,
)
from coroscope.model.graph import Condition, key_of
from coroscope.model.infer import infer
from coroscope.model.matching import assignable
from coroscope.model.patterns import after_pattern
from coroscope.model.protocols import iterated
from coroscope.model.signatures import header, parameter_type, parameters_of
from coroscope.model.substitution import settled, substitute
from coroscope.model.types import (
    UNKNOWN,
    CallableType,
    ClassObject,
    FunctionObject,
    Instance,
    Overloads,
    Type,
    TypeVariable,
    each,
    members,
    union,
)
from coroscope.model.unifying import unify

if TYPE_CHECKING:
    from coroscope.model.scopes import Scope

_SAME = (ast.Is, ast.Eq)
_OTHER = (ast.IsNot, ast.NotEq)


def narrowed(type_: Type, condition: Condition, key: str, scope: Scope) -> Type:
    """What is left of the type of the reference with a key where a condition was met; `scope` is where it is asked."""
    if isinstance(condition.test, ast.pattern):
        return after_pattern(type_, condition.test, condition.holds, scope)
    return _told(type_, condition.test, condition.holds, key, scope)


def _told(type_: Type, test: ast.expr, holds: bool, key: str, scope: Scope) -> Type:
    if _is_about(test, key):
        return by_truth(type_, holds)
    match test:
        case ast.NamedExpr():
            return _told(type_, test.value, holds, key, scope)
        case ast.Compare(left=left, ops=[op], comparators=[right]):
            if isinstance(op, (*_SAME, *_OTHER)):
                same = holds is isinstance(op, _SAME)
                if _is_about(left, key):
                    return _compared(type_, right, same, scope)
                if same and isinstance(left, ast.Call) and len(left.args) == 1 and _is_about(left.args[0], key):
                    return _of_class(type_, left, right, scope)
            if isinstance(op, (ast.In, ast.NotIn)) and _is_about(left, key) and holds is isinstance(op, ast.In):
                return is_in(type_, iterated(infer(right, scope), scope.program))
        case ast.Call(args=[first, *_]) if _is_about(first, key):
            return _called(type_, test, holds, scope)
    return type_


def _is_about(node: ast.expr, key: str) -> bool:
    """Whether an expression is a reference, or binds one on the way."""
    if isinstance(node, ast.NamedExpr):
        return key_of(node.target) == key or _is_about(node.value, key)
    return key_of(node) == key


def _compared(type_: Type, right: ast.expr, same: bool, scope: Scope) -> Type:
    if isinstance(right, ast.Constant) and right.value is None:
        return is_none(type_, same)
    return equal_to(type_, infer(right, scope), same)


def _of_class(type_: Type, call: ast.Call, right: ast.expr, scope: Scope) -> Type:
    """What `type(x) is C` tells."""
    function = infer(call.func, scope)
    is_type = isinstance(function, ClassObject) and function.cls.is_("builtins", "type")
    return instance_of(type_, classes_in(right, scope), scope) if is_type else type_


def _called(type_: Type, call: ast.Call, holds: bool, scope: Scope) -> Type:
    """What the result of a call tells of its first argument."""
    function = infer(call.func, scope)
    if isinstance(function, ClassObject):
        return by_truth(type_, holds) if function.cls.is_("builtins", "bool") and len(call.args) == 1 else type_
    overloads = function.items if isinstance(function, Overloads) else (function,)
    functions = [one for one in overloads if isinstance(one, FunctionObject)]
    if len(call.args) == 2 and functions and functions[0].scope.module.summary.name == "builtins":
        if functions[0].declaration.name == "isinstance":
            classes = classes_in(call.args[1], scope)
            return instance_of(type_, classes, scope) if holds else not_instance_of(type_, classes, scope)
        if functions[0].declaration.name == "issubclass":
            return _subclass_of(type_, classes_in(call.args[1], scope), holds)
    if not any("Type" in (one.declaration.returns or "") for one in functions):
        return type_
    return _guarded(type_, functions, holds, scope)


def _subclass_of(type_: Type, classes: list[Type] | None, holds: bool) -> Type:
    """What is left of a class that was found to derive from others, or not to."""
    wanted = [one for one in classes or () if isinstance(one, Instance)]
    if not wanted:
        return UNKNOWN if holds else type_

    def one(member: Type) -> Type:
        if not isinstance(member, ClassObject):
            return union(ClassObject(other.cls, other.args) for other in wanted) if holds else member
        derives = any(member.cls.derives_from(other.cls) for other in wanted)
        if not holds:
            return union([]) if derives else member
        if derives or member.cls.has_unknown_base:
            return member
        return union(ClassObject(other.cls) for other in wanted if other.cls.derives_from(member.cls))

    return each(type_, one)


def _guarded(type_: Type, functions: list[FunctionObject], holds: bool, scope: Scope) -> Type:
    """What a function that says `TypeGuard` or `TypeIs` tells of its argument.

    What passed a `TypeGuard[X]` is an X and still what it was.
    """
    asked: list[tuple[Type, list[Type]]] = []
    for member in members(type_):
        chosen = next((one for one in functions if _takes(one, member, scope)), functions[-1])
        told = guarded(chosen.declaration, header(chosen))
        if told is None:
            return type_
        kind, meant = told
        wanted = list(members(_by_argument(chosen, meant, member)))
        if kind == "TypeGuard" and not holds:
            wanted = []
        if kind == "TypeGuard" and holds and any(isinstance(one, CallableType) for one in wanted):
            member = _called_like(member, wanted, scope)  # noqa: PLW2901
        asked.append((member, wanted))
    if holds:
        return left_of_each(asked, scope)
    return union(not_instance_of(member, wanted, scope) for member, wanted in asked)


def _called_like(member: Type, wanted: list[Type], scope: Scope) -> Type:
    """What a function is that was found to be of a kind: itself if it surely is, else no more than that kind."""
    return member if any(is_surely(member, one, scope) for one in wanted) else union(wanted)


def _takes(function: FunctionObject, member: Type, scope: Scope) -> bool:
    first = parameters_of(function)[:1]
    declared = parameter_type(function, first[0]) if first else None
    return declared is None or assignable(member, declared, scope) is True


def _by_argument(function: FunctionObject, meant: Type, member: Type) -> Type:
    """What a guard asks for, with the type variables that its argument binds."""
    bindings: dict[TypeVariable, Type] = dict(function.bindings)
    first = parameters_of(function)[:1]
    declared = parameter_type(function, first[0]) if first else None
    if declared is not None:
        unify(declared, member, bindings)
    return settled(substitute(meant, bindings))
