"""Our data as the protocol's, and back: findings to diagnostics, fixes to code actions, edits to workspace edits.

Paths become URIs and columns become the client's; both need more than the thing converted, so a `Converter` knows the
client, the open documents and how to get the text of a file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from lsprotocol import types as lsp

from coroscope.findings import Finding, Fix, Level, Related, TextEdit
from coroscope.lsp.client import Client
from coroscope.lsp.documents import Document
from coroscope.lsp.paths import file_uri
from coroscope.lsp.workspace import Analysis
from coroscope.source import Range, Source

SOURCE = "coroscope"

_SEVERITY: dict[Level, lsp.DiagnosticSeverity] = {
    "error": lsp.DiagnosticSeverity.Error,
    "warning": lsp.DiagnosticSeverity.Warning,
    "information": lsp.DiagnosticSeverity.Information,
    "hint": lsp.DiagnosticSeverity.Hint,
}

_UNNECESSARY = frozenset({"unused-ignore"})
"""The rules that find what can go, which clients show faded."""


class Converter:
    """Converts what was found in one document.

    `open_documents` are by path, as `Finding.path` has it; `text_of` gets the text of any other file.
    """

    def __init__(
        self,
        client: Client,
        document: Document,
        open_documents: Mapping[str, Document],
        text_of: Callable[[str], Source | None],
    ) -> None:
        self._client = client
        self._document = document
        self._open = open_documents
        self._text_of = text_of

    @classmethod
    def of(cls, client: Client, analysis: Analysis) -> Converter:
        """Converts what an analysis has found."""
        return cls(client, analysis.document, analysis.open_documents, analysis.text_of)

    def diagnostics(self, findings: Iterable[Finding]) -> dict[str, list[lsp.Diagnostic]]:
        """Findings by the text of the document that each is in; a text without any has an empty list."""
        by_uri: dict[str, list[lsp.Diagnostic]] = {uri: [] for uri in self._document.versions}
        for finding in findings:
            by_uri.setdefault(self._location(finding).uri, []).append(self.diagnostic(finding))
        return by_uri

    def diagnostic(self, finding: Finding) -> lsp.Diagnostic:
        """A finding, with as much around it as the client can show."""
        client = self._client
        diagnostic = lsp.Diagnostic(
            range=self._location(finding).range,
            message=finding.message,
            severity=_SEVERITY[finding.level],
            code=finding.rule,
            source=SOURCE,
        )
        if client.code_descriptions and finding.url:
            diagnostic.code_description = lsp.CodeDescription(finding.url)
        if client.related_information and finding.related:
            diagnostic.related_information = list(self._related(finding.related))
        if client.unnecessary_tags and finding.rule in _UNNECESSARY:
            diagnostic.tags = [lsp.DiagnosticTag.Unnecessary]
        if client.diagnostic_data:
            diagnostic.data = {"rule": finding.rule}
        return diagnostic

    def action(self, finding: Finding, fix: Fix, *, edits: bool) -> lsp.CodeAction:
        """A fix for a finding; its edits are left for `codeAction/resolve` unless asked for here."""
        action = lsp.CodeAction(
            title=fix.title,
            kind=fix.kind,
            diagnostics=[self.diagnostic(finding)],
            is_preferred=True if fix.preferred and self._client.preferred_actions else None,
        )
        if edits:
            action.edit = self.workspace_edit(fix.edits())
        else:
            action.data = {
                "uri": self._document.uri,
                "version": self._document.version,
                "rule": finding.rule,
                "range": [*finding.range.start, *finding.range.end],
                "title": fix.title,
            }
        return action

    def workspace_edit(self, edits: Sequence[TextEdit]) -> lsp.WorkspaceEdit:
        """Edits in any files; with the versions that they are meant for, where the client can check them."""
        changes: dict[str, list[lsp.TextEdit]] = {}
        versions: dict[str, int] = {}
        for path in dict.fromkeys(edit.path for edit in edits):
            if document := self._opened(path) or self._closed(path):
                changes.update(document.edits_out(self._client.columns, [edit for edit in edits if edit.path == path]))
                versions.update(document.versions if self._opened(path) else {})
        if not self._client.document_changes:
            return lsp.WorkspaceEdit(changes=changes)
        return lsp.WorkspaceEdit(
            document_changes=[
                lsp.TextDocumentEdit(lsp.OptionalVersionedTextDocumentIdentifier(uri, versions.get(uri)), list(edits))
                for uri, edits in changes.items()
            ]
        )

    def location(self, path: str, range_: Range) -> lsp.Location | None:
        """A range in any file, by the path that findings call it; None if the file is gone."""
        document = self._opened(path) or self._closed(path)
        return document.location(self._client.columns, range_) if document else None

    def _related(self, related: Iterable[Related]) -> Iterable[lsp.DiagnosticRelatedInformation]:
        for place in related:
            if location := self.location(place.path, place.range):
                yield lsp.DiagnosticRelatedInformation(location, place.message)

    def _location(self, finding: Finding) -> lsp.Location:
        return self._document.location(self._client.columns, finding.range)

    def _opened(self, path: str) -> Document | None:
        return self._document if path == self._document.source.path else self._open.get(path)

    def _closed(self, path: str) -> Document | None:
        source = self._text_of(path)
        return Document(file_uri(Path(path)), 0, source, Path(path)) if source else None


def wanted(kind: str, only: Sequence[str] | None) -> bool:
    """Whether a client that asks for these kinds of code actions only wants one of this kind."""
    return only is None or any(not asked or kind == asked or kind.startswith(asked + ".") for asked in only)
