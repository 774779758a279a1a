"""What one file does with what it got from others: which calls it awaits, and what it passes in calls, as plain data.

    class Publisher:
        def __init__(self, channel):
            self._channel = channel

        async def publish(self, message):
            await self._channel.send(Envelope(message))

has two calls that others may ask about, by these *keys*:

    channel.send    awaited in `Publisher.publish`; the last two names count, without the underscores before the first
    .send           the same call, by the name of the method alone
    Envelope        a call of what the module imports or defines, with its argument closed: `_((...))`

An attribute that is read and not called has a key as well: `await response.content`, whether it is awaited or not; so
has a decorator, by its last name: `@logged`.

It also says how its classes define methods, since `send` may mean one of these.

It is kept apart from the Summary, since it changes with nearly every line, and few lines of it are ever asked for.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Generic, NamedTuple, TypeVar

from coroscope.knowledge import last_names
from coroscope.model.callers import functions_around, names_in, told
from coroscope.model.closing import Package
from coroscope.model.names import scope_node_of
from coroscope.model.summary import Call
from coroscope.nodes import FUNCTIONS, BlockNode, FunctionNode, names_around, parent_of
from coroscope.source import Range
from coroscope.syntax import Block, Tree

_HARMLESS = frozenset({"abstractmethod", "classmethod", "final", "override", "staticmethod"})
_RECEIVERS = frozenset({"self", "cls"})
READ = "await "
"""What keys of attributes that are read begin with."""
DECORATED = "@"
"""What keys of decorators begin with."""
_MOST_PLACES = 30
"""Of a call: who takes more arguments without names takes any number, and its places tell nothing."""
_Told_co = TypeVar("_Told_co", covariant=True)


class Awaits(NamedTuple):
    """What a file does with the results of the calls of one key.

    `where` is the qualified name of the function around the first call that is awaited, `range` its place, both None if
    there is none. `awaited` calls are awaited, `others` neither that nor handed to something that awaits them. Of what
    `await` gives, so much is awaited `again`.
    """

    where: str | None
    range: Range | None
    awaited: int
    others: int
    again: int = 0


class Place(NamedTuple):
    """An argument of a call: what is called, as written, and the argument's name or index.

    What has a name is the same whatever the receiver is: `.post` with `body`.
    """

    taker: str
    argument: int | str


class Given(NamedTuple):
    """What a file does with the results of calls of one key that are an argument in one place."""

    place: Place
    awaits: Awaits


class Uses:
    """What one file does, by key: the calls that its code makes, and the methods that its classes define."""

    def __init__(self, tree: Tree, package: Package) -> None:
        self.tree = tree
        self.package = package

    @cached_property
    def calls(self) -> Mapping[str, list[ast.Call]]:
        """The calls by their keys, in the order of the blocks."""
        found: dict[str, list[ast.Call]] = {}
        for block in self.tree.blocks:
            for text_of in (key_of, name_of):
                for key, calls in calls_by(block, text_of).items():
                    found.setdefault(key, []).extend(calls)
        return found

    @cached_property
    def reads(self) -> Mapping[str, list[ast.Attribute]]:
        """The attributes that are read and not called, by their keys."""
        found: dict[str, list[ast.Attribute]] = {}
        for block in self.tree.blocks:
            for key, reads in _reads_of(block).items():
                found.setdefault(key, []).extend(reads)
        return found

    @cached_property
    def methods(self) -> Mapping[str, list[FunctionNode]]:
        """The methods of all classes by their names."""
        found: dict[str, list[FunctionNode]] = {}
        for block in self.tree.blocks:
            around = None if block.parent is None else block.parent.node
            if isinstance(around, ast.ClassDef) and isinstance(block.node, FUNCTIONS):
                found.setdefault(block.node.name, []).append(block.node)
        return found

    @cached_property
    def decorated(self) -> Mapping[str, list[tuple[ast.expr, BlockNode]]]:
        """The functions and classes that are decorated, with the decorator, by its key."""
        found: dict[str, list[tuple[ast.expr, BlockNode]]] = {}
        for block in self.tree.blocks:
            for decorator in getattr(block.node, "decorator_list", ()):
                named = decorator.func if isinstance(decorator, ast.Call) else decorator
                word = getattr(named, "attr", getattr(named, "id", ""))
                found.setdefault(DECORATED + word, []).append((decorator, block.node))
        return found

    def has(self, key: str) -> bool:
        """Whether there is anything of that key."""
        return key in self.calls or key in self.methods or key in self.reads or key in self.decorated

    def everything(self) -> dict[tuple[Question[object], str], object]:
        """The answers to all questions, for a file whose tree is not kept."""
        named = [key for key in {*self.calls, *self.methods} if not key.startswith(".")]
        asked = [(question, key) for key in named for question in QUESTIONS]
        asked += [(AWAITS, key) for key in self.calls if key.startswith(".")]
        asked += [(READS, key) for key in self.reads]
        asked += [(DECORATES, key) for key in self.decorated]
        told = ((question, key, question.tell(self, key)) for question, key in asked)
        return {(question, key): one for question, key, one in told if one is not None}


@dataclass(frozen=True, slots=True)
class Question(Generic[_Told_co]):
    """A question about a file that is asked by key: `tell` gives its answer, None if there is nothing to tell.

    `most` files are asked at most: of more, the first ones if a sample will do (`is_sample`), else none at all, for the
    key is a word then that everybody uses.
    """

    tell: Callable[[Uses, str], _Told_co | None]
    most: int = 40
    is_sample: bool = False


def _tell_awaits(uses: Uses, key: str) -> Awaits | None:
    return _awaits(uses.tree, telling(uses.calls.get(key, ()), key))


AWAITS = Question(_tell_awaits)
"""What becomes of the results of calls such as `channel.send`, of all methods named `.send`, or of names, `handler`?"""


def _tell_reads(uses: Uses, key: str) -> Awaits | None:
    return _awaits(uses.tree, uses.reads.get(key, ()))


READS = Question(_tell_reads)
"""What becomes of attributes such as `response.content` (the key is `await response.content`), if any is awaited?"""


def _tell_given(uses: Uses, key: str) -> tuple[Given, ...] | None:
    by_place: dict[Place, list[ast.Call]] = {}
    for call in uses.calls.get(key, ()):
        above = parent_of(call)
        place = place_of(above if isinstance(above, ast.Await) else call)
        if place is not None:
            by_place.setdefault(place, []).append(call)
    told = ((place, _awaits(uses.tree, calls)) for place, calls in by_place.items())
    return tuple(Given(place, awaits) for place, awaits in told if awaits is not None) or None


GIVEN = Question(_tell_given, most=12, is_sample=True)
"""What becomes of the results of calls such as `encode` that stand in the arguments of other calls?"""


def _awaits(tree: Tree, values: Sequence[ast.expr]) -> Awaits | None:
    if not values:
        return None
    awaited = [above for above in map(parent_of, values) if isinstance(above, ast.Await)]
    others = sum(not isinstance(parent_of(value), ast.Await) and not is_handed_over(value) for value in values)
    if not awaited:
        return Awaits(None, None, 0, others)
    again = sum(map(_is_awaited_again, awaited))
    return Awaits(names_around(awaited[0]), tree.range(awaited[0]), len(awaited), others, again)


def _is_awaited_again(given: ast.Await) -> bool:
    return isinstance(parent_of(given), ast.Await) or is_handed_over(given)


class Method(NamedTuple):
    """What a file's classes define under one name: whether a plain method, or an `async def` of which something else
    is made; the name of the first."""

    is_plain: bool
    is_changed: bool
    where: str
    range: Range


def _tell_methods(uses: Uses, name: str) -> Method | None:
    found = uses.methods.get(name)
    if found is None:
        return None
    is_plain = any(not isinstance(method, ast.AsyncFunctionDef) for method in found)
    is_changed = any(isinstance(method, ast.AsyncFunctionDef) and _is_changed(method) for method in found)
    return Method(is_plain, is_changed, f"{names_around(found[0])}.{name}", uses.tree.name_range(found[0]))


METHODS = Question(_tell_methods)
"""How do the classes of the file define methods of that name?"""


def _tell_properties(uses: Uses, name: str) -> tuple[str, ...] | None:
    found = (method for method in uses.methods.get(name, ()) if _is_property(method))
    return tuple(dict.fromkeys(names_around(method) for method in found)) or None


PROPERTIES = Question(_tell_properties)
"""Which classes of the file have a property of that name, or something like one?"""


class Decorates(NamedTuple):
    """What a file decorates with what has one name: whether anything but `async def`s, and the first of these."""

    others: bool
    where: str | None
    range: Range | None


def _tell_decorates(uses: Uses, key: str) -> Decorates | None:
    if not key.startswith(DECORATED):
        decorators = {decorator for used in uses.decorated.values() for decorator, _ in used}
        is_called = any(call not in decorators for call in uses.calls.get(key, ()))
        return Decorates(True, None, None) if is_called else None
    used = uses.decorated.get(key, ())
    found = [node for _, node in used if isinstance(node, ast.AsyncFunctionDef) and not _is_generator(node)]
    if not found:
        return Decorates(True, None, None) if used else None
    where = f"{names_around(found[0])}.{found[0].name}".lstrip(".")
    return Decorates(len(found) < len(used), where, uses.tree.name_range(found[0]))


DECORATES = Question(_tell_decorates)
"""What does the file decorate with `@logged`? Calls of `logged` or `tools.logged` elsewhere decorate something else."""


def _is_generator(function: FunctionNode) -> bool:
    return any(function.block.nodes_of((ast.Yield, ast.YieldFrom)))  # type: ignore[union-attr]


def _is_property(method: FunctionNode) -> bool:
    decorators = (getattr(one, "attr", getattr(one, "id", "")) for one in method.decorator_list)
    return any("property" in name for name in decorators)


def _is_changed(method: ast.AsyncFunctionDef) -> bool:
    """Whether what it makes may be no coroutine: a decorator makes something else of it, or it is a generator."""
    names = {getattr(one, "attr", getattr(one, "id", "")) for one in method.decorator_list}
    return not names <= _HARMLESS or _is_generator(method)


def _tell_passed(uses: Uses, key: str) -> tuple[Call, ...] | None:
    found: list[Call] = []
    at_top = names_in(uses.tree.root.node).bindings
    for call in uses.calls.get(key, ()):
        root = call.func.value if isinstance(call.func, ast.Attribute) else call.func
        if not isinstance(root, ast.Name) or root.id not in at_top or not (call.args or call.keywords):
            continue
        block = uses.tree.block(call)
        is_local = any(root.id in names_in(function).bindings for function in functions_around(block))
        one = None if is_local else told(uses.tree, call, block, uses.package, {})
        if one is not None:
            found.append(one)
    return tuple(dict.fromkeys(found)) or None


PASSED = Question(_tell_passed)
"""Which calls of `Envelope` or `shapes.Envelope` pass anything, where the first name is one of the module's own?"""

