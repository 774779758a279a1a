"""What a name, or a chain of attributes, is at the very place where it is read."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from typing import TYPE_CHECKING, TypeAlias

from coroscope.model.bindings import assigned, fitted, taken
from coroscope.model.gates import lets_through
from coroscope.model.graph import Graph, key_of, keys_asked, prefixes_of, root_of
from coroscope.model.infer import infer
from coroscope.model.names import Binding, binding_of_store
from coroscope.model.narrowing import narrowed
from coroscope.model.tracing import Lazy, traced
from coroscope.model.types import (
    NEVER,
    UNKNOWN,
    ClassObject,
    Instance,
    ModuleObject,
    PropertyType,
    Type,
    UnknownType,
    members,
    union,
)
from coroscope.syntax import Block

if TYPE_CHECKING:
    from coroscope.model.bodies import BodyScope

_TESTS = (ast.If, ast.IfExp, ast.While, ast.Assert, ast.BoolOp, ast.comprehension, ast.Match, ast.match_case)
_REFERENCES = (ast.Attribute, ast.Subscript)
_Sources: TypeAlias = dict[int, Lazy]
"""Where a reference gets its values, by the point; to which its types at other points are added once they are known."""


def name_at(node: ast.Name, scope: BodyScope) -> Type | None:
    """The value of a name where it is read; None if nothing binds it."""
    frame, name = scope.frame, node.id
    owner = scope.owner_of(name)
    if owner is None:
        if name not in frame.names.sent and name not in _keys(frame)[0]:
            return frame.from_around(name)
    elif name not in _keys(frame)[0] and (owner is not frame or _is_one(owner, name)):
        return union(part() for part in _values(name, owner))
    places = _before(frame.graph, node)
    if not places:
        return frame.from_around(name) if owner is None else union(part() for part in _values(name, owner))
    found = _traced(frame, places, _sources_of_name(name, owner, frame), name, scope)
    imports = found == NEVER and any(b.kind == "import" for b in ([] if owner is None else owner.names.bindings[name]))
    return UNKNOWN if imports else found


def name_seen_by(inner: ast.AST, name: str, scope: BodyScope) -> Type | None:
    """The value of a name of a scope as a function inside sees it: None if it may change when that has been made.

    What runs later sees what was bound last, so only the value where the function is made counts, and only if nothing
    may be bound after that.
    """
    bindings = scope.names.bindings[name]
    frame = scope.frame
    if isinstance(scope.node, (ast.ClassDef, ast.Module)) or scope.bodies.sent_to(scope, name):
        return None
    if len(bindings) == 1 and name not in _keys(frame)[0]:
        return None
    places = _before(frame.graph, inner)
    if not places or frame.graph.follows(inner, (binding.node for binding in bindings)):
        return None
    found = _traced(frame, places, _sources_of_name(name, scope, frame), name, scope)
    return None if found == NEVER else found


def reference_at(node: ast.Attribute | ast.Subscript, scope: BodyScope, whole: Lazy) -> Type:
    """The value of an attribute or item where it is read; `whole` is what its owner's class says of it anywhere."""
    key = key_of(node) if isinstance(node.ctx, ast.Load) else None
    if key is None:
        return whole()
    frame = scope.frame
    asked, stored = _keys(frame)
    if key not in asked and key not in stored:
        return whole()
    graph = frame.graph
    root = root_of(node)
    places = [] if root is None else _before(graph, root)
    if root is None or not places or (key not in graph.asked and key not in graph.stores):
        return whole()
    return _traced(frame, places, _sources_of_reference(node, root, scope, whole), key, scope)


def tests_of(node: ast.AST) -> list[ast.expr]:
    """The conditions of a node, or what it compares, each without `not`."""
    return [_without_not(test) for test in _tests(node)]


def _traced(frame: BodyScope, places: list[int], sources: _Sources, key: str, scope: BodyScope) -> Type:
    types = traced(
        frame.graph,
        places,
        sources,
        key,
        lambda type_, condition: narrowed(type_, condition, key, scope.bodies.scope_of(condition.test)),
        lambda gate: lets_through(gate, frame),
    )
    if not frame.program.is_cut and len(places) == 1:
        for point, type_ in types.items():
            sources.setdefault(point, _constant(type_))
    return union(types.get(place, NEVER) for place in places)


def _constant(type_: Type) -> Lazy:
    return lambda: type_


def _before(graph: Graph, node: ast.AST) -> list[int]:
    """The points before those of a node."""
    return [before for point in graph.points(node) for before in graph.before[point]]


def _values(name: str, owner: BodyScope) -> Iterable[Lazy]:
    """What is bound to a name anywhere."""
    for binding in owner.names.bindings[name]:
        yield _value(binding, owner)
    for scope, binding in owner.bodies.sent_to(owner, name):
        yield _bound(binding, scope)


def _value(binding: Binding, owner: BodyScope) -> Lazy:
    return lambda: _imported(binding, owner) if binding.kind == "import" else assigned(binding, owner)


def _is_one(owner: BodyScope, name: str) -> bool:
    """Whether a name has one value wherever it is read; in a class body that is one around, until it is bound."""
    return len(owner.names.bindings[name]) == 1 and not isinstance(owner.node, ast.ClassDef)


def _imported(binding: Binding, owner: BodyScope) -> Type:
    """What an import binds; nothing if it leads nowhere, as others of the name do not (`scopes.alternatives`)."""
    found = owner.type_of_binding(binding)
    if found != UNKNOWN:
        return found
    others = [other for other in owner.names.bindings.get(binding.name, ()) if other.kind == "import"]
    return NEVER if any(owner.type_of_binding(other) != UNKNOWN for other in others) else UNKNOWN


