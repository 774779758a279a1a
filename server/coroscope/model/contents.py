"""What one use of a container does with what is in it, by what stands around it.

jobs = [fetch(1), fetch(2)]
jobs.append(fetch(3))           # puts something in: the others stay where they are
print(len(jobs))                # takes nothing out
for job in jobs:                # hands each of them to `job`
    await job
await asyncio.gather(*jobs)     # takes them all, and so does whatever is not known to leave them
"""

from __future__ import annotations

import ast
from enum import Enum
from typing import TYPE_CHECKING

from coroscope.model.filling import is_empty
from coroscope.model.occurrences import occurrences
from coroscope.syntax import COMPREHENSIONS, FUNCTIONS, parent_of

if TYPE_CHECKING:
    from coroscope.model.bodies import Bodies, BodyScope

_PUTTING = frozenset({"append", "appendleft", "add", "insert", "extend", "extendleft", "update"})
_LEAVING = frozenset({"remove", "discard", "clear", "sort", "reverse", "rotate", "count", "index"})
_MEASURING = frozenset({"len", "bool", "repr", "str", "print"})
_DISPLAYS = (ast.List, ast.Tuple, ast.Set, ast.Dict, *COMPREHENSIONS)


class Taken(Enum):
    """Whether something takes out what is in a container."""

    NOTHING = "nothing"
    SOMETHING = "something"


def taken_from(container: ast.expr) -> ast.expr | Taken:
    """What takes the elements of a container out where it is read: the target of a loop, or whether anything does."""
    above = parent_of(container)
    match above:
        case ast.For(target=target, iter=iterable) | ast.comprehension(target=target, iter=iterable, is_async=0):
            return target if iterable is container else Taken.SOMETHING
        case ast.Attribute(attr=name):
            call = parent_of(above)
            is_statement = isinstance(call, ast.Call) and isinstance(parent_of(call), ast.Expr)
            return Taken.NOTHING if is_statement and name in _PUTTING | _LEAVING else Taken.SOMETHING
        case ast.Subscript(value=value, ctx=ast.Store() | ast.Del()) if value is container:
            return Taken.NOTHING
        case ast.Call(func=ast.Name(id=name)) if name in _MEASURING:
            return Taken.NOTHING
        case ast.If(test=test) | ast.While(test=test) if test is container:
            return Taken.NOTHING
        case ast.Expr() | ast.FormattedValue() | ast.UnaryOp(op=ast.Not()):
            return Taken.NOTHING
    return Taken.SOMETHING


def put_into(node: ast.expr) -> ast.Name | None:
    """The name of the container that an expression is put into where it stands, or that all its elements are.

    `+=` puts what was in the container before into what it binds the name to.
    """
    above = parent_of(node)
    match above:
        case ast.Call(func=ast.Attribute(value=ast.Name() as container, attr=name)) if name in _PUTTING:
            return container if node in above.args and isinstance(parent_of(above), ast.Expr) else None
        case ast.Assign(targets=[ast.Subscript(value=ast.Name() as container)]):
            return container
        case ast.AugAssign(target=ast.Name() as container, op=ast.Add()):
            return container if node is container or isinstance(node, _DISPLAYS) else None
    return None


def other_reads(container: ast.Name, bodies: Bodies) -> list[ast.Name] | None:
    """The other places where a container is read that a function makes; None if it is not known what else reads it."""
    scope: BodyScope | None = bodies.scope_of(container).owner_of(container.id)
    if scope is None or not isinstance(scope.node, FUNCTIONS):
        return None
    reads = scope.known(("reads", container.id), lambda: occurrences(scope, container.id))
    made = [binding for binding in scope.names.bindings[container.id] if binding.kind != "augment"]
    if reads.captured or len(made) != 1 or made[0].path or made[0].kind != "assign":
        return None
    if not isinstance(made[0].value, _DISPLAYS) and not is_empty(made[0].value):
        return None
    return [read for read in reads.here if read is not container]
