"""What one use of a container puts into it, by what stands around it.

What is put in is said as parts: `(x,)` for an element, `(k, v)` for a value under a key, `(k, x, None)` for an element
that is added to the container under a key, `(k, v, x, None)` for both. A starred part stands for the elements of what
it iterates over.
"""

from __future__ import annotations

import ast
from typing import TypeAlias

from coroscope.nodes import parent_of

Parts: TypeAlias = tuple[ast.expr | None, ...]
"""Nothing, if nothing is put in."""

_ADDING = ("append", "appendleft", "add", "insert", "put", "put_nowait")
_EXTENDING = ("extend", "extendleft", "update")
_LOOKING = frozenset(
    """
    pop popleft popitem remove discard clear get keys values items index count copy sort reverse rotate move_to_end
    empty full qsize get_nowait task_done join issubset issuperset isdisjoint difference intersection union __contains__
    """.split()  # noqa: SIM905  (a list of words reads better)
)
_READERS = frozenset(
    """
    len list tuple set frozenset sorted any all bool enumerate iter next sum min max reversed zip map filter repr str
    print isinstance dict
    """.split()  # noqa: SIM905
)
_SILENT = ("len", "any", "all", "bool", "repr", "str", "print", "isinstance")
_CLASSES = ("list", "set", "dict", "deque", "OrderedDict", "WeakSet")
_LOOKED_AT = (ast.For, ast.AsyncFor, ast.comprehension, ast.Compare, ast.UnaryOp, ast.Starred, ast.If, ast.While)


def is_empty(value: ast.expr | None) -> bool:
    """Whether an expression makes a new container without elements, for all that the names in it say."""
    match value:
        case ast.List(elts=[]) | ast.Dict(keys=[]):
            return True
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name), args=args, keywords=keywords):
            if name == "defaultdict":
                return len(args) < 2 and not keywords
            if name.endswith("Queue"):
                return True
            is_plain = not args or (name == "deque" and is_empty(args[0]))
            return name in _CLASSES and is_plain and all(keyword.arg == "maxlen" for keyword in keywords)
    return False


def additions(node: ast.expr) -> Parts | None:
    """What is put into a container that is read here; None where more may be put in than can be seen."""
    above = parent_of(node)
    match above:
        case ast.Attribute():
            return _by_method(above)
        case ast.Subscript() if above.value is node:
            return _by_key(above)
        case ast.Call(func=ast.Name(id=reader)) if node in above.args:
            return () if reader in _READERS else None
        case ast.Assert() | ast.Expr():
            return ()
        case ast.BoolOp() | ast.IfExp():
            return () if _is_test(above) or (isinstance(above, ast.IfExp) and above.test is node) else None
    return () if isinstance(above, _LOOKED_AT) else None


def hands_out(node: ast.expr) -> bool:
    """Whether an element of a container that is read here goes on to where something may be added to it."""
    above = parent_of(node)
    if isinstance(above, ast.Subscript) and isinstance(above.ctx, ast.Load):
        return not _is_read(above)
    if isinstance(above, ast.Attribute) and above.attr == "setdefault":
        return not isinstance(parent_of(parent_of(above) or above), ast.Attribute)
    if isinstance(above, ast.Attribute):
        return above.attr in ("get", "pop", "values", "items", "popitem", "copy")
    return isinstance(above, ast.Starred) or (isinstance(above, ast.Call) and _name(above.func) not in _SILENT)


def _is_read(element: ast.Subscript) -> bool:
    """Whether an element of a container is only looked at, or what is added to it is seen."""
    above = parent_of(element)
    if isinstance(above, ast.Call):
        return _name(above.func) in _READERS
    return isinstance(above, (ast.Attribute, ast.Subscript, *_LOOKED_AT))


def _is_test(node: ast.AST) -> bool:
    above = parent_of(node)
    while isinstance(above, (ast.BoolOp, ast.UnaryOp)):
        above = parent_of(above)
    return isinstance(above, (ast.If, ast.While, ast.Assert, ast.comprehension, ast.Compare))


def _by_method(method: ast.Attribute) -> Parts | None:
    call = parent_of(method)
    if not isinstance(call, ast.Call) or call.func is not method or method.attr in _LOOKING:
        return () if method.attr in _LOOKING else None
    if call.keywords or not call.args or any(isinstance(argument, ast.Starred) for argument in call.args):
        return None
    if method.attr in _ADDING:
        return (call.args[-1],)
    if method.attr in _EXTENDING:
        return (elements_of(call.args[0]),)
    if method.attr == "setdefault" and len(call.args) == 2:
        return (*call.args, *_added_to(call))
    return None


def elements_of(iterable: ast.expr) -> ast.Starred:
    """The part that stands for all elements of an iterable."""
    return ast.Starred(value=iterable)


def _by_key(item: ast.Subscript) -> Parts | None:
    above = parent_of(item)
    if isinstance(item.ctx, ast.Del):
        return ()
    if isinstance(item.ctx, ast.Store):
        if not isinstance(above, ast.Assign) or item not in above.targets:
            return None
        return (elements_of(above.value),) if isinstance(item.slice, ast.Slice) else (item.slice, above.value)
    added = _added_to(item)
    return (item.slice, *added) if added else ()


def _added_to(container: ast.expr) -> Parts:
    """What `container.append(x)` adds, and None; nothing if it is no such call."""
    method = parent_of(container)
    call = parent_of(method) if isinstance(method, ast.Attribute) and method.attr in _ADDING else None
    if not isinstance(call, ast.Call) or call.func is not method or call.keywords or not call.args:
        return ()
    return call.args[-1], None


def _name(function: ast.expr) -> str:
    return function.id if isinstance(function, ast.Name) else ""
