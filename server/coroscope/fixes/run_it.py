"""Run a coroutine from synchronous code: `asyncio.run(…)`."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from coroscope.findings import Fix, TextEdit
from coroscope.fixes.edits import replace, wrap
from coroscope.fixes.imports import asyncio_name, import_asyncio
from coroscope.model.module import Module

TITLE = "Run it with `asyncio.run`"


def run_it(module: Module, node: ast.expr, *, preferred: bool, safe: bool = False) -> Fix:
    """Hand a coroutine to `asyncio.run` where it stands."""
    return Fix(
        TITLE,
        lambda: [*import_asyncio(module, "run"), *wrap(module, node, f"{_run(module)}(", ")")],
        preferred=preferred,
        safe=safe,
    )


def run_instead_of_await(module: Module, node: ast.Await) -> Fix:
    """Replace an `await` that cannot stand here by `asyncio.run`."""

    def make() -> Sequence[TextEdit]:
        whole, operand = module.tree.span(node), module.tree.span(node.value)
        text = module.source.text[operand.start : operand.end]
        return [*import_asyncio(module, "run"), replace(module, whole.start, whole.end, f"{_run(module)}({text})")]

    return Fix(TITLE, make, preferred=True)


def _run(module: Module) -> str:
    return asyncio_name(module, "run") or "asyncio.run"


def under_main_guard(node: ast.AST) -> bool:
    """Whether a node stands under `if __name__ == "__main__":`."""
    from coroscope.syntax import ancestors

    return any(isinstance(above, ast.If) and _is_main_test(above.test) for above in ancestors(node))


def _is_main_test(test: ast.expr) -> bool:
    return (
        isinstance(test, ast.Compare)
        and isinstance(test.left, ast.Name)
        and test.left.id == "__name__"
        and isinstance(test.comparators[0], ast.Constant)
        and test.comparators[0].value == "__main__"
    )
