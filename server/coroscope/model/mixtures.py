"""What a name that holds a coroutine holds otherwise, where it is read: something that surely cannot be awaited.

    if mode == "auto":
        mode = find_mode()      # a coroutine, where the other binding has a string
    configure(mode)             # which cannot know what it gets

Code may hand such a mixture on and know what it does: where it asks what the value is, or hands on the condition that
decided, or awaits what the call makes of it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from typing import TYPE_CHECKING

from coroscope.model.callees import called, parameters_for
from coroscope.model.guards import asked_around, is_told_apart
from coroscope.model.handing import asks_for_kind
from coroscope.model.life import Fate, Use
from coroscope.model.names import Binding
from coroscope.model.targets import declared_parameter, declared_target
from coroscope.model.treatment import may_run
from coroscope.model.types import NONE, UNKNOWN, Instance, Type, members, without_none
from coroscope.nodes import BLOCKS, ancestors, parent_of

if TYPE_CHECKING:
    from coroscope.model.module import Module


def is_mixed_up(module: Module, use: ast.Name, binding: Binding, others: list[Binding], met: Use) -> bool:
    """Whether a use of a name that holds a coroutine cannot be right, for the others hold what cannot be awaited."""
    if not module.in_async(use) or is_told_apart(module.tree, use):
        return False
    made = (one.value or one.node for one in (binding, *others))
    deciding = {text for node in made for text in asked_around(module.tree, node, but_for=use)} - {binding.name}
    if not deciding.isdisjoint(asked_around(module.tree, use, but_for=binding.node)):
        return False
    if met.fate is Fate.MISUSED and met.fatal and _is_declared(module, binding):
        return True
    if met.fate is Fate.ESCAPED:
        call = _call_around(use)
        if met.node is not use or call is None or _may_know(module, call, use, deciding):
            return False
    elif not met.fatal:
        return False
    return any(_is_plain(module, other, binding) for other in others)


def _is_plain(module: Module, other: Binding, binding: Binding) -> bool:
    """Whether what a binding binds the name to is neither awaitable nor None."""
    if isinstance(other.node, ast.arg):
        if other.node.annotation is None:
            return _is_compared(other.name, binding.node)
        declared = declared_parameter(module.bodies, other.node)
        return declared is not None and _cannot_be_awaited(module, without_none(declared[1]))
    if other.value is None or other.path or other.kind not in ("assign", "annotate"):
        return False
    return _cannot_be_awaited(module, module.type_of(other.value))


def _cannot_be_awaited(module: Module, type_: Type) -> bool:
    """Whether a value can surely not be awaited, and is none that others make awaitable, as futures of threads are."""
    return all(one not in (NONE, UNKNOWN) and module.can_await(one) is False for one in members(type_)) and not any(
        isinstance(one, Instance) and one.cls.member("add_done_callback") is not None for one in members(type_)
    )


def _is_compared(name: str, node: ast.AST) -> bool:
    """Whether a condition around a node found a name to be a string or a number."""
    below = node
    for above in ancestors(node):
        if isinstance(above, ast.If) and below in above.body and _finds_constant(above.test, name):
            return True
        if isinstance(above, BLOCKS):
            return False
        below = above
    return False


def _finds_constant(test: ast.expr, name: str) -> bool:
    match test:
        case ast.BoolOp(op=ast.And(), values=values):
            return any(_finds_constant(value, name) for value in values)
        case ast.Compare(left=ast.Name(id=found), ops=[ast.Eq()], comparators=[ast.Constant(value=value)]):
            return found == name and isinstance(value, (str, bytes, int, float))
    return False


def _is_declared(module: Module, binding: Binding) -> bool:
    """Whether the name is declared to be of some type, though nobody knows it."""
    return isinstance(binding.node, ast.Name) and declared_target(module.bodies, binding.node) is not None


def _call_around(node: ast.AST) -> ast.Call | None:
    """The call that an expression is an argument of."""
    above = parent_of(node)
    call = parent_of(above) if isinstance(above, ast.keyword) else above
    return call if isinstance(call, ast.Call) and call.func is not node else None


def _may_know(module: Module, call: ast.Call, use: ast.Name, deciding: Iterable[str]) -> bool:
    """Whether a call may take coroutines and other values alike, and knows which it gets."""
    if isinstance(parent_of(call), ast.Await) or may_run(call):
        return True
    given = (part for argument in (*call.args, *call.keywords) for part in ast.walk(argument))
    if any(isinstance(part, (ast.Name, ast.Attribute)) and module.text(part) in deciding for part in given):
        return True
    callee = module.type_of(call.func)
    if any(function.declaration.is_async for function in called(callee)):
        return True
    value = module.type_of(use)
    return any(asks_for_kind(function, parameter, value) for function, parameter in parameters_for(callee, call, use))
