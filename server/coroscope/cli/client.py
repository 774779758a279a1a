"""A small client of the language server protocol: enough to use a server as an editor does.

It keeps the texts of open documents, counts their versions, converts positions both ways, and waits for the diagnostics
of one version.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from coroscope.cli.edits import apply
from coroscope.cli.jsonrpc import Connection, Json, JsonObject, as_object, as_objects
from coroscope.findings import TextEdit
from coroscope.source import Position, Range, Source

_CAPABILITIES: JsonObject = {
    "general": {"positionEncodings": ["utf-32", "utf-16"]},
    "textDocument": {
        "synchronization": {},
        "publishDiagnostics": {
            "versionSupport": True,
            "relatedInformation": True,
            "codeDescriptionSupport": True,
            "dataSupport": True,
        },
        "hover": {"contentFormat": ["markdown"]},
        "codeAction": {
            "codeActionLiteralSupport": {"codeActionKind": {"valueSet": ["quickfix", "refactor"]}},
            "isPreferredSupport": True,
            "dataSupport": True,
            "resolveSupport": {"properties": ["edit"]},
        },
    },
    "workspace": {"workspaceFolders": True, "workspaceEdit": {"documentChanges": True}},
}


@dataclass
class Document:
    """An open document: its text as the editor has it, and the diagnostics of each version that the server sent."""

    uri: str
    source: Source
    version: int = 1
    published: dict[int, list[JsonObject]] = field(default_factory=dict)


class Client:
    """An editor without a screen: open documents, ask about them, change them."""

    def __init__(self) -> None:
        self.documents: dict[str, Document] = {}
        self.capabilities: JsonObject = {}
        self._encoding = "utf-16"
        self._news = asyncio.Event()
        self._connection: Connection

    @classmethod
    @asynccontextmanager
    async def start(cls, command: Sequence[str], root: Path) -> AsyncIterator[Client]:
        """Start a server on a workspace folder and shake hands with it; leaving the context ends it in any case."""
        client = cls()
        client._connection = await Connection.start(command, root, client._told)
        try:
            await client._initialize(root)
            yield client
        finally:
            await client._connection.close()

    async def stop(self) -> int:
        """Say goodbye as the protocol wants it, and answer the server's exit status."""
        await self.request("shutdown", None)
        self.notify("exit", None)
        return await self._connection.ended()

    async def request(self, method: str, params: Json) -> Json:
        """Ask the server and wait for its answer; raises `ServerError` if that is an error or does not come."""
        return await self._connection.request(method, params)

    def notify(self, method: str, params: Json) -> None:
        """Tell the server something."""
        self._connection.notify(method, params)

    def open(self, path: Path, text: str) -> Document:
        """Open a document with a text, whatever the file of that path holds."""
        document = Document(path.as_uri(), Source(text, path.name))
        self.documents[document.uri] = document
        item: JsonObject = {"uri": document.uri, "languageId": "python", "version": 1, "text": text}
        self.notify("textDocument/didOpen", {"textDocument": item})
        return document

    def change(self, document: Document, text: str) -> None:
        """Give an open document a new text."""
        document.version += 1
        document.source = Source(text, document.source.path)
        identifier: JsonObject = {"uri": document.uri, "version": document.version}
        self.notify("textDocument/didChange", {"textDocument": identifier, "contentChanges": [{"text": text}]})

    async def diagnostics(self, document: Document) -> list[JsonObject]:
        """The diagnostics of the document's present version, once the server has published them."""

        async def published() -> list[JsonObject]:
            while document.version not in document.published:
                self._news.clear()
                await self._news.wait()
            return document.published[document.version]

        return await self._connection.in_time(published(), "textDocument/publishDiagnostics")

    async def hover(self, document: Document, place: Position) -> str:
        """The Markdown of the hover at a place; empty if there is none."""
        position = self.to_wire(document.source, place)
        answer = await self.request("textDocument/hover", {"textDocument": {"uri": document.uri}, "position": position})
        return str(as_object(as_object(answer).get("contents")).get("value", ""))

    async def code_actions(self, document: Document, diagnostic: JsonObject) -> list[JsonObject]:
        """The actions that the server offers for a diagnostic."""
        answer = await self.request(
            "textDocument/codeAction",
            {
                "textDocument": {"uri": document.uri},
                "range": diagnostic["range"],
                "context": {"diagnostics": [diagnostic], "triggerKind": 1},
            },
        )
        return as_objects(answer)

    async def resolve(self, action: JsonObject) -> JsonObject:
        """An action with its edit, which most servers make only when asked for."""
        return action if "edit" in action else as_object(await self.request("codeAction/resolve", action))

    def apply(self, edit: Json) -> list[Document]:
        """Apply a workspace edit to the open documents, tell the server, and answer the documents that changed."""
        edits: dict[str, list[JsonObject]] = {}
        for uri, wanted in as_object(as_object(edit).get("changes")).items():
            edits.setdefault(uri, []).extend(as_objects(wanted))
        for change in as_objects(as_object(edit).get("documentChanges")):
            uri = str(as_object(change["textDocument"])["uri"])
            edits.setdefault(uri, []).extend(as_objects(change["edits"]))
        changed = [self.documents[uri] for uri, wanted in edits.items() if wanted]
        for document in changed:
            source = document.source
            ours = [
                TextEdit(source.path, self.from_wire(source, item["range"]), str(item["newText"]))
                for item in edits[document.uri]
            ]
            self.change(document, apply(source, ours))
        return changed

    def from_wire(self, source: Source, range_: Json) -> Range:
        """A range of the protocol as one of ours."""
        start, end = as_object(as_object(range_)["start"]), as_object(as_object(range_)["end"])
        return Range(self._position(source, start), self._position(source, end))

    def to_wire(self, source: Source, position: Position) -> JsonObject:
        """A position of ours as one of the protocol."""
        before = source.line(position.line)[: position.column - 1]
        return {"line": position.line - 1, "character": sum(map(self._units, before))}

    def _position(self, source: Source, position: JsonObject) -> Position:
        line, units = position["line"], position["character"]
        assert isinstance(line, int)
        assert isinstance(units, int)
        column = 1
        for character in source.line(line + 1):
            if units <= 0:
                break
            units -= self._units(character)
            column += 1
        return Position(line + 1, column)

    def _units(self, character: str) -> int:
        return 2 if self._encoding == "utf-16" and ord(character) > 0xFFFF else 1

    def _told(self, method: str, params: JsonObject) -> None:
        document = self.documents.get(str(params.get("uri")))
        if method == "textDocument/publishDiagnostics" and document:
            version = params.get("version")
            current = version if isinstance(version, int) else document.version
            document.published[current] = as_objects(params["diagnostics"])
            self._news.set()

    async def _initialize(self, root: Path) -> None:
        folder: JsonObject = {"uri": root.as_uri(), "name": root.name}
        answer = await self.request(
            "initialize",
            {
                "processId": os.getpid(),
                "rootUri": folder["uri"],
                "workspaceFolders": [folder],
                "capabilities": _CAPABILITIES,
            },
        )
        self.capabilities = as_object(as_object(answer).get("capabilities"))
        self._encoding = str(self.capabilities.get("positionEncoding", "utf-16"))
        self.notify("initialized", {})
