"""Run a coroutine from synchronous code: `asyncio.run(f())`, `trio.run(f)`."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from coroscope.findings import Fix
from coroscope.fixes.edits import merged, replace
from coroscope.fixes.words import can_be_handed, handed_to, word_for_running
from coroscope.model.module import Module


def run_it(module: Module, node: ast.expr, *, preferred: bool, safe: bool = False) -> Iterator[Fix]:
    """Hand a coroutine, or the function that makes it, to what runs it, where it stands."""
    run = word_for_running(module, node)
    if run is not None and can_be_handed(module, run, node):
        title = f"Run it with `{run.name}`"
        yield Fix(title, lambda: handed_to(module, node, run), preferred=preferred, safe=safe)


def run_instead_of_await(module: Module, node: ast.Await) -> Iterator[Fix]:
    """Replace an `await` that cannot stand here by what runs its operand."""
    run = word_for_running(module, node.value)
    if run is not None and can_be_handed(module, run, node.value):
        whole, operand = module.tree.span(node), module.tree.span(node.value)
        behind = [replace(module, operand.end, whole.end, "")] if operand.end < whole.end else []
        edits = merged([*handed_to(module, node.value, run, whole.start), *behind])
        yield Fix(f"Run it with `{run.name}`", lambda: edits, preferred=True)
