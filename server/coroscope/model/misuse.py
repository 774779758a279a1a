"""What comes of a coroutine that a call gets: words for a misuse, or that the call may run it."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from coroscope.knowledge import names
from coroscope.model.attributes import special_method
from coroscope.model.callees import called, callee_name, parameter_of, qualified_names
from coroscope.model.consequences import ESCAPED, NEUTRAL, UNPACKED, Consequence, consequence, gets, is_own_attribute
from coroscope.model.declared import is_any_declared
from coroscope.model.handing import effect_of, endings
from coroscope.model.matching import assignable
from coroscope.model.protocols import is_refused
from coroscope.model.signatures import parameter_type, parameters_of
from coroscope.model.substitution import substitute, variables
from coroscope.model.summary import Handed
from coroscope.model.targets import declared_receiver
from coroscope.model.types import (
    UNKNOWN,
    CallableType,
    ClassObject,
    FunctionObject,
    Instance,
    Overloads,
    TupleType,
    Type,
)
from coroscope.nodes import parent_of

if TYPE_CHECKING:
    from coroscope.model.module import Module


def taken_by(module: Module, call: ast.Call, node: ast.expr, type_: Type) -> Consequence:
    """What comes of a coroutine of that type that a call gets as an argument, or that is itself called.

    The name that holds it there may hold something else as well.
    """
    if call.func is node:
        return Consequence("a coroutine cannot be called", fatal=True)
    callee = module.type_of(call.func)
    known = qualified_names(callee)
    if known & names("consumers", "neutral"):
        return _asked(module, call, node)
    keyword = parent_of(node)
    if isinstance(keyword, ast.keyword) and keyword.arg is None:
        return UNPACKED
    if known & names("takers", "collection") and (keyword is call or getattr(keyword, "arg", "") == "fs"):
        return ESCAPED  # it would run them, if it were given a list of them
    words = gets(f"`{callee_text(module, call)}`")
    if known & names("consumers", "plain"):
        return Consequence(words)
    if known & names("consumers", "raising"):
        return Consequence(words, fatal=True)
    functions = [] if ast.Starred in map(type, call.args) else list(called(callee))
    if is_any_declared("runs", functions):
        return ESCAPED
    if functions and all(_refuses(module, function, call, node, type_) for function in functions):
        if wants_function(module, call, node):
            words = f"`{callee_text(module, call)}` is to call a function, and gets a coroutine"
        return Consequence(words, fatal=True)
    found = endings(callee, call, node, module.type_of(node))
    if found & {"escaped", "awaited"}:
        return ESCAPED
    if "returned" in found:
        return Consequence(returned=True)
    if found & {"looked at", "refused"}:
        return Consequence(words)
    return NEUTRAL if "asked" in found else Consequence(_ignoring(module, functions[0], call, node), ignored=True)


def wants_function(module: Module, call: ast.Call, node: ast.expr) -> bool:
    """Whether a parameter is annotated as something to call, in all functions that a call may call."""
    found = [(function, parameter_of(function, call, node)) for function in called(module.type_of(call.func))]
    return bool(found) and all(
        parameter is not None and isinstance(parameter_type(function, parameter), CallableType)
        for function, parameter in found
    )


def _ignoring(module: Module, function: FunctionObject, call: ast.Call, node: ast.expr) -> str:
    """Words for a function that does nothing with what it gets."""
    parameter = parameter_of(function, call, node)
    effect = None if parameter is None else effect_of(function, parameter)
    taker, name = callee_text(module, call), "" if parameter is None else f"its parameter `{parameter.name}`"
    if effect is None or not effect.uses:
        return f"`{taker}` never uses {name}"
    if any(isinstance(use, Handed) for use in effect.uses):
        return f"`{taker}` hands {name} to what never uses it"
    return f"`{taker}` does nothing with {name}"


def _asked(module: Module, call: ast.Call, node: ast.expr) -> Consequence:
    """What it means that a coroutine is asked for an attribute, or for its class: words if it surely has not that."""
    if len(call.args) < 2 or call.args[0] is not node:
        return NEUTRAL
    function, asked = module.text(call.func), call.args[1]
    if function == "getattr" and isinstance(asked, ast.Constant) and isinstance(asked.value, str):
        if not is_own_attribute(asked.value):
            return Consequence(f"a coroutine has no attribute `{asked.value}`", neutral=True)
    if function == "isinstance" and is_of_none(module, module.type_of(node), asked):
        return Consequence(f"a coroutine is not an instance of `{module.short(asked)}`", neutral=True)
    return NEUTRAL


def is_of_none(module: Module, type_: Type, classes: ast.expr) -> bool:
    """Whether a value surely is an instance of none of the classes that an expression names."""
    asked = module.type_of(classes)
    each = asked.items if isinstance(asked, TupleType) else (asked,)
    known = [Instance(cls.cls, cls.args) for cls in each if isinstance(cls, ClassObject)]
    scope = module.bodies.module
    return len(known) == len(each) and all(assignable(type_, one, scope) is False for one in known)


def refused_item(module: Module, target: ast.Subscript, value: ast.expr) -> str:
    """Why an item cannot be set to a coroutine: words that name the container's declaration; empty if it may be."""
    declared = declared_receiver(module.bodies, target.value)
    if declared is None:
        return ""
    method = special_method(module.type_of(target.value), "__setitem__", module.program)
    methods = method.items if isinstance(method, Overloads) else (method,)
    if not all(isinstance(one, FunctionObject) and _refuses_item(module, target, one, value) for one in methods):
        return ""
    return f"`{module.short(target.value)}` is declared `{' '.join(declared[0].split())}`"


