"""What calling a class makes."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from coroscope.model.overloads import possible
from coroscope.model.signatures import Arguments, matched, parameter_type
from coroscope.model.substitution import solved, substitute, variables
from coroscope.model.types import (
    UNKNOWN,
    ClassObject,
    FunctionObject,
    Instance,
    MethodWrapper,
    Overloads,
    PropertyType,
    Type,
    TypeVariable,
    members,
)
from coroscope.model.unifying import unify

if TYPE_CHECKING:
    from coroscope.model.classes import ClassInfo


def construct(class_: ClassObject, arguments: Arguments) -> Type:
    """What calling a class makes: what its metaclass says, else `__new__`, else an instance (typing specification)."""
    cls = class_.cls
    if cls.module_name == "builtins" and len(arguments.positional) == 1 and cls.name in _OF_ONE:
        return _OF_ONE[cls.name](arguments.positional[0]())
    other = _made_by_metaclass(class_, arguments)
    if other is not None:
        return other
    new = cls.member("__new__")
    if new is not None and new.owner.is_("builtins", "object"):
        new = None
    if new is not None and isinstance(new.type, (FunctionObject, Overloads)):
        other = _made_by_new(new.type, class_, arguments)
        if other is not None:
            return other
    if class_.args or not cls.parameters:
        return Instance(cls, class_.args)
    init = cls.member("__init__")
    if init is None or init.owner.is_("builtins", "object"):
        init = new
    return Instance(cls, _class_arguments(cls, UNKNOWN if init is None else init.type, arguments))


def _class_arguments(cls: ClassInfo, init: Type, arguments: Arguments) -> tuple[Type, ...]:
    """What the arguments of a constructor (`__init__` or `__new__`) tell of the class's type parameters."""
    shape: tuple[Type, ...] = cls.parameters
    bindings: dict[TypeVariable, Type] = {}
    receiver = Instance(cls, cls.parameters)
    items = init.items if isinstance(init, Overloads) else (init,) if isinstance(init, FunctionObject) else ()
    bound = [FunctionObject(f.declaration, f.scope, f.owner, receiver, f.bindings) for f in items]
    for function in (possible(bound, arguments) if len(bound) > 1 else bound)[:1]:
        first = function.declaration.parameters[:1]
        own = parameter_type(function, first[0]) if first and first[0].annotation else None
        if isinstance(own, Instance) and own.cls is cls and len(own.args) == len(shape):
            shape = own.args
        for parameter, argument in matched(function, arguments):
            wanted = parameter_type(function, parameter)
            if wanted is not None and any(True for _ in variables(wanted)):
                unify(substitute(wanted, dict(function.bindings)), argument(), bindings)
    return tuple(solved(substitute(part, bindings), bindings) for part in shape)


def _made_by_metaclass(class_: ClassObject, arguments: Arguments) -> Type | None:
    """What a metaclass's own `__call__` makes, if that is something other than instances of its class."""
    from coroscope.model.calls import call

    metaclass = class_.cls.metaclass
    method = None if metaclass is None or metaclass.is_("builtins", "type") else metaclass.method("__call__")
    if method is None or method.owner.is_("builtins", "type") or not isinstance(method.type, FunctionObject):
        return None
    function = method.type
    bound = FunctionObject(function.declaration, function.scope, function.owner, class_, function.bindings)
    return _if_other(call(bound, arguments, function.scope), function, class_)


def _made_by_new(new: FunctionObject | Overloads, class_: ClassObject, arguments: Arguments) -> Type | None:
    """What `__new__` makes, if it says something other than an instance of the class."""
    from coroscope.model.calls import call

    bindings = dict(zip(class_.cls.parameters, class_.args, strict=False))
    items = new.items if isinstance(new, Overloads) else (new,)
    bound = [FunctionObject(f.declaration, f.scope, f.owner, class_, f.bindings) for f in items]
    functions = tuple(f for f in (substitute(item, bindings) for item in bound) if isinstance(f, FunctionObject))
    result = call(Overloads(functions) if len(functions) > 1 else functions[0], arguments, items[0].scope)
    if isinstance(result, Instance) and result.cls is class_.cls:
        return result if result.args and not class_.args else None
    return _if_other(result, functions[0], class_)


def _if_other(result: Type, function: FunctionObject, class_: ClassObject) -> Type | None:
    """What a constructor makes, if it is nothing that could as well be an instance of the class.

    An annotation is taken at its word; of a body only what is surely no relative of the class.
    """
    parts = members(result)
    if UNKNOWN in parts or any(isinstance(part, TypeVariable) for part in parts):
        return None
    if function.declaration.returns is not None:
        return None if any(isinstance(p, Instance) and p.cls is class_.cls for p in parts) else result
    is_other = all(isinstance(p, Instance) and not _are_related(p.cls, class_.cls) for p in parts)
    return result if is_other else None


def _are_related(one: ClassInfo, other: ClassInfo) -> bool:
    return one.has_unknown_base or one.derives_from(other) or other.derives_from(one)


def _type_of(value: Type) -> Type:
    return ClassObject(value.cls, value.args) if isinstance(value, Instance) else UNKNOWN


_OF_ONE: dict[str, Callable[[Type], Type]] = {
    "type": _type_of,
    "staticmethod": lambda function: MethodWrapper("staticmethod", function),
    "classmethod": lambda function: MethodWrapper("classmethod", function),
    "property": PropertyType,
}
"""The classes of `builtins` of which the model knows more than their stubs say, by what a call with one value makes."""
