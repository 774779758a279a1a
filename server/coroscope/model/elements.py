"""Where the elements of a collection are written: in the display, the comprehension, or what is put in one by one.

For `jobs` at the end of

    jobs = [save()]
    for url in urls:
        jobs.append(fetch(url))
    await asyncio.wait(jobs)

these are `save()` and `fetch(url)`. A starred one stands for all that it holds.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from coroscope.model.filling import Parts, additions, is_empty
from coroscope.model.names import Binding
from coroscope.model.occurrences import occurrences
from coroscope.nodes import FUNCTIONS, parent_of

if TYPE_CHECKING:
    from coroscope.model.module import Module

_COUNTERS = ("len", "bool", "print")


def written(node: ast.expr) -> list[ast.expr] | None:
    """The elements of a collection that is written out; None for other expressions."""
    match node:
        case ast.List(elts=elements) | ast.Tuple(elts=elements) | ast.Set(elts=elements):
            return list(elements)
        case ast.ListComp(elt=element) | ast.SetComp(elt=element) | ast.GeneratorExp(elt=element):
            return [element]
    return None


def elements_of(module: Module, node: ast.expr) -> list[ast.expr] | None:
    """The elements of a collection that is written out, or in a variable that nothing else looks into; else None."""
    return _elements_of_name(module, node) if isinstance(node, ast.Name) else written(node)


def _elements_of_name(module: Module, name: ast.Name) -> list[ast.expr] | None:
    binding = _only_binding(module, name)
    reads = None if binding is None else _reads(module, name)
    if binding is None or binding.value is None or reads is None:
        return None
    found = [] if is_empty(binding.value) else written(binding.value)
    for read in reads:
        parts = () if read is name or _is_counted(read) else _put_in(read)
        if found is None or parts is None:
            return None
        found += parts
    return found


def may_have_changed(module: Module, name: ast.Name) -> bool:
    """Whether code may have replaced or removed what a local variable holds before it is handed over at `name`."""
    reads = _reads(module, name)
    if reads is None:
        return True
    graph = module.bodies.scope_of(name).frame.graph
    put = [(read, additions(read)) for read in reads if read is not name and graph.follows(read, [name])]
    return any(parts is None or len(parts) > 1 or _is_removed_from(read) for read, parts in put)


def _reads(module: Module, name: ast.Name) -> list[ast.Name] | None:
    """Where a local variable is read in its function; None for other names, and those that functions inside see."""
    frame = module.bodies.scope_of(name).frame
    if not isinstance(frame.node, FUNCTIONS) or name.id not in frame.names.bindings:
        return None
    if name.id in frame.names.globals | frame.names.nonlocals:
        return None
    found = frame.known(("reads", name.id), lambda: occurrences(frame, name.id))
    return None if found.captured else found.here


def _only_binding(module: Module, name: ast.Name) -> Binding | None:
    """The assignment that binds a name, if there is one only."""
    bindings = module.bodies.scope_of(name).frame.names.bindings.get(name.id, [])
    if len(bindings) != 1 or bindings[0].kind != "assign" or bindings[0].path:
        return None
    statement = parent_of(bindings[0].node)
    is_alone = isinstance(statement, ast.AnnAssign) or (
        isinstance(statement, ast.Assign) and len(statement.targets) == 1
    )
    return bindings[0] if is_alone else None


def _put_in(read: ast.Name) -> list[ast.expr] | None:
    """What a call of a method puts into the collection; None for other uses."""
    parts: Parts | None = additions(read)
    if not parts or len(parts) != 1 or parts[0] is None:
        return None
    part = parts[0]
    return written(part.value) if isinstance(part, ast.Starred) else [part]


def _is_counted(read: ast.Name) -> bool:
    """Whether a use looks at no element: `len(jobs)`, `if jobs:`."""
    above = parent_of(read)
    if isinstance(above, (ast.If, ast.While, ast.UnaryOp)):
        return True
    return isinstance(above, ast.Call) and isinstance(above.func, ast.Name) and above.func.id in _COUNTERS


def _is_removed_from(read: ast.Name) -> bool:
    above = parent_of(read)
    if isinstance(above, ast.Subscript):
        return not isinstance(above.ctx, ast.Load)
    return isinstance(above, ast.Attribute) and above.attr in ("pop", "popleft", "remove", "clear", "discard")
