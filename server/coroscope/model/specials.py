"""What the syntax and the special methods of asynchronous code do not allow.

    async def __len__(self): …      # Python takes what it returns for a length, and gets a coroutine
    def __aenter__(self): …         # `async with` awaits what it returns
    yield from numbers()            # stands in no `async def` (PEP 525)
    return 3                        # has a value in no async generator (PEP 525)

Special methods whose result goes to the caller, `__call__` and `__getitem__` for example, may be async: who calls them
can await it. So may `__new__`, and `__next__`, whose coroutines a loop hands on.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal, TypeAlias

from coroscope.model.names import own_nodes, scope_node_of
from coroscope.nodes import FunctionNode
from coroscope.syntax import Block

if TYPE_CHECKING:
    from coroscope.model.module import Module

Kind: TypeAlias = Literal["used", "dropped", "awaited"]

_USED = frozenset(
    """
    __init__ __bool__ __len__ __length_hint__ __iter__ __reversed__ __aiter__ __await__ __contains__ __str__ __repr__
    __bytes__ __format__ __hash__ __int__ __float__ __complex__ __index__ __enter__ __exit__ __fspath__ __dir__
    __sizeof__ __instancecheck__ __subclasscheck__
    """.split()  # noqa: SIM905  (a list of words reads better)
)
"""What CPython takes for a plain value of some type, as it is (data model, 3.3)."""
_DROPPED = frozenset(
    """
    __del__ __setattr__ __delattr__ __setitem__ __delitem__ __set__ __delete__ __set_name__ __init_subclass__
    __post_init__
    """.split()  # noqa: SIM905
)
"""What CPython drops, and `dataclasses` with it."""
_AWAITED = {"__aenter__": "async with", "__aexit__": "async with", "__anext__": "async for"}


def async_specials(module: Module, block: Block) -> Iterator[tuple[ast.AsyncFunctionDef, Kind]]:
    """A block that is an `async def` of a special method which may not be, and what becomes of its result."""
    function = block.node
    if isinstance(function, ast.AsyncFunctionDef) and _is_special(function) and not function.decorator_list:
        is_generator = any(block.nodes_of((ast.Yield,)))
        if function.name in _USED and not (function.name == "__aiter__" and is_generator):
            yield function, "used"
        elif function.name in _DROPPED:
            yield function, "dropped"


def plain_specials(module: Module, block: Block) -> Iterator[tuple[ast.FunctionDef, str]]:
    """A block that is a `def` of a special method whose result is awaited and cannot be, and what awaits it."""
    function = block.node
    if not isinstance(function, ast.FunctionDef) or function.decorator_list or not _is_special(function):
        return
    if function.name in _AWAITED and not module.bodies.function(function).declaration.is_left_open:
        made = module.call_result(module.bodies.function(function))
        if module.can_await(made) is False and not _raises(function):
            yield function, _AWAITED[function.name]


def yields_from(module: Module, block: Block) -> Iterator[ast.YieldFrom]:
    """Every `yield from` in a block's async code."""
    if isinstance(block.node, ast.AsyncFunctionDef):
        for node in block.nodes_of((ast.YieldFrom,)):
            if isinstance(node, ast.YieldFrom) and module.in_async(node):
                yield node


def values_returned(module: Module, block: Block) -> Iterator[ast.Return]:
    """Every `return` with a value in a block that is an async generator."""
    if not isinstance(block.node, ast.AsyncFunctionDef):
        return
    nodes = list(own_nodes(block.node))
    if any(isinstance(node, ast.Yield) for node in nodes):
        for node in nodes:
            if isinstance(node, ast.Return) and node.value is not None:
                yield node


def _is_special(function: FunctionNode) -> bool:
    return isinstance(scope_node_of(function), ast.ClassDef) and function.name.startswith("__")


def _raises(function: FunctionNode) -> bool:
    """Whether a function ends by an exception, as far as its last statement tells."""
    return isinstance(function.body[-1], ast.Raise)
