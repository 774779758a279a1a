"""Classes: bases, method resolution order, members, and the protocols that a class has."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, NamedTuple

from coroscope.model.scopes import ClassScope, Found, ModuleScope, Scope
from coroscope.model.substitution import substitute, variables
from coroscope.model.summary import Class, Function, Variable
from coroscope.model.type_variables import given
from coroscope.model.types import (
    NONE,
    UNKNOWN,
    ClassObject,
    Instance,
    SpecialForm,
    TupleType,
    Type,
    TypeVariable,
    members,
    union,
)
from coroscope.syntax import parse_expression

if TYPE_CHECKING:
    from coroscope.model.program import Program

_MOST_ANCESTORS = 300


class Ancestor(NamedTuple):
    """A class of a method resolution order, with its type arguments in terms of the first class's parameters."""

    cls: ClassInfo
    args: tuple[Type, ...]


class Member(NamedTuple):
    """A member as a class declares it: the class that does, the type, and whether it is set on instances only."""

    owner: ClassInfo
    type: Type
    on_instance: bool


class ClassInfo:
    """A class, compared by identity.

    `qualname` is its name with the names of the classes around it, `module_name` that of the module it is defined in.
    """

    def __init__(self, declaration: Class, module: ModuleScope, outer: Scope) -> None:
        self.declaration = declaration
        self.name = declaration.name
        self.qualname = declaration.qualname
        self.module = module
        self.module_name = module.summary.name
        self.program: Program = module.program
        self.scope = ClassScope.__new__(ClassScope)
        ClassScope.__init__(self.scope, self, outer)

    def __repr__(self) -> str:
        return f"<class {self.module_name}.{self.qualname}>"

    def is_(self, module: str, name: str) -> bool:
        """Whether this is the class of that name in that module."""
        return self.declaration.name == name and self.module.summary.name == module

    @property
    def bases(self) -> tuple[Type, ...]:
        """The base classes as instances with type arguments; Unknown for what could not be resolved."""
        return self._lineage()[0]

    @property
    def parameters(self) -> tuple[TypeVariable, ...]:
        """The class's type parameters, in order."""
        return self._lineage()[1]

    def _lineage(self) -> tuple[tuple[Type, ...], tuple[TypeVariable, ...]]:
        nothing: tuple[tuple[Type, ...], tuple[TypeVariable, ...]] = ((UNKNOWN,), ())
        return self.program.remember(("lineage", self), lambda: _lineage(self), nothing)

    @property
    def mro(self) -> tuple[Ancestor, ...]:
        """The method resolution order, this class first."""
        return self._line()[0]

    def _line(self) -> tuple[tuple[Ancestor, ...], bool]:
        """The method resolution order, and whether it is all there."""
        itself: tuple[Ancestor, ...] = (Ancestor(self, ()),)
        return self.program.remember(("mro", self), lambda: _linearized(self), (itself, False))

    @property
    def has_unknown_base(self) -> bool:
        """Whether some ancestor could not be resolved, so that members may be missing here."""
        return not self._line()[1]

    @property
    def metaclass(self) -> ClassInfo | None:
        """The class of this class; None if it cannot be known."""
        return self.program.remember(("metaclass", self), lambda: _metaclass(self), None)

    def ancestor(self, module: str, name: str) -> Ancestor | None:
        """The entry of the method resolution order for a library class."""
        return next((entry for entry in self.mro if entry.cls.is_(module, name)), None)

    def derives_from(self, other: ClassInfo) -> bool:
        """Whether `other` is this class or an ancestor."""
        return any(entry.cls is other for entry in self.mro)

    def own_member(self, name: str) -> Type | None:
        """What this class's own body binds a name to, or its methods assign to an attribute; None if nothing does."""
        otherwise: Type | None = UNKNOWN
        return self.program.remember(("own member", self, name), lambda: self._own_member(name), otherwise)

    def _own_member(self, name: str) -> Type | None:
        said = self._said(name)
        is_stored = name not in self.declaration.names and name in self.declaration.attributes
        return self._or_as_inherited(name, said) if said is not None and (is_stored or said == NONE) else said

    def _said(self, name: str) -> Type | None:
        """What the class's own body and methods say of a name, whatever its ancestors do."""
        from coroscope.model.declarations import type_of
        from coroscope.model.enums import as_member
        from coroscope.model.fields import written_method
        from coroscope.model.stored import instance_attribute

        declarations = self.declaration.names.get(name)
        assigned = self.declaration.attributes.get(name)
        if declarations is None:
            if assigned is None:
                return written_method(self, name)
            return instance_attribute(self, name, assigned)
        said = as_member(self, name, declarations, type_of(Found(self.scope, declarations)))
        if assigned is not None and not any(
            getattr(d, "annotation", None) or isinstance(d, Function) for d in declarations
        ):
            said = instance_attribute(self, name, assigned, before=said)
        return said

    def _or_as_inherited(self, name: str, assigned: Type) -> Type:
        """What is assigned to an attribute, or what an ancestor says of it if that is nothing known, or None only."""
        if UNKNOWN not in members(assigned) and assigned != NONE:
            return assigned
        if any(variable.annotation is not None for variable in self.variables(name)):
            return assigned
        for entry in self.mro[1:]:
            variables = entry.cls.variables(name)
            is_declared = any(variable.annotation is not None for variable in variables)
            inherited = entry.cls._said(name) if is_declared or (variables and assigned == NONE) else None
            if inherited is not None and (is_declared or inherited != NONE):
                inherited = substitute(inherited, dict(zip(entry.cls.parameters, entry.args, strict=False)))
                return inherited if is_declared else union([inherited, NONE])
        return assigned

    def variables(self, name: str) -> list[Variable]:
        """What the class body and its methods assign under a name."""
        found = [*self.declaration.names.get(name, ()), *self.declaration.attributes.get(name, ())]
        return [declaration for declaration in found if isinstance(declaration, Variable)]

    def member(self, name: str, *, after: ClassInfo | None = None) -> Member | None:
        """The member that the method resolution order finds, its type in terms of this class's parameters.

        `after` starts the search behind that class, as `super()` does.
        """
        if after is not None:
            return self._member(name, after)
        otherwise: Member | None = Member(self, UNKNOWN, False)
        return self.program.remember(("class member", self, name), lambda: self._member(name, None), otherwise)

    def _member(self, name: str, after: ClassInfo | None) -> Member | None:
        skipping = after is not None
        line, is_whole = self._line()
        for entry in line:
            if skipping:
                skipping = entry.cls is not after
                continue
            if not is_whole and entry.cls.is_("builtins", "object"):
                break
            found = entry.cls.own_member(name)
            if found is not None:
                pairs = zip(entry.cls.parameters, entry.args, strict=False)
                bindings = {parameter: arg for parameter, arg in pairs if parameter != arg}
                own = entry.cls.declaration
                on_instance = name in own.attributes and name not in own.names
                return Member(entry.cls, substitute(found, bindings), on_instance)
        return None if is_whole else Member(self, UNKNOWN, False)

    def method(self, name: str) -> Member | None:
        """A special method that is really there: one set to None, or that only raises, is not."""
        found = self.member(name)
        if found is None:
            return None
        declarations = found.owner.declaration.names.get(name, ())
        if declarations and all(isinstance(d, Function) and is_refusal(d) for d in declarations):
            return None
        return None if found.type == NONE else found


