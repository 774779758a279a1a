"""`await` stands at module level."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from coroscope.findings import Finding, Fix
from coroscope.fixes.run_it import run_instead_of_await
from coroscope.model.awaits import misplaced
from coroscope.model.module import Module
from coroscope.model.protocols import is_coroutine


def check(module: Module) -> Iterator[Finding]:
    """Every `await`, `async with` and `async for` outside any function."""
    for keyword in misplaced(module):
        if isinstance(keyword.around, ast.Module):
            message = f"`{keyword.words}` at module level, outside any function"
            yield module.finding(keyword.node, message, range=keyword.range)


def fixes(module: Module, finding: Finding) -> Iterator[Fix]:
    """Run the coroutine."""
    for keyword in misplaced(module):
        if keyword.range == finding.range and isinstance(keyword.node, ast.Await):
            if is_coroutine(module.type_of(keyword.node.value)):
                yield from run_instead_of_await(module, keyword.node)
            return
