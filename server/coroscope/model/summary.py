"""What one file tells the outside: a `Summary`, plain data computed from that file alone.

Declarations hold expressions as text (an annotation, a base class, a default value), to be evaluated only when somebody
asks, and in the scope that they stand in. Equal Summaries mean that no other file can see a difference; the lines at
which things are defined do not take part in the comparison.

A *closed* expression is one in which local variables of a function are replaced by what was assigned to them, so that
nothing but the function's parameters and the names around the function is needed to evaluate it:

    def client(self):
        session = make_session()
        return session.get          →   results = ("make_session().get",)
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

Ending: TypeAlias = Literal["awaited", "returned", "dropped", "looked at", "asked", "refused", "escaped"]
ParameterKind: TypeAlias = Literal["positional", "normal", "rest", "keyword", "keywords"]


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of a function; annotation and default as text."""

    name: str
    kind: ParameterKind = "normal"
    annotation: str | None = None
    default: str | None = None


@dataclass(frozen=True, slots=True)
class Handed:
    """A call that gets a value, as `__it__` in its closed text; `then` are the ends of what the call makes.

    In `__it__()` the value is what is called.
    """

    call: str
    then: tuple[Ending, ...] = ()


@dataclass(frozen=True, slots=True)
class Effect:
    """What becomes of one parameter of a function (see `coroscope.model.effects`): all its uses; none if it has none.

    `dropped` is what a statement does that is nothing but the value, `looked at` what runs no coroutine (printed,
    compared, tested for truth), `asked` what only asks what it is, `refused` what raises for a coroutine. What
    `is_awaited` is so on every way through the function, unless an exception ends it before.
    """

    parameter: str
    uses: tuple[Ending | Handed, ...] = ()
    is_awaited: bool = False


@dataclass(frozen=True, slots=True)
class Function:
    """A function or method as defined.

    `results` are the closed expressions that it returns where there is no annotation, `yields` those that a generator
    yields; None among them stands for one that cannot be said, and a function without results never returns. `hollow`
    tells that the body does nothing (`pass`, `...`, a docstring), `raises` that it does nothing but raise. `nested` are
    the functions in it that its results name, `effects` what becomes of the parameters of which that can be told.
    `returned` are the calls that a plain function with an annotation returns, which may make awaitables all the same.
    `holds` tells that an async generator has something open at each `yield`.
    """

    name: str
    qualname: str
    parameters: tuple[Parameter, ...] = ()
    returns: str | None = None
    decorators: tuple[str, ...] = ()
    type_parameters: tuple[str, ...] = ()
    is_async: bool = False
    is_generator: bool = False
    holds: bool = False
    results: tuple[str | None, ...] = ()
    yields: tuple[str | None, ...] = ()
    returned: tuple[str, ...] = ()
    hollow: bool = False
    raises: str | None = None
    conditional: bool = False
    nested: tuple[Function, ...] = ()
    effects: tuple[Effect, ...] = ()

    def __hash__(self) -> int:
        """Cheap, since functions are parts of many keys."""
        return hash(self.qualname)

    @property
    def is_left_open(self) -> bool:
        """Whether the body does nothing, or says `NotImplementedError`: overrides decide what the method does."""
        return self.hollow or (self.raises is not None and self.raises.startswith("NotImplementedError"))

    @property
    def only_raises(self) -> bool:
        """Whether the body does nothing but raise, and means it."""
        return self.raises is not None and not self.is_left_open

    @property
    def says_never(self) -> bool:
        """Whether the annotation says that it never returns."""
        return (self.returns or "").rpartition(".")[2].strip("'\"") in ("NoReturn", "Never")


@dataclass(frozen=True, slots=True)
class Variable:
    """An assignment: annotation and value as text; `within` names the method that assigns, for instance attributes.

    A value of None means one that cannot be said (an unpacking, a loop variable of unknown origin).
    """

    annotation: str | None = None
    value: str | None = None
    within: str | None = None
    conditional: bool = False


@dataclass(frozen=True, slots=True)
class Import:
    """`import module`, or `from module import name` (then `name` is set); `module` is absolute.

    `whole` tells that `import a.b` binds only its first part, `a`. What a stub imports is `private` unless it says
    `as` the same name: others cannot see it (PEP 484, "Stub Files").
    """

    module: str
    name: str | None = None
    whole: bool = False
    conditional: bool = False
    private: bool = False


