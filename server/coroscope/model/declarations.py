"""What a declaration makes of its name: the value that a function, class, import or variable has."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from coroscope.model.annotations import annotation
from coroscope.model.scopes import ClassScope, EarlierScope, Found, Scope, alternatives, effective, made_on_demand
from coroscope.model.summary import Alias, Class, Declaration, Function, Import, Variable
from coroscope.model.type_variables import type_variable
from coroscope.model.types import (
    UNKNOWN,
    CallableType,
    ClassObject,
    FunctionObject,
    Instance,
    MethodWrapper,
    ModuleObject,
    Overloads,
    PropertyType,
    SpecialForm,
    Type,
    union,
)
from coroscope.syntax import parse_expression

if TYPE_CHECKING:
    from coroscope.model.classes import ClassInfo

_MOST_DECORATORS = 20


def type_of(found: Found) -> Type:
    """The value of a name with these declarations, after all of them have run."""
    declarations = found.declarations
    overloads = _overloads(declarations)
    if overloads:
        return Overloads(tuple(function_object(item, found.scope) for item in overloads))
    setter = _property_parts(declarations)
    if setter is not None:
        return declared(setter, found.scope)
    in_force = effective(declarations)
    annotated = _annotated(in_force, declarations)
    if annotated is not None:
        return declared(annotated, found.scope)
    return union(alternatives([(isinstance(d, Import), declared(d, found.scope)) for d in in_force]))


def _annotated(in_force: tuple[Declaration, ...], declarations: tuple[Declaration, ...]) -> Variable | None:
    """The annotated declaration of a variable that is then assigned without an annotation."""
    if len(declarations) == 1 or not all(isinstance(declaration, Variable) for declaration in in_force):
        return None
    said = [d for d in declarations if isinstance(d, Variable) and d.annotation is not None]
    return said[-1] if said and not (said[-1].annotation or "").endswith(("Final", "ClassVar")) else None


def declared(declaration: Declaration, scope: Scope) -> Type:
    """The value that one declaration gives."""
    match declaration:
        case Function():
            return decorated(declaration, scope)
        case Class():
            return _class(declaration, scope)
        case Import():
            return _imported(declaration, scope)
        case Variable():
            return variable(declaration, scope)
        case Alias():
            return UNKNOWN


def variable(declaration: Variable, scope: Scope) -> Type:
    """The type of a variable: what its annotation says, else what its value is."""
    from coroscope.model.infer import infer_text

    if declaration.annotation is not None:
        expression = parse_expression(declaration.annotation)
        if expression is None:
            return UNKNOWN
        said = annotation(expression, scope)
        if not (isinstance(said, SpecialForm) and said.name in ("Final", "ClassVar", "TypeAlias")):
            return said
    if declaration.value is None:
        return UNKNOWN
    scope = _before(declaration, scope)
    made = type_variable(declaration.value, scope)
    return made if made is not None else infer_text(declaration.value, scope)


def _before(declaration: Variable, scope: Scope) -> Scope:
    """The scope as an assignment in a class body sees it: names that are first bound further down do not count."""
    if not isinstance(scope, ClassScope):
        return scope
    earlier: list[str] = []
    for name, declarations in scope.cls.declaration.names.items():
        if any(other is declaration for other in declarations):
            break
        earlier.append(name)
    return EarlierScope(scope, frozenset(earlier))


def function_object(declaration: Function, scope: Scope) -> FunctionObject:
    """A function as defined, before its decorators."""
    owner = scope.cls if isinstance(scope, ClassScope) else None
    return FunctionObject(declaration, scope, owner)


def decorated(declaration: Function, scope: Scope) -> Type:
    """A function after its decorators."""
    from coroscope.model.calls import call_with
    from coroscope.model.infer import infer_text

    if len(declaration.decorators) > _MOST_DECORATORS:
        return UNKNOWN
    value: Type = function_object(declaration, scope)
    for text in reversed(declaration.decorators):
        if text.endswith((".setter", ".deleter", ".getter")):
            return value
        decorator = infer_text(text, scope)
        wrapped = _builtin_decorator(decorator, value)
        value = call_with(decorator, [value], scope) if wrapped is None else wrapped
    return value


def _builtin_decorator(decorator: Type, value: Type) -> Type | None:
    if isinstance(decorator, FunctionObject) and decorator.declaration.name in ("overload", "final", "override"):
        if decorator.scope.module.summary.name in ("typing", "typing_extensions"):
            return value
    if _is_types_coroutine(decorator) and isinstance(value, FunctionObject) and value.declaration.is_generator:
        return CallableType(UNKNOWN)  # what it makes can be awaited, and looped over as well
    if not isinstance(decorator, ClassObject):
        return None
    name, module = decorator.cls.name, decorator.cls.module_name
    if module == "builtins" and name in ("staticmethod", "classmethod"):
        return MethodWrapper(name, value)
    if (module, name) in (("builtins", "property"), ("abc", "abstractproperty"), ("types", "DynamicClassAttribute")):
        return PropertyType(value)
    if (module, name) in (("abc", "abstractclassmethod"), ("abc", "abstractstaticmethod")):
        return MethodWrapper(name.removeprefix("abstract"), value)
    if _is_property_class(decorator):
        return PropertyType(value)
    return None


def _is_types_coroutine(decorator: Type) -> bool:
    function = decorator.items[0] if isinstance(decorator, Overloads) else decorator
    if not isinstance(function, FunctionObject) or function.declaration.name != "coroutine":
        return False
    return function.scope.module.summary.name == "types"


def _is_property_class(decorator: ClassObject) -> bool:
    return any(entry.cls.name == "property" and entry.cls.module_name == "builtins" for entry in decorator.cls.mro)


def _overloads(declarations: tuple[Declaration, ...]) -> list[Function]:
    """The overloads that end with the last declarations; empty if the name is not overloaded."""
    found: list[Function] = []
    for declaration in reversed(declarations):
        if not isinstance(declaration, Function):
            break
        is_overload = any(
            text in ("overload", "typing.overload", "t.overload", "typing_extensions.overload")
            for text in declaration.decorators
        )
        if is_overload:
            found.append(declaration)
        elif found:
            break
    return found[::-1]


def _property_parts(declarations: tuple[Declaration, ...]) -> Function | None:
    """The getter of a property whose setter or deleter follows it."""
    last = declarations[-1]
    if isinstance(last, Function) and any(
        d == f"{last.name}.{part}" for d in last.decorators for part in ("setter", "deleter")
    ):
        for declaration in declarations:
            if isinstance(declaration, Function) and not any(
                d.startswith(f"{last.name}.") for d in declaration.decorators
            ):
                return declaration
    return None


def _class(declaration: Class, scope: Scope) -> Type:
    cls = scope.program.class_info(declaration, scope.module, scope)
    if not declaration.decorators:
        return ClassObject(cls)
    otherwise: Type = ClassObject(cls)
    return scope.program.remember(("decorated class", cls), lambda: decorated_class(cls, scope), otherwise)


def decorated_class(cls: ClassInfo, scope: Scope) -> Type:
    """A class after its decorators: what they return where that is surely something else, else the class itself."""
    from coroscope.model.calls import call_with
    from coroscope.model.infer import infer, infer_text

    value: Type = ClassObject(cls)
    for text in reversed(cls.declaration.decorators[-_MOST_DECORATORS:]):
        expression = parse_expression(text)
        named = expression.func if isinstance(expression, ast.Call) else expression
        if named is None or not isinstance(value, ClassObject) or _keeps_class(infer(named, scope)):
            continue
        made = call_with(infer_text(text, scope), [value], scope)
        value = made if _is_another(made, value.cls) else value
    return value


def _is_another(made: Type, cls: ClassInfo) -> bool:
    """Whether what a decorator made of a class is surely not the class, nor a class derived from it."""
    if not isinstance(made, (ClassObject, Instance)) or made.cls.has_unknown_base:
        return False
    if isinstance(made, ClassObject):
        return not cls.derives_from(made.cls)
    return made.cls.ancestor("builtins", "type") is None


def _keeps_class(decorator: Type) -> bool:
    """Whether a decorator is known to return the class: it is of the standard library, or makes dataclasses."""
    items = decorator.items if isinstance(decorator, Overloads) else (decorator,)
    functions = [item for item in items if isinstance(item, FunctionObject)]
    if any(item.scope.module.summary.is_stub for item in functions):
        return True
    return any("dataclass_transform" in text for item in functions for text in item.declaration.decorators)


def _imported(declaration: Import, scope: Scope) -> Type:
    program, importer = scope.program, scope.path
    if declaration.name is None:
        return _imported_module(declaration, scope)
    module = program.module(declaration.module, importer)
    if module is not None and module is not scope.module:
        found = None if module.summary.hides(declaration.name) else module.member(declaration.name)
        if found is not None:
            return found
    full = f"{declaration.module}.{declaration.name}"
    if program.module(full, importer) is not None:
        return ModuleObject(full, importer)
    return UNKNOWN if module is None or module is scope.module else made_on_demand(module)


def _imported_module(declaration: Import, scope: Scope) -> Type:
    """What `import a.b` or `import a.b as c` binds: the latter reads `b` of `a`, which may hide the module."""
    program, importer = scope.program, scope.path
    name = declaration.module.partition(".")[0] if declaration.whole else declaration.module
    if program.module(name, importer) is None and program.module(declaration.module, importer) is None:
        return UNKNOWN
    package, _, last = name.rpartition(".")
    around = program.module(package, importer) if package else None
    binds = around is not None and around is not scope.module and last in around.summary.names
    hiding = around.member(last) if around is not None and binds else None
    return hiding if isinstance(hiding, (FunctionObject, ClassObject)) else ModuleObject(name, importer)
