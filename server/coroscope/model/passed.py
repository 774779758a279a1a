"""What callers pass for parameters without annotations.

All calls of a private function are seen (see `coroscope.model.callers`), and those of a function in a function. Of a
public one only the calls in its project are (see `coroscope.model.uses`): what they pass is one possibility.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import TYPE_CHECKING

from coroscope.model.scopes import ModuleScope, Scope
from coroscope.model.summary import Call, Class, Function, Parameter
from coroscope.model.types import NEVER, UNKNOWN, ClassObject, FunctionObject, Instance, Type, members, union
from coroscope.model.uses import PASSED
from coroscope.nodes import FUNCTIONS, FunctionNode, parent_of
from coroscope.syntax import parse_expression

if TYPE_CHECKING:
    from coroscope.model.bodies import Bodies

_MOST_CALLS = 8


def passed(function: FunctionObject, parameter: Parameter) -> Type | None:
    """What a parameter without an annotation is by the calls of its function; None if they are not known."""
    scope = function.scope
    calls = scope.module.summary.calls.get(function.declaration.qualname)
    if calls is None:
        return None
    key = ("passed", scope.path, function.declaration.qualname, parameter.name)
    return scope.program.remember(key, lambda: _passed(function, parameter, calls), UNKNOWN)


def _passed(function: FunctionObject, parameter: Parameter, calls: tuple[Call, ...]) -> Type:
    if _is_inherited(function):
        return UNKNOWN
    return union(_plain(_by_call(function, parameter, call, function.scope.module)) for call in calls)


def passed_around(function: FunctionObject, parameter: Parameter) -> Type | None:
    """What the project passes for a parameter without an annotation of a public function or constructor.

    Others may pass something else, so that the answer is no more than evidence; None if nothing is known.
    """
    word = _public_word(function)
    if word is None:
        return None
    scope = function.scope
    key = ("passed around", scope.path, function.declaration.qualname, parameter.name)
    return scope.program.remember(key, lambda: _passed_around(function, parameter, word), None)


def _passed_around(function: FunctionObject, parameter: Parameter, word: str) -> Type | None:
    from coroscope.model.infer import infer_text

    own = function.scope.module
    world = own.program.world
    found: list[Type] = []
    for key in (word, f"{own.summary.name.rpartition('.')[2].lstrip('_')}.{word}"):
        for path, calls in (world.asked(PASSED, key, own.summary.path) or {}).items():
            summary = world.summary_at(path)
            scope = None if summary is None else own.program.scope(summary)
            if scope is None or not _means(infer_text(key, scope), function):
                continue
            if len(found) + len(calls) > _MOST_CALLS:
                return None
            found += [_by_call(function, parameter, call, scope) for call in calls]
    known = union(_plain(one) for one in found)
    return None if known in (NEVER, UNKNOWN) else known


def _public_word(function: FunctionObject) -> str | None:
    """What calls of a function of the module, or of a class that it constructs, mention; None for other functions."""
    owner = function.owner
    if owner is None:
        return function.declaration.name if function.declaration.qualname == function.declaration.name else None
    is_constructor = function.declaration.name == "__init__" and owner.qualname == owner.name
    return owner.name if is_constructor and owner.module is function.scope.module else None


def _means(called: Type, function: FunctionObject) -> bool:
    """Whether a call of this calls the function."""
    if isinstance(called, ClassObject):
        return called.cls is function.owner
    return isinstance(called, FunctionObject) and called.declaration is function.declaration


def _is_inherited(function: FunctionObject) -> bool:
    """Whether classes of other modules know a method of that name, so that they may call it as well."""
    owner, name = function.owner, function.declaration.name
    if owner is None or name == "__init__":
        return False
    if owner.has_unknown_base:
        return True
    return any(
        entry.cls.module is not owner.module and entry.cls.own_member(name) is not None for entry in owner.mro[1:]
    )


def _by_call(function: FunctionObject, parameter: Parameter, call: Call, module: ModuleScope) -> Type:
    """What one call in a module passes, or the default if it passes nothing; Never where it hands on the parameter."""
    from coroscope.model.signatures import receiver_of

    expression = parse_expression(call.text)
    scope = _scope_of(call.within, module)
    if not isinstance(expression, ast.Call) or scope is None:
        return UNKNOWN
    is_own = module is function.scope.module and call.within == function.declaration.qualname
    if is_own and _names_itself(expression, parameter.name):
        return NEVER
    receiver = receiver_of(function)
    is_bound = receiver is not None and not (call.on_class and isinstance(receiver[1], Instance))
    bound = receiver[1] if is_bound and receiver is not None else None
    called = FunctionObject(function.declaration, function.scope, function.owner, bound)
    given = _given(called, parameter, expression, scope)
    return UNKNOWN if given is None else given()


def _names_itself(call: ast.Call, name: str) -> bool:
    """Whether a recursive call hands on a parameter as it is."""
    values = [*call.args, *(keyword.value for keyword in call.keywords)]
    return any(isinstance(value, ast.Name) and value.id == name for value in values)


def _scope_of(qualname: str, module: ModuleScope) -> Scope | None:
    """The scope of a function of the module, a module's own for no name; None for what has several definitions."""
    from coroscope.model.declarations import function_object
    from coroscope.model.signatures import ParameterScope

    scope: Scope = module
    names = module.summary.names
    for part in qualname.split(".") if qualname else []:
        declarations = names.get(part, ())
        if len(declarations) != 1:
            return None
        match declarations[0]:
            case Class() as cls:
                scope = scope.program.class_info(cls, module, scope).scope
                names = cls.names
            case Function() as function:
                return ParameterScope(function_object(function, scope))
            case _:
                return None
    return scope if not qualname else None


