"""What one use of a container does with what is in it, by what stands around it.

jobs = [fetch(1), fetch(2)]
jobs.append(fetch(3))           # puts something in: the others stay where they are
print(len(jobs))                # takes nothing out
for job in jobs:                # hands each of them to `job`
    await job
await asyncio.gather(*jobs)     # takes them all, and so does whatever is not known to leave them

Where in the container something is, its *way* tells, step by step: in `pairs = [("a", fetch())]` the coroutine is at
`item 0, item 1` of `pairs`. A step without a number or key is for one of several: nobody knows which.
"""

from __future__ import annotations

import ast
from typing import Literal, NamedTuple, TypeAlias

from coroscope.nodes import COMPREHENSIONS, parent_of

_PUTTING = frozenset({"append", "appendleft", "add", "insert", "extend", "extendleft", "update"})
_LEAVING = frozenset({"remove", "discard", "clear", "sort", "reverse", "rotate", "count", "index", "move_to_end"})
_SHIFTING = frozenset({"appendleft", "insert", "extendleft", "pop", "popleft", "remove", "sort", "reverse", "rotate"})
_MEASURING = frozenset({"len", "bool", "repr", "str", "print", "any", "all"})
_COPYING = frozenset({"list", "tuple"})
_REORDERING = frozenset({"set", "frozenset", "sorted", "reversed", "iter", "deque"})
DISPLAYS = (ast.List, ast.Tuple, ast.Set, ast.Dict, *COMPREHENSIONS)


class Step(NamedTuple):
    """One step into a container: to an item of what is iterated, to a value of a dictionary, or to an attribute.

    `which` is its index, key or name, None if it may be any of them.
    """

    kind: Literal["item", "value", "attribute"]
    which: object = None


Way: TypeAlias = tuple[Step, ...]
"""The steps from a container to what is in it, the outermost first; none for the thing itself."""

EACH = Step("item")


class Onward(NamedTuple):
    """What has something next, and where in it: an expression by its value, or the target of a loop.

    It is certain that it has just that, and no other element, if index or key say so.
    """

    node: ast.expr
    way: Way
    is_target: bool = False
    is_certain: bool = False


Taken: TypeAlias = tuple[Onward, ...] | None
"""What takes something out of a container: nothing, if it stays there; None, if nobody knows."""


def taken_from(container: ast.expr, way: Way) -> Taken:
    """What takes that out of a container which is in it on some way, where the container is read."""
    step, rest = way[0], way[1:]
    above = parent_of(container)
    match above:
        case ast.For(target=target, iter=iterable) | ast.comprehension(target=target, iter=iterable, is_async=0):
            if iterable is not container or step.kind == "attribute":
                return None
            return (Onward(target, rest, is_target=True),) if step.kind == "item" else ()
        case ast.Attribute(value=value) if value is container:
            return _by_attribute(above, way) if step.kind == "attribute" else _by_method(above, way)
        case ast.Expr():
            return ()
    if step.kind == "attribute":
        return None
    match above:
        case ast.Subscript(value=value) if value is container:
            return _by_key(above, way)
        case ast.Starred():
            return _by_star(above, way)
        case ast.Dict() | ast.BinOp(op=ast.Add() | ast.BitOr()):
            return (Onward(above, (step._replace(which=None), *rest)),)
        case ast.Call(func=ast.Name(id=name)) if container in above.args:
            return _by_function(above, name, container, way)
        case ast.If() | ast.While() | ast.Assert() | ast.FormattedValue() | ast.UnaryOp(op=ast.Not()) | ast.Compare():
            return ()
    return None


def put_into(node: ast.expr, way: Way = ()) -> tuple[ast.Name, Way] | None:
    """The name of what a value is put into, and the way from there to what is in the value: an element, an attribute.

    `+=` puts what was in the container before into what it binds the name to.
    """
    above = parent_of(node)
    match above:
        case ast.Call(func=ast.Attribute(value=ast.Name() as container, attr="setdefault"), args=[key, value]):
            return (container, (Step("value", _constant(key)), *way)) if value is node else None
        case ast.Call(func=ast.Attribute(value=ast.Name() as container, attr=name)) if name in _PUTTING:
            if node not in above.args or not isinstance(parent_of(above), ast.Expr):
                return None
            if name not in ("extend", "extendleft", "update"):
                return container, (EACH, *way)
            return (container, _loosened(way)) if way else None
        case ast.Assign(targets=[ast.Subscript(value=ast.Name() as container, slice=key)]):
            return container, (Step("value", _constant(key)), *way)
        case ast.Assign(targets=[ast.Attribute(value=ast.Name() as container, attr=name)]):
            return container, (Step("attribute", name), *way)
        case ast.AugAssign(target=ast.Name() as container, op=ast.Add()) if way:
            return (container, _loosened(way)) if node is container or isinstance(node, DISPLAYS) else None
    return None


