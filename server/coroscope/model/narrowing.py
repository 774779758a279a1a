"""What a name is where a condition around it has asked: in `if isinstance(x, Job): x.run()` the last `x` is a `Job`.

Only `isinstance` that must have held is understood. Of a union its fitting members remain; a member that the class
asked for derives from becomes that class.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from coroscope.model.infer import infer
from coroscope.model.matching import assignable
from coroscope.model.names import is_scope
from coroscope.model.types import UNKNOWN, ClassObject, Instance, TupleType, Type, UnknownType, members, union
from coroscope.syntax import parent_of

if TYPE_CHECKING:
    from coroscope.model.bodies import BodyScope


def narrowed(node: ast.Name, type_: Type, scope: BodyScope) -> Type:
    """The type of a name where it is read, after what the conditions around have asked of it."""
    for call in _asked(node):
        asked = call.args[0]
        if not isinstance(asked, ast.Name) or asked.id != node.id or not _is_same_value(node, asked, scope):
            continue
        type_ = _as_one_of(type_, infer(call.args[1], scope), scope)
    return type_


def _asked(node: ast.Name) -> Iterator[ast.Call]:
    """The calls of `isinstance` that hold where a node is evaluated, the outermost last."""
    below: ast.AST = node
    above = parent_of(node)
    while above is not None and not is_scope(above):
        match above:
            case ast.If() | ast.While() if below in above.body:
                yield from _conjuncts(above.test)
            case ast.IfExp() if below is above.body:
                yield from _conjuncts(above.test)
            case ast.BoolOp(op=ast.And()):
                for value in above.values[: above.values.index(below)]:  # type: ignore[arg-type]
                    yield from _conjuncts(value)
        below, above = above, parent_of(above)


def _conjuncts(test: ast.expr) -> Iterator[ast.Call]:
    """The calls of `isinstance` that are true if a condition is."""
    match test:
        case ast.Call(func=ast.Name(id="isinstance"), args=[_, _], keywords=[]):
            yield test
        case ast.BoolOp(op=ast.And()):
            for value in test.values:
                yield from _conjuncts(value)


def _is_same_value(use: ast.Name, asked: ast.Name, scope: BodyScope) -> bool:
    """Whether nothing may have bound the name anew between the question and the use."""
    if len(scope.names.bindings.get(use.id, ())) < 2:
        return True
    graph, names = scope.graph, scope.names
    return set(graph.reaching(use, use.id, names)) == set(graph.reaching(asked, use.id, names))


def _as_one_of(type_: Type, classes: Type, scope: BodyScope) -> Type:
    """What remains of a type if it is an instance of a class, or of one in a tuple."""
    wanted = classes.items if isinstance(classes, TupleType) else members(classes)
    if not wanted or not all(isinstance(cls, ClassObject) for cls in wanted):
        return UNKNOWN
    instances = [Instance(cls.cls, cls.args) for cls in wanted if isinstance(cls, ClassObject)]
    kept: list[Type] = []
    for member in members(type_):
        for instance in instances:
            if isinstance(member, UnknownType) or assignable(instance, member, scope) is True:
                kept.append(instance if not isinstance(member, UnknownType) else UNKNOWN)
            elif assignable(member, instance, scope) is not False:
                kept.append(member)
    return union(kept) if kept else union(instances)
