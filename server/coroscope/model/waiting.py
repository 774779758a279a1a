"""Whether what is called waits: it is known to, or it is a plain function that calls what does, link by link.

    def load(url):                      `load` calls `fetch`, which calls `requests.get`: a chain of two links
        return parse(fetch(url))

    def fetch(url):
        return requests.get(url)

What libraries have is known by its type (`knowledge/blocking.toml`). Of other functions each file tells which calls
they make (see `coroscope.model.keeping`), and these are asked what they call in turn. There is no chain through a
function that a decorator changes or that leaves to overrides what it does, and none that is too long for people.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import NamedTuple

from coroscope.knowledge import Blocking, blocking
from coroscope.model.callees import called, inherited_names, parameter_of
from coroscope.model.declared import declared_blocking
from coroscope.model.infer import infer
from coroscope.model.memory import IN_MEMORY, is_stored_in_memory
from coroscope.model.scopes import ModuleScope, Scope
from coroscope.model.signatures import ParameterScope
from coroscope.model.summary import Class, Import
from coroscope.model.types import FunctionObject, Type, members, without_none
from coroscope.model.uses import dotted
from coroscope.nodes import last_name
from coroscope.syntax import parse_expression

_LONGEST = 5
_HARMLESS = frozenset({"staticmethod", "classmethod", "override", "typing.override", "final", "typing.final"})
_SAYS_NO = frozenset({"block", "blocking", "wait"})
_TIMES = frozenset({"timeout", "seconds", "secs"})
_ROUNDS = "iterations"
_ONLY_TRIES = re.compile(r"\bW?NO_?HANG\b|\bNO_?BLOCK\b|\b\w*NUMERIC(HOST|_ONLY)\b|\bAI_PASSIVE\b|\bDONTWAIT\b")
MOMENT = 0.005
"""So many seconds nobody misses."""
RESULTS = ("concurrent.futures._base.Future.result", "concurrent.futures._base.Future.exception")
"""They wait where the future is not done."""
PUTS = ("queue.Queue.put", "multiprocessing.queues.Queue.put")
"""They wait where the queue has a bound."""
FEW = 10_000
"""So many rounds of a hash function take no longer."""
SOCKETS = ("socket.socket.", "ssl.SSLSocket.")
"""They wait where the socket does."""


class Link(NamedTuple):
    """A plain function that is called, and what it calls in turn, as people say it."""

    function: FunctionObject
    calls: str

    @property
    def name(self) -> str:
        """The function's name; that of the class, if it is called to make an instance."""
        owner, name = self.function.owner, self.function.declaration.name
        return owner.name if owner is not None and name == "__init__" else name


class Chain(NamedTuple):
    """The functions from the one that is called to the one that calls what waits, whose dotted name is `name`."""

    links: tuple[Link, ...]
    name: str


def known_blocking(callee: Type) -> tuple[str, Blocking] | None:
    """The name of what is called, and what is known of it, if it surely does not give way."""
    found = [
        next(((name, blocking()[name]) for name in inherited_names(one) if name in blocking()), None)
        for one in members(without_none(callee))
    ]
    return found[0] if None not in found else None


def known_call(callee: ast.expr, type_: Type, scope: Scope) -> tuple[str, Blocking] | None:
    """The same of what is called in a scope: by its type, or as the user declares it, if it makes no coroutine."""
    name = declared_blocking(callee, scope)
    if name is None or any(function.declaration.is_async for function in called(type_)):
        return known_blocking(type_)
    return name, Blocking("waits", "")


def known_import(callee: ast.expr, scope: ModuleScope) -> tuple[str, Blocking] | None:
    """The same by the imports of a module, where the library is not installed that they mean."""
    root, _, rest = (dotted(callee) or "").partition(".")
    declared = scope.summary.names.get(root, ())
    imports = [one for one in declared if isinstance(one, Import)]
    if len(imports) != 1 or len(declared) != 1:
        return None
    (one,) = imports
    library = one.module.partition(".")[0] if one.whole else one.module
    name = ".".join(part for part in (library, one.name, rest) if part)
    if name not in blocking() or scope.program.module(one.module, scope.summary.path) is not None:
        return None
    return name, blocking()[name]


def only_tries(call: ast.Call, callee: Type, text: str, least: float = 0) -> bool:
    """Whether the arguments of a call say that it does not wait: `block=False`, `timeout=0`, `os.WNOHANG`.

    Or no longer than `least` seconds.
    """
    given = [(keyword.arg, keyword.value) for keyword in call.keywords]
    given += [(_parameter(callee, call, argument), argument) for argument in call.args]
    for name, value in given:
        constant = value.value if isinstance(value, ast.Constant) else None
        if (name in _SAYS_NO and not constant) or (name in _TIMES and _is_at_most(constant, least)):
            return True
        if name == _ROUNDS and least and _is_at_most(constant, FEW):
            return True
    return bool(_ONLY_TRIES.search(text))


