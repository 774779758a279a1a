"""What a function puts into the containers that it builds empty.

`tasks = []` says nothing about the elements; `tasks.append(create_task(run()))` does. All uses of the name are looked
at, those in functions inside as well: if the container goes to where others may put something in, its elements may be
anything else, too.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from coroscope.model.filling import Parts, additions, elements_of, hands_out, is_empty
from coroscope.model.protocols import iterated
from coroscope.model.signatures import parameters_of
from coroscope.model.stored import filled
from coroscope.model.types import NONE, UNKNOWN, FunctionObject, Instance, Overloads, Type
from coroscope.nodes import FUNCTIONS, parent_of
from coroscope.syntax import Block

if TYPE_CHECKING:
    from coroscope.model.bodies import BodyScope
    from coroscope.model.names import Binding

_MOST_ADDITIONS = 12
_READ_ONLY = re.compile(
    r"[\w.]*\b(Async)?(Iterable|Collection|Sequence|Mapping|AbstractSet|Container|Sized|object)\b.*"
)
"""Annotations of parameters through which nothing can be put in."""


def is_collecting(binding: Binding, scope: BodyScope) -> bool:
    """Whether a binding gives its name to a new container that begins empty, in a function."""
    statement = parent_of(binding.node)
    is_alone = isinstance(statement, ast.Assign) and len(statement.targets) == 1
    is_own = isinstance(scope.node, FUNCTIONS) and binding.name in scope.names.bindings
    return is_own and is_alone and not binding.path and is_empty(binding.value)


def collected(container: Type, binding: Binding, scope: BodyScope) -> Type:
    """The type of such a container, with what is put into it under this name."""
    put: list[tuple[Type, ...]] = []
    is_handed_out = False
    is_open = bool(scope.bodies.sent_to(scope, binding.name))
    for node in _uses(binding.name, scope):
        parts = _additions(node, scope)
        if parts is None or (parts and len(put) == _MOST_ADDITIONS):
            is_open = True
        elif parts:
            inside = scope.bodies.scope_of(node)
            put.append(tuple(_type_of(part, inside) for part in parts))
        is_handed_out = is_handed_out or hands_out(node)
    if isinstance(container, Instance) and len(container.cls.parameters) == 2:
        is_open = is_open or any(len(parts) == 1 for parts in put)
        put = [parts for parts in put if len(parts) > 1]
    if put and is_open:
        put.append((UNKNOWN,) * min(len(put[0]), 2))
    return filled(container, put, is_handed_out) if put else container


def _uses(name: str, scope: BodyScope) -> Iterator[ast.Name]:
    """Where a name of a function is read or added to, in the function and those inside that see it."""
    waiting = [scope.block]
    while waiting:
        block = waiting.pop()
        for node in _names_in(block).get(name, ()):
            above = parent_of(node)
            is_augmented = isinstance(above, ast.AugAssign) and above.target is node
            if (isinstance(node.ctx, ast.Load) or is_augmented) and _is_of(name, node, scope):
                yield node
        waiting += block.children


def _names_in(block: Block) -> dict[str, list[ast.Name]]:
    """The names in a block, by their text."""
    known = block.facts.get("names by text")
    if known is None:
        found: dict[str, list[ast.Name]] = {}
        for node in block.nodes_of((ast.Name,)):
            assert isinstance(node, ast.Name)
            found.setdefault(node.id, []).append(node)
        known = block.facts["names by text"] = found
    return known  # type: ignore[return-value]  # put there the line above


def _is_of(name: str, node: ast.Name, scope: BodyScope) -> bool:
    """Whether a name that is read somewhere inside a scope means that of the scope."""
    around = scope.bodies.scope_of(node)
    while around is not scope and name not in around.names.bindings:
        parent = around.parent
        if parent is None or not hasattr(parent, "bodies"):
            return False
        around = parent  # type: ignore[assignment]  # a scope of the file
    return around is scope


def _additions(node: ast.Name, scope: BodyScope) -> Parts | None:
    above = parent_of(node)
    match above:
        case ast.AugAssign(op=ast.Add() | ast.BitOr()):
            return (elements_of(above.value),) if above.target is node else ()
        case ast.Return() | ast.FormattedValue() | ast.BinOp() | ast.Await():
            return ()
        case ast.Tuple() if isinstance(parent_of(above), ast.Return):
            return ()
        case ast.Call() if above.func is not node and node in above.args:
            position = next(i for i, argument in enumerate(above.args) if argument is node)
            if _is_read_only(above, position, scope):
                return ()
        case ast.keyword():
            call = parent_of(above)
            if above.arg is not None and isinstance(call, ast.Call) and _is_read_only(call, above.arg, scope):
                return ()
    return additions(node)


def _is_read_only(call: ast.Call, place: int | str, scope: BodyScope) -> bool:
    """Whether the parameter that gets an argument is declared as something that nothing can be put into."""
    function = scope.bodies.type_of(call.func)
    items = function.items if isinstance(function, Overloads) else (function,)
    return all(isinstance(item, FunctionObject) and _takes_read_only(item, place) for item in items)


def _takes_read_only(function: FunctionObject, place: int | str) -> bool:
    parameters = parameters_of(function)
    if isinstance(place, str):
        annotations = [p.annotation for p in parameters if p.name == place]
    else:
        annotations = [p.annotation for p in parameters[place : place + 1] if p.kind in ("positional", "normal")]
    return bool(annotations) and _READ_ONLY.fullmatch((annotations[0] or "").strip("'\"")) is not None


def _type_of(part: ast.expr | None, scope: BodyScope) -> Type:
    if part is None:
        return NONE
    if isinstance(part, ast.Starred):
        return iterated(scope.bodies.type_of(part.value), scope.program)
    return scope.bodies.type_of(part)
