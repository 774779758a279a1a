"""What a call calls: its functions, their names in the standard library, and the parameter that an argument goes to."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from coroscope.knowledge import Callback, callbacks
from coroscope.model.signatures import Arguments, Lazy, matched
from coroscope.model.summary import Parameter
from coroscope.model.types import UNKNOWN, ClassObject, FunctionObject, Instance, Overloads, Type, without_none
from coroscope.syntax import Block

if TYPE_CHECKING:
    pass


def qualified_names(callee: Type) -> set[str]:
    """The dotted names under which the standard library knows what is called."""
    match callee:
        case FunctionObject():
            return {f"{callee.scope.module.summary.name}.{callee.declaration.qualname}"}
        case Overloads():
            return qualified_names(callee.items[0])
        case ClassObject():
            return {f"{callee.cls.module_name}.{callee.cls.qualname}"}
    return set()


def inherited_names(callee: Type) -> Iterator[str]:
    """The dotted names of what is called: a method has one for each class through which the receiver inherits it."""
    function = callee.items[0] if isinstance(callee, Overloads) else callee
    if isinstance(function, FunctionObject) and isinstance(function.bound, Instance) and function.owner is not None:
        for entry in function.bound.cls.mro:
            yield f"{entry.cls.module_name}.{entry.cls.qualname}.{function.declaration.name}"
            if entry.cls is function.owner:
                return
    elif isinstance(callee, Instance):
        yield from (f"{entry.cls.module_name}.{entry.cls.qualname}.__call__" for entry in callee.cls.mro)
    else:
        yield from qualified_names(callee)


def called(callee: Type) -> Iterator[FunctionObject]:
    """The functions that take the arguments of a call; none where that is not known of all."""
    callee = without_none(callee)
    items = callee.items if isinstance(callee, Overloads) else (callee,)
    if isinstance(callee, ClassObject):
        init = callee.cls.member("__init__")
        made = init.type if init else None
        if isinstance(made, FunctionObject):
            receiver = Instance(callee.cls, callee.args)
            yield FunctionObject(made.declaration, made.scope, made.owner, receiver, made.bindings)
    elif all(isinstance(item, FunctionObject) for item in items):
        yield from (item for item in items if isinstance(item, FunctionObject))


def parameters_for(callee: Type, call: ast.Call, node: ast.expr) -> list[tuple[FunctionObject, Parameter]]:
    """The parameters that an argument of a call goes to: one for each function that may be meant.

    Without any, where it is not known of all.
    """
    functions = list(called(callee))
    found = [(function, parameter_of(function, call, node)) for function in functions]
    known = [(function, parameter) for function, parameter in found if parameter is not None]
    return known if len(known) == len(functions) else []


def parameter_of(function: FunctionObject, call: ast.Call, node: ast.expr) -> Parameter | None:
    """The parameter that an argument of a call goes to."""

    def taken() -> Type:
        return UNKNOWN

    def other() -> Type:
        return UNKNOWN

    positional: tuple[Lazy, ...] = ()
    if node in call.args:
        # What stands behind it decides nothing, and of those that are more than the parameters one is like the other.
        positional = (*[other] * min(call.args.index(node), len(function.declaration.parameters)), taken)
    arguments = Arguments(positional, {k.arg: taken if k.value is node else other for k in call.keywords if k.arg})
    return next((parameter for parameter, argument in matched(function, arguments) if argument is taken), None)


def callback_of(callee: Type, call: ast.Call, node: ast.expr) -> Callback | None:
    """What is known of the place where a call gets an argument, if it is one for functions that are only called."""
    for name in qualified_names(callee):
        known = callbacks().get(name)
        if known is not None and taken_function(known, call) is node:
            return known
    return None


def taken_function(callback: Callback, call: ast.Call) -> ast.expr | None:
    """The argument that a call gives for a function that is only called."""
    named = next((keyword.value for keyword in call.keywords if keyword.arg == callback.keyword), None)
    if named is not None or callback.place is None or len(call.args) <= callback.place:
        return named
    before = call.args[: callback.place + 1]
    return None if any(isinstance(arg, ast.Starred) for arg in before) else before[-1]


def callee_name(call: ast.Call) -> str:
    """The last name of what is called; empty if it has none."""
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def aliases(block: Block, imported: frozenset[str]) -> frozenset[str]:
    """What imports in a block and around it call things of these names: `from asyncio import create_task as spawn`."""
    found = _aliases_in(block, imported)
    return found if block.parent is None else found | aliases(block.parent, imported)


def _aliases_in(block: Block, imported: frozenset[str]) -> frozenset[str]:
    known = block.facts.get((aliases, imported))
    if known is None:
        imports = (node for node in block.nodes_of((ast.ImportFrom,)) if isinstance(node, ast.ImportFrom))
        names = (a.asname for node in imports for a in node.names if a.asname is not None and a.name in imported)
        known = block.facts[aliases, imported] = frozenset(names)
    return known  # type: ignore[return-value]  # put there one line above
