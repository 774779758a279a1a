"""Inlay hints, where the user asked for them: what a call makes that is not awaited where it stands."""

from __future__ import annotations

from lsprotocol import types as lsp

from coroscope.lsp.client import Client
from coroscope.lsp.workspace import Analysis
from coroscope.source import Range


def hints(analysis: Analysis, client: Client, where: lsp.InlayHintParams) -> list[lsp.InlayHint]:
    """The hints for the calls that end in a range."""
    from coroscope import engine

    document, columns = analysis.document, client.columns
    range_ = document.range_in(columns, where.text_document.uri, where.range)
    return [
        lsp.InlayHint(
            position=document.location(columns, Range(hint.position, hint.position)).range.start,
            label=hint.label,
            kind=lsp.InlayHintKind.Type,
            tooltip=hint.story,
            padding_left=True,
        )
        for hint in engine.hints(analysis.module, range_)
    ]