@dataclass(frozen=True, slots=True)
class Class:
    """A class as defined: its own names, and the attributes that its methods assign to `self` or `cls`."""

    name: str
    qualname: str
    bases: tuple[str, ...] = ()
    keywords: tuple[tuple[str, str], ...] = ()
    decorators: tuple[str, ...] = ()
    type_parameters: tuple[str, ...] = ()
    names: dict[str, tuple[Declaration, ...]] = field(default_factory=dict)
    attributes: dict[str, tuple[Variable, ...]] = field(default_factory=dict)
    conditional: bool = False


@dataclass(frozen=True, slots=True)
class Alias:
    """A `type X[T] = …` statement (PEP 695)."""

    value: str
    type_parameters: tuple[str, ...] = ()
    conditional: bool = False


@dataclass(frozen=True, slots=True)
class Call:
    """A call of a private function: `text` is the call with its arguments closed over what is around it.

    `within` is the qualified name of the outermost function that it stands in, empty at the module level. `on_class`
    tells that the function was got from a class (`Store._save(store)`).
    """

    text: str
    within: str
    on_class: bool = False


Declaration: TypeAlias = Function | Class | Variable | Import | Alias


@dataclass(frozen=True, slots=True)
class Exports:
    """What `__all__` lists: names, and all that other modules list in theirs (`orders.__all__`).

    `is_open` tells that it lists more than can be read.
    """

    names: tuple[str, ...] = ()
    modules: tuple[str, ...] = ()
    is_open: bool = False


@dataclass(slots=True)
class CallsMade:
    """Calls that functions make, closed, by the qualified name of the function, and the functions asked about.

    They change often and seldom matter, so that only what somebody asked for is compared.
    """

    told: dict[str, tuple[str, ...]] = field(default_factory=dict)
    asked: set[str] = field(default_factory=set)

    def of(self, qualname: str) -> tuple[str, ...]:
        """Those of one function."""
        self.asked.add(qualname)
        return self.told.get(qualname, ())

    def tell_the_same(self, other: CallsMade) -> bool:
        """Whether those who asked would be told the same by others."""
        return all(self.told.get(name) == other.told.get(name) for name in self.asked)


@dataclass(frozen=True, slots=True)
class Summary:
    """A module: its names with their declarations in the order of the text.

    `stars` are the absolute names of modules imported with `*`, those that count most first; `exports` is `__all__`.
    `calls` are the calls of private functions by qualified name, for those of which all calls are seen; `contents` what
    is put into containers by qualified name of the attribute (see `coroscope.model.containers`). `replaced` are the
    attributes that the file replaces by lambdas, each with the last name before it: (`pool`, `submit`) for
    `self.pool.submit = lambda …`. `runs` are the calls of plain functions that may run an event loop (see
    `coroscope.model.running`), `made` those that may keep its thread (see `coroscope.model.keeping`). `lines` gives the
    1-based line of every function and class by qualified name.
    """

    name: str
    path: str
    is_package: bool = False
    names: dict[str, tuple[Declaration, ...]] = field(default_factory=dict)
    stars: tuple[str, ...] = ()
    exports: Exports | None = None
    calls: dict[str, tuple[Call, ...]] = field(default_factory=dict)
    contents: dict[str, tuple[Variable, ...]] = field(default_factory=dict)
    replaced: frozenset[tuple[str, str]] = frozenset()
    runs: CallsMade = field(default_factory=CallsMade, compare=False)
    made: CallsMade = field(default_factory=CallsMade, compare=False)
    lines: dict[str, int] = field(default_factory=dict, compare=False)

    def tells_the_same(self, other: Summary) -> bool:
        """Whether others see no difference, by all that they asked."""
        return self == other and self.runs.tell_the_same(other.runs) and self.made.tell_the_same(other.made)

    def learn(self, other: Summary) -> None:
        """Take over what a newer Summary that tells the same has for those who have not asked yet."""
        self.runs.told, self.made.told = other.runs.told, other.made.told
        self.lines.clear()
        self.lines.update(other.lines)

    @property
    def is_stub(self) -> bool:
        """Whether this is a `.pyi` file."""
        return self.path.endswith(".pyi")

    def hides(self, name: str) -> bool:
        """Whether a stub imports a name for itself alone."""
        declared = self.names.get(name, ()) if self.is_stub else ()
        if not declared or not all(isinstance(one, Import) and one.private for one in declared):
            return False
        return self.exports is None or not (self.exports.is_open or name in self.exports.names)
