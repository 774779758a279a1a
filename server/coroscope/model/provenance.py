"""Whether a value is of unknown type because nobody said what it is: it comes from a parameter without an annotation.

    def __init__(self, channel, client: MissingLibrary):
        self.channel = channel      # nobody said what it is
        self.client = client        # somebody did, and it cannot be read here: a library that is not installed

What nobody said may be learnt from usage. What somebody said is that and nothing else: one `client.close()` is
awaited, another is not, and both are right.
"""

from __future__ import annotations

import ast

from coroscope.model.bodies import BodyScope
from coroscope.model.classes import ClassInfo
from coroscope.model.infer import infer
from coroscope.model.names import Binding
from coroscope.model.scopes import Scope
from coroscope.model.signatures import ParameterScope, inside
from coroscope.model.summary import Variable
from coroscope.model.types import FunctionObject, Instance, Overloads, members
from coroscope.syntax import parse_expression

_DEEPEST = 8


def is_undeclared(expression: ast.expr, scope: Scope, depth: int = 0) -> bool:
    """Whether an expression that stands in a scope is, or is got from, a parameter that has no annotation."""
    if depth > _DEEPEST:
        return False
    match expression:
        case ast.Name():
            return _is_undeclared_name(expression, scope, depth + 1)
        case ast.Attribute(value=value, attr=name):
            owners = [member for member in members(infer(value, scope)) if isinstance(member, Instance)]
            if owners:
                return all(_is_undeclared_attribute(owner.cls, name, depth + 1) for owner in owners)
            return is_undeclared(value, scope, depth + 1)
        case ast.Call(func=function, args=arguments):
            if isinstance(infer(function, scope), (FunctionObject, Overloads)):
                # What it makes is unknown as what it is given is: `copy.copy(channel)`.
                return any(is_undeclared(argument, scope, depth + 1) for argument in arguments)
            return is_undeclared(function, scope, depth + 1)
        case ast.Subscript(value=inner) | ast.Await(value=inner):
            return is_undeclared(inner, scope, depth + 1)
    return False


def _is_undeclared_name(name: ast.Name, scope: Scope, depth: int) -> bool:
    here: Scope | None = scope
    while here is not None:
        if isinstance(here, BodyScope) and name.id in here.names.bindings:
            bindings = here.names.bindings[name.id]
            is_outside = isinstance(here.node, (ast.Module, ast.ClassDef))
            return not is_outside and all(_is_undeclared_binding(each, here, depth) for each in bindings)
        if isinstance(here, ParameterScope):
            for parameter in here.function.declaration.parameters:
                if parameter.name == name.id:
                    return parameter.annotation is None
        here = here.parent
    return False


def _is_undeclared_binding(binding: Binding, scope: BodyScope, depth: int) -> bool:
    if binding.annotation is not None:
        return False
    if binding.kind == "parameter":
        return isinstance(binding.node, ast.arg) and binding.node.annotation is None
    return binding.value is not None and is_undeclared(binding.value, scope, depth)


def _is_undeclared_attribute(cls: ClassInfo, name: str, depth: int) -> bool:
    """Whether all that a class stores in an attribute comes from parameters without an annotation, None aside.

    What it only sets to None others store, of whom nobody says what.
    """
    is_there = False
    for entry in cls.mro:
        variables = entry.cls.variables(name)
        if any(variable.annotation is not None for variable in variables):
            return False
        values = [variable for variable in variables if variable.value != "None"]
        if values:
            return all(_is_undeclared_value(entry.cls, variable, depth) for variable in values)
        is_there = is_there or bool(variables)
    return is_there and not cls.has_unknown_base


def _is_undeclared_value(cls: ClassInfo, variable: Variable, depth: int) -> bool:
    expression = None if variable.value is None else parse_expression(variable.value)
    scope = None if variable.within is None else inside(cls, variable.within)
    return expression is not None and scope is not None and is_undeclared(expression, scope, depth)
