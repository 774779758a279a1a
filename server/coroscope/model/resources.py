"""Sessions, connections and processes that a function makes and leaves open.

    session = aiohttp.ClientSession()       # made: whoever has it has to close it
    await session.get(url)                  # used
                                            # and nothing closes it, nor hands it on

Whatever takes it out of sight may close it: it is returned, stored, captured, handed to somebody. Only plain functions
of the same file are asked what they do with it. A closing method on
any path will do, for conditions know why they are there.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from coroscope.knowledge import Resource, resource_names, resources
from coroscope.model.callees import aliases, callee_name, parameter_of, qualified_names
from coroscope.model.contents import Way
from coroscope.model.endings import fallen_off
from coroscope.model.following import Follower
from coroscope.model.life import Fate, Use
from coroscope.model.misuse import looks_on, only_shows
from coroscope.model.types import FunctionObject, Type, UnknownType
from coroscope.nodes import FUNCTIONS, FunctionNode, parent_of
from coroscope.syntax import Block

if TYPE_CHECKING:
    from coroscope.model.module import Module

_EXPECTED = ("Exception", "BaseException", "RuntimeError", "TypeError", "ValueError", "OSError", "ResourceWarning")
_DEEPEST = 3
_OPEN = (Fate.ASKED, Fate.LOOKED_AT, Fate.DROPPED, Fate.UNUSED)


class Opened(NamedTuple):
    """Something that is left open: the call that makes it, what is known of it, and the name that has it, if any."""

    call: ast.Call
    resource: Resource
    name: ast.Name | None


def left_open(module: Module) -> Iterator[Opened]:
    """What the functions of a file open, use, and let go without closing it.

    Asked anew for each version of the file, since the functions that are handed it belong to the question.
    """
    for call, resource, origin in module.in_blocks(_opened):
        if _is_left(module, origin, resource):
            yield Opened(call, resource, _name_of(origin, resource))


def _opened(module: Module, block: Block) -> Iterator[tuple[ast.Call, Resource, ast.expr]]:
    """The calls by which a block opens what somebody has to close, and the expressions that give it."""
    called = resource_names() | aliases(block, resource_names())
    for call in block.nodes_of((ast.Call,)):
        if not isinstance(call, ast.Call) or callee_name(call) not in called:
            continue
        for name in qualified_names(module.type_of(call.func)) & resources().keys():
            resource = resources()[name]
            origin = _origin(call, resource)
            if origin is not None and _counts(module, call):
                yield call, resource, origin


def _origin(call: ast.Call, resource: Resource) -> ast.expr | None:
    """The expression that gives what has to be closed; None where the call gives something else."""
    if not resource.awaited:
        return call
    above = parent_of(call)
    return above if isinstance(above, ast.Await) else None


def _counts(module: Module, call: ast.Call) -> bool:
    """Whether a call is made in a function that comes to its end, and is to succeed, and owns what it makes."""
    function = module.function_around(call)
    if function is None or module.is_dead(call) or module.is_expected(call, *_EXPECTED):
        return False
    if any(keyword.arg in (None, "connector_owner") for keyword in call.keywords):
        return False
    own = module.tree.block(function).nodes
    returns = any(isinstance(node, ast.Return) for node in own)
    return returns or any(True for _ in fallen_off(function.body))


def _is_left(module: Module, origin: ast.expr, resource: Resource) -> bool:
    follower = _Follower(module, origin, module.type_of(origin), resource)
    if resource.item is None:
        uses = list(follower.follow(origin))
    else:
        name = _name_of(origin, resource)
        if name is None:
            return False
        uses = list(follower.bound(name, origin))
    if not all(use.fate in _OPEN for use in uses):
        return False
    return not resource.opens or any(use.fate is Fate.ASKED and use.name in resource.opens for use in uses)


def _name_of(origin: ast.expr, resource: Resource) -> ast.Name | None:
    """The variable that gets it."""
    above = parent_of(origin)
    target = above.targets[0] if isinstance(above, ast.Assign) and len(above.targets) == 1 else None
    if resource.item is not None:
        parts = target.elts if isinstance(target, (ast.Tuple, ast.List)) else []
        target = parts[resource.item] if len(parts) > resource.item else None
    return target if isinstance(target, ast.Name) else None


def _own_parameter(module: Module, call: ast.Call, node: ast.expr) -> tuple[FunctionNode, ast.arg] | None:
    """The plain function of the file that a call hands an argument to, and its parameter for that."""
    callee = module.type_of(call.func)
    if not isinstance(callee, FunctionObject) or callee.owner is not None or callee.declaration.decorators:
        return None
    parameter = parameter_of(callee, call, node)
    if parameter is None or parameter.kind not in ("positional", "normal", "keyword"):
        return None
    for function in (block.node for block in module.tree.blocks):
        if isinstance(function, FUNCTIONS) and function.name == callee.declaration.name:
            if module.bodies.function(function).declaration is callee.declaration:
                arguments = (*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs)
                return next(((function, one) for one in arguments if one.arg == parameter.name), None)
    return None


class _Follower(Follower):
    """Follows something that has to be closed."""

    def __init__(self, module: Module, origin: ast.expr, type_: Type, resource: Resource, depth: int = 0) -> None:
        super().__init__(module, origin, type_)
        self.resource = resource
        self.depth = depth
        """How many functions it was handed to."""

    def placed(self, node: ast.expr) -> Use:
        """Its methods use it, or close it; tests and comparisons look at it; all else takes it out of sight."""
        above = parent_of(node)
        if isinstance(above, ast.Attribute):
            call = parent_of(above)
            if above.attr in self.resource.closing or not isinstance(above.ctx, ast.Load):
                return Use(Fate.ESCAPED, node)
            if isinstance(call, ast.Call) and call.func is above:
                return Use(Fate.ASKED, node, name=above.attr)
            is_plain = not isinstance(self.module.type_of(above), (FunctionObject, UnknownType))
            return Use(Fate.LOOKED_AT if is_plain else Fate.ESCAPED, node)
        if isinstance(above, (ast.Subscript, ast.BinOp, ast.AugAssign, ast.Await)):
            return Use(Fate.ESCAPED, node)
        return Use(Fate.LOOKED_AT if looks_on(node) else Fate.ESCAPED, node)

    def handed(self, call: ast.Call, node: ast.expr) -> Iterator[Use]:
        """What only shows it has looked at it; who else gets it may close it."""
        own = _own_parameter(self.module, call, node) if self.depth < _DEEPEST else None
        if own is None:
            yield Use(Fate.LOOKED_AT if only_shows(self.module, call) else Fate.ESCAPED, node)
            return
        function, parameter = own
        name = ast.Name(parameter.arg, ast.Store(), lineno=parameter.lineno, col_offset=parameter.col_offset)
        inside = _Follower(self.module, name, self.type, self.resource, self.depth + 1)
        scope = self.module.bodies.body(function)
        yield from inside.uses_of(scope.names.by_node[parameter], scope, name, ())

    def taken(self, container: ast.expr, way: Way) -> Iterator[Use]:
        """A collection that has it may be closed as a whole."""
        yield Use(Fate.ESCAPED, container)

    def put(self, node: ast.expr, way: Way) -> Iterator[Use]:
        """What is stored is closed by whoever has the store."""
        yield Use(Fate.ESCAPED, node)
