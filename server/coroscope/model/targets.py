"""What the target of an assignment, or the receiver of a method, is declared as."""

from __future__ import annotations

import ast

from coroscope.model.annotations import annotation, annotation_text
from coroscope.model.bodies import Bodies
from coroscope.model.summary import Variable
from coroscope.model.types import ClassObject, Instance, SpecialForm, Type
from coroscope.nodes import FUNCTIONS, ancestors, parent_of


def declared_target(bodies: Bodies, target: ast.expr) -> tuple[str, Type] | None:
    """The annotation of a name or attribute, as written and as a type; None if it has none."""
    match target:
        case ast.Name():
            return _of_name(bodies, target)
        case ast.Attribute():
            return _of_attribute(bodies, target)
    return None


def declared_receiver(bodies: Bodies, receiver: ast.expr) -> tuple[str, Type] | None:
    """The annotation of a name or attribute that is not assigned to; so that of a parameter counts."""
    if isinstance(receiver, ast.Name):
        scope = bodies.scope_of(receiver)
        for binding in scope.names.bindings.get(receiver.id, []):
            if isinstance(binding.node, ast.arg) and binding.node.annotation is not None:
                return declared_parameter(bodies, binding.node)
    return declared_target(bodies, receiver)


def declared_parameter(bodies: Bodies, parameter: ast.arg) -> tuple[str, Type] | None:
    """The annotation of a parameter that has one, as written and as a type."""
    assert parameter.annotation is not None
    function = next(node for node in ancestors(parameter) if isinstance(node, FUNCTIONS))
    return _meant(bodies.tree.text(parameter.annotation), annotation(parameter.annotation, bodies.declaring(function)))


def _of_name(bodies: Bodies, target: ast.Name) -> tuple[str, Type] | None:
    scope = bodies.scope_of(target)
    for binding in scope.names.bindings.get(target.id, []):
        if binding.annotation is not None:
            return _meant(bodies.tree.text(binding.annotation), annotation(binding.annotation, scope))
    return None


def _of_attribute(bodies: Bodies, target: ast.Attribute) -> tuple[str, Type] | None:
    above = parent_of(target)
    if isinstance(above, ast.AnnAssign) and above.target is target:
        scope = bodies.scope_of(target)
        return _meant(bodies.tree.text(above.annotation), annotation(above.annotation, scope))
    receiver = bodies.type_of(target.value)
    if not isinstance(receiver, (Instance, ClassObject)):
        return None
    for entry in receiver.cls.mro:
        declaration = entry.cls.declaration
        found = (*declaration.names.get(target.attr, ()), *declaration.attributes.get(target.attr, ()))
        if not all(isinstance(one, Variable) for one in found):
            return None
        for variable in found:  # a class that only assigns to it means what a base declares
            if isinstance(variable, Variable) and variable.annotation is not None:
                return _meant(variable.annotation, annotation_text(variable.annotation, entry.cls.scope))
    return None


def _meant(text: str, type_: Type) -> tuple[str, Type] | None:
    return None if isinstance(type_, SpecialForm) else (text, type_)
