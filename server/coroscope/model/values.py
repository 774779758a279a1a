"""The values that the variables and attributes of a file get, in whatever order.

session = None                      # does not count
def start(client):
    client.session = connect()      # the only value of any attribute of that name
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from coroscope.model.reached import Thing
from coroscope.nodes import ScopeNode, parent_of

if TYPE_CHECKING:
    from coroscope.model.module import Module


def maker(module: Module, thing: Thing) -> ast.Call | None:
    """The only call that ever makes an object: where its variable belongs, or in the `__init__` of what is made so."""
    values = values_of(module, thing)
    made = values[0] if len(values) == 1 else None
    if not isinstance(made, ast.Call):
        return None
    code = module.code_around(made)
    root, _, _ = thing.path.rpartition(".")
    if not root:
        return made if code is thing.owner else None
    is_first = isinstance(code, ast.FunctionDef) and code.name == "__init__"
    whole = maker(module, Thing(thing.owner, root, thing.node)) if is_first else None
    return None if whole is None else made


def values_of(module: Module, thing: Thing) -> list[ast.expr | None]:
    """The values that a file binds to a variable or an attribute: None for what cannot be told."""
    root, _, attribute = thing.path.rpartition(".")
    if not root:
        return _variable_values(module, thing.owner, thing.path)
    stores = (node for node in module.tree.walk(ast.Attribute) if node.attr == attribute)
    found = [_assigned(node) for node in stores if not isinstance(node.ctx, ast.Load)]
    whole = values_of(module, Thing(thing.owner, root, thing.node))
    return [*(one for one in found if not _is_none(one)), *([None] if len(whole) != 1 else [])]


def _variable_values(module: Module, owner: ScopeNode, name: str) -> list[ast.expr | None]:
    scope = module.bodies.body(owner)
    bindings = [*scope.names.bindings.get(name, ()), *(one for _, one in module.bodies.sent_to(scope, name))]
    binding = (one for one in bindings if one.kind != "annotate" or one.value is not None)
    values = [one.value if one.kind in ("assign", "annotate") else None for one in binding]
    return [value for value in values if not _is_none(value)]


def _assigned(target: ast.Attribute) -> ast.expr | None:
    """The value that a statement assigns to an attribute and nothing else."""
    above = parent_of(target)
    if isinstance(above, ast.AnnAssign):
        return above.value or ast.Constant(None)
    return above.value if isinstance(above, ast.Assign) and above.targets == [target] else None


def _is_none(value: ast.expr | None) -> bool:
    return isinstance(value, ast.Constant) and value.value is None
