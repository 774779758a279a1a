"""The documents that the client has open, as it last described them.

A `Document` never changes: an edit makes a new one. So the loop thread may replace a document while the worker still
reads the old one, and "is this still the newest?" is a question of identity.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lsprotocol import types as lsp

from coroscope.lsp.paths import file_path
from coroscope.lsp.positions import Columns
from coroscope.source import Source


@dataclass(frozen=True, eq=False)
class Document:
    """One version of one open document; `path` is None if it is not a file (`untitled:` and the like)."""

    uri: str
    version: int
    source: Source
    path: Path | None

    @classmethod
    def opened(cls, item: lsp.TextDocumentItem) -> Document:
        """A document as `didOpen` describes it."""
        path = file_path(item.uri)
        return cls(item.uri, item.version, Source(item.text, str(path or item.uri)), path)

    def changed(
        self, version: int, changes: Sequence[lsp.TextDocumentContentChangeEvent], columns: Columns
    ) -> Document:
        """This document after changes, which apply one after the other."""
        source = self.source
        for change in changes:
            if isinstance(change, lsp.TextDocumentContentChangePartial):
                source = _edited(source, change, columns)
            else:
                source = Source(change.text, source.path)
        return Document(self.uri, version, source, self.path)


class Documents:
    """The open documents by URI; written by the loop thread only, read by the worker too."""

    def __init__(self) -> None:
        self._by_uri: dict[str, Document] = {}

    def get(self, uri: str) -> Document | None:
        """The newest version of an open document."""
        return self._by_uri.get(uri)

    def put(self, document: Document) -> None:
        """Open a document, or replace it by a newer version."""
        self._by_uri[document.uri] = document

    def remove(self, uri: str) -> None:
        """Close a document; one that is not open is ignored."""
        self._by_uri.pop(uri, None)

    def all(self) -> list[Document]:
        """Every open document, in the order of opening."""
        return list(self._by_uri.values())

    def current(self, document: Document) -> bool:
        """Whether this is still the newest version of an open document."""
        return self._by_uri.get(document.uri) is document


def _edited(source: Source, change: lsp.TextDocumentContentChangePartial, columns: Columns) -> Source:
    """The text after one edit."""
    span = source.span(columns.range_in(source, change.range))
    start, end = min(span), max(span)
    edited = Source(source.text[:start] + change.text + source.text[end:], source.path)
    edited.take_lines(source, start, end)
    return edited
