"""What `yield` and `yield from` give to the generator that they stand in (PEP 342, PEP 380)."""

from __future__ import annotations

import ast

from coroscope.model.annotations import annotation
from coroscope.model.bodies import BodyScope
from coroscope.model.infer import infer
from coroscope.model.protocols import awaited
from coroscope.model.scopes import Scope
from coroscope.model.types import NONE, UNKNOWN, Instance, Type, each
from coroscope.nodes import FUNCTIONS

_GENERATORS = ("Generator", "AsyncGenerator")
_NEVER_SENT_TO = ("Iterator", "Iterable", "AsyncIterator", "AsyncIterable")


def sent(scope: Scope) -> Type:
    """What `yield` is: what the generator's annotation says is sent to it; Unknown without one."""
    frame = scope.frame if isinstance(scope, BodyScope) else None
    function = None if frame is None else frame.node
    if frame is None or not isinstance(function, FUNCTIONS) or function.returns is None:
        return UNKNOWN
    return each(annotation(function.returns, frame.bodies.declaring(function)), _sent)


def item_of(generator: Type) -> Type:
    """What a generator of an annotated type yields; Unknown if that is not the type of a generator."""
    if not isinstance(generator, Instance) or generator.cls.name not in (*_GENERATORS, *_NEVER_SENT_TO):
        return UNKNOWN
    return generator.args[0] if generator.args else UNKNOWN


def _sent(generator: Type) -> Type:
    if not isinstance(generator, Instance):
        return UNKNOWN
    if generator.cls.name in _GENERATORS:
        return generator.args[1] if len(generator.args) > 1 else UNKNOWN
    return NONE if generator.cls.name in _NEVER_SENT_TO else UNKNOWN


def delegated(node: ast.YieldFrom, scope: Scope) -> Type:
    """What `yield from` is: what the generator returns that it runs; for an awaitable, its result."""
    return each(infer(node.value, scope), lambda member: _returned(member, scope))


def _returned(generator: Type, scope: Scope) -> Type:
    if isinstance(generator, Instance) and generator.cls.name in ("Generator", "GeneratorType"):
        return generator.args[2] if len(generator.args) > 2 else UNKNOWN
    return awaited(generator, scope.program)
