"""Whether code goes on behind what types alone decide: a `with` block that raised, a call that may never return."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from coroscope.model.attributes import special_method
from coroscope.model.calls import declared_result
from coroscope.model.graph import Gate
from coroscope.model.infer import infer
from coroscope.model.protocols import awaited
from coroscope.model.types import FunctionObject, Instance, Overloads, members

if TYPE_CHECKING:
    from coroscope.model.bodies import BodyScope


def lets_through(gate: Gate, frame: BodyScope) -> bool:
    """Whether a gate of a frame's graph (`coroscope.model.graph`) lets anything through."""
    return not _never_returns(gate, frame) if isinstance(gate, ast.Call) else _swallows(gate, frame)


def _swallows(statement: ast.With | ast.AsyncWith, frame: BodyScope) -> bool:
    """Whether what a `with` block raises may be swallowed: a context manager says so if its exit makes a `bool`."""
    name = "__exit__" if isinstance(statement, ast.With) else "__aexit__"
    for item in statement.items:
        for manager in members(infer(item.context_expr, frame)):
            method = special_method(manager, name, frame.program) if isinstance(manager, Instance) else None
            first = method.items[0] if isinstance(method, Overloads) else method
            if isinstance(first, FunctionObject):
                result = declared_result(first)
                result = result if name == "__exit__" else awaited(result, frame.program)
                if isinstance(result, Instance) and result.cls.is_("builtins", "bool") and result.literal is not False:
                    return True
    return False


def _never_returns(call: ast.Call, frame: BodyScope) -> bool:
    """Whether a call that is a statement never returns: the function says so, or does nothing but raise."""
    function = infer(call.func, frame)
    for one in function.items if isinstance(function, Overloads) else (function,):
        if not isinstance(one, FunctionObject):
            return False
        declaration = one.declaration
        raises = declaration.only_raises and declaration.returns is None and one.owner is None
        if not declaration.says_never and not raises:
            return False
    return True
