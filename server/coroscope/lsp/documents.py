"""The documents that the client has open, as it last described them.

A `Document` never changes: an edit makes a new one. So the loop thread may replace a document while the worker still
reads the old one, and "is this still the newest?" is a question of identity.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from lsprotocol import types as lsp

from coroscope.findings import TextEdit
from coroscope.lsp.paths import file_path
from coroscope.lsp.positions import Columns
from coroscope.source import Position, Range, Source


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

    @property
    def versions(self) -> Mapping[str, int]:
        """The texts that the client knows this document by, and what version each of them has."""
        return {self.uri: self.version}

    def position_in(self, columns: Columns, uri: str, position: lsp.Position) -> Position:
        """The client's position in one of these texts as a place in the source."""
        return columns.position_in(self.source, position)

    def range_in(self, columns: Columns, uri: str, range_: lsp.Range) -> Range:
        """The client's range in one of these texts as a range of the source."""
        return Range(self.position_in(columns, uri, range_.start), self.position_in(columns, uri, range_.end))

    def location(self, columns: Columns, range_: Range) -> lsp.Location:
        """A range of the source as the client's."""
        return lsp.Location(self.uri, columns.range_out(self.source, range_))

    def edits_out(self, columns: Columns, edits: Sequence[TextEdit]) -> Mapping[str, list[lsp.TextEdit]]:
        """Edits of the source as the client's, by the text that each belongs to."""
        return {self.uri: [lsp.TextEdit(columns.range_out(self.source, edit.range), edit.text) for edit in edits]}


class Documents:
    """The open documents by URI; written by the loop thread only, read by the worker too."""

    def __init__(self) -> None:
        self._by_uri: dict[str, Document] = {}
        self._owners: dict[str, str] = {}

    def get(self, uri: str) -> Document | None:
        """The newest version of an open document, by its own URI or that of one of its texts."""
        return self._by_uri.get(self._owners.get(uri, uri))

    def put(self, document: Document) -> None:
        """Open a document, or replace it by a newer version."""
        self._disown(document.uri)
        self._by_uri[document.uri] = document
        for text in document.versions:
            self._owners[text] = document.uri

    def remove(self, uri: str) -> None:
        """Close a document; one that is not open is ignored."""
        self._disown(uri)
        self._by_uri.pop(uri, None)

    def all(self) -> list[Document]:
        """Every open document, in the order of opening."""
        return list(self._by_uri.values())

    def current(self, document: Document) -> bool:
        """Whether this is still the newest version of an open document."""
        return self._by_uri.get(document.uri) is document

    def _disown(self, uri: str) -> None:
        before = self._by_uri.get(uri)
        for text in before.versions if before else ():
            if self._owners.get(text) == uri:
                del self._owners[text]


def _edited(source: Source, change: lsp.TextDocumentContentChangePartial, columns: Columns) -> Source:
    """The text after one edit."""
    span = source.span(columns.range_in(source, change.range))
    start, end = min(span), max(span)
    edited = Source(source.text[:start] + change.text + source.text[end:], source.path)
    edited.take_lines(source, start, end)
    return edited
