"""What methods assign to attributes of their receiver, closed (see `coroscope.model.closing`)."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from coroscope.model.closing import BARE, Closer
from coroscope.model.summary import Variable
from coroscope.nodes import FUNCTIONS, parent_of
from coroscope.syntax import Block


def stored_attributes(method: Closer) -> Iterator[tuple[str, Variable]]:
    """What a method, or a function in it, assigns to attributes of its receiver, by the attribute's name."""
    receiver = method.receiver
    if receiver is None or method.function is None:
        return
    for closer in _capturing(method, receiver):
        for node in closer.block.nodes_of((ast.Attribute,)):
            if isinstance(node, ast.Attribute) and _is_assigned(node, receiver):
                for annotation, value in _stored(node, closer):
                    yield node.attr, Variable(annotation, value, method.function.name)


def _capturing(method: Closer, name: str) -> Iterator[Closer]:
    """A closer and those of the functions inside that see the same name."""
    waiting = [method]
    while waiting:
        closer = waiting.pop()
        yield closer
        for block in closer.block.children:
            if isinstance(block.node, FUNCTIONS) and name in _words_of(block):
                inner = Closer(closer.tree, block.node, closer.package, closer, is_open=False)
                if name not in inner.names.bindings:
                    waiting.append(inner)


def _is_assigned(node: ast.Attribute, receiver: str) -> bool:
    return isinstance(node.ctx, ast.Store) and isinstance(node.value, ast.Name) and node.value.id == receiver


def _stored(target: ast.Attribute, closer: Closer) -> Iterator[tuple[str | None, str | None]]:
    """The annotation or the closed value that an attribute gets; both for a bare `Final`."""
    statement = parent_of(target)
    if not isinstance(statement, ast.AnnAssign):
        yield None, _value(target, closer)
        return
    annotation = closer.tree.text(statement.annotation)
    yield annotation, None
    if statement.value is not None and BARE.search(annotation):
        yield None, closer.closed(statement.value)


def _value(target: ast.Attribute, closer: Closer) -> str | None:
    """The closed value that an attribute gets in an assignment, a loop or a `with`."""
    path: list[int | None] = []
    below: ast.AST = target
    node = parent_of(target)
    while isinstance(node, (ast.Tuple, ast.List, ast.Starred)):
        if not isinstance(node, ast.Starred):
            path.insert(0, _index(node, below))
        below, node = node, parent_of(node)
    match node:
        case ast.AugAssign():
            return closer.augmented("__itself__", node)
        case ast.Assign():
            return closer.taken("assign", node.value, path) if path else closer.read(node.value)
        case ast.For() | ast.AsyncFor():
            return closer.taken("iterate" if isinstance(node, ast.For) else "async_iterate", node.iter, path)
        case ast.withitem():
            kind = "enter" if isinstance(parent_of(node), ast.With) else "async_enter"
            return closer.taken(kind, node.context_expr, path)
    return None


def _index(target: ast.Tuple | ast.List, item: ast.AST) -> int | None:
    """Which item of a value a part of an unpacking target takes; None for a starred one."""
    starred = next((i for i, each in enumerate(target.elts) if isinstance(each, ast.Starred)), len(target.elts))
    index = next(i for i, each in enumerate(target.elts) if each is item)
    return None if index == starred else index if index < starred else index - len(target.elts)


def _words_of(block: Block) -> set[str]:
    """The names that a function and those in it read."""
    found: set[str] = set()
    waiting = [block]
    while waiting:
        one = waiting.pop()
        waiting += one.children
        found.update(node.id for node in one.nodes_of((ast.Name,)))  # type: ignore[attr-defined]
    return found
