"""What the methods of a class put into the containers that they keep in private attributes.

`self._tasks = []` says nothing about the elements; `self._tasks.append(create_task(run()))` does, if nobody else can
add any: the attribute's name is private, and all that its module does with it is to add, to remove, and to look. What
is put in is said as closed tuples: `(x,)` for an element, `(k, v)` for a value under a key, `(k, x, None)` for an
element that is added to the container under a key, `(k, v, x, None)` for both. They are `conditional` where the values
under the keys are handed on, so that others may add to them.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from dataclasses import replace

from coroscope.model.callers import Reference, closer_of, families, functions_around, references_to
from coroscope.model.closing import Closer, Package, receiver_name
from coroscope.model.summary import Class, Declaration, Variable
from coroscope.syntax import Tree, parent_of

_MOST_CONTENTS = 8
_EMPTY = re.compile(r"\[\]|\{\}|(\w+\.)*(list|set|dict|deque|defaultdict|OrderedDict|WeakSet|\w*Queue)\(.*\)")
_ADDING = ("append", "appendleft", "add", "insert", "put", "put_nowait")
_EXTENDING = ("extend", "extendleft")
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


def contents_of_attributes(
    tree: Tree, names: Mapping[str, list[Declaration]], package: Package
) -> dict[str, tuple[Variable, ...]]:
    """What is put into each container of a class of the module, by qualified name of the attribute."""
    classes = [d for declarations in names.values() for d in declarations if isinstance(d, Class)]
    kept = [(cls, name) for cls in classes for name in cls.attributes if _is_container(cls, name)]
    if not kept:
        return {}
    references = references_to(tree, frozenset(name for _, name in kept))
    related = families(names)
    found: dict[str, tuple[Variable, ...]] = {}
    for cls, name in kept:
        contents = _contents(tree, cls, references.get(name, []), related, package)
        if contents:
            found[f"{cls.qualname}.{name}"] = contents
    return found


def _is_container(cls: Class, name: str) -> bool:
    """Whether a private attribute is a container that begins empty, for all that its name says."""
    if not name.startswith("_") or name.endswith("__") or name in cls.names:
        return False
    variables = cls.attributes[name]
    return all(v.annotation is None for v in variables) and any(_EMPTY.fullmatch(v.value or "") for v in variables)


def _contents(
    tree: Tree, cls: Class, references: list[Reference], related: Mapping[str, str], package: Package
) -> tuple[Variable, ...]:
    """What is put into one container; nothing if it is used in a way that may put in more."""
    found: list[Variable] = []
    is_handed_out = False
    for reference in references:
        node, block = reference
        if not isinstance(node, ast.Attribute):
            continue
        around = functions_around(block)
        owner = parent_of(around[-1]) if around else None
        while owner is not None and not isinstance(owner, ast.ClassDef):
            owner = parent_of(owner)
        if not isinstance(owner, ast.ClassDef) or getattr(node.value, "id", None) != receiver_name(around[-1]):
            return ()
        if owner.name != cls.name:
            if related.get(owner.name) == related.get(cls.name):
                return ()
            continue
        said = _put(node, closer_of(tree, around, package))
        if said is None or len(found) == _MOST_CONTENTS:
            return ()
        is_handed_out = is_handed_out or _hands_out(node)
        if said:
            found.append(Variable(None, said, around[-1].name))
    return tuple(dict.fromkeys(replace(variable, conditional=is_handed_out) for variable in found))


def _put(node: ast.Attribute, closer: Closer) -> str | None:
    """What one use of a container puts into it, empty if nothing; None if that cannot be said."""
    above = parent_of(node)
    if isinstance(node.ctx, ast.Store):
        return "" if _is_alone(node) else None
    match above:
        case ast.Attribute():
            return _by_method(above, closer)
        case ast.Subscript() if above.value is node:
            return _by_key(above, closer)
        case ast.Call(func=ast.Name(id=reader)) if node in above.args:
            return "" if reader in _READERS else None
        case ast.For() | ast.AsyncFor() | ast.comprehension():
            return ""
        case ast.Compare() | ast.UnaryOp() | ast.Starred() | ast.If() | ast.While() | ast.Assert() | ast.Expr():
            return ""
        case ast.BoolOp() | ast.IfExp():
            return "" if _is_test(above) or (isinstance(above, ast.IfExp) and above.test is node) else None
    return None


def _is_alone(target: ast.Attribute) -> bool:
    """Whether what is assigned has no other name, by which more may be put in."""
    statement = parent_of(target)
    if isinstance(statement, ast.AnnAssign):
        return True
    if not isinstance(statement, ast.Assign):
        return False
    is_shared = len(statement.targets) > 1 or isinstance(statement.value, (ast.Name, ast.Attribute, ast.NamedExpr))
    return not is_shared or isinstance(statement.value, ast.Constant)


def _is_test(node: ast.AST) -> bool:
    above = parent_of(node)
    while isinstance(above, (ast.BoolOp, ast.UnaryOp)):
        above = parent_of(above)
    return isinstance(above, (ast.If, ast.While, ast.Assert, ast.comprehension, ast.Compare))


def _by_method(method: ast.Attribute, closer: Closer) -> str | None:
    call = parent_of(method)
    if not isinstance(call, ast.Call) or call.func is not method:
        return "" if method.attr in _LOOKING else None
    if method.attr in _LOOKING:
        return ""
    if call.keywords or not call.args or any(isinstance(argument, ast.Starred) for argument in call.args):
        return None
    values = [closer.closed(argument) or "..." for argument in call.args]
    if method.attr in _ADDING:
        return f"({values[-1]},)"
    if method.attr in _EXTENDING:
        return f"(__iterated__({values[0]}),)"
    if method.attr == "setdefault" and len(values) == 2:
        added = _added_to(call, closer)
        return f"({', '.join(values)})" if added is None else f"({', '.join(values)}, {added}, None)"
    return None


def _by_key(item: ast.Subscript, closer: Closer) -> str | None:
    above = parent_of(item)
    if isinstance(item.ctx, ast.Del):
        return ""
    key = closer.closed(item.slice) or "..."
    if isinstance(item.ctx, ast.Store):
        if not isinstance(above, ast.Assign) or item not in above.targets or isinstance(item.slice, ast.Slice):
            return None
        return f"({key}, {closer.closed(above.value) or '...'})"
    added = _added_to(item, closer)
    return "" if added is None else f"({key}, {added}, None)"


def _added_to(container: ast.expr, closer: Closer) -> str | None:
    """What `container.append(x)` adds; None if it is no such call."""
    method = parent_of(container)
    call = parent_of(method) if isinstance(method, ast.Attribute) and method.attr in _ADDING else None
    if not isinstance(call, ast.Call) or call.func is not method or call.keywords or not call.args:
        return None
    return closer.closed(call.args[-1]) or "..."


def _hands_out(node: ast.Attribute) -> bool:
    """Whether an element of the container goes on to where something may be added to it."""
    above = parent_of(node)
    if isinstance(above, ast.Subscript) and isinstance(above.ctx, ast.Load):
        return not isinstance(parent_of(above), (ast.Attribute, ast.For, ast.comprehension, ast.Compare))
    if isinstance(above, ast.Attribute) and above.attr == "setdefault":
        return not isinstance(parent_of(parent_of(above) or above), ast.Attribute)
    if isinstance(above, ast.Attribute):
        return above.attr in ("get", "pop", "values", "items", "popitem", "copy")
    return isinstance(above, ast.Starred) or (isinstance(above, ast.Call) and _name(above.func) not in _SILENT)


def _name(function: ast.expr) -> str:
    return function.id if isinstance(function, ast.Name) else ""
