"""What an expression is: `infer(expression, scope)`.

Names are answered by the scope; attributes, calls and operators by the classes of what stands before them. An
expression of the file under analysis is asked in a `coroscope.model.bodies.BodyScope`, which keeps the answers; an
expression of a declaration in the scope that the declaration stands in.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from coroscope.model import displays
from coroscope.model.annotations import cast_to
from coroscope.model.attributes import attribute, special_method
from coroscope.model.calls import call, call_with
from coroscope.model.conditions import decided
from coroscope.model.fields import tuple_of
from coroscope.model.filling import is_empty
from coroscope.model.functional import made_class
from coroscope.model.operators import METHODS
from coroscope.model.signatures import Arguments, Lazy, ParameterScope
from coroscope.model.types import (
    NONE,
    UNKNOWN,
    CallableType,
    ClassObject,
    FunctionObject,
    Instance,
    ModuleObject,
    NoneType,
    Overloads,
    SuperType,
    TupleType,
    Type,
    UnknownType,
    each,
    members,
    union,
    without_literal,
)
from coroscope.model.words import meaning
from coroscope.syntax import parse_expression

if TYPE_CHECKING:
    from coroscope.model.scopes import Scope

_LONGEST_TUPLE = 8


def infer(expression: ast.expr, scope: Scope) -> Type:
    """The type of an expression as it stands in a scope."""
    return scope.remembered(expression, _compute)


def infer_text(text: str, scope: Scope) -> Type:
    """The type of an expression given as text; Unknown if it does not parse."""
    expression = _parsed(text)
    return UNKNOWN if expression is None else _compute(expression, scope)


def _parsed(text: str) -> ast.expr | None:
    return parse_expression(text)


def _compute(expression: ast.expr, scope: Scope) -> Type:
    work = _KINDS.get(type(expression))
    if work is None or not scope.program.descend():
        return UNKNOWN
    try:
        return work(expression, scope)
    finally:
        scope.program.ascend()


def _name(node: ast.Name, scope: Scope) -> Type:
    found = scope.value_of(node)
    return UNKNOWN if found is None else found


def _constant(node: ast.Constant, scope: Scope) -> Type:
    value = node.value
    if value is None:
        return NONE
    if value is ...:
        return UNKNOWN
    made = scope.program.instance("builtins", type(value).__name__)
    if isinstance(made, Instance) and isinstance(value, (str, int, bool, bytes)):
        return Instance(made.cls, (), value)
    return made


def _attribute(node: ast.Attribute, scope: Scope) -> Type:
    return scope.reference(node, lambda: _read(node, scope))


def _read(node: ast.Attribute, scope: Scope) -> Type:
    """What an attribute is; of a method that the module replaces on some object nothing is known."""
    found = attribute(infer(node.value, scope), node.attr, scope.program)
    replaced = scope.module.summary.replaced
    if replaced and isinstance(found, (FunctionObject, Overloads)) and any(name == node.attr for _, name in replaced):
        return UNKNOWN
    return found


def _call(node: ast.Call, scope: Scope) -> Type:
    if isinstance(node.func, ast.Name) and node.func.id == "__import__":
        return _module(node, scope)
    if (said := meaning(node, scope)) is not None:
        return said
    function = infer(node.func, scope)
    if isinstance(function, ClassObject) and function.cls.is_("builtins", "super"):
        return _super(node, scope)
    if isinstance(function, Overloads) and _is_getattr(function, node):
        return _getattr(node, scope)
    if isinstance(function, FunctionObject) and function.declaration.name == "import_module":
        if function.scope.module.summary.name == "importlib" and (named := _module(node, scope)) != UNKNOWN:
            return named
    if len(node.args) > 1:
        made = made_class(node, function, scope) or cast_to(node, function, scope)
        if made is not None:
            return made
    return call(function, arguments_of_call(node, scope), scope)


def _is_getattr(function: Overloads, node: ast.Call) -> bool:
    """Whether a call is `getattr` with a constant for a name."""
    first = function.items[0]
    if first.declaration.name != "getattr" or first.scope.module.summary.name != "builtins":
        return False
    return 2 <= len(node.args) <= 3 and isinstance(node.args[1], ast.Constant)


def _getattr(node: ast.Call, scope: Scope) -> Type:
    """`getattr(value, 'name')`: the attribute; or the default, if there is one."""
    name = node.args[1].value if isinstance(node.args[1], ast.Constant) else None
    found = attribute(infer(node.args[0], scope), name, scope.program) if isinstance(name, str) else UNKNOWN
    return union([found, *(infer(default, scope) for default in node.args[2:])])


def _module(node: ast.Call, scope: Scope) -> Type:
    """The module of a constant name: `import_module("a.b")`, or `__import__('a.b')` of closed expressions."""
    match node.args:
        case [ast.Constant(value=str() as name)] if scope.program.module(name, scope.path) is not None:
            return ModuleObject(name, scope.path)
    return UNKNOWN


def arguments_of_call(node: ast.Call, scope: Scope) -> Arguments:
    """A call's arguments, worked out only when asked."""
    positional: list[Lazy] = []
    rest: list[Lazy] = []
    spread = False
    for arg in _laid_out(node.args):
        is_star = isinstance(arg, ast.Starred)
        spread = spread or is_star
        argument = _lazy_element(arg.value, scope) if isinstance(arg, ast.Starred) else _lazy(arg, scope)
        (rest if spread else positional).append(argument)
    keywords = {keyword.arg: _lazy(keyword.value, scope) for keyword in node.keywords if keyword.arg}
    spread_keywords = any(keyword.arg is None for keyword in node.keywords)
    return Arguments(tuple(positional), keywords, spread, spread_keywords, tuple(rest))


