"""What becomes of an argument: what the functions do with it that get it.

    def later(job):                          job:   called `start(__it__)`
        start(job)

    def start(job):                          job:   threading.Thread(target=__it__), dropped
        threading.Thread(target=job).start()

Each file tells what its functions do with their parameters (see `coroscope.model.effects`); here this is asked of the
functions that a call may call, and of those that they call in turn. Where another function may be called than the one
that is known (an override, a wrapper), or the chain is too long, the answer is `escaped`.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Hashable, Iterator
from typing import TypeAlias

from coroscope.knowledge import names
from coroscope.model.callees import callback_of, called, parameter_of, qualified_names
from coroscope.model.declared import is_any_declared
from coroscope.model.matching import assignable
from coroscope.model.signatures import ParameterScope, parameter_type
from coroscope.model.substitution import variables
from coroscope.model.summary import Class, Effect, Ending, Function, Handed, Parameter
from coroscope.model.types import ClassObject, FunctionObject, Type
from coroscope.syntax import parse_expression

Endings: TypeAlias = frozenset[Ending]
_Follow: TypeAlias = Callable[[FunctionObject, Parameter], Endings]

ESCAPED: Endings = frozenset({"escaped"})
_NEVER_CALLED: Endings = frozenset()
_LOST: Endings = frozenset({"dropped", "looked at", "asked", "refused"})
_KNOWING = frozenset({"asked", "awaited"})
_HARMLESS = frozenset({"staticmethod", "classmethod", "override", "typing.override", "final", "typing.final"})
_PLAIN_BASES = frozenset({"object", "Protocol"})
_IT = "__it__"


def endings(callee: Type, call: ast.Call, node: ast.expr, value: Type) -> Endings:
    """All that becomes of a value that a call gets as an argument: `dropped` if nothing does."""
    known = qualified_names(callee)
    if known & names("consumers", "neutral"):
        return frozenset({"asked"})
    if known & names("consumers", "plain"):
        return frozenset({"looked at"})
    if known & names("consumers", "raising"):
        return frozenset({"refused"})

    def within(function: FunctionObject, parameter: Parameter) -> Endings:
        if is_any_declared("runs", [function]):
            return ESCAPED
        wanted = parameter_type(function, parameter)
        if wanted is not None and not list(variables(wanted)) and assignable(value, wanted, function.scope) is False:
            return frozenset({"refused"})
        effect = effect_of(function, parameter)
        if effect is None:
            return ESCAPED
        found = frozenset[Ending]().union(*(_of_value(use, function, value) for use in effect.uses))
        if found <= _LOST and not is_very_function(function):
            return found & {"refused"} or ESCAPED
        return found or frozenset({"dropped"})

    return _together(callee, call, node, ("becomes", value), within)


def endings_of_calls(callee: Type, call: ast.Call, node: ast.expr, function: Type) -> Endings:
    """All that becomes of what a function makes that a call gets as an argument; nothing if nobody calls it there."""
    known = callback_of(callee, call, node)
    if known is not None:
        if known.use in ("given", "folded"):
            return ESCAPED
        return frozenset({"looked at" if known.use == "tested" else "dropped"})
    if any(qualified_names(callee) & names("consumers", key) for key in ("of_functions", "neutral", "plain")):
        return _NEVER_CALLED

    def within(taker: FunctionObject, parameter: Parameter) -> Endings:
        effect = effect_of(taker, parameter)
        if effect is None or is_any_declared("runs", [taker]):
            return ESCAPED
        found = frozenset[Ending]().union(*(_of_calls(use, taker, function) for use in effect.uses))
        return ESCAPED if found <= _LOST and not is_very_function(taker) else found

    return _together(callee, call, node, ("calls become", function), within)


def is_surely_awaited(callee: Type, call: ast.Call, node: ast.expr) -> bool:
    """Whether a call of something makes a coroutine that surely awaits an argument, once somebody awaits it itself."""
    functions = [] if ast.Starred in map(type, call.args) else list(called(callee))
    for function in functions:
        parameter = parameter_of(function, call, node)
        effect = None if parameter is None else effect_of(function, parameter)
        if effect is None or not effect.is_awaited or not is_very_function(function):
            return False
    return bool(functions)


def effect_of(function: FunctionObject, parameter: Parameter) -> Effect | None:
    """What a function does with a parameter, as far as its own text tells; None if that is unknown."""
    return next((e for e in function.declaration.effects if e.parameter == parameter.name), None)


def asks_for_kind(function: FunctionObject, parameter: Parameter, value: Type) -> bool:
    """Whether a function asks what it gets, or awaits it, whatever else it does with it."""
    effect = effect_of(function, parameter)
    return effect is not None and any(_KNOWING & _of_value(use, function, value) for use in effect.uses)


def _together(callee: Type, call: ast.Call, node: ast.expr, key: Hashable, within: _Follow) -> Endings:
    """What becomes of an argument in all functions that may be called, asked once by the key for each parameter."""
    if ast.Starred in map(type, call.args):
        return ESCAPED
    found: set[Ending] = set()
    functions = list(called(callee))
    for function in functions:
        parameter = parameter_of(function, call, node)
        found |= ESCAPED if parameter is None else _remembered(function, parameter, key, within)
    return frozenset(found) if functions and "escaped" not in found else ESCAPED


def _remembered(function: FunctionObject, parameter: Parameter, key: Hashable, within: _Follow) -> Endings:
    whole = (key, function.scope, function.declaration, function.bound, parameter.name)
    return function.scope.program.remember(whole, lambda: within(function, parameter), ESCAPED)


def _of_value(use: Ending | Handed, function: FunctionObject, value: Type) -> Endings:
    if isinstance(use, str):
        return frozenset({use})
    call, node = _parsed(use)
    if call is None or node is None:
        return ESCAPED
    if call.func is node:
        return frozenset({"refused"})
    return _handed_back(endings(_callee(call, function), call, node, value), use)


def _of_calls(use: Ending | Handed, taker: FunctionObject, function: Type) -> Endings:
    """What becomes of what a function makes, at one use of the function itself."""
    if isinstance(use, str):
        return _NEVER_CALLED if use in ("asked", "looked at", "dropped") else ESCAPED
    call, node = _parsed(use)
    if call is None or node is None:
        return ESCAPED
    if call.func is node:
        return frozenset(use.then) or frozenset({"dropped"})
    return endings_of_calls(_callee(call, taker), call, node, function)


def _handed_back(found: Endings, use: Handed) -> Endings:
    """What becomes of a value that a call may give back."""
    if "returned" not in found:
        return found
    return (found - {"returned"}) | (frozenset(use.then) or frozenset({"dropped"}))


def _parsed(use: Handed) -> tuple[ast.Call | None, ast.expr | None]:
    """The call that a use tells, and the value in it."""
    call = parse_expression(use.call)
    if not isinstance(call, ast.Call):
        return None, None
    parts: Iterator[ast.expr] = iter((call.func, *call.args, *(keyword.value for keyword in call.keywords)))
    return call, next((part for part in parts if isinstance(part, ast.Name) and part.id == _IT), None)


def _callee(call: ast.Call, function: FunctionObject) -> Type:
    """What is called in a function."""
    from coroscope.model.infer import infer

    first = function.declaration.parameters[:1]
    given = {first[0].name: function.bound} if first and function.bound is not None else {}
    return infer(call.func, ParameterScope(function, given))


def is_very_function(function: FunctionObject) -> bool:
    """Whether it is surely this function that is called: not a method that another class may have its own idea of.

    Plain functions are, static methods, and private methods of classes that inherit from none and that no class of the
    module inherits from with a method of that name.
    """
    declaration, owner = function.declaration, function.owner
    if declaration.conditional or not set(declaration.decorators) <= _HARMLESS:
        return False
    if owner is None or "staticmethod" in declaration.decorators:
        return True
    if declaration.name == "__init__":
        return _is_plain_class(function, owner.declaration) and "__new__" not in owner.declaration.names
    is_private = declaration.name.startswith("_") and not declaration.name.endswith("__")
    return is_private and _has_no_bases(owner.declaration) and not _is_overridden(function, declaration.name)


def _is_plain_class(function: FunctionObject, cls: Class) -> bool:
    """Whether a constructor is of the very class that is called, and nothing else takes the arguments."""
    is_own = isinstance(function.bound, ClassObject) or getattr(function.bound, "cls", None) is function.owner
    return is_own and _has_no_bases(cls) and not cls.decorators and not cls.keywords and not cls.conditional


def _has_no_bases(cls: Class) -> bool:
    return all(base in _PLAIN_BASES or base.startswith("Generic[") for base in cls.bases)


def _is_overridden(function: FunctionObject, name: str) -> bool:
    """Whether a class of the module that inherits from some class has a method of that name, too."""
    declared = function.scope.module.summary.names.values()
    classes = [d for declarations in declared for d in declarations if isinstance(d, Class) and d.bases]
    return any(any(isinstance(d, Function) for d in cls.names.get(name, ())) for cls in classes)
