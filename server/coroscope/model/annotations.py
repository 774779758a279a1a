"""From the expression of an annotation to the type that it means (PEP 484 and its successors)."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from coroscope.model.aliases import alias_parameters, meaning
from coroscope.model.scopes import (
    SPECIAL_MODULES,
    ClassScope,
    Scope,
    module_member,
)
from coroscope.model.substitution import substitute, variables
from coroscope.model.summary import Function
from coroscope.model.type_variables import given
from coroscope.model.types import (
    NEVER,
    NONE,
    SELF,
    UNKNOWN,
    CallableType,
    ClassObject,
    FunctionObject,
    Instance,
    ModuleObject,
    Overloads,
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

_PASS_THROUGH = ("Annotated", "Final", "ClassVar", "Required", "NotRequired", "ReadOnly", "Unpack")


def annotation(expression: ast.expr, scope: Scope) -> Type:
    """The type that an annotation means in a scope; a bare `Final` or `ClassVar` answers its special form."""
    if not scope.program.descend():
        return UNKNOWN
    try:
        return _meant(expression, scope)
    finally:
        scope.program.ascend()


def _meant(expression: ast.expr, scope: Scope) -> Type:
    match expression:
        case ast.Constant(value=None):
            return NONE
        case ast.Constant(value=str() as text):
            inner = parse_expression(text)
            return UNKNOWN if inner is None else annotation(inner, scope)
        case ast.Name() | ast.Attribute():
            return _bare(_base(expression, scope), scope.program)
        case ast.BinOp(op=ast.BitOr()):
            return union([annotation(expression.left, scope), annotation(expression.right, scope)])
        case ast.Subscript():
            return _subscripted(expression, scope)
        case ast.Starred():
            return annotation(expression.value, scope)
        case ast.Call():
            return _made(expression, scope)
        case ast.List():
            return TupleType(tuple(annotation(item, scope) for item in expression.elts))
    return UNKNOWN


def _made(expression: ast.Call, scope: Scope) -> Type:
    """What a call means that makes a class, such as `NewType("UserId", int)`, or an alias, as `TypeAliasType` does."""
    from coroscope.model.functional import made_class
    from coroscope.model.infer import infer

    function = infer(expression.func, scope)
    if isinstance(function, ClassObject) and function.cls.name == "TypeAliasType" and len(expression.args) > 1:
        return annotation(expression.args[1], scope) if function.cls.module_name in SPECIAL_MODULES else UNKNOWN
    made = made_class(expression, function, scope)
    return UNKNOWN if made is None else as_annotation(made, scope.program)


def annotation_text(text: str, scope: Scope) -> Type:
    """The type that the text of an annotation means."""
    expression = parse_expression(text)
    return UNKNOWN if expression is None else annotation(expression, scope)


def guarded(declaration: Function, scope: Scope) -> tuple[str, Type] | None:
    """What a function's result tells of its first argument: `("TypeGuard", X)` or `("TypeIs", X)`, else None.

    `scope` is the one in which the function's annotations are read (`signatures.header`). X may have type variables in
    it that stand in the parameters, too. A true result of a `TypeGuard[X]` says that the argument is an X, a false one
    nothing (PEP 647); with `TypeIs[X]` the argument is an X if the result is true, and none if it is false (PEP 742).
    """
    if declaration.returns is None or "Type" not in declaration.returns:
        return None
    expression = parse_expression(declaration.returns)
    if isinstance(expression, ast.Constant) and isinstance(expression.value, str):
        expression = parse_expression(expression.value)
    if not isinstance(expression, ast.Subscript):
        return None
    match _base(expression.value, scope):
        case SpecialForm(name="TypeGuard" | "TypeIs" as kind):
            return kind, annotation(expression.slice, scope)
    return None


def cast_to(call: ast.Call, function: Type, scope: Scope) -> Type | None:
    """The type that `typing.cast(type, value)` says; None for other calls."""
    first = function.items[0] if isinstance(function, Overloads) else function
    if not isinstance(first, FunctionObject) or first.declaration.name != "cast":
        return None
    if first.scope.module.summary.name not in SPECIAL_MODULES:
        return None
    return annotation(call.args[0], scope)


def as_annotation(value: Type, program: Program) -> Type:
    """The type that a class or special form means when it stands in an annotation."""
    match value:
        case ClassObject():
            return Instance(value.cls, value.args)
        case SpecialForm(name="NoReturn" | "Never"):
            return NEVER
        case SpecialForm(name="Any"):
            return UNKNOWN
        case SpecialForm(name="Self"):
            return SELF
        case SpecialForm(name="LiteralString"):
            return program.instance("builtins", "str")
        case TypeVariable() | SpecialForm():
            return value
    return UNKNOWN


def _named(name: str, scope: Scope) -> Type:
    parameter = scope.type_parameter(name)
    if parameter is not None:
        return parameter
    meant = _found(name, scope)
    return _self(scope) if meant == SELF else meant


def _self(scope: Scope) -> Type:
    """`Self`, which has the members of the class around."""
    around: Scope | None = scope
    while around is not None and not isinstance(around, ClassScope):
        around = around.parent
    method = None if around is not None else scope.method()
    cls = around.cls if isinstance(around, ClassScope) else method[0] if method else None
    return SELF if cls is None else TypeVariable("Self", "typing", bound=Instance(cls, cls.parameters))


def _found(name: str, scope: Scope) -> Type:
    found = scope.find(name)
    while found is not None and isinstance(found.scope, ClassScope) and isinstance(found.declarations[-1], Function):
        found = found.scope.parent.find(name) if found.scope.parent else None
    if found is not None:
        return meaning(found, name)
    value = scope.lookup(name)
    return UNKNOWN if value is None else as_annotation(value, scope.program)


def _dotted(expression: ast.Attribute, scope: Scope) -> Type:
    from coroscope.model.infer import infer

    value = infer(expression.value, scope)
    if isinstance(value, TypeVariable) and value.kind == "parameters":
        return value
    modules = [member for member in members(value) if isinstance(member, ModuleObject)]
    if modules:
        return union(_in_module(module, expression.attr, scope.program) for module in modules)
    return as_annotation(infer(expression, scope), scope.program)


def _in_module(value: ModuleObject, name: str, program: Program) -> Type:
    """What a name of a module means in an annotation."""
    module = program.module(value.name, value.importer)
    found = module.own(name) if module and not module.summary.hides(name) else None
    if found is not None and not (module and module.summary.name in SPECIAL_MODULES):
        return meaning(found, name)
    return as_annotation(module_member(value, name, program), program)


def _subscripted(expression: ast.Subscript, scope: Scope) -> Type:
    inside = expression.slice
    items = list(inside.elts) if isinstance(inside, ast.Tuple) else [inside]
    base = _base(expression.value, scope)
    match base:
        case SpecialForm():
            return _special(base.name, items, scope)
        case Instance() if base.cls.is_("builtins", "tuple") and not base.args:
            return _tuple(items, scope)
        case Instance() if base.cls.is_("builtins", "type") and not base.args:
            return _class_of(annotation(items[0], scope))
        case Instance() if not base.args:
            return _applied(base, tuple(annotation(item, scope) for item in items))
        case _:
            open_ = alias_parameters(expression.value, base, scope)
            if open_:
                return substitute(base, given(open_, tuple(annotation(item, scope) for item in items)))
    return base


def _applied(base: Instance, args: tuple[Type, ...]) -> Type:
    parameters = base.cls.parameters
    if len(parameters) == 1 and parameters[0].kind == "parameters" and not isinstance(args[0], TupleType):
        args = (TupleType(args),)
    return Instance(base.cls, args)


def _base(expression: ast.expr, scope: Scope) -> Type:
    """What a name means that type arguments may follow."""
    match expression:
        case ast.Name():
            return _named(expression.id, scope)
        case ast.Attribute():
            return _dotted(expression, scope)
    return UNKNOWN


def _bare(base: Type, program: Program) -> Type:
    """What a name means that no type arguments follow: those of an alias are Unknown, or their defaults."""
    match base:
        case TypeVariable():
            return base
        case SpecialForm(name="Callable"):
            return CallableType(UNKNOWN)
        case SpecialForm(name="Tuple" | "Type"):
            return program.instance("builtins", base.name.lower())
    open_ = tuple(dict.fromkeys(variables(base)))
    return substitute(base, given(open_, ())) if open_ else base


def _special(name: str, items: list[ast.expr], scope: Scope) -> Type:
    if name in _PASS_THROUGH:
        return annotation(items[0], scope)
    match name:
        case "Optional":
            return union([annotation(items[0], scope), NONE])
        case "Union":
            return union(annotation(item, scope) for item in items)
        case "Callable":
            return _callable(items, scope)
        case "Tuple":
            return _tuple(items, scope)
        case "Type":
            return _class_of(annotation(items[0], scope))
        case "Literal":
            return union(_literal(item, scope) for item in items)
        case "TypeGuard" | "TypeIs":
            return scope.program.instance("builtins", "bool")
        case "Concatenate":
            return annotation(items[-1], scope)
    return UNKNOWN


def _callable(items: list[ast.expr], scope: Scope) -> Type:
    if len(items) != 2:
        return CallableType(UNKNOWN)
    result = annotation(items[1], scope)
    if isinstance(items[0], ast.List):
        return CallableType(result, tuple(annotation(item, scope) for item in items[0].elts))
    parameters = annotation(items[0], scope)
    return CallableType(result, parameters if isinstance(parameters, TypeVariable) else None)


def _tuple(items: list[ast.expr], scope: Scope) -> Type:
    if len(items) == 2 and isinstance(items[1], ast.Constant) and items[1].value is ...:
        return scope.program.instance("builtins", "tuple", annotation(items[0], scope))
    if len(items) == 1 and isinstance(items[0], ast.Tuple) and not items[0].elts:
        return TupleType(())
    return TupleType(tuple(annotation(item, scope) for item in items))


def _class_of(type_: Type) -> Type:
    """`type[X]`: the class of which instances are X."""
    if isinstance(type_, Instance):
        return ClassObject(type_.cls, type_.args)
    if isinstance(type_, TypeVariable):
        return CallableType(type_)
    return UNKNOWN


def _literal(expression: ast.expr, scope: Scope) -> Type:
    if isinstance(expression, ast.Constant):
        if expression.value is None:
            return NONE
        if isinstance(expression.value, (str, int, bool, bytes)):
            cls = scope.program.class_named("builtins", type(expression.value).__name__)
            return UNKNOWN if cls is None else Instance(cls, (), expression.value)
    if isinstance(expression, ast.Subscript):
        return annotation(expression, scope)
    from coroscope.model.infer import infer

    value = infer(expression, scope)  # a negative number, or a member of an enumeration
    return value if isinstance(value, Instance) else UNKNOWN
