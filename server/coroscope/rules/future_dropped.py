"""A future that stands for other work is made and dropped, so that nobody waits for that work or hears of its end."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from coroscope.findings import Finding, Fix
from coroscope.fixes.await_it import await_it
from coroscope.model.misuse import callee_text
from coroscope.model.module import Module
from coroscope.model.pointless import dropped_futures
from coroscope.nodes import parent_of


def check(module: Module) -> Iterator[Finding]:
    """Every statement of async code that only calls what makes such a future."""
    for call in module.in_blocks(dropped_futures):
        yield module.finding(call, f"nothing waits for the future that `{callee_text(module, call)}` makes")


def fixes(module: Module, finding: Finding) -> Iterator[Fix]:
    """Await it."""
    node = module.expression_at(finding.range)
    if node is not None and module.in_async(node) and isinstance(parent_of(node), ast.Expr):
        yield await_it(module, node, safe=False)
