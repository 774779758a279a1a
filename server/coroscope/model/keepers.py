"""What a function makes to keep something in: containers, and objects that do nothing with an attribute but keep it.

jobs = []                       # every use of `jobs` is in sight, so what is put in can only leave by one of them
jobs.append(fetch())
box = Box()                     # the same, if `Box` is a plain class
box.job = fetch()
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, NamedTuple

from coroscope.model.classes import ClassInfo
from coroscope.model.closing import receiver_name
from coroscope.model.contents import DISPLAYS, Way, steady
from coroscope.model.fields import written_init
from coroscope.model.filling import is_empty
from coroscope.model.graph import key_of
from coroscope.model.occurrences import occurrences
from coroscope.model.summary import Function
from coroscope.model.types import ClassObject
from coroscope.nodes import FUNCTIONS, names_around, parent_of

if TYPE_CHECKING:
    from coroscope.model.bodies import BodyScope
    from coroscope.model.module import Module

_HARMLESS = frozenset({"__init__", "__eq__", "__hash__", "__lt__", "__repr__", "__str__"})
"""Special methods that do nothing when an attribute is set or read."""
_LISTS = (ast.List, ast.ListComp)


class Kept(NamedTuple):
    """The other places where what keeps something is read, and the way in it to what is kept."""

    reads: list[ast.Name]
    way: Way


def kept(module: Module, keeper: ast.Name, way: Way) -> Kept | None:
    """What else reads a local variable that something is put into; None if more may get at it than can be seen."""
    scope: BodyScope | None = module.bodies.scope_of(keeper).owner_of(keeper.id)
    if scope is None or not isinstance(scope.node, FUNCTIONS):
        return None
    reads = scope.known(("reads", keeper.id), lambda: occurrences(scope, keeper.id))
    made = [binding for binding in scope.names.bindings[keeper.id] if binding.kind != "augment"]
    if reads.captured or len(made) != 1 or made[0].path or made[0].kind not in ("assign", "annotate"):
        return None
    statement, value = parent_of(made[0].node), made[0].value
    if isinstance(statement, ast.Assign) and len(statement.targets) > 1:
        return None
    others = [read for read in reads.here if read is not keeper]
    step = way[0]
    if step.kind == "attribute":
        is_kept = value is not None and keeps(module, value, str(step.which))
        return Kept(still_there(scope, parent_of(keeper), keeper.id, way, others), way) if is_kept else None
    if not isinstance(value, DISPLAYS) and not is_empty(value):
        return None
    if step.kind == "value" and isinstance(value, _LISTS):
        way = (step._replace(kind="item"), *way[1:])
    way = steady(way, reads.here)
    return Kept(still_there(scope, parent_of(keeper), keeper.id, way, others), way)


def still_there(scope: BodyScope, put: ast.AST | None, name: str, way: Way, reads: list[ast.Name]) -> list[ast.Name]:
    """The reads of what keeps something that may still find it there since it was put in.

    An attribute or item is not read where it never is what was put in: before that, or behind where it is set anew.
    """
    key, graph = _key(name, way), scope.frame.graph
    stops = set(graph.stores.get(key, ()))
    if put is None or not stops or (len(stops) == 1 and stops <= set(graph.points(put))):
        return reads
    later = graph.later(put, stops)
    return [read for read in reads if not _is_reference(read, key) or not later.isdisjoint(graph.points(read))]


def overwritten(scope: BodyScope, put: ast.AST | None, name: str, way: Way) -> ast.AST | None:
    """The next place in the text where the attribute or item is set anew that keeps something."""
    graph = scope.frame.graph
    stores = (graph.nodes[point] for point in graph.stores.get(_key(name, way), ()))
    line = getattr(put, "lineno", 0)
    later = (node for node in stores if isinstance(node, ast.expr) and node is not put and node.lineno > line)
    return min(later, key=lambda node: node.lineno, default=None)


def keeps(module: Module, made: ast.expr, attribute: str) -> bool:
    """Whether an expression makes a new object that does nothing with an attribute but keep it."""
    callee = module.type_of(made.func) if isinstance(made, ast.Call) else None
    if not isinstance(callee, ClassObject) or callee.cls.has_unknown_base:
        return False
    line = [entry.cls for entry in callee.cls.mro if not entry.cls.is_("builtins", "object")]
    return _is_namespace(callee.cls) or all(_is_plain(module, cls, attribute) for cls in line)


def attribute_for(module: Module, call: ast.Call, node: ast.expr) -> str | None:
    """The attribute in which a new object keeps an argument of the call that makes it; None if nobody knows."""
    callee = module.type_of(call.func)
    keyword = parent_of(node)
    if not isinstance(callee, ClassObject) or any(isinstance(argument, ast.Starred) for argument in call.args):
        return None
    name = keyword.arg if isinstance(keyword, ast.keyword) else None
    if not _is_namespace(callee.cls):
        written = written_init(callee.cls)
        parameters = [] if written is None else [p.name for p in written.declaration.parameters[1:]]
        index = call.args.index(node) if node in call.args else len(parameters)
        name = parameters[index] if index < len(parameters) else name if name in parameters else None
    return name if name is not None and keeps(module, call, name) else None


def _key(name: str, way: Way) -> str:
    """The key, as graphs have it, of what a name keeps."""
    kind, which = way[0]
    return f"{name}.{which}" if kind == "attribute" else f"{name}[{which!r}]"


def _is_reference(read: ast.Name, key: str) -> bool:
    """Whether a name is read as part of the reference that has a key."""
    above = parent_of(read)
    return above is not None and key_of(above) == key and not isinstance(getattr(above, "ctx", None), ast.Store)


def _is_namespace(cls: ClassInfo) -> bool:
    """Whether a class's instances have the attributes that somebody sets, and no others."""
    return cls.is_("types", "SimpleNamespace")


def _is_plain(module: Module, cls: ClassInfo, attribute: str) -> bool:
    """Whether a class of this file has nothing that runs when the attribute is set, or the object is made or dies."""
    own = cls.declaration
    if cls.module is not module.bodies.module or own.keywords or own.conditional or cls.metaclass is None:
        return False
    if not all(text.partition("(")[0].rpartition(".")[2] == "dataclass" for text in own.decorators):
        return False
    functions = [one for declared in own.names.values() for one in declared if isinstance(one, Function)]
    if any(one.decorators for one in functions):
        return False  # a property may read it
    special = {one.name for one in functions if one.name.startswith("__") and one.name.endswith("__")}
    if not special <= _HARMLESS or any(one.name == attribute for one in functions):
        return False
    if any("(" in (variable.value or "") for variable in cls.variables(attribute) if variable.within is None):
        return False  # which may be a descriptor
    return "__init__" not in special or _keeps_to_itself(module, cls)


def _keeps_to_itself(module: Module, cls: ClassInfo) -> bool:
    """Whether the constructor hands the new object to nobody, and calls no method of it."""
    for block in module.tree.blocks:
        function = block.node
        is_own = isinstance(function, ast.FunctionDef) and names_around(function) == cls.qualname
        if not isinstance(function, ast.FunctionDef) or not is_own or function.name != "__init__":
            continue
        receiver = receiver_name(function)
        reads = [node for node in block.nodes_of((ast.Name,)) if isinstance(node, ast.Name) and node.id == receiver]
        return not block.children and all(_is_attribute(node) for node in reads)
    return False


def _is_attribute(node: ast.Name) -> bool:
    above = parent_of(node)
    call = parent_of(above) if isinstance(above, ast.Attribute) else None
    return isinstance(above, ast.Attribute) and not (isinstance(call, ast.Call) and call.func is above)
