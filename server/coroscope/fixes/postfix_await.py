"""`.await` behind an expression, which wraps it: `fetch(1).await` becomes `await fetch(1)`."""

from __future__ import annotations

import ast
import re
from typing import NamedTuple

from coroscope.model.module import Module
from coroscope.model.typed import typed_at
from coroscope.nodes import parent_of
from coroscope.source import Position, Range, Span

_CONTINUES = re.compile(r"[ \t]*[(\[]|\s*\.")


class Awaiting(NamedTuple):
    """How an expression comes to be awaited: `text` for the `word` behind its dot, and nothing for what is `before`.

    `result` is the printed type of what awaiting gives.
    """

    word: Range
    text: str
    before: Range
    result: str


def await_typed(module: Module, position: Position) -> Awaiting | None:
    """What `.await` at a position stands for; None unless what is before the dot can be awaited, and there."""
    typed = typed_at(module, position)
    if typed is None or not _may_be_awaited(typed.module, typed.node):
        return None
    source = module.source
    text = f"await {source.text[slice(*typed.expression)]}"
    if _CONTINUES.match(source.text, typed.word.end):
        text = f"({text})"
    before = Span(typed.expression.start, typed.word.start)
    result = typed.module.result_of(typed.module.type_of(typed.node))
    return Awaiting(source.range(typed.word), text, source.range(before), str(result))


def _may_be_awaited(module: Module, node: ast.expr) -> bool:
    """Whether an expression is awaitable for sure, is not awaited yet, and stands in async code."""
    if isinstance(parent_of(node), ast.Await) or not isinstance(getattr(node, "ctx", ast.Load()), ast.Load):
        return False
    return module.in_async(node) and module.can_await(module.type_of(node)) is True
