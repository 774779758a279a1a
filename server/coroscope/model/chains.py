"""Chains of plain functions, each of which calls the next one whatever happens, down to one that runs an event loop."""

from __future__ import annotations

from typing import NamedTuple

from coroscope.knowledge import names
from coroscope.model.attributes import wrapper_in
from coroscope.model.callees import qualified_names
from coroscope.model.handing import is_very_function
from coroscope.model.signatures import ParameterScope
from coroscope.model.types import FunctionObject, Type

_LONGEST = 6


class Chain(NamedTuple):
    """The functions, the outermost first, and the dotted name of what the last one calls."""

    functions: tuple[FunctionObject, ...]
    end: str


def chain_of(callee: Type, left: int = _LONGEST) -> Chain | None:
    """How a function comes to run an event loop in any case; None if that is not known."""
    function = wrapper_in(callee) or callee
    if not isinstance(function, FunctionObject) or left == 0:
        return None
    declaration, summary = function.declaration, function.scope.module.summary
    calls = summary.runs.of(declaration.qualname)
    if not calls or declaration.is_async or declaration.is_generator or not _is_very_one(function, callee):
        return None
    key = ("runs a loop", function.scope, declaration, function.bound, left)
    return function.scope.program.remember(key, lambda: _followed(function, calls, left), None)


def _is_very_one(function: FunctionObject, callee: Type) -> bool:
    """Whether it is surely this function that is called; of a decorated method other classes may have their own."""
    if function is not callee:
        return len(function.declaration.decorators) == 1 and function.bound is None
    is_method = function.owner is not None
    return is_very_function(function) and (is_method or function.bound is None)


def _followed(function: FunctionObject, calls: tuple[str, ...], left: int) -> Chain | None:
    for text in calls:
        called = _meant(text, function)
        found = qualified_names(called) & names("loops", "running")
        if found:
            return Chain((function,), min(found))
        further = chain_of(called, left - 1)
        if further is not None:
            return Chain((function, *further.functions), further.end)
    return None


def _meant(text: str, function: FunctionObject) -> Type:
    """What a closed expression of a function is."""
    from coroscope.model.infer import infer_text

    first = function.declaration.parameters[:1]
    given = {first[0].name: function.bound} if first and function.bound is not None else {}
    return infer_text(text, ParameterScope(function, given))
