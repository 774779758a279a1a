"""Completion of `.await` behind an expression that can be awaited, which wraps it; nothing else is completed."""

from __future__ import annotations

from lsprotocol import types as lsp

from coroscope.lsp.client import Client
from coroscope.lsp.workspace import Analysis

TRIGGERS = (".",)

_LAST = "zzzz"
"""Behind all that other servers offer: who types a dot wants an attribute as a rule."""


def completions(analysis: Analysis, client: Client, where: lsp.CompletionParams) -> list[lsp.CompletionItem]:
    """The item that awaits what stands before the dot at a place, if that can be."""
    from coroscope import engine

    document, columns = analysis.document, client.columns
    position = document.position_in(columns, where.text_document.uri, where.position)
    awaiting = engine.await_typed(analysis.module, position)
    if awaiting is None:
        return []
    # The edit of an item may touch the word only; what stands before goes by one of its own.
    word, before = (document.location(columns, range_).range for range_ in (awaiting.word, awaiting.before))
    return [
        lsp.CompletionItem(
            label="await",
            kind=lsp.CompletionItemKind.Keyword,
            detail=awaiting.result,
            sort_text=_LAST,
            filter_text="await",
            insert_text_mode=lsp.InsertTextMode.AsIs if client.inserts_as_is else None,
            text_edit=lsp.TextEdit(word, awaiting.text),
            additional_text_edits=[lsp.TextEdit(before, "")],
        )
    ]
