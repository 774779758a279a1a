"""What an attribute of a value is: members of classes in method resolution order, bound to what they are got from."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from coroscope.model.enums import is_enum, value_of
from coroscope.model.scopes import module_member
from coroscope.model.stored import instance_attribute
from coroscope.model.substitution import substitute
from coroscope.model.summary import Class, Function, Summary
from coroscope.model.types import (
    NEVER,
    NONE,
    SELF,
    UNKNOWN,
    CallableType,
    ClassObject,
    FunctionObject,
    Instance,
    MethodWrapper,
    ModuleObject,
    NeverType,
    Overloads,
    PropertyType,
    SuperType,
    TupleType,
    Type,
    TypeVariable,
    Union,
    each,
    members,
    union,
    without_none,
)

if TYPE_CHECKING:
    from coroscope.model.classes import ClassInfo, Member
    from coroscope.model.program import Program
    from coroscope.model.scopes import Scope

_CALLED = re.compile(r"\.(\w+)\(")


def attribute(value: Type, name: str, program: Program) -> Type:
    """The attribute of that name of a value; Unknown if there is none or nothing can be said."""
    match value:
        case Union():
            having = [member for member in members(without_none(value)) if not _surely_lacks(member, name)]
            return union(attribute(member, name, program) for member in having) if having else UNKNOWN
        case Instance():
            return _of_instance(value, name)
        case ClassObject():
            return _of_class(value, name)
        case ModuleObject():
            return module_member(value, name, program)
        case TupleType():
            return attribute(program.instance("builtins", "tuple", union(value.items)), name, program)
        case SuperType():
            return _of_super(value, name)
        case TypeVariable(bound=bound) if bound is not None:
            return attribute(bound, name, program)
        case CallableType(result=TypeVariable(bound=Instance(cls=cls, args=args)), parameters=None):
            return attribute(ClassObject(cls, args), name, program)  # `type[T]`
        case NeverType():
            return NEVER
    return UNKNOWN


def special_method(value: Type, name: str, program: Program) -> Type | None:
    """A special method as Python itself looks it up, on the class; None if it is surely not there, else bound."""
    if isinstance(value, TupleType):
        value = program.instance("builtins", "tuple", union(value.items))
    if isinstance(value, TypeVariable) and value.bound is not None:
        value = value.bound
    if isinstance(value, ClassObject):
        return _of_metaclass(value, name)
    if not isinstance(value, Instance):
        return NEVER if isinstance(value, NeverType) else UNKNOWN
    found = value.cls.method(name)
    if found is None:
        return None
    from coroscope.model.classes import arguments_of

    return bound(substitute(found.type, arguments_of(value)), value, found.owner)


def bound(member: Type, receiver: Type, owner: ClassInfo) -> Type:
    """A class member as got from an instance: functions bound to it, properties and descriptors read."""
    from coroscope.model.calls import call_with

    match member:
        case FunctionObject() | Overloads():
            return _with_receiver(member, receiver)
        case MethodWrapper(kind="staticmethod"):
            return member.function
        case MethodWrapper():
            return _with_receiver(member.function, _class_of(receiver))
        case PropertyType():
            return call_with(_with_receiver(member.getter, receiver), [], owner.scope)
        case Union():
            return each(member, lambda one: bound(one, receiver, owner))
        case Instance():
            return _read(member, receiver, _class_of(receiver))
        case CallableType(parameters=FunctionObject(bound=None) as taken) if taken.owner is not None:
            member = CallableType(member.result, _with_receiver(taken, receiver))  # as a decorator left it
    return substitute(member, {SELF: receiver})


def _read(member: Instance, receiver: Type, cls: Type) -> Type:
    """What a descriptor gives (`__get__`), or a member that is none; the receiver is None for a class."""
    from coroscope.model.calls import call_with

    if receiver != NONE and wrapper_in(member) is not None:
        return _with_receiver(member, receiver)
    getter = None
    if not member.cls.is_("builtins", "object") and member.cls.method("__get__") is not None:
        getter = special_method(member, "__get__", member.cls.program)
    if getter is None or getter == UNKNOWN:
        return member if receiver == NONE else substitute(member, {SELF: receiver})
    return call_with(getter, [receiver, cls], member.cls.scope)


def _surely_lacks(value: Type, name: str) -> bool:
    """Whether reading an attribute of a value raises `AttributeError`: all of its class is known, and none has it."""
    if not isinstance(value, Instance) or name == "__class__" or value_of(value, name) is not None:
        return False
    return value.cls.member(name) is None and value.cls.method("__getattr__") is None


def _of_instance(value: Instance, name: str) -> Type:
    from coroscope.model.classes import arguments_of

    written = value_of(value, name)
    if written is not None:
        return written
    if name == "__class__":
        return ClassObject(value.cls, value.args)
    found = value.cls.member(name)
    if found is None:
        fallback = value.cls.method("__getattr__")
        if fallback is not None:
            return _asked(bound(fallback.type, value, fallback.owner), name, value.cls.scope)
        return UNKNOWN
    inherited = found.on_instance and found.owner is not value.cls
    member = substitute(_inherited(value.cls, found, name) if inherited else found.type, arguments_of(value))
    if (
        isinstance(member, FunctionObject)
        and member.declaration.hollow
        and _is_overridden_otherwise(found.owner, member)
    ):
        return UNKNOWN
    return member if found.on_instance else bound(member, value, found.owner)


def _inherited(cls: ClassInfo, found: Member, name: str) -> Type:
    """An attribute that a base assigns, as a class has it that overrides a method by which the value is made."""

    def worked_out() -> Type:
        assigned = found.owner.declaration.attributes.get(name, ())
        called = {word for variable in assigned for word in _CALLED.findall(variable.value or "")}
        if not called or any(variable.annotation for variable in assigned):
            return found.type
        members = [cls.member(word) for word in called]
        if not any(m and m.owner is not found.owner and m.owner.derives_from(found.owner) for m in members):
            return found.type
        return instance_attribute(found.owner, name, assigned, Instance(cls, cls.parameters))

    return cls.program.remember(("inherited", cls, name), worked_out, UNKNOWN)


def _asked(fallback: Type, name: str, scope: Scope) -> Type:
    """What a `__getattr__` makes that is asked for a name."""
    from coroscope.model.calls import call_with

    text = scope.program.instance("builtins", "str")
    return call_with(fallback, [Instance(text.cls, (), name) if isinstance(text, Instance) else UNKNOWN], scope)


def _is_overridden_otherwise(owner: ClassInfo, method: FunctionObject) -> bool:
    """Whether a class beside this one overrides a method that does nothing, and is `async` where it is not, or not."""
    return any(
        isinstance(own, Function) and own.is_async is not method.declaration.is_async and own.returns in (None, "None")
        for cls in _beside(owner).get(owner.name, ())
        for own in cls.names.get(method.declaration.name, ())
    )


def _beside(owner: ClassInfo) -> dict[str, list[Class]]:
    """The classes of the module of a class by the last names of their bases."""
    summary, none = owner.module.summary, dict[str, list[Class]]()
    return owner.program.remember(("by base", summary.path), lambda: _by_base(summary), none)


def _by_base(summary: Summary) -> dict[str, list[Class]]:
    found: dict[str, list[Class]] = {}
    for declarations in summary.names.values():
        for cls in declarations:
            if isinstance(cls, Class):
                for base in cls.bases:
                    found.setdefault(base.partition("[")[0].rpartition(".")[2], []).append(cls)
    return found


def _of_class(value: ClassObject, name: str) -> Type:
    from coroscope.model.classes import arguments_of

    found = value.cls.member(name)
    if found is None:
        return _of_metaclass(value, name) or UNKNOWN
    member = substitute(found.type, arguments_of(value)) if value.args else found.type
    match member:
        case MethodWrapper(kind="staticmethod"):
            return member.function
        case MethodWrapper():
            return _with_receiver(member.function, value)
        case PropertyType():
            return UNKNOWN
        case Instance() if not found.on_instance and not is_enum(value.cls):
            return _read(member, NONE, value)
    return member


def _of_metaclass(value: ClassObject, name: str) -> Type | None:
    """What a class has from its own class; None if that surely has no such member."""
    metaclass = value.cls.metaclass
    if metaclass is None:
        return UNKNOWN
    found = metaclass.method(name)
    if found is not None:
        return bound(found.type, value, found.owner)
    fallback = None if name.startswith("__") else metaclass.method("__getattr__")
    return None if fallback is None else _asked(bound(fallback.type, value, fallback.owner), name, metaclass.scope)


def _of_super(value: SuperType, name: str) -> Type:
    found = value.receiver.cls.member(name, after=value.owner)
    if found is None:
        return (
            _mixed_in(value.owner, name) if value.receiver == Instance(value.owner, value.owner.parameters) else UNKNOWN
        )
    if isinstance(value.receiver, ClassObject):
        return (
            _with_receiver(found.type.function, value.receiver) if isinstance(found.type, MethodWrapper) else found.type
        )
    return bound(found.type, value.receiver, found.owner)


def _mixed_in(mixin: ClassInfo, name: str) -> Type:
    """What `super()` in a class without bases finds, by the classes of the module that mix it in; all of these have it.

    Others that do so elsewhere have it as well, or nothing would come of that call.
    """

    def worked_out() -> Type:
        found: list[Type] = []
        for declaration in _beside(mixin).get(mixin.name, ()):
            cls = mixin.program.class_info(declaration, mixin.module, mixin.module)
            member = cls.member(name, after=mixin) if cls.derives_from(mixin) else None
            receiver = Instance(cls, cls.parameters)
            found.append(UNKNOWN if member is None else bound(member.type, receiver, member.owner))
        return union(found) if found and UNKNOWN not in found else UNKNOWN

    if mixin.has_unknown_base or any(not entry.cls.is_("builtins", "object") for entry in mixin.mro[1:]):
        return UNKNOWN
    return mixin.program.remember(("mixed in", mixin, name), worked_out, UNKNOWN)


def _class_of(receiver: Type) -> Type:
    return ClassObject(receiver.cls, receiver.args) if isinstance(receiver, Instance) else receiver


def wrapper_in(value: Type) -> FunctionObject | None:
    """The function that `functools.wraps` returned as it was, though it is typed as something else."""
    if isinstance(value, Instance) and value.cls.is_("functools", "_Wrapped") and len(value.args) == 4:
        return value.args[2] if isinstance(value.args[2], FunctionObject) else None
    return None


def _with_receiver(function: Type, receiver: Type) -> Type:
    """A function bound to what it was got from; anything else as it is."""
    match function:
        case FunctionObject():
            return FunctionObject(function.declaration, function.scope, function.owner, receiver, function.bindings)
        case Overloads():
            items = (_with_receiver(item, receiver) for item in function.items)
            return Overloads(tuple(item for item in items if isinstance(item, FunctionObject)))
        case Instance():
            wrapper = wrapper_in(function)
            return function if wrapper is None else _with_receiver(wrapper, receiver)
    return function
