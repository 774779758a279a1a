"""Async generators that have something open at each `yield`, which takes an `await` to close.

async def rows(pool):
    async with pool.acquire() as connection:        # open as long as nobody asks for the next row
        async for row in connection.cursor(QUERY):
            yield row
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TypeAlias

from coroscope.nodes import ancestors, is_try, nodes_within
from coroscope.syntax import Block

_WAITING = (ast.Await, ast.AsyncWith, ast.AsyncFor)


Holder: TypeAlias = "ast.AsyncWith | ast.Try"
"""A statement that has something open, and waits when it closes that."""


def holds_something(block: Block) -> bool:
    """Whether an async generator has something open wherever it yields."""
    yields = block.nodes_of((ast.Yield,))
    return bool(yields) and len(list(holders(block))) == len(yields)


def holders(block: Block) -> Iterator[Holder]:
    """For each `yield` of an async generator the innermost statement that has something open there, if there is one."""
    if isinstance(block.node, ast.AsyncFunctionDef):
        for node in block.nodes_of((ast.Yield,)):
            found = _holder(node, block.node)
            if found is not None:
                yield found


def _holder(node: ast.AST, function: ast.AsyncFunctionDef) -> Holder | None:
    below = node
    for above in ancestors(node):
        if above is function:
            return None
        if isinstance(above, ast.AsyncWith) and below in above.body:
            return above
        if is_try(above) and below not in above.finalbody:
            if any(isinstance(part, _WAITING) for part in nodes_within(above.finalbody)):
                return above
        below = above
    return None
