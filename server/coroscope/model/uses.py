"""What one file does with what it got from others: which calls it awaits, and what it passes in calls, as plain data.

    class Publisher:
        def __init__(self, channel):
            self._channel = channel

        async def publish(self, message):
            await self._channel.send(Envelope(message))

has two calls that others may ask about, by these *keys*:

    channel.send    awaited in `Publisher.publish`; the last two names count, without the underscores before the first
    Envelope        a call of what the module imports or defines, with its argument closed: `_((...))`

It also says how its classes define methods, since `send` may mean one of these.

It is kept apart from the Summary, since it changes with nearly every line, and few lines of it are ever asked for.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar

from coroscope.knowledge import last_names
from coroscope.model.callers import functions_around, names_in, told
from coroscope.model.closing import Package
from coroscope.model.summary import Call
from coroscope.source import Range, Span
from coroscope.syntax import FUNCTIONS, Block, FunctionNode, Tree, ancestors, parent_of

_HARMLESS = frozenset({"abstractmethod", "classmethod", "final", "override", "staticmethod"})
_RECEIVERS = frozenset({"self", "cls"})
_Told_co = TypeVar("_Told_co", covariant=True)
_NO_CALLS: Mapping[str, list[ast.Call]] = {}


class Awaits(NamedTuple):
    """What a file does with the results of the calls of one key.

    `where` is the qualified name of the function around the first call that is awaited, `range` its place, both None if
    there is none. `awaited` calls are awaited, `others` neither that nor handed to something that awaits them.
    """

    where: str | None
    range: Range | None
    awaited: int
    others: int


class Place(NamedTuple):
    """An argument of a call: what is called, as written, and the argument's name or index."""

    taker: str
    argument: int | str


class Given(NamedTuple):
    """What a file does with the results of calls of one key that are an argument in one place."""

    place: Place
    awaits: Awaits


@dataclass(frozen=True, slots=True)
class Question(Generic[_Told_co]):
    """A question about a file that is asked by key: `tell` gives its answer, None if there is nothing to tell.

    `most` files are asked at most: of more, the first ones if a sample will do (`is_sample`), else none at all, for the
    key is a word then that everybody uses.
    """

    tell: Callable[[Tree, str, Package], _Told_co | None]
    most: int = 40
    is_sample: bool = False


def _tell_awaits(tree: Tree, key: str, _: Package) -> Awaits | None:
    return _awaits(tree, _calls(tree, key))


AWAITS = Question(_tell_awaits)
"""What becomes of the results of calls such as `channel.send`?"""


def _tell_given(tree: Tree, key: str, _: Package) -> tuple[Given, ...] | None:
    by_place: dict[Place, list[ast.Call]] = {}
    for call in _calls(tree, key):
        above = parent_of(call)
        place = place_of(above if isinstance(above, ast.Await) else call)
        if place is not None:
            by_place.setdefault(place, []).append(call)
    told = ((place, _awaits(tree, calls)) for place, calls in by_place.items())
    return tuple(Given(place, awaits) for place, awaits in told if awaits is not None) or None


GIVEN = Question(_tell_given, most=12, is_sample=True)
"""What becomes of the results of calls such as `encode` that stand in the arguments of other calls?"""


def _awaits(tree: Tree, calls: Iterable[ast.Call]) -> Awaits | None:
    awaited: list[ast.Await] = []
    is_called, others = False, 0
    for call in calls:
        is_called = True
        above = parent_of(call)
        if isinstance(above, ast.Await):
            awaited.append(above)
        elif not is_handed_over(call):
            others += 1
    if not awaited:
        return Awaits(None, None, 0, others) if is_called else None
    first = awaited[0]
    around = [above.name for above in ancestors(first) if isinstance(above, (*FUNCTIONS, ast.ClassDef))]
    return Awaits(".".join(reversed(around)), tree.range(first), len(awaited), others)


class Method(NamedTuple):
    """What a file's classes define under one name: a plain method, or `async def`s alone; the name of the first."""

    is_plain: bool
    where: str
    range: Range


def _tell_methods(tree: Tree, name: str, _: Package) -> Method | None:
    found = [method for method in _methods(tree) if method.name == name]
    if not found:
        return None
    around = [above.name for above in ancestors(found[0]) if isinstance(above, (*FUNCTIONS, ast.ClassDef))]
    plain = any(not isinstance(method, ast.AsyncFunctionDef) or _is_changed(method) for method in found)
    text = tree.source.text
    start = text.index(name, text.index("def", tree.span(found[0]).start) + len("def"))
    return Method(plain, ".".join([*reversed(around), name]), tree.source.range(Span(start, start + len(name))))


METHODS = Question(_tell_methods)
"""How do the classes of the file define methods of that name?"""


def _methods(tree: Tree) -> Iterator[FunctionNode]:
    for block in tree.blocks:
        if (
            block.parent is not None
            and isinstance(block.parent.node, ast.ClassDef)
            and isinstance(block.node, FUNCTIONS)
        ):
            yield block.node


def _is_changed(method: ast.AsyncFunctionDef) -> bool:
    """Whether what it makes may be no coroutine: a decorator makes something else of it, or it is a generator."""
    names = {getattr(one, "attr", getattr(one, "id", "")) for one in method.decorator_list}
    return not names <= _HARMLESS or any(method.block.nodes_of((ast.Yield,)))  # type: ignore[attr-defined]


def _tell_passed(tree: Tree, key: str, package: Package) -> tuple[Call, ...] | None:
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
    return tuple(dict.fromkeys(found)) or None


PASSED = Question(_tell_passed)
"""Which calls of `Envelope` or `shapes.Envelope` pass anything, where the first name is one of the module's own?"""

QUESTIONS: tuple[Question[object], ...] = (AWAITS, GIVEN, METHODS, PASSED)


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


def place_of(argument: ast.expr) -> Place | None:
    """The place of an argument; None if it is none, or if that cannot be said."""
    above = parent_of(argument)
    call = parent_of(above) if isinstance(above, ast.keyword) else above
    taker = dotted(call.func) if isinstance(call, ast.Call) else None
    if taker is None or not isinstance(call, ast.Call):
        return None
    if isinstance(above, ast.keyword):
        return None if above.arg is None else Place(taker, above.arg)
    before = call.args[: call.args.index(argument)] if argument in call.args else None
    if before is None or any(isinstance(one, ast.Starred) for one in before):
        return None
    return Place(taker, len(before))


def dotted(callee: ast.expr) -> str | None:
    """A name with attributes as text; None for any other expression."""
    parts: list[str] = []
    while isinstance(callee, ast.Attribute):
        parts.append(callee.attr)
        callee = callee.value
    return ".".join([callee.id, *reversed(parts)]) if isinstance(callee, ast.Name) else None


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
    """The keys of all calls of a file, and the names of its methods."""
    called = frozenset(key for block in tree.blocks for key in calls_in(block))
    return called | frozenset(method.name for method in _methods(tree))


def _calls(tree: Tree, key: str) -> Iterator[ast.Call]:
    for block in tree.blocks:
        yield from calls_in(block).get(key, ())
