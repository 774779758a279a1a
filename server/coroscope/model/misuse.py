"""What comes of a coroutine in a place that does not run it: words for a misuse, or that the place may run it."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, NamedTuple

from coroscope.knowledge import names
from coroscope.model.matching import assignable
from coroscope.model.signatures import Arguments, matched, parameter_type
from coroscope.model.types import UNKNOWN, ClassObject, FunctionObject, Instance, Overloads, Type, variables
from coroscope.syntax import parent_of

if TYPE_CHECKING:
    from coroscope.model.module import Module


class Consequence(NamedTuple):
    """What comes of it: `words` for a misuse; else nothing (`neutral`), or the coroutine is out of sight.

    A `fatal` misuse raises an exception where it stands, whatever becomes of the coroutine elsewhere.
    """

    words: str = ""
    neutral: bool = False
    fatal: bool = False


UNPACKED = Consequence("a coroutine cannot be unpacked", fatal=True)
ESCAPED = Consequence()
NEUTRAL = Consequence(neutral=True)
TRUE = Consequence("a coroutine is always true")
LOOPED = Consequence("a coroutine cannot be looped over", fatal=True)

_SIGNS: dict[type[ast.AST], str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.FloorDiv: "//",
    ast.Mod: "%",
    ast.Pow: "**",
    ast.MatMult: "@",
    ast.BitOr: "|",
    ast.BitAnd: "&",
    ast.BitXor: "^",
    ast.LShift: "<<",
    ast.RShift: ">>",
    ast.USub: "-",
    ast.UAdd: "+",
    ast.Invert: "~",
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Is: "is",
    ast.IsNot: "is not",
    ast.In: "in",
    ast.NotIn: "not in",
}
_OWN_ATTRIBUTES = ("close", "send", "throw")


def consequence(module: Module, node: ast.expr) -> Consequence:  # noqa: PLR0912  (one branch for each kind of node)
    """What comes of a coroutine that is the value of `node`, by what stands around it (calls aside)."""
    above = parent_of(node)
    match above:
        case ast.If() | ast.While() | ast.Assert() | ast.IfExp() if above.test is node:
            return TRUE
        case ast.UnaryOp():
            return TRUE if isinstance(above.op, ast.Not) else _operator(above.op)
        case ast.Compare():
            return _compared(above, node)
        case ast.BinOp():
            return _operator(above.op)._replace(fatal=not isinstance(above.op, ast.Mod))
        case ast.AugAssign():
            return _operator(above.op, "=")
        case ast.Attribute():
            return _attribute(above)
        case ast.Subscript():
            if above.value is node:
                return Consequence("a coroutine cannot be subscripted", fatal=True)
            return Consequence(_gets("the subscript"))
        case ast.FormattedValue():
            return Consequence(_gets("the f-string"))
        case ast.For() | ast.AsyncFor() if above.iter is node:
            return LOOPED
        case ast.comprehension():
            return LOOPED if above.iter is node else TRUE if node in above.ifs else ESCAPED
        case ast.Starred():
            return UNPACKED
        case ast.Dict():
            unpacked = any(value is node and key is None for key, value in zip(above.keys, above.values, strict=True))
            return UNPACKED if unpacked else ESCAPED
        case ast.withitem():
            word = "async with" if isinstance(parent_of(above), ast.AsyncWith) else "with"
            return Consequence(f"a coroutine cannot be entered with `{word}`", fatal=True)
        case ast.Match():
            return Consequence(_gets("`match`"))
        case ast.match_case():
            return TRUE
        case ast.Raise():
            return Consequence(_gets("`raise`"), fatal=True)
    return ESCAPED


def taken_by(module: Module, call: ast.Call, node: ast.expr) -> Consequence:
    """What comes of a coroutine that a call gets as an argument, or that is itself called."""
    if call.func is node:
        return Consequence("a coroutine cannot be called", fatal=True)
    callee = module.type_of(call.func)
    known = qualified_names(callee)
    if known & names("consumers", "neutral"):
        return NEUTRAL
    keyword = parent_of(node)
    if isinstance(keyword, ast.keyword) and keyword.arg is None:
        return UNPACKED
    words = _gets(f"`{callee_text(module, call)}`")
    if known & names("consumers", "plain"):
        return Consequence(words)
    if known & names("consumers", "raising"):
        return Consequence(words, fatal=True)
    if _refuses(module, callee, call, node):
        return Consequence(words, fatal=True)
    return ESCAPED


def qualified_names(callee: Type) -> set[str]:
    """The dotted names under which the standard library knows what is called."""
    match callee:
        case FunctionObject():
            return {f"{callee.scope.module.summary.name}.{callee.declaration.qualname}"}
        case Overloads():
            return qualified_names(callee.items[0])
        case ClassObject():
            return {f"{callee.cls.module_name}.{callee.cls.qualname}"}
    return set()


def is_cast(module: Module, call: ast.Call) -> bool:
    """Whether a call is of `typing.cast`, which gives back what it is given."""
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    if name != "cast":
        return False
    return bool(qualified_names(module.type_of(call.func)) & {"typing.cast", "typing_extensions.cast"})


def callee_text(module: Module, call: ast.Call) -> str:
    """What is called, as written if that is a dotted name, else its last name."""
    function: ast.AST = call.func
    while isinstance(function, ast.Attribute):
        function = function.value
    if isinstance(function, ast.Name):
        return module.text(call.func)
    return call.func.attr if isinstance(call.func, ast.Attribute) else module.short(call.func)


def _refuses(module: Module, callee: Type, call: ast.Call, node: ast.expr) -> bool:
    """Whether the parameter is annotated with a type that no coroutine can be."""
    functions = callee.items if isinstance(callee, Overloads) else (callee,)
    if isinstance(callee, ClassObject):
        init = callee.cls.member("__init__")
        if init is None or not isinstance(init.type, FunctionObject):
            return False
        made = init.type
        functions = (
            FunctionObject(made.declaration, made.scope, made.owner, Instance(callee.cls, callee.args), made.bindings),
        )
    if any(isinstance(arg, ast.Starred) for arg in call.args):
        return False
    return bool(functions) and all(
        isinstance(function, FunctionObject) and _parameter_refuses(module, function, call, node)
        for function in functions
    )


def _parameter_refuses(module: Module, function: FunctionObject, call: ast.Call, node: ast.expr) -> bool:
    value = module.type_of(node)

    def taken() -> Type:
        return value

    def other() -> Type:
        return UNKNOWN

    arguments = Arguments(
        tuple(taken if arg is node else other for arg in call.args),
        {k.arg: taken if k.value is node else other for k in call.keywords if k.arg},
    )
    for parameter, argument in matched(function, arguments):
        if argument is taken:
            wanted = parameter_type(function, parameter)
            return (
                wanted is not None
                and not list(variables(wanted))
                and assignable(value, wanted, function.scope) is False
            )
    return False


def _compared(above: ast.Compare, node: ast.expr) -> Consequence:
    operands = [above.left, *above.comparators]
    index = operands.index(node)
    op = above.ops[max(index - 1, 0)]
    if isinstance(op, (ast.Is, ast.IsNot)):
        others = [o for o in operands if o is not node]
        if any(isinstance(o, ast.Constant) and o.value is None for o in others):
            return NEUTRAL
    return _operator(op)


def _operator(op: ast.AST, suffix: str = "") -> Consequence:
    return Consequence(_gets(f"`{_SIGNS[type(op)]}{suffix}`"))


def _attribute(above: ast.Attribute) -> Consequence:
    name = above.attr
    if name in _OWN_ATTRIBUTES or name.startswith(("cr_", "gi_", "__")):
        return ESCAPED
    return Consequence(f"a coroutine has no attribute `{name}`", fatal=True)


def _gets(taker: str) -> str:
    return f"{taker} gets the coroutine, not its result"
