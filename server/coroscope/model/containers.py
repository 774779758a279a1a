"""What the methods of a class put into the containers that they keep in private attributes.

`self._tasks = []` says nothing about the elements; `self._tasks.append(create_task(run()))` does, if nobody else can
add any: the attribute's name is private, and all that its module does with it is to add, to remove, and to look. What
is put in is said as closed tuples (see `coroscope.model.filling`). They are `conditional` where the values under the
keys are handed on, so that others may add to them.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from dataclasses import replace

from coroscope.model.callers import Reference, closer_of, families, functions_around, references_to
from coroscope.model.closing import Closer, Package, receiver_name
from coroscope.model.filling import additions, elements_of, hands_out, is_empty
from coroscope.model.summary import Class, Declaration, Variable
from coroscope.nodes import parent_of
from coroscope.syntax import Tree, parse_expression

_MOST_CONTENTS = 8
_EMPTY = re.compile(r"\[\]|\{\}|(\w+\.)*(list|set|dict|deque|defaultdict|OrderedDict|WeakSet|\w*Queue)\(.*\)")
"""What containers look like that may begin empty: it saves parsing all other values."""


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
    return all(v.annotation is None for v in variables) and any(_is_empty(v.value or "") for v in variables)


def _is_empty(value: str) -> bool:
    return _EMPTY.fullmatch(value) is not None and is_empty(parse_expression(value))


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
        is_handed_out = is_handed_out or hands_out(node)
        if said:
            found.append(Variable(None, said, around[-1].name))
    return tuple(dict.fromkeys(replace(variable, conditional=is_handed_out) for variable in found))


def _put(node: ast.Attribute, closer: Closer) -> str | None:
    """What one use of a container puts into it, closed, empty if nothing; None if that cannot be said."""
    above = parent_of(node)
    if isinstance(above, ast.AugAssign) and isinstance(above.op, (ast.Add, ast.BitOr)) and above.target is node:
        return f"({_closed(elements_of(above.value), closer)},)"
    if isinstance(node.ctx, ast.Store):
        return "" if _is_alone(node) else None
    parts = additions(node)
    if not parts:
        return None if parts is None else ""
    closed = [_closed(part, closer) for part in parts]
    return f"({closed[0]},)" if len(closed) == 1 else f"({', '.join(closed)})"


def _closed(part: ast.expr | None, closer: Closer) -> str:
    if isinstance(part, ast.Starred):
        return f"__iterated__({closer.closed(part.value) or '...'})"
    return "None" if part is None else closer.closed(part) or "..."


def _is_alone(target: ast.Attribute) -> bool:
    """Whether what is assigned has no other name, by which more may be put in."""
    statement = parent_of(target)
    if isinstance(statement, ast.AnnAssign):
        return True
    if not isinstance(statement, ast.Assign):
        return False
    is_shared = len(statement.targets) > 1 or isinstance(statement.value, (ast.Name, ast.Attribute, ast.NamedExpr))
    return not is_shared or isinstance(statement.value, ast.Constant)