def _metaclass(cls: ClassInfo) -> ClassInfo | None:
    """The metaclass that the class or the first of its ancestors that has one names; `type` where none does."""
    from coroscope.model.infer import infer_text

    for entry in cls.mro:
        text = next((text for word, text in entry.cls.declaration.keywords if word == "metaclass"), None)
        if text is not None:
            named = infer_text(text, entry.cls.scope)
            return named.cls if isinstance(named, ClassObject) else None
    return None if cls.has_unknown_base else cls.program.class_named("builtins", "type")


def arguments_of(instance: Instance | ClassObject) -> dict[TypeVariable, Type]:
    """The type arguments by type parameter; defaults, else Unknown, for those that are not given."""
    return given(instance.cls.parameters, instance.args)


def is_refusal(function: Function) -> bool:
    """Whether a method is only there to say that it is not: its body does nothing but raise, or it never returns."""
    return function.only_raises or function.says_never


def _lineage(cls: ClassInfo) -> tuple[tuple[Type, ...], tuple[TypeVariable, ...]]:
    """The bases as types, and the type parameters."""
    from coroscope.model.annotations import annotation

    bases: list[Type] = []
    generic: list[TypeVariable] = []
    seen: list[TypeVariable] = []
    scope = cls.scope
    for text in cls.declaration.bases:
        expression = parse_expression(text)
        if expression is None or isinstance(expression, ast.Starred):
            bases.append(UNKNOWN)
            continue
        form = _special_base(expression, scope)
        if form is not None:
            name, arguments = form
            listed = [v for argument in arguments for v in variables(annotation(argument, scope))]
            if name in ("Generic", "Protocol"):
                generic += listed
            else:
                bases.append(cls.program.instance("typing", "_TypedDict") if name == "TypedDict" else UNKNOWN)
            continue
        base = annotation(expression, scope)
        if not isinstance(base, Instance):
            base = _tuple_base(base, cls) if isinstance(base, TupleType) else _made_base(expression, scope)
        bases.append(base)
        seen += variables(base)
    own = [
        scope.type_parameter(text.lstrip("*").partition(":")[0].partition("=")[0].strip())
        for text in cls.declaration.type_parameters
    ]
    parameters = [v for v in own if v] or generic or seen
    return tuple(bases), tuple(dict.fromkeys(parameters))


