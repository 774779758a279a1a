"""An editor for tests: a pytest-lsp client before the real server process, with the few verbs that a user has."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

from coroscope.lsp.documents import Document
from coroscope.lsp.positions import Columns, Units
from lsprotocol import types as lsp
from lsprotocol.converters import get_converter
from pygls.protocol import default_converter
from pytest_lsp import LanguageClient
from pytest_lsp.client import DEFAULT_CLIENT_FEATURES, register_lsp_features

SERVER = [sys.executable, "-m", "coroscope", "server"]
PATIENCE = 20.0

CAPABILITIES: dict[str, Any] = {
    "general": {"positionEncodings": ["utf-16"]},
    "textDocument": {
        "publishDiagnostics": {
            "versionSupport": True,
            "relatedInformation": True,
            "codeDescriptionSupport": True,
            "dataSupport": True,
        },
        "hover": {"contentFormat": ["markdown"]},
        "codeAction": {
            "codeActionLiteralSupport": {"codeActionKind": {"valueSet": ["quickfix"]}},
            "isPreferredSupport": True,
            "dataSupport": True,
            "resolveSupport": {"properties": ["edit"]},
        },
        "completion": {"completionItem": {"insertTextModeSupport": {"valueSet": [1, 2]}}},
        "inlayHint": {},
        "callHierarchy": {},
    },
    "workspace": {"configuration": True, "workspaceFolders": True, "workspaceEdit": {"documentChanges": True}},
}
"""What an editor of today announces."""


class Editor:
    """One editor window."""

    def __init__(self, client: LanguageClient, folder: Path) -> None:
        self.client = client
        self.folder = folder
        self.columns = Columns()
        self.server = lsp.ServerCapabilities()
        self.documents: dict[str, Document] = {}
        self.published: list[lsp.PublishDiagnosticsParams] = []
        self._news = asyncio.Event()

    def uri(self, name: str) -> str:
        """What the editor calls a file of the folder, or a name that is a URI already."""
        return name if ":" in name else (self.folder / name).as_uri()

    async def open(self, name: str, text: str) -> list[lsp.Diagnostic]:
        """Open a document with this text; the diagnostics for it."""
        item = lsp.TextDocumentItem(self.uri(name), "python", 1, text)
        self.documents[name] = Document.opened(item)
        self.client.text_document_did_open(lsp.DidOpenTextDocumentParams(item))
        return await self.diagnostics(name)

    async def replace(self, name: str, old: str, new: str) -> list[lsp.Diagnostic]:
        """Replace the only occurrence of a text; the diagnostics for the new version."""
        self.type(name, old, new)
        return await self.diagnostics(name)

    def type(self, name: str, old: str, new: str) -> None:
        """Replace the only occurrence of a text, and don't wait."""
        source = self.documents[name].source
        assert source.text.count(old) == 1
        start = source.text.index(old)
        range_ = lsp.Range(
            self.columns.position_out(source, source.position(start)),
            self.columns.position_out(source, source.position(start + len(old))),
        )
        self.edit(name, [lsp.TextEdit(range_, new)])

    def edit(self, name: str, edits: list[lsp.TextEdit]) -> None:
        """Make edits, the last first."""
        document = self.documents[name]
        identifier = lsp.VersionedTextDocumentIdentifier(uri=document.uri, version=document.version + 1)
        changes: list[lsp.TextDocumentContentChangeEvent] = [
            lsp.TextDocumentContentChangePartial(edit.range, edit.new_text) for edit in reversed(edits)
        ]
        self.documents[name] = document.changed(identifier.version, changes, self.columns)
        self.client.text_document_did_change(lsp.DidChangeTextDocumentParams(identifier, changes))

    def apply(self, edit: lsp.WorkspaceEdit) -> None:
        """Apply an edit that the server made, as a client that checks versions does."""
        names = {document.uri: name for name, document in self.documents.items()}
        for change in edit.document_changes or ():
            assert isinstance(change, lsp.TextDocumentEdit)
            name = names[change.text_document.uri]
            assert change.text_document.version == self.documents[name].version
            self.edit(name, [edit for edit in change.edits if isinstance(edit, lsp.TextEdit)])

    def close(self, name: str) -> None:
        """Close a document."""
        identifier = lsp.TextDocumentIdentifier(self.documents.pop(name).uri)
        self.client.text_document_did_close(lsp.DidCloseTextDocumentParams(identifier))

    async def diagnostics(self, name: str) -> list[lsp.Diagnostic]:
        """The diagnostics for the present version of a document."""
        document = self.documents[name]
        return await self.wait(document.uri, document.version)

    async def wait(self, uri: str, version: int | None, *, after: int = 0) -> list[lsp.Diagnostic]:
        """The diagnostics published for a version of a document, `after` so many publications."""

        async def published() -> list[lsp.Diagnostic]:
            while True:
                for params in reversed(self.published[after:]):
                    if (params.uri, params.version) == (uri, version):
                        return list(params.diagnostics)
                self._news.clear()
                await self._news.wait()

        return await asyncio.wait_for(published(), PATIENCE)

    def receive(self, params: lsp.PublishDiagnosticsParams) -> None:
        """The server published diagnostics."""
        self.published.append(params)
        self._news.set()

    async def hover(self, name: str, line: int, character: int) -> str | None:
        """The text of the hover at a place."""
        identifier = lsp.TextDocumentIdentifier(self.uri(name))
        found = await self.client.text_document_hover_async(lsp.HoverParams(identifier, lsp.Position(line, character)))
        if found is None:
            return None
        assert isinstance(found.contents, lsp.MarkupContent)
        return found.contents.value

    async def complete(self, name: str, line: int, character: int) -> list[lsp.CompletionItem]:
        """The completions at a place."""
        identifier = lsp.TextDocumentIdentifier(self.uri(name))
        where = lsp.Position(line, character)
        found = await self.client.text_document_completion_async(lsp.CompletionParams(identifier, where))
        return list(found.items if isinstance(found, lsp.CompletionList) else found or ())

    async def hints(self, name: str, range_: lsp.Range) -> list[lsp.InlayHint]:
        """The inlay hints in a range."""
        identifier = lsp.TextDocumentIdentifier(self.uri(name))
        return list(await self.client.text_document_inlay_hint_async(lsp.InlayHintParams(identifier, range_)) or ())

    async def actions(
        self, name: str, range_: lsp.Range, only: list[lsp.CodeActionKind | str] | None = None
    ) -> list[lsp.CodeAction]:
        """The code actions for a range."""
        found = await self.client.text_document_code_action_async(
            lsp.CodeActionParams(lsp.TextDocumentIdentifier(self.uri(name)), range_, lsp.CodeActionContext([], only))
        )
        return [action for action in found or () if isinstance(action, lsp.CodeAction)]


