"""Classes that a call makes: `NewType`, `namedtuple`, `NamedTuple`, `TypedDict` and `Enum` in their functional form.

Each is a class like any other: a declaration is written for it, as if it stood in the text as a class.
"""

from __future__ import annotations

import ast
import keyword
from typing import TYPE_CHECKING

from coroscope.model.scopes import SPECIAL_MODULES, Found, Scope
from coroscope.model.summary import Class, Declaration, Variable
from coroscope.model.types import UNKNOWN, ClassObject, FunctionObject, SpecialForm, Type, TypeVariable
from coroscope.nodes import FUNCTIONS, unparsed

if TYPE_CHECKING:
    from collections.abc import Iterable

_TYPING = frozenset({"Any", "Literal", "NamedTuple", "Optional", "TypedDict", "Union"})


class WrittenScope(Scope):
    """What a written declaration sees: some names of `typing`, a type variable `D_`, then what is around it."""

    def __init__(self, around: Scope) -> None:
        super().__init__(around.module, around)

    def find(self, name: str) -> Found | None:
        """The declarations behind a name around."""
        return None if name in _TYPING else super().find(name)

    def lookup(self, name: str) -> Type | None:
        """The value of a name of `typing`, or of one around."""
        if name in _TYPING:
            typing = self.program.module("typing", "")
            return None if typing is None else typing.member(name)
        return super().lookup(name)

    def type_parameter(self, name: str) -> TypeVariable | None:
        """The type variable of a written signature, or a type parameter around."""
        return TypeVariable("D_", "typing") if name == "D_" else super().type_parameter(name)


def made_class(call: ast.Call, function: Type, scope: Scope) -> Type | None:
    """The class that a call of `function` makes, such as `NewType("UserId", int)`; None if it makes none.

    Unknown, if it makes one whose name or fields cannot be read.
    """
    maker = _maker(function, call)
    if maker is None:
        return None
    name = call.args[0].value if isinstance(call.args[0], ast.Constant) else None
    if not isinstance(name, str) or not name.isidentifier():
        return UNKNOWN
    around = scope if isinstance(getattr(scope, "node", None), FUNCTIONS) else scope.module
    key = ("made class", around, unparsed(call))
    declaration = scope.program.remember(key, lambda: _declaration(maker, name, call), None)
    if declaration is None:
        return UNKNOWN
    outer = scope.program.remember(("written scope", around), lambda: WrittenScope(around), WrittenScope(around))
    return ClassObject(scope.program.class_info(declaration, scope.module, outer))


def _maker(function: Type, call: ast.Call) -> str | None:
    """Which of the makers of classes a function is."""
    if len(call.args) < 2:
        return None
    match function:
        case ClassObject(cls=cls) if cls.module_name in SPECIAL_MODULES and cls.name in ("NewType", "NamedTuple"):
            return cls.name
        case ClassObject(cls=cls) if cls.module_name == "enum" and cls.ancestor("enum", "Enum") is not None:
            return "Enum"
        case FunctionObject(declaration=declaration) if declaration.name in ("namedtuple", "NewType"):
            home = function.scope.module.summary.name
            return declaration.name if home in ("collections", *SPECIAL_MODULES) else None
        case SpecialForm(name="TypedDict"):
            return "TypedDict"
    return None


def _declaration(maker: str, name: str, call: ast.Call) -> Class | None:
    """The class as a declaration, or None if its fields cannot be read."""
    inside = call.args[1]
    match maker:
        case "NewType":
            base = inside.value if isinstance(inside, ast.Constant) else unparsed(inside)
            return Class(name, name, (base,)) if isinstance(base, str) else None
        case "namedtuple" | "Enum":
            bases = ("NamedTuple",) if maker == "namedtuple" else (unparsed(call.func),)
            names = _listed(inside)
            annotation = "Any" if maker == "namedtuple" else None
            return None if names is None else Class(name, name, bases, names=_fields((n, annotation) for n in names))
        case "NamedTuple":
            pairs = _pairs(inside)
            return None if pairs is None else Class(name, name, ("NamedTuple",), names=_fields(pairs))
        case "TypedDict":
            pairs = _entries(inside)
            words = tuple((k.arg, unparsed(k.value)) for k in call.keywords if k.arg)
            return None if pairs is None else Class(name, name, ("TypedDict",), words, names=_fields(pairs))
    return None


def _fields(pairs: Iterable[tuple[str, str | None]]) -> dict[str, tuple[Declaration, ...]]:
    return {name: (Variable(annotation),) for name, annotation in pairs}


def _listed(node: ast.expr) -> list[str] | None:
    """The names in `"a b"`, `"a, b"` or `["a", "b"]`; in pairs and dictionaries those that stand first."""
    match node:
        case ast.Constant(value=str() as text):
            names: list[object] = list(text.replace(",", " ").split())
        case ast.List(elts=items) | ast.Tuple(elts=items) | ast.Dict(keys=items):
            firsts = [item.elts[0] if isinstance(item, ast.Tuple) and item.elts else item for item in items]
            names = [item.value if isinstance(item, ast.Constant) else None for item in firsts]
        case _:
            return None
    found = [name for name in names if isinstance(name, str) and name.isidentifier() and not keyword.iskeyword(name)]
    return found if len(found) == len(names) else None


def _pairs(node: ast.expr) -> list[tuple[str, str | None]] | None:
    """The fields in `[("a", int), ("b", str)]`."""
    if not isinstance(node, (ast.List, ast.Tuple)):
        return None
    found: list[tuple[str, str | None]] = []
    for item in node.elts:
        match item:
            case ast.Tuple(elts=[ast.Constant(value=str() as name), type_]):
                found.append((name, unparsed(type_)))
            case _:
                return None
    return found


def _entries(node: ast.expr) -> list[tuple[str, str | None]] | None:
    """The fields in `{"a": int, "b": str}`."""
    if not isinstance(node, ast.Dict):
        return None
    found: list[tuple[str, str | None]] = []
    for key, type_ in zip(node.keys, node.values, strict=True):
        if not isinstance(key, ast.Constant) or not isinstance(key.value, str):
            return None
        found.append((key.value, unparsed(type_)))
    return found