QUESTIONS: tuple[Question[object], ...] = (AWAITS, GIVEN, METHODS, PROPERTIES, PASSED, DECORATES)


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


def name_of(callee: ast.expr) -> str | None:
    """The key of the call of a method by its name alone; None for other calls."""
    return f".{callee.attr}" if isinstance(callee, ast.Attribute) else None


def read_key_of(node: ast.AST) -> str | None:
    """The key of an attribute that is read and not called; None for all else."""
    if not isinstance(node, ast.Attribute) or not isinstance(node.ctx, ast.Load):
        return None
    above = parent_of(node)
    key = None if isinstance(above, ast.Call) and above.func is node else key_of(node)
    return None if key is None else READ + key


def place_of(argument: ast.expr) -> Place | None:
    """The place of an argument; None if it is none, or if that cannot be said. `cast` takes all, and is no place."""
    above = parent_of(argument)
    call = parent_of(above) if isinstance(above, ast.keyword) else above
    taker = dotted(call.func) if isinstance(call, ast.Call) else None
    if taker is None or not isinstance(call, ast.Call):
        return None
    _, dot, name = taker.rpartition(".")
    if name == "cast":
        return None
    if isinstance(above, ast.keyword):
        return None if above.arg is None else Place(f"{dot}{name}", above.arg)
    arguments = call.args[:_MOST_PLACES]
    at = arguments.index(argument) if argument in arguments else None
    return None if at is None or ast.Starred in map(type, arguments[:at]) else Place(taker, at)


