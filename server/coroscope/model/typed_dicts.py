"""Typed dictionaries (PEP 589): what their methods make of each key that the class names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coroscope.model.functional import WrittenScope
from coroscope.model.summary import Function, Parameter, Variable
from coroscope.model.types import FunctionObject, Overloads

if TYPE_CHECKING:
    from collections.abc import Iterator

    from coroscope.model.classes import ClassInfo

KEYED = frozenset({"__getitem__", "get", "pop", "setdefault"})
"""The methods whose result depends on the key."""


def keyed_method(cls: ClassInfo, name: str) -> Overloads | None:
    """One of the methods `KEYED` of a typed dictionary, with a signature for each key; None for other classes."""
    if not cls.declaration.bases or not _is_typed_dict(cls):
        return None
    signatures = tuple(_signatures(cls, name))
    return Overloads(signatures) if signatures else None


def _is_typed_dict(cls: ClassInfo) -> bool:
    return cls.module_name != "typing" and cls.ancestor("typing", "_TypedDict") is not None


def _signatures(cls: ClassInfo, name: str) -> Iterator[FunctionObject]:
    for entry in cls.mro:
        if not _is_typed_dict(entry.cls):
            continue
        scope = WrittenScope(entry.cls.scope)
        bindings = tuple(zip(entry.cls.parameters, entry.args, strict=False)) if entry.cls is not cls else ()
        for key, declarations in entry.cls.declaration.names.items():
            last = declarations[-1]
            if isinstance(last, Variable) and last.annotation is not None:
                for function in _for_key(cls, name, key, last.annotation):
                    yield FunctionObject(function, scope, entry.cls, None, bindings)


def _for_key(cls: ClassInfo, name: str, key: str, annotation: str) -> Iterator[Function]:
    """The signatures of a method for one key."""
    qualname = f"{cls.qualname}.{name}"
    known = (Parameter("self"), Parameter("key", "positional", f"Literal[{key!r}]"))
    other = Parameter("default", "normal", None)
    match name:
        case "__getitem__":
            yield Function(name, qualname, known, annotation)
        case "setdefault":
            yield Function(name, qualname, (*known, other), annotation)
        case "pop":
            yield Function(name, qualname, known, annotation)
            yield Function(name, qualname, (*known, Parameter("default", "normal", "D_")), f"Union[{annotation}, D_]")
        case "get":
            is_there = _is_required(cls, key, annotation)
            yield Function(name, qualname, known, annotation if is_there else f"Optional[{annotation}]")
            yield Function(name, qualname, (*known, Parameter("default", "normal", "D_")), f"Union[{annotation}, D_]")


def _is_required(cls: ClassInfo, key: str, annotation: str) -> bool:
    """Whether a key is always there: by its own word, else by `total=` of the class that names it."""
    if "NotRequired[" in annotation:
        return False
    if "Required[" in annotation:
        return True
    owner = next((entry.cls for entry in cls.mro if key in entry.cls.declaration.names), cls)
    return ("total", "False") not in owner.declaration.keywords
