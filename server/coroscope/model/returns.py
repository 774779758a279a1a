"""What a function without an annotation makes: what its body returns and yields (see `coroscope.model.closing`)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from coroscope.model.signatures import ParameterScope
from coroscope.model.summary import Function
from coroscope.model.types import NEVER, NONE, UNKNOWN, ClassObject, FunctionObject, Instance, Type, union

AGAIN = "__again__"
"""The word for what a function returns of itself: for all that its arguments may be, that adds nothing."""

_WORD = re.compile(r"[^\W\d]\w*")


def inferred_result(function: FunctionObject, given: Mapping[str, Type]) -> Type:
    """What the `return` statements return, with these types for some parameters; for a generator, what it makes.

    Never for a function that does not return; but a method that only raises is there for others to override.
    """
    declaration = function.declaration
    if function.scope.module.summary.is_stub or declaration.hollow:
        return UNKNOWN
    if declaration.raises is not None:
        is_open = function.owner is not None or "NotImplemented" in declaration.raises
        return UNKNOWN if is_open else NEVER
    again = {} if given else {AGAIN: NEVER}
    scope = ParameterScope(function, {**receiver_given(function), **given, **again})
    result = _one_of(declaration.results, scope)
    if result == NEVER and any(text and AGAIN in text for text in declaration.results):
        result = UNKNOWN
    if not declaration.is_generator:
        return result
    program, yielded = function.scope.program, _one_of(declaration.yields, scope)
    if declaration.is_async:
        return program.instance("typing", "AsyncGenerator", yielded, UNKNOWN)
    return program.instance("typing", "Generator", yielded, UNKNOWN, NONE if result == NEVER else result)


def receiver_given(function: FunctionObject) -> dict[str, Type]:
    """The receiver of a method under the name of its first parameter, where what it makes depends on it.

    Within the class that defines it, the class itself stands for all receivers.
    """
    receiver, first = function.bound, function.declaration.parameters[:1]
    if function.declaration.returns is not None or not first or first[0].annotation:
        return {}
    if first[0].kind not in ("positional", "normal") or not isinstance(receiver, (Instance, ClassObject)):
        return {}
    if receiver.cls is function.owner and not receiver.args:
        return {}
    return {} if words_of(function.declaration).isdisjoint((first[0].name, "super")) else {first[0].name: receiver}


def words_of(declaration: Function) -> set[str]:
    """The words of what a function returns and yields, and the functions in it that it returns."""
    return {word for text in _texts(declaration) if text for word in _WORD.findall(text)}


def _texts(declaration: Function) -> Iterator[str | None]:
    yield from declaration.results
    yield from declaration.yields
    for nested in declaration.nested:
        yield from _texts(nested)


def _one_of(texts: Iterable[str | None], scope: ParameterScope) -> Type:
    from coroscope.model.infer import infer_text

    return union(UNKNOWN if text is None else infer_text(text, scope) for text in texts)
