"""What calling a class makes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coroscope.model.matching import unify
from coroscope.model.overloads import possible
from coroscope.model.signatures import Arguments, matched, parameter_type
from coroscope.model.types import (
    UNKNOWN,
    ClassObject,
    FunctionObject,
    Instance,
    Overloads,
    Type,
    TypeVariable,
    solved,
    substitute,
    variables,
)

if TYPE_CHECKING:
    from coroscope.model.classes import ClassInfo


def construct(class_: ClassObject, arguments: Arguments) -> Type:
    """What calling a class makes."""
    cls = class_.cls
    if cls.is_("builtins", "type"):
        return _type_of(arguments)
    made = Instance(cls, class_.args)
    new = cls.member("__new__")
    if (
        new is not None
        and isinstance(new.type, (FunctionObject, Overloads))
        and not new.owner.is_("builtins", "object")
    ):
        other = _made_by_new(new.type, class_, arguments)
        if other is not None:
            return other
    if class_.args or not cls.parameters:
        return made
    init = cls.member("__init__")
    if init is None or init.owner.is_("builtins", "object"):
        init = new
    bindings = {} if init is None else _class_arguments(cls, init.type, arguments)
    return Instance(cls, tuple(solved(substitute(p, bindings), bindings) for p in cls.parameters))


def _class_arguments(cls: ClassInfo, init: Type, arguments: Arguments) -> dict[TypeVariable, Type]:
    """What the arguments of a constructor (`__init__` or `__new__`) tell of the class's type parameters."""
    bindings: dict[TypeVariable, Type] = {}
    if not isinstance(init, (FunctionObject, Overloads)):
        return bindings
    functions = init.items if isinstance(init, Overloads) else (init,)
    receiver = Instance(cls, cls.parameters)
    items = [FunctionObject(f.declaration, f.scope, f.owner, receiver, f.bindings) for f in functions]
    for bound in (possible(items, arguments) if len(items) > 1 else items)[:1]:
        function = bound
        first = function.declaration.parameters[0]
        own = parameter_type(function, first) if first.annotation else None
        if isinstance(own, Instance) and own.cls is cls:
            bindings.update(zip(cls.parameters, own.args, strict=False))
        for parameter, argument in matched(bound, arguments):
            wanted = parameter_type(bound, parameter)
            if wanted is not None and any(True for _ in variables(wanted)):
                unify(substitute(wanted, dict(function.bindings)), argument(), bindings)
        break
    return bindings


def _made_by_new(new: FunctionObject | Overloads, class_: ClassObject, arguments: Arguments) -> Type | None:
    """What `__new__` makes, if it says something other than an instance of the class."""
    from coroscope.model.calls import call

    items = new.items if isinstance(new, Overloads) else (new,)
    functions = tuple(FunctionObject(f.declaration, f.scope, f.owner, class_, f.bindings) for f in items)
    if all(f.declaration.returns is None for f in functions):
        return None
    result = call(Overloads(functions) if len(functions) > 1 else functions[0], arguments, items[0].scope)
    if isinstance(result, Instance) and result.cls is not class_.cls:
        return result
    return result if isinstance(result, Instance) and result.args and not class_.args else None


def _type_of(arguments: Arguments) -> Type:
    if len(arguments.positional) != 1:
        return UNKNOWN
    value = arguments.positional[0]()
    return ClassObject(value.cls, value.args) if isinstance(value, Instance) else UNKNOWN