def steady(way: Way, reads: list[ast.Name]) -> Way:
    """The way to an item of a list, without its index if a use of the list may move the items."""
    is_moved = way[0].kind == "item" and any(
        isinstance(above := parent_of(read), ast.Attribute) and above.attr in _SHIFTING for read in reads
    )
    return _loosened(way) if is_moved else way


def unpacked(target: ast.Tuple | ast.List, way: Way) -> Taken:
    """What the parts of a target get when a container is unpacked into them."""
    step, rest = way[0], way[1:]
    if step.kind != "item":
        return () if step.kind == "value" else None
    star = next((i for i, part in enumerate(target.elts) if isinstance(part, ast.Starred)), len(target.elts))
    if isinstance(step.which, int) and step.which < star:
        return (Onward(target.elts[step.which], rest, is_target=True, is_certain=True),)
    if isinstance(step.which, int) and star == len(target.elts):
        return None
    parts = target.elts[star if isinstance(step.which, int) else 0 :]
    return tuple(
        Onward(part.value, (EACH, *rest), is_target=True)
        if isinstance(part, ast.Starred)
        else Onward(part, rest, is_target=True)
        for part in parts
    )


def _by_attribute(above: ast.Attribute, way: Way) -> Taken:
    call = parent_of(above)
    if above.attr == way[0].which:
        return (Onward(above, way[1:], is_certain=True),) if isinstance(above.ctx, ast.Load) else ()
    is_called = isinstance(call, ast.Call) and call.func is above
    return None if is_called or above.attr.startswith("__") else ()


def _by_method(above: ast.Attribute, way: Way) -> Taken:
    call = parent_of(above)
    if not isinstance(call, ast.Call) or call.func is not above:
        return None
    if isinstance(parent_of(call), ast.Expr) and above.attr in _PUTTING | _LEAVING:
        return ()
    if above.attr == "copy":
        return (Onward(call, way),)
    step, rest = way[0], way[1:]
    if step.kind == "item":
        return (Onward(call, rest),) if above.attr in ("pop", "popleft") else None
    match above.attr:
        case "keys":
            return ()
        case "values":
            return (Onward(call, (EACH, *rest)),)
        case "items":
            return (Onward(call, (EACH, Step("item", 1), *rest)),)
        case "popitem":
            return (Onward(call, (Step("item", 1), *rest)),)
        case "get" | "pop" | "setdefault" if call.args:
            return (Onward(call, rest),) if _may_be(call.args[0], step) else ()
    return None


def _by_key(above: ast.Subscript, way: Way) -> Taken:
    if not isinstance(above.ctx, ast.Load):
        return None if isinstance(parent_of(above), ast.AugAssign) else ()
    if isinstance(above.slice, ast.Slice):
        return (Onward(above, _loosened(way)),)
    is_certain = isinstance(above.slice, ast.Constant) and way[0].which is not None
    return (Onward(above, way[1:], is_certain=is_certain),) if _may_be(above.slice, way[0]) else ()


def _by_star(above: ast.Starred, way: Way) -> Taken:
    """In a display; in a call each is an argument of its own."""
    whole = parent_of(above)
    if way[0].kind != "item":
        return ()
    if isinstance(whole, ast.Call):
        return () if isinstance(whole.func, ast.Name) and whole.func.id in _MEASURING else None
    return (Onward(whole, _loosened(way)),) if isinstance(whole, (ast.List, ast.Tuple, ast.Set)) else None


def _by_function(call: ast.Call, name: str, container: ast.expr, way: Way) -> Taken:
    """A function of Python's own that gets a container."""
    step, rest = way[0], way[1:]
    position = call.args.index(container)
    if name in _MEASURING:
        return ()
    if any(isinstance(argument, ast.Starred) for argument in call.args):
        return None
    if name == "dict" and step.kind == "value":
        return (Onward(call, way),)
    is_made_of_it = name in _COPYING | _REORDERING | {"enumerate", "zip"}
    if step.kind == "value" and is_made_of_it:
        return ()
    if name in _COPYING:
        return (Onward(call, way),)
    if name in _REORDERING and position == 0:
        return (Onward(call, _loosened(way)),)
    if name == "enumerate" and position == 0:
        return (Onward(call, (EACH, Step("item", 1), *rest)),)
    if name == "zip":
        return (Onward(call, (EACH, Step("item", position), *rest)),)
    return (Onward(call, rest),) if name == "next" and position == 0 and step.kind == "item" else None


def _loosened(way: Way) -> Way:
    """A way whose first step may be to any item."""
    return (way[0]._replace(which=None), *way[1:]) if way[0].kind == "item" else way


def _constant(key: ast.expr) -> object:
    return key.value if isinstance(key, ast.Constant) else None


def _may_be(key: ast.expr, step: Step) -> bool:
    """Whether an index or key may lead to where a step does."""
    return not isinstance(key, ast.Constant) or step.which is None or key.value == step.which
