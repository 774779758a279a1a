"""What a function returns and yields, closed (see `coroscope.model.closing`)."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from coroscope.model.closing import Closer
from coroscope.model.endings import fallen_off
from coroscope.model.graph import root_of
from coroscope.nodes import parent_of

_MOST_ENDS = 3
_SUITES = ("body", "orelse", "handlers", "finalbody", "cases")
_LEAVES = (ast.Expr, ast.Assign, ast.AnnAssign, ast.AugAssign, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_PLAIN = frozenset(["bool", "bytes", "cast", "dict", "float", "int", "isinstance", "list", "set", "str", "tuple"])


def results_of(closer: Closer) -> tuple[str | None, ...]:
    """What the function returns, closed: `None` as text for a bare `return` and where the end can be reached.

    Nothing for a function that never returns.
    """
    found: list[str | None] = []
    for node in closer.block.nodes_of((ast.Return,)):
        assert isinstance(node, ast.Return)
        said = "None" if node.value is None else closer.read(node.value)
        if said is not None and node.value is not None and _is_recursive(closer, node.value):
            said = f"__again__({said})"
        found.append(None if said is None else closer.when(said, node))
    found += _ends(closer, bool(found))
    return tuple(dict.fromkeys(found))


def returned_calls(closer: Closer) -> tuple[str, ...]:
    """The calls that a plain function returns, closed: some make awaitables, whatever its annotation says.

    Arguments are left out, where they stand in the `return` itself: they seldom decide what a call makes.
    """
    found: list[str | None] = []
    for node in _returns(closer.function) if isinstance(closer.function, ast.FunctionDef) else ():
        parts = [node.value.body, node.value.orelse] if isinstance(node.value, ast.IfExp) else [node.value]
        for part in parts:
            if isinstance(part, ast.Name) and _names_a_call(part, closer):
                found.append(closer.closed(part))
            elif isinstance(part, ast.Call) and _is_call(part):
                may_be_local = closer.outer is not None or _stores_of(_root(part), closer)
                found.append(closer.outline(part) if may_be_local else f"{closer.tree.text(part.func)}(*(), **{{}})")
    return tuple(dict.fromkeys(text for text in found if text is not None))


def yields_of(closer: Closer) -> tuple[str | None, ...]:
    """What a generator yields, closed."""
    found: list[str | None] = []
    for node in closer.block.nodes_of((ast.Yield, ast.YieldFrom)):
        if isinstance(node, ast.YieldFrom):
            closed = closer.closed(node.value)
            found.append(None if closed is None else f"__iterated__({closed})")
        elif isinstance(node, ast.Yield):
            found.append("None" if node.value is None else closer.closed(node.value))
    return tuple(dict.fromkeys(found))


def _returns(function: ast.FunctionDef) -> Iterator[ast.Return]:
    """The `return` statements of a function, found by its suites: of a Summary's many functions few return a call."""
    waiting: list[ast.AST] = [*reversed(function.body)]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Return):
            yield node
        elif type(node) not in _LEAVES:
            for suite in _SUITES:
                waiting += getattr(node, suite, ())[::-1]


def _names_a_call(name: ast.Name, closer: Closer) -> bool:
    """Whether a local variable is what some call made."""
    return any(
        isinstance(statement, ast.Assign) and _is_call(statement.value)
        for statement in map(parent_of, _stores_of(name.id, closer))
    )


def _stores_of(name: str, closer: Closer) -> list[ast.Name]:
    return [
        node
        for node in closer.block.nodes_of((ast.Name,))
        if isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Store)
    ]


def _root(call: ast.Call) -> str:
    root = root_of(call.func)
    return "" if root is None else root.id


def _is_call(value: ast.expr | None) -> bool:
    """Whether this calls a function of a name, or a method of a value of a name: all else hardly makes a coroutine."""
    match value:
        case ast.Call(func=ast.Name(id=name)):
            return name not in _PLAIN
        case ast.Call(func=ast.Attribute(value=ast.Name() | ast.Attribute(value=ast.Name()))):
            return True
    return False


def _is_recursive(closer: Closer, value: ast.expr) -> bool:
    """Whether a function returns what it itself returns, which adds nothing to that."""
    function = closer.function
    if function is None or function.decorator_list:
        return False
    if isinstance(function, ast.AsyncFunctionDef) and isinstance(value, ast.Await):
        value = value.value
    elif isinstance(function, ast.AsyncFunctionDef):
        return False
    match value:
        case ast.Call(func=ast.Name(id=name)):
            is_method = isinstance(parent_of(function), ast.ClassDef)
            return name == function.name and name not in closer.names.bindings and not is_method
        case ast.Call(func=ast.Attribute(value=ast.Name(id=receiver), attr=name)):
            is_method = isinstance(parent_of(function), ast.ClassDef)
            is_same = receiver == closer.receiver and len(closer.names.bindings.get(receiver, ())) == 1
            return name == function.name and is_method and is_same
    return False


def _ends(closer: Closer, is_asked: bool) -> Iterator[str]:
    """`None` where the end of the body can be reached; with the last call, if that may be one that never returns.

    Nobody is asked about calls where the function returns nothing else (`is_asked`).
    """
    ends = list(fallen_off(closer.function.body)) if closer.function is not None else []
    said = [_after(closer, end) if is_asked else "None" for end in ends[:_MOST_ENDS]]
    yield from ["None"] if "None" in said or len(ends) > _MOST_ENDS else said


def _after(closer: Closer, end: ast.AST | None) -> str:
    """None, unless the call that comes last never returns, or a context manager swallows no exception."""
    if isinstance(end, (ast.Call, ast.Await)):
        closed = closer.closed(end)
        return "None" if closed is None else f"__after__({closed})"
    if isinstance(end, ast.withitem):
        closed = closer.closed(end.context_expr)
        return "None" if closed is None else f"__swallowed__({closed})"
    return "None"