def chain_of(callee: Type) -> Chain | None:
    """How a call of something comes to wait; None if it does not, or may not, as far as is known."""
    found = [_through(one) for one in members(without_none(callee))]
    return found[0] if found and None not in found else None


def _through(callee: Type) -> Chain | None:
    functions = list(called(callee))
    if len(functions) != 1 or not _is_followed(functions[0]):
        return None
    function = functions[0]
    key = ("waits", function.scope, function.declaration, function.bound)
    return function.scope.program.remember(key, lambda: _within(function), None)


def _is_followed(function: FunctionObject) -> bool:
    """Whether it is known what runs when a function is called, as far as any type tells."""
    declaration = function.declaration
    if declaration.is_async or declaration.is_generator or declaration.is_left_open or declaration.conditional:
        return False
    if function.scope.module.summary.is_stub or not set(declaration.decorators) <= _HARMLESS:
        return False
    return declaration.name == "__init__" or not _is_overridden(function)


def _is_overridden(function: FunctionObject) -> bool:
    """Whether a class of the module defines a method anew that it inherits from the owner of the one that is called."""
    if function.owner is None:
        return False
    module = function.scope.module
    nothing: frozenset[tuple[str, str]] = frozenset()
    overridden = module.program.remember(("overridden", module), lambda: _overridden(module), nothing)
    return (function.owner.name, function.declaration.name) in overridden


def _overridden(module: ModuleScope) -> frozenset[tuple[str, str]]:
    """The classes, by their last names, and the names that classes of a module which inherit from them define."""
    declared = (one for declarations in module.summary.names.values() for one in declarations)
    classes = [one for one in declared if isinstance(one, Class)]
    return frozenset((base.rpartition(".")[2], name) for cls in classes for base in cls.bases for name in cls.names)


def _within(function: FunctionObject) -> Chain | None:
    """The first chain from the calls that a function makes."""
    scope = _inside(function)
    made = list(_callees(function, scope))
    for call, callee, text in made:
        known = known_call(call.func, callee, scope) or known_import(call.func, function.scope.module)
        if known is not None and known[1].kind == "waits" and _surely_waits(known[0]):
            if not only_tries(call, callee, text, MOMENT) and not _is_in_memory(call, scope, known[0], text):
                return Chain((Link(function, _words(call, known[0])),), known[0])
    for call, callee, _ in made:
        chain = chain_of(callee)
        if chain is not None and len(chain.links) < _LONGEST:
            return Chain((Link(function, _words(call, last_name(call.func))), *chain.links), chain.name)
    return None


def _is_in_memory(call: ast.Call, scope: Scope, name: str, text: str) -> bool:
    """Whether a database is one that no disk has."""
    if "sqlite3" not in name:
        return False
    return bool(IN_MEMORY.search(text)) or is_stored_in_memory(call.func, lambda node: infer(node, scope))


def _callees(function: FunctionObject, scope: Scope) -> Iterator[tuple[ast.Call, Type, str]]:
    """The calls that a function makes, and what they call."""
    for text in function.scope.module.summary.made.of(function.declaration.qualname):
        call = parse_expression(text)
        if isinstance(call, ast.Call):
            yield call, infer(call.func, scope), text


def _inside(function: FunctionObject) -> ParameterScope:
    """The scope in which its closed calls mean something."""
    first = function.declaration.parameters[:1]
    return ParameterScope(function, {first[0].name: function.bound} if first and function.bound is not None else {})


def _surely_waits(name: str) -> bool:
    """Whether nothing decides if it waits that only the code around the call tells."""
    return name not in RESULTS and name not in PUTS and not name.startswith(SOCKETS)


def _words(call: ast.Call, name: str) -> str:
    """What is called, as people say it: what a local variable was replaced by is said by its last name."""
    match call.func:
        case ast.Name() | ast.Attribute(value=ast.Name() | ast.Attribute(value=ast.Name())):
            return ast.unparse(call.func)
        case ast.Attribute(value=ast.Call(func=ast.Name(id="super"))):
            return ast.unparse(call.func)
    return ".".join(name.split(".")[-2:]).lstrip("_")


def _is_at_most(constant: object, seconds: float) -> bool:
    return isinstance(constant, (int, float)) and constant <= seconds


def _parameter(callee: Type, call: ast.Call, argument: ast.expr) -> str | None:
    """The name of the parameter that an argument goes to."""
    if isinstance(argument, ast.Starred):
        return None
    found = (parameter_of(function, call, argument) for function in called(callee))
    return next((parameter.name for parameter in found if parameter is not None), None)
