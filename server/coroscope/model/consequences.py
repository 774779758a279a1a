"""What comes of a coroutine in a place that does not run it, by what stands around it; calls are `misuse`'s subject."""

from __future__ import annotations

import ast
from typing import NamedTuple

from coroscope.model.operators import SIGNS
from coroscope.nodes import parent_of


class Consequence(NamedTuple):
    """What comes of it: `words` for a misuse; else nothing (`neutral`), or the coroutine is out of sight.

    A `fatal` misuse raises an exception where it stands, whatever becomes of the coroutine elsewhere. What is neutral
    and has words is a question that nobody asks of what surely is a coroutine. What is `ignored` goes to a function
    that does nothing with it, as the words say, what is `returned` to one that gives it back.
    """

    words: str = ""
    neutral: bool = False
    fatal: bool = False
    ignored: bool = False
    returned: bool = False


UNPACKED = Consequence("a coroutine cannot be unpacked", fatal=True)
ESCAPED = Consequence()
NEUTRAL = Consequence(neutral=True)
TRUE = Consequence("a coroutine is always true")
NEVER_NONE = Consequence("a coroutine is never None", neutral=True)
LOOPED = Consequence("a coroutine cannot be looped over", fatal=True)

_OWN_ATTRIBUTES = ("close", "send", "throw")


def consequence(node: ast.expr) -> Consequence:  # noqa: PLR0912  (one branch for each kind of node)
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
            return Consequence(gets("the subscript"))
        case ast.FormattedValue():
            return Consequence(gets("the f-string"))
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
            return Consequence(gets("`match`"))
        case ast.match_case():
            return TRUE
        case ast.Raise():
            return Consequence(gets("`raise`"), fatal=True)
    return ESCAPED


def is_async_place(node: ast.expr) -> bool:
    """Whether an expression is what `async with` enters, or what `async for` loops over."""
    above = parent_of(node)
    if isinstance(above, ast.withitem):
        return isinstance(parent_of(above), ast.AsyncWith)
    return isinstance(above, ast.AsyncFor) or (isinstance(above, ast.comprehension) and bool(above.is_async))


def is_own_attribute(name: str) -> bool:
    """Whether coroutines have an attribute of this name, or may have."""
    return name in _OWN_ATTRIBUTES or name.startswith(("cr_", "gi_", "__"))


def gets(taker: str) -> str:
    """Words for what looks at the coroutine itself."""
    return f"{taker} gets the coroutine, not its result"


def _compared(above: ast.Compare, node: ast.expr) -> Consequence:
    operands = [above.left, *above.comparators]
    index = operands.index(node)
    op = above.ops[max(index - 1, 0)]
    if isinstance(op, (ast.Is, ast.IsNot)):
        others = [o for o in operands if o is not node]
        if any(isinstance(o, ast.Constant) and o.value is None for o in others):
            return NEVER_NONE
    return _operator(op)


def _operator(op: ast.AST, suffix: str = "") -> Consequence:
    return Consequence(gets(f"`{SIGNS[type(op)]}{suffix}`"))


def _attribute(above: ast.Attribute) -> Consequence:
    name = above.attr
    if name in _OWN_ATTRIBUTES:
        call = parent_of(above)
        is_awaited = isinstance(call, ast.Call) and call.func is above and isinstance(parent_of(call), ast.Await)
        return Consequence(f"a coroutine's own `{name}` cannot be awaited", fatal=True) if is_awaited else ESCAPED
    if is_own_attribute(name):
        return ESCAPED
    return Consequence(f"a coroutine has no attribute `{name}`", fatal=True)
