"""One coroutine that is handed on twice on one way through its function: it can be awaited once only.

    response = fetch()
    record(response)            # whoever awaits it here
    return parse(response)      # leaves nothing to await there

So both want its result. Not so where one of the two keeps it, names it or runs it while the other does something else,
as far as their names tell.
"""

from __future__ import annotations

import ast
import re
from dataclasses import replace
from itertools import permutations
from typing import TYPE_CHECKING, NamedTuple

from coroscope.model.callees import parameters_for
from coroscope.model.guards import is_before, is_guarded
from coroscope.model.handing import asks_for_kind
from coroscope.model.life import Fate, Use
from coroscope.model.misuse import callee_text
from coroscope.model.protocols import is_coroutine
from coroscope.model.treatment import may_run
from coroscope.nodes import last_name, parent_of

if TYPE_CHECKING:
    from coroscope.model.module import Module

# fmt: off
_KEEPING = (
    "add", "append", "assert", "async", "attach", "await", "background", "call", "cancel", "close", "coro",
    "debug", "defer", "exec", "fut", "handle", "has", "id", "insert", "is", "job", "keep", "launch", "log",
    "loop", "monitor", "name", "pending", "process", "promise", "push", "put", "queue", "record", "register",
    "remember", "run", "save", "schedule", "seen", "send", "set", "spawn", "start", "store", "submit", "task",
    "trace", "track", "wait", "watch", "work", "wrap",
)
# fmt: on
"""How words begin in the names of what keeps coroutines, asks or names them, or runs them."""
_WORD = re.compile(r"[A-Z]?[a-z0-9]+")


class _Handed(NamedTuple):
    """A use that hands a coroutine on, and what gets it there."""

    use: Use
    name: ast.Name
    taker: ast.AST


def with_handed_twice(module: Module, origin: ast.expr, uses: list[Use]) -> list[Use]:
    """The uses of a coroutine that nothing awaits in sight; those are misuses that two takers want the result of."""
    handed = [one for one in map(_handed, uses) if one is not None]
    if len(handed) < 2 or not module.in_async(origin) or not is_coroutine(module.type_of(origin)):
        return uses
    if _gives_back(module, origin) or any(_awaits(module, one) for one in handed):
        return uses
    if any(_may_await(use) for use in uses):
        return uses
    for first, second in permutations(handed, 2):
        if _are_on_one_way(module, first, second):
            words = f"{_words(module, first)} and {_words(module, second)} get the same coroutine"
            marked = {first.use, second.use}
            return [replace(use, consequence=words, is_ambiguous=True) if use in marked else use for use in uses]
    return uses


def _may_await(use: Use) -> bool:
    """Whether a use awaits the coroutine, or asks a function what it is."""
    return use.fate is Fate.AWAITED or (use.fate is Fate.LOOKED_AT and isinstance(parent_of(use.node), ast.Call))


def _awaits(module: Module, handed: _Handed) -> bool:
    """Whether a function that gets the coroutine is known to await it, or to ask what it is."""
    if not isinstance(handed.taker, ast.Call):
        return False
    taking = parameters_for(module.type_of(handed.taker.func), handed.taker, handed.name)
    return any(asks_for_kind(function, parameter, module.type_of(handed.name)) for function, parameter in taking)


def _gives_back(module: Module, origin: ast.expr) -> bool:
    """Whether a call may give back a coroutine that it got, whose own life is another."""
    given = [*origin.args, *(keyword.value for keyword in origin.keywords)] if isinstance(origin, ast.Call) else []
    return any(is_coroutine(module.type_of(value)) for value in given)


def _handed(use: Use) -> _Handed | None:
    """A use that hands on what a name holds: to a call that may want its result, to whoever gets what is yielded."""
    node = use.node
    if use.fate not in (Fate.ESCAPED, Fate.RETURNED) or not isinstance(node, ast.Name):
        return None
    above = parent_of(node)
    taker = parent_of(above) if isinstance(above, ast.keyword) else above
    if isinstance(taker, ast.Call):
        words = _WORD.findall(last_name(taker.func))
        is_keeper = not words or may_run(taker) or any(word.lower().startswith(_KEEPING) for word in words)
        return None if is_keeper or taker.func is node else _Handed(use, node, taker)
    return _Handed(use, node, taker) if isinstance(taker, (ast.Yield, ast.Return)) else None


def _are_on_one_way(module: Module, first: _Handed, second: _Handed) -> bool:
    """Whether whoever comes to the second use has come by the first, and one of them is an argument of a call."""
    if first.taker is second.taker or not isinstance(first.taker, ast.Call):
        return False
    function = module.function_around(second.taker)
    if isinstance(second.taker, ast.Return) and (function is None or function.returns is not None):
        return False  # what may be returned there the annotation tells
    if not is_before(first.name, second.name) or first.name.lineno > second.name.lineno:
        return False
    return not is_guarded(module.tree, first.name) and not is_guarded(module.tree, second.name)


def _words(module: Module, handed: _Handed) -> str:
    match handed.taker:
        case ast.Call():
            return f"`{callee_text(module, handed.taker)}`"
        case ast.Yield():
            return "`yield`"
    return "`return`"