def _laid_out(nodes: list[ast.expr]) -> Iterator[ast.expr]:
    """Arguments, with the elements of displays that are unpacked: `f(*[a, b])` is `f(a, b)`."""
    for node in nodes:
        if isinstance(node, ast.Starred) and isinstance(node.value, (ast.List, ast.Tuple)) and node.value.elts:
            yield from node.value.elts
        else:
            yield node


def _lazy_element(node: ast.expr, scope: Scope) -> Lazy:
    from coroscope.model.protocols import iterated

    return lambda: iterated(infer(node, scope), scope.program)


def _lazy(node: ast.expr, scope: Scope) -> Lazy:
    return lambda: infer(node, scope)


def _super(node: ast.Call, scope: Scope) -> Type:
    around = scope.method()
    if len(node.args) == 2:
        owner, receiver = infer(node.args[0], scope), infer(node.args[1], scope)
        if isinstance(owner, ClassObject) and isinstance(receiver, (Instance, ClassObject)):
            return SuperType(owner.cls, receiver)
        return UNKNOWN
    if around is None or not isinstance(around[1], (Instance, ClassObject)):
        return UNKNOWN
    return SuperType(around[0], around[1])


def _await(node: ast.Await, scope: Scope) -> Type:
    from coroscope.model.protocols import awaited

    return awaited(infer(node.value, scope), scope.program)


def _yield(node: ast.Yield | ast.YieldFrom, scope: Scope) -> Type:
    from coroscope.model.generators import delegated, sent

    return sent(scope) if isinstance(node, ast.Yield) else delegated(node, scope)


def _subscript(node: ast.Subscript, scope: Scope) -> Type:
    return scope.reference(node, lambda: _item(node, scope))


def _item(node: ast.Subscript, scope: Scope) -> Type:
    from coroscope.model.annotations import annotation

    value = infer(node.value, scope)
    if isinstance(value, ClassObject):
        method = special_method(value, "__getitem__", scope.program)
        if isinstance(method, FunctionObject):
            return call(method, Arguments((_lazy(node.slice, scope),)), scope)
        meant = annotation(node, scope)
        return ClassObject(meant.cls, meant.args) if isinstance(meant, Instance) else UNKNOWN

    def one(member: Type) -> Type:
        if isinstance(member, Instance) and _index(node.slice) is not None:
            member = tuple_of(member) or member
        if isinstance(member, TupleType):
            index = _index(node.slice)
            if index is not None and -len(member.items) <= index < len(member.items):
                return member.items[index]
            member = scope.program.instance("builtins", "tuple", union(member.items))
        if isinstance(member, NoneType):
            return UNKNOWN
        method = special_method(member, "__getitem__", scope.program)
        if method is None or isinstance(method, UnknownType):
            return UNKNOWN
        return call(method, Arguments((_lazy(node.slice, scope),)), scope)

    kept = [member for member in members(value) if member != NONE]
    return union(one(member) for member in kept) if kept else UNKNOWN


def _index(node: ast.expr) -> int | None:
    sign, number = 1, node
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        sign, number = -1, node.operand
    return sign * number.value if isinstance(number, ast.Constant) and type(number.value) is int else None


def _slice(node: ast.Slice, scope: Scope) -> Type:
    return scope.program.instance("builtins", "slice", UNKNOWN, UNKNOWN, UNKNOWN)


