"""Inlay hints, where the user asked for them: what a call makes that is not awaited where it stands."""

from __future__ import annotations

from lsprotocol import types as lsp

from coroscope.lsp.client import Client
from coroscope.lsp.workspace import Analysis


def hints(analysis: Analysis, client: Client, where: lsp.Range) -> list[lsp.InlayHint]:
    """The hints for the calls that end in a range."""
    from coroscope import engine

    source = analysis.document.source
    return [
        lsp.InlayHint(
            position=client.columns.position_out(source, hint.position),
            label=hint.label,
            kind=lsp.InlayHintKind.Type,
            tooltip=hint.story,
            padding_left=True,
        )
        for hint in engine.hints(analysis.module, client.columns.range_in(source, where))
    ]
