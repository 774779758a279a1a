"""What `with` and `for` are given that only their asynchronous counterparts take, and the other way round.

    with asyncio.Lock(): …              # has `__aenter__`, and no `__enter__`
    async with open(path) as file: …    # has `__enter__`, and no `__aenter__`
    for line in stream(): …             # `stream` is an asynchronous generator
    async for name in names: …          # `names` is a list

An object that has both is right in both; so is one of which it is not known. A class whose `__enter__` does nothing but
raise has none. Coroutines are other rules' subject: they want an `await` first.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, TypeAlias

from coroscope.model.attributes import special_method
from coroscope.model.callees import qualified_names
from coroscope.model.guards import is_prepared_for
from coroscope.model.protocols import is_lazy
from coroscope.model.types import FunctionObject, Type, members
from coroscope.syntax import Block

if TYPE_CHECKING:
    from coroscope.model.module import Module

Loop: TypeAlias = ast.For | ast.AsyncFor | ast.comprehension

_ERRORS = ("TypeError", "AttributeError", "RuntimeError", "NotImplementedError")
"""What CPython raises, `AttributeError: __enter__` before 3.11 and `TypeError` since, and an `__enter__` of its own."""
_IGNORE = re.compile(r"#\s*(type|pyright|ty|pyrefly):\s*ignore")
_ITERATING = frozenset(
    f"builtins.{name}"
    for name in "all any enumerate frozenset iter list max min reversed set sorted sum tuple zip".split()  # noqa: SIM905
)
"""The builtins that iterate over their first argument at once, or as soon as they are asked for an item."""


def wrongly_entered(module: Module, block: Block) -> Iterator[ast.withitem]:
    """What `with` enters in a block that only `async with` can."""
    for item in _items(block, ast.With):
        type_ = module.type_of(item.context_expr)
        if not is_lazy(type_) and module.can_async_enter(type_) is True and _cannot_enter(module, type_):
            if not _is_meant(module, item.context_expr, *_ERRORS):
                yield item


def wrongly_async_entered(module: Module, block: Block) -> Iterator[ast.withitem]:
    """What `async with` enters in a block that only `with` can."""
    for item in _items(block, ast.AsyncWith):
        type_ = module.type_of(item.context_expr)
        if module.can_enter(type_) is True and module.can_async_enter(type_) is False:
            if not _is_meant(module, item.context_expr, *_ERRORS):
                yield item


def wrongly_iterated(module: Module, block: Block) -> Iterator[ast.expr]:
    """What code of a block iterates over that only `async for` can."""
    for node in _iterated(module, block):
        type_ = module.type_of(node)
        if not is_lazy(type_) and module.can_async_iterate(type_) is True and module.can_iterate(type_) is False:
            if not _is_meant(module, node, "TypeError"):
                yield node


def wrongly_async_iterated(module: Module, block: Block) -> Iterator[ast.expr]:
    """What `async for` iterates over in a block that only `for` can."""
    for loop in _loops(block):
        if _is_async(loop):
            type_ = module.type_of(loop.iter)
            if module.can_iterate(type_) is True and module.can_async_iterate(type_) is False:
                if not _is_meant(module, loop.iter, "TypeError"):
                    yield loop.iter


def _items(block: Block, kind: type[ast.With] | type[ast.AsyncWith]) -> Iterator[ast.withitem]:
    for statement in block.nodes_of((kind,)):
        if isinstance(statement, (ast.With, ast.AsyncWith)):
            yield from statement.items


def _loops(block: Block) -> Iterator[Loop]:
    for node in block.nodes_of((ast.For, ast.AsyncFor, ast.comprehension)):
        if isinstance(node, (ast.For, ast.AsyncFor, ast.comprehension)):
            yield node


def _is_async(loop: Loop) -> bool:
    return bool(loop.is_async) if isinstance(loop, ast.comprehension) else isinstance(loop, ast.AsyncFor)


def _iterated(module: Module, block: Block) -> Iterator[ast.expr]:
    """What plain loops, builtins, stars and `yield from` of a block iterate over."""
    yield from (loop.iter for loop in _loops(block) if not _is_async(loop))
    for node in block.nodes_of((ast.Call, ast.Starred, ast.YieldFrom)):
        if isinstance(node, (ast.Starred, ast.YieldFrom)):
            yield node.value
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args:
            if f"builtins.{node.func.id}" in _ITERATING and not isinstance(node.args[0], ast.Starred):
                if len(node.args) == 1 and qualified_names(module.type_of(node.func)) & _ITERATING:
                    yield node.args[0]


def _is_meant(module: Module, node: ast.expr, *errors: str) -> bool:
    """Whether the code is never run, is expected to fail, or may get something else from an override of a method.

    Nor is anything said of a line that tells type checkers that their types are not true.
    """
    if module.is_dead(node) or module.is_chosen(node) or module.is_guarded(node):
        return True
    if module.is_expected(node, *errors) or any(is_prepared_for(node, error) for error in errors[:2]):
        return True
    range_ = module.range(node)
    if any(_IGNORE.search(module.source.line(line)) for line in {range_.start.line, range_.end.line}):
        return True
    callee = module.type_of(node.func) if isinstance(node, ast.Call) else None
    if not isinstance(callee, FunctionObject) or callee.owner is None:
        return False
    return callee.declaration.returns is None or callee.declaration.is_left_open


def _cannot_enter(module: Module, type_: Type) -> bool:
    """Whether `with` surely does not take a value: each class it may be of has no `__enter__`, or one that raises."""
    return all(module.can_enter(one) is False or _only_raises(module, one) for one in members(type_))


def _only_raises(module: Module, type_: Type) -> bool:
    method = special_method(type_, "__enter__", module.program)
    return isinstance(method, FunctionObject) and (method.declaration.only_raises or method.declaration.says_never)