def _refuses_item(module: Module, target: ast.Subscript, method: FunctionObject, value: ast.expr) -> bool:
    parameters = parameters_of(method)
    wanted = parameter_type(method, parameters[-1]) if len(parameters) == 2 else None
    kept = None if wanted is None else _kept(module, target.value, method, wanted)
    return kept is not None and is_refused(module.type_of(value), kept, method.scope)


def is_cast(module: Module, call: ast.Call) -> bool:
    """Whether a call is of `typing.cast`, which gives back what it is given."""
    if callee_name(call) != "cast":
        return False
    return bool(qualified_names(module.type_of(call.func)) & {"typing.cast", "typing_extensions.cast"})


def looks_on(node: ast.expr) -> bool:
    """Whether the place of a value only looks at it: a comparison, a test, a text that is made of it."""
    found = consequence(node)
    return bool(found.neutral or (found.words and not found.fatal))


def only_shows(module: Module, call: ast.Call) -> bool:
    """Whether a call only shows what it gets, or looks at it, as `print` and `isinstance` do."""
    known = qualified_names(module.type_of(call.func))
    return bool(known & (names("consumers", "plain") | names("consumers", "neutral")))


def callee_text(module: Module, call: ast.Call) -> str:
    """What is called, as written if that is a dotted name, else its last name."""
    function: ast.AST = call.func
    while isinstance(function, ast.Attribute):
        function = function.value
    if isinstance(function, ast.Name):
        return module.text(call.func)
    return call.func.attr if isinstance(call.func, ast.Attribute) else module.short(call.func)


def _refuses(module: Module, function: FunctionObject, call: ast.Call, node: ast.expr, type_: Type) -> bool:
    """Whether the parameter is annotated with a type that no coroutine can be."""
    parameter = parameter_of(function, call, node)
    wanted = None if parameter is None else parameter_type(function, parameter)
    if wanted is None:
        return False
    if assignable(type_, substitute(wanted, dict.fromkeys(variables(wanted), UNKNOWN)), function.scope) is False:
        return True
    if not list(variables(wanted)) or not isinstance(call.func, ast.Attribute):
        return False
    kept = _kept(module, call.func.value, function, wanted)
    return kept is not None and is_refused(type_, kept, function.scope)


def _kept(module: Module, receiver: ast.expr, method: FunctionObject, wanted: Type) -> Type | None:
    """What a method takes by the type arguments that its receiver is declared with: `items: list[int]`.

    None if it is not declared, and of what can be awaited: a list of tasks may well get a coroutine to gather.
    """
    declared = declared_receiver(module.bodies, receiver)
    if declared is None or declared[1] != method.bound:
        return None
    kept = substitute(wanted, dict(method.bindings))
    return None if module.can_await(kept) is True else kept
