"""What users declare of functions, since no code that we see tells it: `[tool.coroscope.declare]`.

    blocks            what stops the event loop
    keeps-task        what keeps a task that it is given
    may-be-dropped    what makes something that may be left without an `await`
    runs              what runs a coroutine that it is given, or awaits what a function makes that it is given

A declared name is the one under which a thing is defined, or under which it can be imported. It stands for all that is
in the thing as well: a class for its constructor and its methods, a module for its functions. What is declared of a
method holds for the methods that override it. Things are told by their types; where a decorator makes something else of
a function, or a library is missing, by what the name before them, or their first name, means.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from typing import Literal, TypeAlias

from coroscope.model.bodies import BodyScope
from coroscope.model.classes import ClassInfo
from coroscope.model.infer import infer
from coroscope.model.program import Program
from coroscope.model.scopes import Found, ModuleScope, Scope, effective, targets
from coroscope.model.signatures import ParameterScope
from coroscope.model.summary import Class, Function, Import
from coroscope.model.types import (
    ClassObject,
    FunctionObject,
    Instance,
    ModuleObject,
    Overloads,
    SuperType,
    Type,
    members,
    without_none,
)
from coroscope.model.uses import dotted

Kind: TypeAlias = Literal["blocks", "keeps-task", "may-be-dropped", "runs"]

_Names: TypeAlias = frozenset[str]
_NONE: _Names = frozenset()


def is_any_declared(kind: Kind, functions: Iterable[FunctionObject]) -> bool:
    """Whether one of some functions is declared so."""
    asked = ((_declared(kind, function.scope.program), function) for function in functions)
    return any(_has_any(declared, _of_type(function)) for declared, function in asked if declared)


def may_be_dropped(node: ast.expr, scope: Scope) -> bool:
    """Whether what an expression makes is declared as what needs no `await`: by what is called or read, or by class."""
    declared = _declared("may-be-dropped", scope.program)
    if not declared:
        return False
    made = [one.cls for one in members(infer(node, scope)) if isinstance(one, Instance)]
    classes = frozenset(_name_of_class(entry.cls) for cls in made for entry in cls.mro)
    ways = _ways(node.func if isinstance(node, ast.Call) else node, scope)
    return _has_any(declared, classes) or any(_has_any(declared, names) for way in ways for names in way)


def declared_blocking(callee: ast.expr, scope: Scope) -> str | None:
    """A dotted name of what is called, if that is surely declared as what stops the loop."""
    declared = _declared("blocks", scope.program)
    for way in _ways(callee, scope) if declared else ():
        if way and all(_has_any(declared, names) for names in way):
            return min(way[0])
    return None


def not_there(program: Program) -> Iterator[str]:
    """The declared names that a module, or a class of one, which is there surely does not have."""
    for name in dict.fromkeys(name for names in program.world.declared.values() for name in names):
        module, inside = _in_module(name, program)
        if module is not None and inside and _lacks(module, inside):
            yield name


def _lacks(module: ModuleScope, inside: list[str]) -> bool:
    value = module.member(inside[0])
    if value is None:
        return module.own("__getattr__") is None
    if len(inside) != 2 or not isinstance(value, ClassObject) or value.cls.has_unknown_base:
        return False
    return value.cls.member(inside[1]) is None and value.cls.member("__getattr__") is None


def _declared(kind: Kind, program: Program) -> _Names:
    """The names that are declared so, as written and as defined."""
    written = program.world.declared.get(kind, ())
    if not written:
        return _NONE
    defined = program.remember(("declared", kind), lambda: frozenset(_definition(n, program) for n in written), _NONE)
    return defined.union(written)


def _has_any(declared: _Names, names: _Names) -> bool:
    """Whether a thing of these names, or one that it is in, is among those declared."""
    return any(not declared.isdisjoint(_with_outer(name)) for name in names)


def _with_outer(name: str) -> Iterator[str]:
    """A dotted name, and those of all that it is in."""
    while name:
        yield name
        name = name.rpartition(".")[0]


def _ways(callee: ast.expr, scope: Scope) -> Iterator[list[_Names]]:
    """The ways to tell what is called: the dotted names of each thing that it may be, by one way after the other."""
    yield [_of_type(member) for member in members(without_none(infer(callee, scope)))]
    if isinstance(callee, ast.Attribute):
        owners = members(without_none(infer(callee.value, scope)))
        yield [_of_attribute(owner, callee.attr, scope.program) for owner in owners]
    spelled = _spelled(callee, scope)
    if spelled:
        yield [frozenset({spelled})]


def _of_type(callee: Type) -> _Names:
    match callee:
        case Overloads():
            return _of_type(callee.items[0])
        case FunctionObject(declaration=declaration):
            own = frozenset({f"{callee.scope.module.summary.name}.{declaration.qualname}"})
            bound = callee.bound
            return own | _of_member(bound.cls, declaration.name) if isinstance(bound, (Instance, ClassObject)) else own
        case ClassObject(cls=cls):
            return _of_member(cls, "__init__")
        case Instance(cls=cls):
            return _of_member(cls, "__call__")
    return _NONE


def _of_attribute(owner: Type, name: str, program: Program) -> _Names:
    match owner:
        case Instance(cls=cls) | ClassObject(cls=cls) | SuperType(owner=cls):
            return _of_member(cls, name)
        case ModuleObject():
            return frozenset({_definition(f"{owner.name}.{name}", program)})
    return _NONE


def _of_member(cls: ClassInfo, name: str) -> _Names:
    """The dotted names of a member: one for each class from the given one to the last that has it."""
    line = [entry.cls for entry in cls.mro]
    having = [index for index, one in enumerate(line) if _has(one, name) and not one.is_("builtins", "object")]
    return frozenset(f"{_name_of_class(one)}.{name}" for one in line[: having[-1] + 1 if having else None])


def _has(cls: ClassInfo, name: str) -> bool:
    return name in cls.declaration.names or name in cls.declaration.attributes


def _name_of_class(cls: ClassInfo) -> str:
    return f"{cls.module_name}.{cls.qualname}"


def _spelled(callee: ast.expr, scope: Scope) -> str:
    """The dotted name of what is written, by what its first name means: an import, or a name of the module."""
    first, _, rest = (dotted(callee) or "").partition(".")
    found = _meant(first, scope) if first else None
    declarations = () if found is None else effective(found.declarations)
    if found is None or len(declarations) != 1:
        return ""
    (one,) = declarations
    if isinstance(one, Import):
        parts = [one.module.partition(".")[0] if one.whole else one.module, one.name, rest]
    else:
        parts = [found.scope.module.summary.name, first, rest]
    return _definition(".".join(part for part in parts if part), scope.program)


def _meant(name: str, scope: Scope) -> Found | None:
    """The import in a function that binds a name there, or what the module declares of it; None for other variables."""
    here: Scope | None = scope
    while isinstance(here, BodyScope) and not isinstance(here.node, ast.Module):
        if name in here.names.bindings:
            return here.own(name)
        here = here.parent
    is_parameter = isinstance(here, ParameterScope) and here.lookup(name) is not scope.module.lookup(name)
    return None if is_parameter else scope.module.own(name)


def _definition(name: str, program: Program) -> str:
    """The dotted name under which a thing is defined, by one under which it can be imported; that, if nobody knows."""
    module, inside = _in_module(name, program)
    return name if module is None else _definition_in(module, inside)


def _in_module(name: str, program: Program) -> tuple[ModuleScope | None, list[str]]:
    """The innermost module that a dotted name begins with, if any is there, and the names in it."""
    parts = name.split(".")
    for count in range(len(parts), 0, -1):
        module = program.module(".".join(parts[:count]), "")
        if module is not None:
            return module, parts[count:]
    return None, parts


def _definition_in(module: ModuleScope, parts: list[str]) -> str:
    found = module.own(parts[0]) if parts else None
    ends = targets(found) if found is not None else []
    for end in ends[:1]:
        for one in end.declarations[-1:]:
            if isinstance(one, (Class, Function)):
                return ".".join([end.scope.module.summary.name, one.qualname, *parts[1:]])
    return ".".join([module.summary.name, *parts])
