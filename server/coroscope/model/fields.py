"""The `__init__` that `dataclasses.dataclass` and `typing.NamedTuple` write from a class's annotated fields."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coroscope.model.summary import Function, Parameter, Variable
from coroscope.model.types import FunctionObject, Overloads

if TYPE_CHECKING:
    from coroscope.model.classes import ClassInfo


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


def _fields(cls: ClassInfo) -> list[Parameter]:
    found: list[Parameter] = []
    keyword_only = False
    for name, declarations in cls.declaration.names.items():
        last = declarations[-1]
        if not isinstance(last, Variable) or last.annotation is None or "ClassVar" in last.annotation:
            continue
        if last.annotation.endswith("KW_ONLY"):
            keyword_only = True
        elif not (last.value and "init=False" in last.value.replace(" ", "")):
            found.append(Parameter(name, "keyword" if keyword_only else "normal", last.annotation, last.value))
    return found


def _has_written_init(cls: ClassInfo) -> bool:
    if "__init__" in cls.declaration.names:
        return False
    if any(base.rpartition(".")[2] == "NamedTuple" for base in cls.declaration.bases):
        return True
    return any("dataclass" in text and _is_dataclass(text, cls) for text in cls.declaration.decorators)


def _is_dataclass(text: str, cls: ClassInfo) -> bool:
    """Whether a decorator is `dataclasses.dataclass`, bare or called."""
    from coroscope.model.infer import infer_text

    bare = text.partition("(")[0]
    if "init=False" in text.replace(" ", ""):
        return False
    decorator = infer_text(bare, cls.scope)
    first = decorator.items[0] if isinstance(decorator, Overloads) else decorator
    return (
        isinstance(first, FunctionObject)
        and first.declaration.name == "dataclass"
        and first.scope.module.summary.name == "dataclasses"
    )
