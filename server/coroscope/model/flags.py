"""Flags that tell whether a callable is asynchronous, and what they say of its calls.

    self._is_async = iscoroutinefunction(callback)
    ...
    if self._is_async:
        return await self._callback(event)
    return self._callback(event)            # which is a plain function here

A flag is a name or an attribute that got the answer of a function that asks, or whose name says what it tells.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from coroscope.model.bodies import BodyScope
from coroscope.model.closing import receiver_name
from coroscope.model.guards import asks_for_awaitable, is_second, way_up
from coroscope.model.names import Binding
from coroscope.model.usage import Witness
from coroscope.nodes import BLOCKS, FUNCTIONS, parent_of
from coroscope.syntax import Block

if TYPE_CHECKING:
    from collections.abc import Hashable

    from coroscope.model.module import Module

_WORD = re.compile(r"async|coro|await", re.IGNORECASE)
_PASSING_ON = frozenset({"partial", "unwrap"})
"""Functions, by name, whose result makes an awaitable if their first argument does."""
_OF_FUNCTIONS = frozenset({"__call__", "__func__", "__wrapped__"})
"""Attributes that do."""
_DEEPEST = 4


def found_async(module: Module, call: ast.Call) -> Witness | None:
    """The flag by which Python only comes to a call if what is called makes awaitables; None if there is none."""
    for above, below in way_up(call):
        if isinstance(above, (ast.If, ast.IfExp)) and below is not above.test and not is_second(above, below):
            for test in _required(above.test):
                if not _same(module, _asked(module, test), call.func):
                    continue
                words = f"and `{module.short(test)}` tells that it has to be awaited"
                return Witness(words, "asked here", module.path, module.range(test))
        if isinstance(above, BLOCKS):
            break
    return None


def is_left_to_plain(module: Module, call: ast.Call) -> bool:
    """Whether a flag may keep Python from a call if what is called makes awaitables."""
    callee = module.text(call.func)
    for above, below in way_up(call):
        if isinstance(above, (ast.If, ast.IfExp)) and below is not above.test:
            tells = _tells(module, above.test, callee)
            if tells is not None:
                return tells is is_second(above, below)
        if isinstance(above, BLOCKS):
            break
    block = module.tree.block(call)
    return any(_is_for_async(module, node, callee) for node in block.nodes_of((ast.If,)))


def _is_for_async(module: Module, node: ast.AST, callee: str) -> bool:
    """Whether a condition has a branch for what makes awaitables, in which the same is called."""
    if not isinstance(node, ast.If) or (tells := _tells(module, node.test, callee)) is None:
        return False
    branch = node.body if tells else node.orelse
    calls = (part for statement in branch for part in ast.walk(statement) if isinstance(part, ast.Call))
    return any(module.text(part.func) == callee for part in calls)


def _tells(module: Module, test: ast.expr, callee: str) -> bool | None:
    """Whether a condition that holds tells that something makes awaitables, or one that does not; None if neither."""
    match test:
        case ast.UnaryOp(op=ast.Not()):
            tells = _tells(module, test.operand, callee)
            return None if tells is None else not tells
        case ast.BoolOp():
            return next((t for t in (_tells(module, value, callee) for value in test.values) if t is not None), None)
        case ast.Compare(left=left, ops=[op], comparators=[ast.Constant(value=str() as word)]):
            is_word = _WORD.search(word) or _tells(module, left, callee) is not None
            return isinstance(op, (ast.Eq, ast.Is)) if is_word else None
        case ast.Name(id=word) | ast.Attribute(attr=word):
            is_part = callee.startswith(module.text(test))  # it asks whether there is something to call
            return True if not is_part and (_WORD.search(word) or _asked(module, test) is not None) else None
        case ast.Call():
            return True if asks_for_awaitable(test) else None
    return None


def _required(test: ast.expr) -> list[ast.expr]:
    return test.values if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And) else [test]


def _asked(module: Module, test: ast.expr) -> ast.expr | None:
    """The function of which a flag, or a condition, tells that it makes awaitables; None if it tells no such thing."""
    value = _only_value(module, test) if isinstance(test, (ast.Name, ast.Attribute)) else test
    parts = value.values if isinstance(value, ast.BoolOp) and isinstance(value.op, ast.Or) else [value]
    asked: list[ast.expr] = []
    for part in parts:
        if not isinstance(part, ast.Call) or len(part.args) != 1 or not asks_for_awaitable(part):
            return None
        asked.append(part.args[0])
    return asked[0] if len({module.text(one) for one in asked}) == 1 else None


def _only_value(module: Module, node: ast.expr) -> ast.expr | None:
    """What the one assignment to a local variable, or to an attribute of the receiver, assigns."""
    if isinstance(node, ast.Name):
        found = _binding(module, node)
        return None if found is None or found.path else found.value
    key = _attribute(module, node)
    stored = [] if key is None else list(_stored(key[0], key[1]))
    return stored[0] if len(stored) == 1 else None


def _same(module: Module, asked: ast.expr | None, callee: ast.expr) -> bool:
    """Whether a call calls the function that was asked about, by whatever names."""
    return asked is not None and not _sources(module, asked).isdisjoint(_sources(module, callee))


def _sources(module: Module, node: ast.expr, depth: int = 0) -> set[Hashable]:
    """Where a function comes from: the parameters and attributes that stand for it."""
    match node:
        case ast.Call(func=ast.Name(id=word) | ast.Attribute(attr=word), args=[first, *_]) if word in _PASSING_ON:
            return _sources(module, first, depth + 1)
        case ast.Attribute(value=value, attr=word) if word in _OF_FUNCTIONS:
            return _sources(module, value, depth + 1)
        case ast.Attribute():
            key = _attribute(module, node)
            return set() if key is None else {key}
        case ast.Name() if depth <= _DEEPEST and (binding := _binding(module, node)) is not None:
            if binding.kind == "parameter":
                return {binding, *_kept(module, binding)}
            return {binding} if binding.value is None or binding.path else _sources(module, binding.value, depth + 1)
    return set()


def _binding(module: Module, name: ast.Name) -> Binding | None:
    """The one binding of a variable of the functions around; None for one of several, and for all other names."""
    scope = module.bodies.scope_of(name)
    while name.id not in scope.names.bindings:
        if not isinstance(scope.parent, BodyScope):
            return None
        scope = scope.parent
    bindings = scope.names.bindings[name.id]
    is_shared = isinstance(scope.node, (ast.Module, ast.ClassDef)) or scope.bodies.sent_to(scope, name.id)
    return bindings[0] if len(bindings) == 1 and not is_shared else None


def _attribute(module: Module, node: ast.expr) -> tuple[ast.ClassDef, str] | None:
    """The class and the name of an attribute of the receiver; None for all else."""
    binding = (
        _binding(module, node.value) if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) else None
    )
    method = None if binding is None else module.tree.block(binding.node).node
    if binding is None or not isinstance(method, FUNCTIONS) or receiver_name(method) != binding.name:
        return None
    cls = module.scope_node(method)
    return (cls, node.attr) if isinstance(cls, ast.ClassDef) and isinstance(node, ast.Attribute) else None


def _kept(module: Module, parameter: Binding) -> Iterator[Hashable]:
    """The attributes of the receiver in which a function keeps a parameter."""
    for node in module.tree.block(parameter.node).nodes_of((ast.Assign,)):
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Name) and node.value.id == parameter.name:
            yield from filter(None, (_attribute(module, target) for target in node.targets))


def _stored(cls: ast.ClassDef, name: str) -> Iterator[ast.expr | None]:
    """What the methods of a class assign to an attribute; None where that is not to be seen."""
    block: Block = cls.block  # type: ignore[attr-defined]
    for method in block.children:
        for node in method.nodes_of((ast.Attribute,)):
            if isinstance(node, ast.Attribute) and node.attr == name and isinstance(node.ctx, ast.Store):
                above = parent_of(node)
                yield above.value if isinstance(above, (ast.Assign, ast.AnnAssign)) else None