def dotted(callee: ast.expr) -> str | None:
    """A name with attributes as text; None for any other expression."""
    parts: list[str] = []
    while isinstance(callee, ast.Attribute):
        parts.append(callee.attr)
        callee = callee.value
    return ".".join([callee.id, *reversed(parts)]) if isinstance(callee, ast.Name) else None


def calls_by(block: Block, text_of: Callable[[ast.expr], str | None]) -> Mapping[str, list[ast.Call]]:
    """The calls of a block's own code by a text of what they call; those that have none are left out."""
    known = block.facts.get(text_of)
    if known is None:
        found: dict[str, list[ast.Call]] = {}
        for node in block.nodes_of((ast.Call,)):
            text = text_of(node.func) if isinstance(node, ast.Call) else None
            if isinstance(node, ast.Call) and text is not None:
                found.setdefault(text, []).append(node)
        known = block.facts[text_of] = found
    return known  # type: ignore[return-value]  # put there above


def reads_by(block: Block, key: str) -> Sequence[ast.Attribute]:
    """The attributes of a key that a block's own code reads."""
    return _reads_of(block).get(key, ())


def _reads_of(block: Block) -> Mapping[str, list[ast.Attribute]]:
    known = block.facts.get(_reads_of)
    if known is None:
        found: dict[str, list[ast.Attribute]] = {}
        for node in block.nodes_of((ast.Attribute,)):
            key = read_key_of(node)
            if key is not None and isinstance(node, ast.Attribute):
                found.setdefault(key, []).append(node)
        known = block.facts[_reads_of] = found
    return known  # type: ignore[return-value]  # put there above


def telling(calls: Iterable[ast.Call], key: str) -> list[ast.Call]:
    """Those calls of a key whose use tells what they give: of a name alone, not those that are just handed back."""
    return [call for call in calls if "." in key or not _is_handed_back(call)]


def is_handed_over(value: ast.expr) -> bool:
    """Whether a value goes straight to something that by its name takes awaitables (`create_task`)."""
    above = parent_of(value)
    if not isinstance(above, ast.Call) or value not in above.args:
        return False
    taker = getattr(above.func, "attr", getattr(above.func, "id", ""))
    return taker in last_names("takers", "all", "first")


def _is_handed_back(call: ast.Call) -> bool:
    """Whether a plain function or lambda returns the result of a call, which says nothing: its caller may await it."""
    above = parent_of(call)
    if isinstance(above, ast.Lambda):
        return above.body is call
    around = scope_node_of(call) if isinstance(above, ast.Return) else None
    return isinstance(around, ast.FunctionDef)
