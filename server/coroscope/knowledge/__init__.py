"""Facts about Python's libraries, as data: one TOML file a subject."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from typing import NamedTuple, TypedDict

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


class Callback(NamedTuple):
    """How a call gets a function that it only calls, and what becomes of what that makes.

    The function is the argument of that keyword, or the one at that place, if any. A running event `loop` drops what it
    makes, or a `thread` or other code outside of loops; it is `dropped` somewhere, `tested` for truth or compared, or
    `given` back in some way, or `folded` with the next one and then given back.
    """

    keyword: str
    place: int | None
    use: str


@cache
def callbacks() -> Mapping[str, Callback]:
    """The functions that only call what they get, by dotted name."""
    told: Mapping[str, Mapping[str, tuple[str] | tuple[str, int]]] = tomllib.loads(_text("callbacks"))
    return {
        name: Callback(place[0], place[1] if len(place) == 2 else None, use)
        for use, taken in told.items()
        for name, place in taken.items()
    }


@cache
def callers() -> Mapping[str, list[Callback]]:
    """The same by the last parts of these names, which is what calls of them mention."""
    found: dict[str, list[Callback]] = {}
    for name, callback in callbacks().items():
        found.setdefault(name.rpartition(".")[2], []).append(callback)
    return found


class Blocking(NamedTuple):
    """Something that does not give way before it is done.

    Its `kind` is `waits`, or `brief` where it is quick as a rule; `twin` is what asyncio or a library for it has
    instead, empty without one.
    """

    kind: str
    twin: str


@cache
def blocking() -> Mapping[str, Blocking]:
    """The functions, methods and classes whose calls do not give way, by dotted name."""
    told = tomllib.loads(_text("blocking"))
    return {
        (name := f"{owner}.{last}"): Blocking(kind, told["twins"].get(name, ""))
        for kind in ("waits", "brief")
        for owner, lasts in told[kind].items()
        for last in lasts
    }


@cache
def blocking_names() -> frozenset[str]:
    """The last parts of these names, which is what calls of them mention."""
    return _last_parts(blocking())


class Framework(NamedTuple):
    """A framework for async code: how it runs and starts things, and its `words` for what asyncio has, by dotted name.

    What runs something takes a coroutine, or a function with its positional arguments. A task group, of one of the
    classes in `groups`, `start`s things by that method; people call it a `group`, and a variable for it has the name
    `variable`. What runs a process has output `captured` or `shown` by these keywords, None if it has arguments of its
    own. Without `words`, it is asyncio.
    """

    libraries: frozenset[str]
    groups: frozenset[str]
    takes_functions: bool
    start: str
    group: str
    variable: str
    captured: str | None
    shown: str
    words: Mapping[str, str] | None

    def equivalent(self, name: str) -> str | None:
        """The dotted name of what it has for that of asyncio; None if it has no such."""
        return name if self.words is None else self.words.get(name)


@cache
def frameworks() -> Mapping[str, Framework]:
    """The frameworks by their names, asyncio first."""
    told: Mapping[str, _Framework] = tomllib.loads(_text("frameworks"))
    return {name: _framework(told[name]) for name in ("asyncio", "anyio", "trio")}


class _Framework(TypedDict, total=False):
    libraries: list[str]
    groups: list[str]
    takes: str
    start: str
    group: str
    variable: str
    captured: str
    shown: str
    words: dict[str, str]


def _framework(entry: _Framework) -> Framework:
    takes_functions = entry["takes"] == "function"
    texts = (entry["start"], entry["group"], entry["variable"], entry.get("captured"), entry.get("shown", ""))
    libraries, groups = frozenset(entry["libraries"]), frozenset(entry["groups"])
    return Framework(libraries, groups, takes_functions, *texts, entry.get("words"))


@cache
def path_methods() -> frozenset[str]:
    """The methods of `pathlib.Path` that are async, and give the same, where a framework has a class of paths."""
    told: Mapping[str, Mapping[str, list[str]]] = tomllib.loads(_text("frameworks"))
    return frozenset(told["paths"]["methods"])


class Obsolete(NamedTuple):
    """What a Python has, or had, that has no future: since when it is `deprecated`, if it ever was, and `removed`.

    `instead` are the words for what to use, `becomes` is the dotted name that does the same, if there is one. Of calls,
    `detail` says what of them is meant: the keyword of an argument, or the class that an argument has to be of.
    """

    deprecated: tuple[int, int] | None
    removed: tuple[int, int] | None
    instead: str
    becomes: str
    detail: str


@cache
def obsolete(kind: str) -> Mapping[str, Obsolete]:
    """What asyncio gives up of one kind, by its public dotted name: `name`, `loop`, `way`, `argument`, `other`."""
    told: Mapping[str, list[dict[str, str]]] = tomllib.loads(_text("obsolete"))
    return {name: _obsolete(entry) for entry in told[kind] for name in entry["names"]}


def _obsolete(entry: Mapping[str, str]) -> Obsolete:
    return Obsolete(
        _version(entry.get("deprecated")),
        _version(entry.get("removed")),
        entry["instead"],
        entry.get("becomes", ""),
        entry.get("argument") or entry.get("class", ""),
    )


def _version(text: str | None) -> tuple[int, int] | None:
    if text is None:
        return None
    major, minor = text.split(".")
    return int(major), int(minor)


class Resource(NamedTuple):
    """Something that has to be closed: with the methods and attributes of `closing`, by the `close` statements.

    The `words` say what is wrong if it is not.
    A call makes it, or makes what gives it when it is `awaited`, as that `item`. What `enters` can stand behind `async
    with`. Where `opens` names methods, only a call of one of them makes it something to close.
    """

    words: str
    closing: frozenset[str]
    close: tuple[str, ...]
    enters: bool
    awaited: bool
    item: int | None
    opens: frozenset[str]

    @property
    def method(self) -> str:
        """The method that closes it."""
        return self.close[0].removeprefix("await ").removeprefix("{}.").removesuffix("()")


@cache
def resources() -> Mapping[str, Resource]:
    """What has to be closed, by the dotted name of what is called."""
    told: list[_Resource] = tomllib.loads(_text("resources"))["resource"]
    return {name: _resource(entry) for entry in told for name in entry["names"]}


class _Resource(TypedDict, total=False):
    names: list[str]
    words: str
    closing: list[str]
    close: list[str]
    enters: bool
    awaited: bool
    item: int
    opens: list[str]


def _resource(entry: _Resource) -> Resource:
    return Resource(
        entry["words"],
        frozenset(entry["closing"]),
        tuple(entry["close"]),
        entry.get("enters", False),
        entry.get("awaited", False),
        entry.get("item"),
        frozenset(entry.get("opens", ())),
    )


@cache
def resource_names() -> frozenset[str]:
    """The last parts of these names, which is what calls of them mention."""
    return _last_parts(resources())


class Bound(NamedTuple):
    """An object that belongs to an event loop, which the methods that it `needs` wait in or ask for something.

    What is `made` in a loop belongs to that one, all else to the first that has to wait for it. What `frees` it makes
    it fit for the next one. Where `if_also` names methods, it has to wait only where code calls one of them, too.
    """

    made: bool
    needs: frozenset[str]
    frees: frozenset[str]
    if_also: frozenset[str]


@cache
def bound() -> Mapping[str, Bound]:
    """Objects that belong to one event loop, by the dotted names of their classes."""
    told: list[_Bound] = tomllib.loads(_text("bound"))["bound"]
    return {name: _bound(entry) for entry in told for name in entry["classes"]}


class _Bound(TypedDict, total=False):
    classes: list[str]
    made: bool
    needs: list[str]
    frees: list[str]
    if_also: list[str]


def _bound(entry: _Bound) -> Bound:
    frees, if_also = frozenset(entry.get("frees", ())), frozenset(entry.get("if_also", ()))
    return Bound(entry.get("made", False), frozenset(entry["needs"]), frees, if_also)


@cache
def waiting_names() -> frozenset[str]:
    """The last parts of those that are not brief."""
    return _last_parts(name for name, known in blocking().items() if known.kind == "waits")


@cache
def names(subject: str, key: str) -> frozenset[str]:
    """A list of dotted names, such as `builtins.print`, from the file of that subject."""
    return frozenset(tomllib.loads(_text(subject))[key])


@cache
def last_names(subject: str, *keys: str) -> frozenset[str]:
    """The last parts of the dotted names in some of these lists, which is what calls of them mention."""
    return _last_parts(name for key in keys for name in names(subject, key))


def _last_parts(names: Iterable[str]) -> frozenset[str]:
    return frozenset(name.rpartition(".")[2] for name in names)


def _text(subject: str) -> str:
    return files(__name__).joinpath(f"{subject}.toml").read_text("utf-8")
