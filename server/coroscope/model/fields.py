"""Classes that are told by their annotated fields: the `__init__` of dataclasses, the items of named tuples."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from coroscope.model.substitution import substitute
from coroscope.model.summary import Function, Parameter, Variable
from coroscope.model.types import FunctionObject, Instance, Overloads, TupleType, Type
from coroscope.syntax import parse_expression

if TYPE_CHECKING:
    from coroscope.model.classes import ClassInfo


def written_method(cls: ClassInfo, name: str) -> Type | None:
    """A method that is written for a class, or that type checkers know for it; None if there is none of that name."""
    from coroscope.model.typed_dicts import KEYED, keyed_method

    if name == "__init__":
        return written_init(cls)
    return keyed_method(cls, name) if name in KEYED else None


def written_init(cls: ClassInfo) -> FunctionObject | None:
    """The `__init__` that is written for a class; None for a class that has fields of no meaning."""
    if not _has_written_init(cls):
        return None
    fields: dict[str, Parameter] = {}
    for entry in reversed(cls.mro):
        if entry.cls is cls or _has_written_init(entry.cls):
            own = entry.cls.module is cls.module
            for field in _fields(entry.cls):
                fields[field.name] = field if own else Parameter(field.name, field.kind, None, field.default)
    parameters = (Parameter("self"), *fields.values())
    declaration = Function("__init__", f"{cls.qualname}.__init__", parameters, returns="None")
    return FunctionObject(declaration, cls.scope, cls)


def tuple_of(instance: Instance) -> TupleType | None:
    """The tuple of known length that an instance of a subclass of `tuple` is, such as a named tuple; else None."""
    from coroscope.model.classes import arguments_of

    cls = instance.cls
    if cls.module_name == "builtins" or cls.ancestor("builtins", "tuple") is None:
        return None
    for entry in cls.mro:
        if any(name in entry.cls.declaration.names for name in ("__iter__", "__getitem__")):
            return None
        items = _own_items(entry.cls)
        if items is not None:
            own = substitute(items, dict(zip(entry.cls.parameters, entry.args, strict=False)))
            made = substitute(own, arguments_of(instance))
            return made if isinstance(made, TupleType) else None
    return None


def _own_items(cls: ClassInfo) -> TupleType | None:
    return cls.program.remember(("items", cls), lambda: _items_of(cls), None)


def _items_of(cls: ClassInfo) -> TupleType | None:
    from coroscope.model.annotations import annotation_text

    if _is_named_tuple(cls):
        return TupleType(tuple(annotation_text(field.annotation or "Any", cls.scope) for field in _fields(cls)))
    for text in cls.declaration.bases:
        if "uple[" in text:
            base = annotation_text(text, cls.scope)
            if isinstance(base, TupleType):
                return base
    return None


def _is_named_tuple(cls: ClassInfo) -> bool:
    return any(base.rpartition(".")[2] == "NamedTuple" for base in cls.declaration.bases)


def _fields(cls: ClassInfo) -> list[Parameter]:
    found: list[Parameter] = []
    keyword_only = any("kw_only=True" in text.replace(" ", "") for text in cls.declaration.decorators)
    for name, declarations in cls.declaration.names.items():
        last = declarations[-1]
        if not isinstance(last, Variable) or last.annotation is None or "ClassVar" in last.annotation:
            continue
        value = (last.value or "").replace(" ", "")
        if last.annotation.endswith("KW_ONLY"):
            keyword_only = True
        elif "init=False" not in value:
            by_name = keyword_only or "kw_only=True" in value
            found.append(Parameter(name, "keyword" if by_name else "normal", last.annotation, last.value))
    return found


def _has_written_init(cls: ClassInfo) -> bool:
    if "__init__" in cls.declaration.names:
        return False
    if _is_named_tuple(cls) or any(_makes_dataclass(text, cls) for text in cls.declaration.decorators):
        return True
    return _is_transformed(cls)


def _makes_dataclass(text: str, cls: ClassInfo) -> bool:
    """Whether a decorator is `dataclasses.dataclass`, bare or called, or works like it (PEP 681)."""
    from coroscope.model.infer import infer_text

    if "init=False" in text.replace(" ", ""):
        return False
    decorator = infer_text(text.partition("(")[0], cls.scope)
    first = decorator.items[0] if isinstance(decorator, Overloads) else decorator
    if not isinstance(first, FunctionObject):
        return False
    is_dataclass = first.declaration.name == "dataclass" and first.scope.module.summary.name == "dataclasses"
    return is_dataclass or _is_transform(first.declaration.decorators)


def _is_transformed(cls: ClassInfo) -> bool:
    """Whether a base class or the metaclass says that its classes work like dataclasses (PEP 681)."""
    if any(_is_transform(entry.cls.declaration.decorators) for entry in cls.mro[1:]):
        return True
    metaclass = cls.metaclass
    return metaclass is not None and any(_is_transform(entry.cls.declaration.decorators) for entry in metaclass.mro)


def _is_transform(decorators: tuple[str, ...]) -> bool:
    for text in decorators:
        if "dataclass_transform" in text:
            call = parse_expression(text)
            function = call.func if isinstance(call, ast.Call) else call
            word = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
            if word.lstrip("_") == "dataclass_transform":
                return True
    return False