def _tuple_base(base: TupleType, cls: ClassInfo) -> Type:
    return cls.program.instance("builtins", "tuple", union(base.items))


def _made_base(expression: ast.expr, scope: Scope) -> Type:
    """The base that a call makes, as in `class Child(make_base())`."""
    from coroscope.model.infer import infer

    made = infer(expression, scope) if isinstance(expression, ast.Call) else UNKNOWN
    return Instance(made.cls, made.args) if isinstance(made, ClassObject) else UNKNOWN


def _special_base(expression: ast.expr, scope: Scope) -> tuple[str, list[ast.expr]] | None:
    """The name and arguments of a base such as `Generic[T]` or `Protocol`."""
    from coroscope.model.infer import infer

    arguments: list[ast.expr] = []
    if isinstance(expression, ast.Subscript):
        inside = expression.slice
        arguments = list(inside.elts) if isinstance(inside, ast.Tuple) else [inside]
        expression = expression.value
    if not isinstance(expression, (ast.Name, ast.Attribute)):
        return None
    value = infer(expression, scope)
    return (value.name, arguments) if isinstance(value, SpecialForm) and value.name not in ("Tuple", "Type") else None


def _linearized(cls: ClassInfo) -> tuple[tuple[Ancestor, ...], bool]:
    """C3 linearization (PEP 253, `type.mro`), with the arguments that each ancestor gets, and whether all are known."""
    lines: list[list[Ancestor]] = []
    direct: list[Ancestor] = []
    is_whole = True
    for base in cls.bases:
        if isinstance(base, Instance):
            bindings = arguments_of(base)
            inherited, is_base_whole = base.cls._line()
            line = [Ancestor(e.cls, tuple(substitute(arg, bindings) for arg in e.args)) for e in inherited]
            is_whole = is_whole and is_base_whole
            lines.append(line)
            direct.append(line[0])
        elif base == UNKNOWN:
            is_whole = False
    own = Ancestor(cls, cls.parameters)
    if sum(map(len, lines)) > _MOST_ANCESTORS:
        return (own,), False
    return (own, *_merged([*lines, direct], cls)), is_whole


def _merged(lines: list[list[Ancestor]], cls: ClassInfo) -> list[Ancestor]:
    merged: list[Ancestor] = []
    lines = [line for line in lines if line]
    while lines:
        head = next((line[0] for line in lines if not any(_in_tail(line[0], other) for other in lines)), lines[0][0])
        if head.cls is not cls:
            merged.append(head)
        lines = [rest for line in lines if (rest := [entry for entry in line if entry.cls is not head.cls])]
    if not cls.is_("builtins", "object") and not any(entry.cls.is_("builtins", "object") for entry in merged):
        object_ = cls.program.class_named("builtins", "object")
        if object_ is not None:
            merged.append(Ancestor(object_, ()))
    return merged


def _in_tail(entry: Ancestor, line: list[Ancestor]) -> bool:
    return any(other.cls is entry.cls for other in line[1:])
