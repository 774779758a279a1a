"""What `match` tells: what a pattern leaves of its subject's type, matching or not, and what its names are bound to.

Patterns are told apart as PEP 634 does it. What cannot be said leaves the subject as it is.
"""

from __future__ import annotations

import ast
from itertools import pairwise
from typing import TYPE_CHECKING

from coroscope.model.attributes import attribute, special_method
from coroscope.model.calls import call_with
from coroscope.model.fields import tuple_of
from coroscope.model.filters import classes_in, equal_to, instance_of, is_none, not_instance_of
from coroscope.model.protocols import iterated
from coroscope.model.types import (
    NEVER,
    UNKNOWN,
    ClassObject,
    FunctionObject,
    Instance,
    NoneType,
    TupleType,
    Type,
    UnknownType,
    each,
    members,
    union,
)
from coroscope.nodes import parent_of

if TYPE_CHECKING:
    from coroscope.model.scopes import Scope

_SELF_MATCHING = frozenset("bool bytearray bytes dict float frozenset int list set str tuple".split())  # noqa: SIM905
"""The builtin classes whose only positional pattern is for the subject itself (PEP 634)."""


def after_pattern(subject: Type, pattern: ast.pattern, holds: bool, scope: Scope) -> Type:
    """What is left of a subject's type where a pattern matched, or did not."""
    return _matched(subject, pattern, scope) if holds else _unmatched(subject, pattern, scope)


def captured(node: ast.AST, scope: Scope) -> Type:
    """What a name of a pattern is bound to; `node` is the part of the pattern that binds it."""
    from coroscope.model.infer import infer

    way: list[ast.AST] = [node]
    while not isinstance(way[-1], ast.match_case):
        above = parent_of(way[-1])
        if above is None:
            return UNKNOWN
        way.append(above)
    case = way.pop()
    match_ = parent_of(case)
    if not isinstance(match_, ast.Match) or not isinstance(case, ast.match_case):
        return UNKNOWN
    subject = infer(match_.subject, scope)
    for earlier in match_.cases[: match_.cases.index(case)]:
        if earlier.guard is None:
            subject = _unmatched(subject, earlier.pattern, scope)
    way.reverse()
    for outer, inner in pairwise(way):
        subject = _part(subject, outer, inner, scope)
    return _bound(subject, node, scope)


def _bound(subject: Type, node: ast.AST, scope: Scope) -> Type:
    """What is bound of a part of the subject by the part of the pattern that it is matched with."""
    match node:
        case ast.MatchAs():
            return subject if node.pattern is None else _matched(subject, node.pattern, scope)
        case ast.MatchStar():
            return scope.program.instance("builtins", "list", subject)
        case ast.MatchMapping():
            return scope.program.instance("builtins", "dict", *_mapping(subject, scope))
    return UNKNOWN


def _part(subject: Type, pattern: ast.AST, inner: ast.AST, scope: Scope) -> Type:
    """The part of a subject that a part of a pattern is matched with."""
    match pattern:
        case ast.MatchAs():
            return subject
        case ast.MatchOr():
            for other in pattern.patterns[: pattern.patterns.index(inner)]:  # type: ignore[arg-type]
                subject = _unmatched(subject, other, scope)
            return subject
        case ast.MatchSequence():
            return each(_sequences(subject, scope), lambda member: _item(member, pattern, inner, scope))
        case ast.MatchMapping():
            index = pattern.patterns.index(inner)  # type: ignore[arg-type]
            return each(subject, lambda member: _value(member, pattern.keys[index], scope))
        case ast.MatchClass():
            matched = _matched_class(subject, pattern, scope)
            return each(matched, lambda member: _attribute(member, pattern, inner, scope))
    return UNKNOWN


def _matched(subject: Type, pattern: ast.pattern, scope: Scope) -> Type:
    from coroscope.model.infer import infer

    match pattern:
        case ast.MatchAs():
            return subject if pattern.pattern is None else _matched(subject, pattern.pattern, scope)
        case ast.MatchOr():
            found = []
            for inner in pattern.patterns:
                found.append(_matched(subject, inner, scope))
                subject = _unmatched(subject, inner, scope)
            return union(found)
        case ast.MatchSingleton(value=None):
            return is_none(subject, True)
        case ast.MatchSingleton(value=bool() as value):
            return equal_to(subject, _bool(value, scope), True)
        case ast.MatchValue():
            return equal_to(subject, infer(pattern.value, scope), True)
        case ast.MatchClass():
            return _matched_class(subject, pattern, scope)
        case ast.MatchSequence():
            kept = [m for m in members(_sequences(subject, scope)) if _fits(m, pattern)]
            return union(kept) if kept else UNKNOWN
        case ast.MatchMapping():
            return union(m for m in members(subject) if not isinstance(m, (NoneType, TupleType)))
    return subject