def _bound(binding: Binding, owner: BodyScope) -> Lazy:
    return lambda: owner.type_of_binding(binding)


def _sources_of_name(name: str, owner: BodyScope | None, frame: BodyScope) -> _Sources:
    """Where a name gets its values in a frame: at its bindings and, if it is a parameter or comes from around, at the
    start. What other functions bind with `nonlocal` or `global` may be in force wherever it is read."""
    return (owner or frame).known(("sources", name, owner is None), lambda: _new_sources(name, owner, frame))


def _new_sources(name: str, owner: BodyScope | None, frame: BodyScope) -> _Sources:
    sent = [] if owner is None else [_bound(binding, scope) for scope, binding in owner.bodies.sent_to(owner, name)]

    def with_sent(value: Lazy) -> Lazy:
        return (lambda: union([value(), *(other() for other in sent)])) if sent else value

    sources: _Sources = {}
    bindings = (frame.names.sent.get(name) or []) if owner is None else owner.names.bindings[name]
    for binding in bindings:
        if binding.kind == "parameter":
            sources[Graph.START] = with_sent(_value(binding, owner or frame))
        for point in frame.graph.points(binding.node):
            sources[point] = with_sent(_value(binding, owner or frame))
    if owner is None or isinstance(owner.node, ast.ClassDef):
        sources.setdefault(Graph.START, lambda: frame.from_around(name) or UNKNOWN)
    elif sent:
        sources.setdefault(Graph.START, with_sent(lambda: NEVER))
    return sources


def _sources_of_reference(
    node: ast.Attribute | ast.Subscript, root: ast.Name, scope: BodyScope, whole: Lazy
) -> _Sources:
    """Where an attribute gets its values: where it is assigned; where what it belongs to is bound, it is any of its."""
    frame = scope.frame
    graph = frame.graph
    owner = scope.owner_of(root.id)
    sources: _Sources = {Graph.START: whole}
    bindings = frame.names.sent.get(root.id, []) if owner is None else owner.names.bindings[root.id]
    for binding in bindings:
        sources.update((point, whole) for point in graph.points(binding.node))
    for prefix in prefixes_of(node):
        sources.update((point, whole) for point in graph.stores.get(prefix, ()))
    for point in graph.stores.get(key_of(node) or "", ()):
        sources[point] = _stored(graph.nodes[point], scope, whole)
    return sources


def _stored(target: ast.AST | None, scope: BodyScope, whole: Lazy) -> Lazy:
    return lambda: _assigned_to(target, scope, whole) if isinstance(target, _REFERENCES) else whole()


def _assigned_to(target: ast.Attribute | ast.Subscript, scope: BodyScope, whole: Lazy) -> Type:
    """What an attribute or item is behind an assignment: its value, unless a descriptor may have changed that."""
    binding = binding_of_store(target)
    if binding is None or binding.value is None or binding.kind == "augment":
        return whole()
    inside = scope.bodies.scope_of(target)
    receivers = members(infer(target.value, inside))
    if isinstance(target, ast.Attribute) and not all(_keeps(receiver, target.attr) for receiver in receivers):
        return whole()
    if isinstance(target, ast.Subscript) and not all(_is_container(receiver) for receiver in receivers):
        return whole()
    return fitted(taken(binding, inside), whole())


def _keeps(receiver: Type, name: str) -> bool:
    """Whether what is assigned to an attribute is what is read again: it is no property and no other descriptor."""
    if isinstance(receiver, ModuleObject):
        return True
    if not isinstance(receiver, (Instance, ClassObject)):
        return False
    found = receiver.cls.member(name)
    if found is None:
        return receiver.cls.member("__getattr__") is None
    return found.on_instance or not any(_is_descriptor(member) for member in members(found.type))


def _is_descriptor(member: Type) -> bool:
    if isinstance(member, Instance):
        return member.cls.has_unknown_base or member.cls.method("__get__") is not None
    return isinstance(member, (PropertyType, UnknownType))


def _is_container(receiver: Type) -> bool:
    return isinstance(receiver, Instance) and any(receiver.cls.is_("builtins", name) for name in ("list", "dict"))


def _keys(frame: BodyScope) -> tuple[set[str], set[str]]:
    """The keys that conditions in the block around a scope tell something of, and those that are assigned there."""
    return frame.known("keys", lambda: _keys_of_block(frame))


def _keys_of_block(frame: BodyScope) -> tuple[set[str], set[str]]:
    block = frame.block
    known = block.facts.get("keys")
    if known is None:
        known = block.facts["keys"] = _keys_in(block)
    return known  # type: ignore[return-value]  # put there the line above


def _keys_in(block: Block) -> tuple[set[str], set[str]]:
    asked: set[str] = set()
    for node in block.nodes_of(_TESTS):
        for test in tests_of(node):
            asked |= keys_asked(test)
    stored = {
        key_of(node)
        for node in block.nodes_of(_REFERENCES)
        if isinstance(node, _REFERENCES) and not isinstance(node.ctx, ast.Load)
    }
    return asked, {key for key in stored if key is not None}


def _without_not(test: ast.expr) -> ast.expr:
    while isinstance(test, ast.UnaryOp):
        test = test.operand
    return test


def _tests(node: ast.AST) -> list[ast.expr]:
    match node:
        case ast.BoolOp():
            return node.values
        case ast.comprehension():
            return node.ifs
        case ast.Match():
            return [node.subject]
        case ast.match_case():
            return [] if node.guard is None else [node.guard]
        case ast.If() | ast.IfExp() | ast.While() | ast.Assert():
            return [node.test]
    return []