def _plain(type_: Type) -> Type:
    """A type without the values of constants, of which a caller passes one and the next another."""
    return union(Instance(m.cls, m.args) if isinstance(m, Instance) else m for m in members(type_))


def passed_inside(node: FunctionNode, parameter: Parameter, bodies: Bodies) -> Type | None:
    """What a parameter of a function in a function is by its calls there; None if it is used in any other way."""
    calls = _calls_inside(node, bodies) if parameter.annotation is None else None
    if not calls or parameter.kind in ("rest", "keywords"):
        return None
    function = bodies.function(node)
    found = []
    for call in calls:
        one = _given(function, parameter, call, bodies.scope_of(call))
        found.append(one() if one is not None else UNKNOWN)
    return union(_plain(one) for one in found)


def _calls_inside(node: FunctionNode, bodies: Bodies) -> list[ast.Call] | None:
    """The calls of a function in the function around it; None if there is any other reference to its name."""
    outer = parent_of(node)
    while outer is not None and not isinstance(outer, (*FUNCTIONS, ast.ClassDef)):
        outer = parent_of(outer)
    if not isinstance(outer, FUNCTIONS) or node.decorator_list:
        return None
    found: list[ast.Call] = []
    waiting = [bodies.tree.block(outer)]
    while waiting:
        block = waiting.pop()
        waiting += block.children
        if block.node is not node and getattr(block.node, "name", None) == node.name and block.node is not outer:
            return None
        for name in block.nodes_of((ast.Name,)):
            if isinstance(name, ast.Name) and name.id == node.name:
                call = parent_of(name)
                if not isinstance(call, ast.Call) or call.func is not name or len(found) == _MOST_CALLS:
                    return None
                found.append(call)
    return found


def _given(function: FunctionObject, parameter: Parameter, call: ast.Call, scope: Scope) -> Callable[[], Type] | None:
    """The argument of a call for a parameter, or else its default; None if neither can be told."""
    from coroscope.model.infer import arguments_of_call, infer_text
    from coroscope.model.signatures import matched

    arguments = arguments_of_call(call, scope)
    given = [argument for wanted, argument in matched(function, arguments) if wanted.name == parameter.name]
    if given:
        return None if given[0] in arguments.rest else given[0]
    default = parameter.default
    if arguments.spread or arguments.spread_keywords or default is None:
        return None
    return lambda: infer_text(default, function.scope)