def _unmatched(subject: Type, pattern: ast.pattern, scope: Scope) -> Type:
    from coroscope.model.infer import infer

    match pattern:
        case ast.MatchAs():
            return NEVER if pattern.pattern is None else _unmatched(subject, pattern.pattern, scope)
        case ast.MatchOr():
            for inner in pattern.patterns:
                subject = _unmatched(subject, inner, scope)
            return subject
        case ast.MatchSingleton(value=None):
            return is_none(subject, False)
        case ast.MatchSingleton(value=bool() as value):
            return equal_to(subject, _bool(value, scope), False)
        case ast.MatchValue():
            return equal_to(subject, infer(pattern.value, scope), False)
        case ast.MatchClass(patterns=inner, kwd_patterns=named) if all(map(_takes_all, [*inner, *named])):
            return not_instance_of(subject, classes_in(pattern.cls, scope), scope)
        case ast.MatchSequence() if all(map(_takes_all, pattern.patterns)):
            return union(m for m in members(subject) if not isinstance(m, TupleType) or not _fits(m, pattern))
    return subject


def _bool(value: bool, scope: Scope) -> Type:
    made = scope.program.instance("builtins", "bool")
    return Instance(made.cls, (), value) if isinstance(made, Instance) else made


def _takes_all(pattern: ast.pattern) -> bool:
    if isinstance(pattern, ast.MatchStar):
        return True
    return isinstance(pattern, ast.MatchAs) and (pattern.pattern is None or _takes_all(pattern.pattern))


def _matched_class(subject: Type, pattern: ast.MatchClass, scope: Scope) -> Type:
    return instance_of(subject, classes_in(pattern.cls, scope), scope)


def _sequences(subject: Type, scope: Scope) -> Type:
    """The members of a type that a sequence pattern may match: no strings, no bytes, nothing but sequences."""
    return union(member for member in members(subject) if _may_be_sequence(member))


def _may_be_sequence(member: Type) -> bool:
    if isinstance(member, Instance):
        if any(member.cls.ancestor("builtins", name) for name in ("str", "bytes", "bytearray")):
            return False
        return member.cls.ancestor("typing", "Sequence") is not None or member.cls.has_unknown_base
    return isinstance(member, (TupleType, UnknownType))


def _fits(member: Type, pattern: ast.MatchSequence) -> bool:
    """Whether a tuple may have as many items as a pattern wants."""
    if not isinstance(member, TupleType):
        return True
    if any(isinstance(inner, ast.MatchStar) for inner in pattern.patterns):
        return len(member.items) >= len(pattern.patterns) - 1
    return len(member.items) == len(pattern.patterns)


def _item(member: Type, pattern: ast.MatchSequence, inner: ast.AST, scope: Scope) -> Type:
    if isinstance(member, Instance):
        member = tuple_of(member) or member
    if not isinstance(member, TupleType):
        return iterated(member, scope.program)
    if not _fits(member, pattern):
        return NEVER
    index = pattern.patterns.index(inner)  # type: ignore[arg-type]
    behind = len(pattern.patterns) - index - 1
    if isinstance(inner, ast.MatchStar):
        return union(member.items[index : len(member.items) - behind])
    has_star = any(isinstance(other, ast.MatchStar) for other in pattern.patterns[:index])
    return member.items[-behind - 1] if has_star else member.items[index]


def _value(member: Type, key: ast.expr, scope: Scope) -> Type:
    """What a mapping has under a key."""
    from coroscope.model.infer import infer

    method = special_method(member, "__getitem__", scope.program) if isinstance(member, Instance) else None
    return UNKNOWN if method is None else call_with(method, [infer(key, scope)], scope)


def _mapping(subject: Type, scope: Scope) -> tuple[Type, Type]:
    keys = each(subject, lambda member: iterated(member, scope.program))
    kinds = [m for m in members(subject) if isinstance(m, Instance) and len(m.args) == 2]
    return keys, union(m.args[1] for m in kinds) if len(kinds) == len(members(subject)) else UNKNOWN


def _attribute(member: Type, pattern: ast.MatchClass, inner: ast.AST, scope: Scope) -> Type:
    """What a class pattern matches one of its patterns with."""
    if inner in pattern.kwd_patterns:
        return attribute(member, pattern.kwd_attrs[pattern.kwd_patterns.index(inner)], scope.program)
    if not isinstance(member, Instance):
        return UNKNOWN
    index = pattern.patterns.index(inner)  # type: ignore[arg-type]
    if any(entry.cls.module_name == "builtins" and entry.cls.name in _SELF_MATCHING for entry in member.cls.mro):
        return member if len(pattern.patterns) == 1 else UNKNOWN
    names = _positional(member, scope)
    return attribute(member, names[index], scope.program) if index < len(names) else UNKNOWN


def _positional(member: Instance, scope: Scope) -> list[str]:
    """The attributes that positional patterns for a class mean: `__match_args__`, else the fields of a dataclass."""
    written = attribute(ClassObject(member.cls), "__match_args__", scope.program)
    if isinstance(written, TupleType):
        return [item.literal for item in written.items if isinstance(item, Instance) and isinstance(item.literal, str)]
    made = attribute(ClassObject(member.cls), "__init__", scope.program)
    if member.cls.declaration.names.get("__init__") is None and isinstance(made, FunctionObject):
        return [parameter.name for parameter in made.declaration.parameters[1:] if parameter.kind == "normal"]
    return []
