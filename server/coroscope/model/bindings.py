"""What a binding of the file under analysis binds its name to: by its declaration, and by what is assigned there."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from coroscope.model.annotations import annotation
from coroscope.model.attributes import special_method
from coroscope.model.calls import call_with
from coroscope.model.collecting import collected, is_collecting
from coroscope.model.declarations import declared, decorated, decorated_class
from coroscope.model.fields import tuple_of
from coroscope.model.infer import infer
from coroscope.model.names import Binding
from coroscope.model.passed import passed_inside
from coroscope.model.patterns import captured
from coroscope.model.protocols import async_entered, async_iterated, entered, iterated
from coroscope.model.signatures import argument_type
from coroscope.model.summarize import import_declaration
from coroscope.model.types import (
    NEVER,
    UNKNOWN,
    ClassObject,
    Instance,
    SpecialForm,
    TupleType,
    Type,
    UnknownType,
    each,
    members,
    union,
)
from coroscope.nodes import COMPREHENSIONS, FUNCTIONS, parent_of

if TYPE_CHECKING:
    from coroscope.model.bodies import BodyScope

_DISPLAYS = ("list", "dict", "set", "tuple")
_IN_PLACE: dict[type[ast.operator], str] = {
    ast.Add: "iadd",
    ast.Sub: "isub",
    ast.Mult: "imul",
    ast.BitOr: "ior",
    ast.BitAnd: "iand",
    ast.BitXor: "ixor",
}


def bound(binding: Binding, scope: BodyScope) -> Type:
    """What a binding of a scope says of its name wherever that is read: the declaration, else the value."""
    match binding.kind:
        case "parameter":
            return _parameter(binding, scope)
        case "annotate":
            said = _declared(binding, scope)
            if said is None:
                return UNKNOWN if binding.value is None else infer(binding.value, scope)
            return said
        case "import":
            assert isinstance(binding.node, ast.alias)
            declaration = import_declaration(binding.node, scope.bodies.summary)
            return UNKNOWN if declaration is None else declared(declaration, scope.bodies.module)
        case "function":
            assert isinstance(binding.node, FUNCTIONS)
            function = scope.bodies.function(binding.node)
            return decorated(function.declaration, function.scope)
        case "class":
            assert isinstance(binding.node, ast.ClassDef)
            cls = scope.bodies.class_(binding.node)
            return decorated_class(cls, scope) if cls.declaration.decorators else ClassObject(cls)
        case "except":
            return _caught(binding, scope)
        case "match":
            return captured(binding.node, scope)
        case "delete":
            return NEVER
        case "augment":
            return _augmented(binding, scope)
    value = taken(binding, scope)
    return collected(value, binding, scope) if is_collecting(binding, scope) else value


def assigned(binding: Binding, scope: BodyScope) -> Type:
    """What a binding binds its name to where it is in force: the value that it has from there on."""
    if binding.kind in ("parameter", "import", "function", "class", "except", "delete"):
        return scope.type_of_binding(binding)
    if binding.kind == "annotate":
        said = scope.type_of_binding(binding)
        return said if binding.value is None else fitted(infer(binding.value, scope), said)
    declaration = declared_for(binding.name, scope)
    value = scope.type_of_binding(binding)
    return value if declaration is None else fitted(value, declaration)


def declared_for(name: str, scope: BodyScope) -> Type | None:
    """What an annotation of a scope declares a name as; None if there is none."""
    for binding in scope.names.bindings.get(name, ()):
        if binding.kind == "annotate":
            said = _declared(binding, scope)
            if said is not None:
                return said
        if binding.kind == "parameter" and isinstance(binding.node, ast.arg) and binding.node.annotation is not None:
            return scope.type_of_binding(binding)
    return None


def fitted(value: Type, said: Type) -> Type:
    """A value that was assigned to what is declared as something: the value, completed by the declaration.

    The declaration stands in for what is not known of the value, and says what displays such as `[]` are; so it does
    where it names a class derived from that of the value.
    """
    if isinstance(said, UnknownType):
        return value
    return each(value, lambda member: _fitted(member, said))


def taken(binding: Binding, scope: BodyScope) -> Type:
    """A value that an assignment, a loop or a `with` takes from an expression."""
    assert binding.value is not None
    value = infer(binding.value, _scope_of_value(binding, scope))
    match binding.kind:
        case "iterate":
            value = iterated(value, scope.program)
        case "async_iterate":
            value = async_iterated(value, scope.program)
        case "enter":
            value = entered(value, scope.program)
        case "async_enter":
            value = async_entered(value, scope.program)
    for index in binding.path:
        value = _item(value, index, scope)
    return value


def _fitted(member: Type, said: Type) -> Type:
    if isinstance(member, UnknownType):
        return said
    if not isinstance(member, Instance) or member.literal is not None:
        return member
    is_display = member.cls.module_name == "builtins" and member.cls.name in _DISPLAYS
    derived = [one for one in members(said) if isinstance(one, Instance) and one.cls.derives_from(member.cls)]
    if derived and all(one.cls is not member.cls for one in derived):
        return union(derived)  # the declaration knows better, as type checkers take it
    if not is_display and UNKNOWN not in member.args and (member.args or not member.cls.parameters):
        return member
    same = [one for one in members(said) if isinstance(one, Instance) and one.cls is member.cls and one.args]
    if same:
        return union(same)
    return said if is_display else member


def _scope_of_value(binding: Binding, scope: BodyScope) -> BodyScope:
    """The first iterable of a comprehension is evaluated around it, and so is the value of `:=` inside it."""
    if isinstance(scope.node, COMPREHENSIONS) and binding.value is scope.node.generators[0].iter:
        return scope.bodies.scope_of(binding.value)
    return scope if binding.value is None else scope.bodies.scope_of(binding.value)


def _item(value: Type, index: int | None, scope: BodyScope) -> Type:
    def one(member: Type) -> Type:
        if isinstance(member, Instance):
            member = tuple_of(member) or member
        if isinstance(member, TupleType) and index is not None:
            return member.items[index] if -len(member.items) <= index < len(member.items) else UNKNOWN
        element = iterated(member, scope.program)
        return scope.program.instance("builtins", "list", element) if index is None else element

    return each(value, one)


def _declared(binding: Binding, scope: BodyScope) -> Type | None:
    """What an annotated assignment declares; None for a bare `Final` and its like."""
    said = UNKNOWN if binding.annotation is None else annotation(binding.annotation, scope)
    return None if isinstance(said, SpecialForm) and binding.value is not None else said


def _parameter(binding: Binding, scope: BodyScope) -> Type:
    if not isinstance(scope.node, FUNCTIONS):
        return UNKNOWN
    function = scope.bodies.function(scope.node)
    for index, parameter in enumerate(function.declaration.parameters):
        if parameter.name == binding.name:
            by_calls = passed_inside(scope.node, parameter, scope.bodies)
            return by_calls if by_calls is not None else argument_type(function, parameter, index)
    return UNKNOWN


def _caught(binding: Binding, scope: BodyScope) -> Type:
    """What `except … as` binds: one of the exceptions, and a group of them for `except*` (PEP 654)."""
    if binding.value is None:
        return UNKNOWN
    caught = infer(binding.value, scope)
    if isinstance(caught, Instance) and caught.cls.is_("builtins", "tuple") and len(caught.args) == 1:
        caught = caught.args[0]
    classes = caught.items if isinstance(caught, TupleType) else members(caught)
    one = union(Instance(c.cls, c.args) if isinstance(c, ClassObject) else UNKNOWN for c in classes)
    if type(parent_of(binding.node)).__name__ != "TryStar":
        return one
    ordinary = scope.program.class_named("builtins", "Exception")
    is_ordinary = all(isinstance(m, Instance) and ordinary and m.cls.derives_from(ordinary) for m in members(one))
    return scope.program.instance("builtins", "ExceptionGroup" if is_ordinary else "BaseExceptionGroup", one)


def _augmented(binding: Binding, scope: BodyScope) -> Type:
    """What `x += value` makes: by the method for that, else as `x + value` (language reference 7.2.1)."""
    statement = parent_of(binding.node)
    if not isinstance(statement, ast.AugAssign) or not isinstance(statement.target, ast.Name):
        return UNKNOWN
    sum_ = ast.BinOp(left=statement.target, op=statement.op, right=statement.value)
    name = _IN_PLACE.get(type(statement.op))
    left = infer(statement.target, scope)
    if name is None:
        return infer(sum_, scope)
    methods = [(member, special_method(member, f"__{name}__", scope.program)) for member in members(left)]
    if all(method is None for _, method in methods):
        return infer(sum_, scope)
    right = infer(statement.value, scope)
    made = [UNKNOWN if method is None else call_with(method, [right], scope) for _, method in methods]
    return union(made)
