"""What one file does with what it got from others: which calls it awaits, and what it passes in calls, as plain data.

    class Publisher:
        def __init__(self, channel):
            self._channel = channel

        async def publish(self, message):
            await self._channel.send(Envelope(message))

has two calls that others may ask about, by these *keys*:

    channel.send    awaited in `Publisher.publish`; the last two names count, without the underscores before the first
    Envelope        a call of what the module imports or defines, with its argument closed: `_((...))`

It also says which plain methods its classes define, since `send` may mean one of these.

It is kept apart from the Summary, since it changes with nearly every line, and few lines of it are ever asked for.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from coroscope.knowledge import last_names
from coroscope.model.callers import functions_around, names_in, told
from coroscope.model.closing import Package
from coroscope.model.summary import Call
from coroscope.source import Range
from coroscope.syntax import FUNCTIONS, Block, Tree, ancestors, parent_of

_RECEIVERS = frozenset({"self", "cls"})
_NO_CALLS: Mapping[str, list[ast.Call]] = {}


class Awaits(NamedTuple):
    """What a file does with the results of the calls of one key.

    `where` is the qualified name of the function around the first call that is awaited, `range` the place of that, both
    None if there is none; `others` tells of calls that are neither awaited nor handed to something that awaits them.
    """

    where: str | None
    range: Range | None
    others: bool


def awaits(tree: Tree, key: str) -> Awaits | None:
    """What becomes of the results of calls such as `channel.send`; None if there is no such call."""
    first: ast.Call | None = None
    is_called = others = False
    for call in _calls(tree, key):
        is_called = True
        if isinstance(parent_of(call), ast.Await):
            first = first or call
        elif not is_handed_over(call):
            others = True
    if first is None:
        return Awaits(None, None, others) if is_called else None
    around = [above.name for above in ancestors(first) if isinstance(above, (*FUNCTIONS, ast.ClassDef))]
    return Awaits(".".join(reversed(around)), tree.range(first), others)


def has_plain_method(tree: Tree, name: str) -> bool:
    """Whether a class of the file defines a method of that name as a plain `def`."""
    return name in _plain_methods(tree)


def _plain_methods(tree: Tree) -> frozenset[str]:
    blocks = (block for block in tree.blocks if block.parent and isinstance(block.parent.node, ast.ClassDef))
    return frozenset(block.node.name for block in blocks if isinstance(block.node, ast.FunctionDef))


def passed(tree: Tree, key: str, package: Package) -> tuple[Call, ...]:
    """The calls of `Envelope` or `shapes.Envelope` that pass anything, whose first name is one of the module's own."""
    found: list[Call] = []
    at_top = names_in(tree.root.node).bindings
    for call in _calls(tree, key):
        root = call.func.value if isinstance(call.func, ast.Attribute) else call.func
        if not isinstance(root, ast.Name) or not (call.args or call.keywords):
            continue
        block = tree.block(call)
        is_local = any(root.id in names_in(function).bindings for function in functions_around(block))
        one = told(tree, call, block, package, {}) if root.id in at_top and not is_local else None
        if one is not None:
            found.append(one)
    return tuple(dict.fromkeys(found))


def key_of(callee: ast.expr) -> str | None:
    """The key of a call: of a name itself, of an attribute with the last name before it; None for other expressions."""
    match callee:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=ast.Name(id=before), attr=name) if before not in _RECEIVERS:
            return f"{before.lstrip('_')}.{name}"
        case ast.Attribute(value=ast.Attribute(attr=before), attr=name):
            return f"{before.lstrip('_')}.{name}"
    return None


def calls_in(block: Block) -> Mapping[str, list[ast.Call]]:
    """The calls of a block's own code by their keys."""
    known = block.facts.get("calls by key")
    if known is None:
        found: dict[str, list[ast.Call]] = {}
        for node in block.nodes_of((ast.Call,)):
            key = key_of(node.func) if isinstance(node, ast.Call) else None
            if isinstance(node, ast.Call) and key is not None:
                found.setdefault(key, []).append(node)
        known = block.facts["calls by key"] = found or _NO_CALLS
    return known  # type: ignore[return-value]  # put there above


def is_handed_over(call: ast.Call) -> bool:
    """Whether the result of a call goes straight to something that by its name takes awaitables (`create_task`)."""
    above = parent_of(call)
    if not isinstance(above, ast.Call) or call not in above.args:
        return False
    taker = getattr(above.func, "attr", getattr(above.func, "id", ""))
    return taker in last_names("takers", "all", "first")


def keys(tree: Tree) -> frozenset[str]:
    """The keys of all calls of a file, and the names of its plain methods."""
    return frozenset(key for block in tree.blocks for key in calls_in(block)) | _plain_methods(tree)


def _calls(tree: Tree, key: str) -> Iterator[ast.Call]:
    for block in tree.blocks:
        yield from calls_in(block).get(key, ())