@asynccontextmanager
async def editor(
    folder: Path,
    *,
    capabilities: Mapping[str, Any] | None = None,
    units: Units = "utf-16",
    settings: Mapping[str, Any] | None = None,
    options: Mapping[str, Any] | None = None,
    folders: list[Path] | None = None,
) -> AsyncIterator[Editor]:
    """An editor that has a folder open; at the end the server must end with 0.

    `settings` are the editor's answer when asked for configuration, `options` what it says when it introduces itself.
    """
    client = LanguageClient(converter_factory=default_converter, configuration={"": {"coroscope": settings}})
    window = Editor(client, folder)
    window.columns = Columns(units)
    # A partial, because pygls puts attributes on what it is given, and a method takes none.
    publish = {lsp.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS: partial(window.receive)}
    register_lsp_features(client, {**DEFAULT_CLIENT_FEATURES, **publish})
    announced = dict(CAPABILITIES if capabilities is None else capabilities)
    if units != "utf-16":
        announced["general"] = {"positionEncodings": ["utf-7", units, "utf-16"]}
    await client.start_io(*SERVER)
    result = await client.initialize_session(
        lsp.InitializeParams(
            capabilities=get_converter().structure(announced, lsp.ClientCapabilities),
            process_id=os.getpid(),
            initialization_options=options,
            workspace_folders=[lsp.WorkspaceFolder(path.as_uri(), path.name) for path in folders or [folder]],
        )
    )
    assert result.capabilities.position_encoding == units
    window.server = result.capabilities
    yield window
    process = client._server
    assert process is not None
    await client.shutdown_session()
    assert process.returncode == 0
    await client.stop()  # type: ignore[no-untyped-call]