def _bool_op(node: ast.BoolOp, scope: Scope) -> Type:
    parts = [infer(value, scope) for value in node.values]
    if isinstance(node.op, ast.Or):
        kept = [union(m for m in members(part) if m != NONE) for part in parts[:-1]]
        return _or_empty([*zip(kept, node.values, strict=False), (parts[-1], node.values[-1])])
    falsy = [union(m for m in members(part) if _may_be_false(m, scope)) for part in parts[:-1]]
    return union([*falsy, parts[-1]])


def _may_be_false(member: Type, scope: Scope) -> bool:
    if isinstance(member, (NoneType, UnknownType, TupleType)):
        return True
    if isinstance(member, Instance):
        return member.cls.has_unknown_base or any(member.cls.member(name) for name in ("__bool__", "__len__"))
    return False


def _if_exp(node: ast.IfExp, scope: Scope) -> Type:
    answer = decided(node.test, scope) if isinstance(scope, ParameterScope) and scope.given else None
    if answer is not None:
        return infer(node.body if answer else node.orelse, scope)
    return _or_empty([(infer(each, scope), each) for each in (node.body, node.orelse)])


def _or_empty(parts: list[tuple[Type, ast.expr]]) -> Type:
    """One of these, where an empty display says nothing of its elements: `items or []` has the elements of `items`."""
    known = union(type_ for type_, node in parts if not _is_empty(node))
    classes = [member.cls for member in members(known) if isinstance(member, Instance)]
    left = [t for t, node in parts if _is_empty(node) and not (isinstance(t, Instance) and t.cls in classes)]
    return union([known, *left])


def _is_empty(node: ast.expr) -> bool:
    return is_empty(node) or (isinstance(node, ast.Tuple) and not node.elts)


def _lambda(node: ast.Lambda, scope: Scope) -> Type:
    return CallableType(infer(node.body, scope.inner(node)))


def _compare(node: ast.Compare, scope: Scope) -> Type:
    if len(node.ops) == 1 and isinstance(node.ops[0], (ast.Is, ast.IsNot, ast.In, ast.NotIn)):
        return scope.program.instance("builtins", "bool")
    left = infer(node.left, scope)
    if isinstance(left, Instance) and left.cls.module_name == "builtins":
        return scope.program.instance("builtins", "bool")
    return UNKNOWN


def _unary(node: ast.UnaryOp, scope: Scope) -> Type:
    if isinstance(node.op, ast.Not):
        return scope.program.instance("builtins", "bool")
    operand = infer(node.operand, scope)
    plain = isinstance(operand, Instance) and operand.cls.module_name == "builtins"
    return without_literal(operand) if plain else UNKNOWN


def _binary(node: ast.BinOp, scope: Scope) -> Type:
    name = METHODS[type(node.op)]
    left = infer(node.left, scope)
    if isinstance(left, ClassObject):
        return UNKNOWN

    def one(member: Type) -> Type:
        if isinstance(member, TupleType) and isinstance(node.op, ast.Add):
            other = infer(node.right, scope)
            if isinstance(other, TupleType) and len(member.items) + len(other.items) <= _LONGEST_TUPLE:
                return TupleType(member.items + other.items)
        method = special_method(member, f"__{name}__", scope.program)
        if method is None or isinstance(method, UnknownType):
            return UNKNOWN
        return call(method, Arguments((_lazy(node.right, scope),)), scope)

    made = each(left, one)
    if isinstance(made, UnknownType):
        right = infer(node.right, scope)
        method = special_method(right, f"__r{name}__", scope.program) if isinstance(right, Instance) else None
        if method is not None:
            return call_with(method, [left], scope)
    return made


def _named(node: ast.NamedExpr, scope: Scope) -> Type:
    return infer(node.value, scope)


def _text(node: ast.expr, scope: Scope) -> Type:
    return scope.program.instance("builtins", "str")


_KINDS: dict[type[ast.expr], Callable[..., Type]] = {
    ast.Name: _name,
    ast.Constant: _constant,
    ast.Attribute: _attribute,
    ast.Call: _call,
    ast.Await: _await,
    ast.Yield: _yield,
    ast.YieldFrom: _yield,
    ast.Subscript: _subscript,
    ast.Slice: _slice,
    ast.BoolOp: _bool_op,
    ast.IfExp: _if_exp,
    ast.Lambda: _lambda,
    ast.Tuple: displays.tuple_display,
    ast.List: displays.list_display,
    ast.Set: displays.set_display,
    ast.Dict: displays.dict_display,
    ast.ListComp: displays.list_comprehension,
    ast.SetComp: displays.list_comprehension,
    ast.DictComp: displays.dict_comprehension,
    ast.GeneratorExp: displays.generator,
    ast.Compare: _compare,
    ast.UnaryOp: _unary,
    ast.BinOp: _binary,
    ast.NamedExpr: _named,
    ast.JoinedStr: _text,
}
