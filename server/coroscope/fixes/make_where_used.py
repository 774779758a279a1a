"""A coroutine that is bound to a name is made at the very places where it is used instead."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from coroscope.findings import Fix, TextEdit
from coroscope.fixes.edits import replace
from coroscope.model.life import Fate, Life, Use
from coroscope.model.module import Module
from coroscope.nodes import BLOCKS, parent_of


def can_make_where_used(module: Module, life: Life) -> bool:
    """Whether a coroutine has a statement of its own that binds it to one name, and its call means the same later.

    Every use must hold this coroutine and no other, and what the call's arguments name must not be bound again.
    """
    origin, statement = life.origin, parent_of(life.origin)
    if not isinstance(origin, ast.Call) or not isinstance(statement, ast.Assign) or len(statement.targets) > 1:
        return False
    target = statement.targets[0]
    if not isinstance(target, ast.Name) or not _stands_alone(module, statement):
        return False
    names = module.bodies.scope_of(origin).names.bindings
    if len(names.get(target.id, ())) > 1 or not all(_is_run(use, target.id) for use in life.uses):
        return False
    parts = [part for part in ast.walk(origin) if isinstance(part, (ast.Name, ast.Call, ast.NamedExpr, ast.Await))]
    is_plain = all(isinstance(part, ast.Name) or part is origin for part in parts)
    return is_plain and all(len(names.get(part.id, ())) <= 1 for part in parts if isinstance(part, ast.Name))


def make_where_used(module: Module, life: Life, title: str, *, preferred: bool) -> Fix:
    """Put the call in the place of each use, and take the statement away that binds its coroutine to a name."""

    def make() -> Sequence[TextEdit]:
        statement = parent_of(life.origin)
        assert statement is not None
        text = module.text(life.origin)
        used = (module.tree.span(use.node) for use in life.uses)
        first, last = module.range(statement).start.line, module.range(statement).end.line
        starts = module.source.line_starts
        return [
            replace(module, starts[first - 1], starts[last], ""),
            *(replace(module, span.start, span.end, text) for span in used),
        ]

    return Fix(title, make, preferred=preferred)


def _is_run(use: Use, name: str) -> bool:
    """Whether a use takes what a variable holds, and runs it."""
    return use.fate in (Fate.AWAITED, Fate.ESCAPED) and isinstance(use.node, ast.Name) and use.node.id == name


def _stands_alone(module: Module, statement: ast.stmt) -> bool:
    """Whether a statement has its lines for itself, and others in its block, which goes on below it."""
    source, place = module.source, module.range(statement)
    if place.end.line >= len(source.line_starts):
        return False
    before = source.line(place.start.line)[: place.start.column - 1]
    behind = source.line(place.end.line)[place.end.column - 1 :]
    above = parent_of(statement)
    suites = (getattr(above, name, None) for name in ("body", "orelse", "finalbody"))
    suite = next((suite for suite in suites if isinstance(suite, list) and statement in suite), [])
    in_block = isinstance(above, (*BLOCKS, ast.If, ast.For, ast.While, ast.With, ast.AsyncWith, ast.AsyncFor, ast.Try))
    return in_block and len(suite) > 1 and not before.strip() and not behind.strip()
