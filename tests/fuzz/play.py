"""One case played with the real server: after any edits it says of each document what one says that has just opened it,
and each edit is answered soon."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache, partial
from random import Random
from typing import Any

from checking import QuickProject
from coroscope import engine
from coroscope.lsp import client as announced
from coroscope.lsp import projects
from coroscope.lsp.convert import Converter
from coroscope.lsp.documents import Document
from coroscope.lsp.notebooks import Notebook
from lsprotocol import types as lsp
from lsprotocol.converters import get_converter
from pygls.protocol import default_converter

from fuzz.books import begun, change, spliced
from fuzz.cases import parses
from fuzz.checks import SECONDS, Failed, TooSlow
from fuzz.client import Client, Message
from fuzz.questions import Questions

_SETTLED = 10.0
"""Seconds after an edit when what depends on it is checked again, on a busy machine."""


class Play:
    """A case on its way: which documents are open with which text."""

    def __init__(self, client: Client, random: Random, capabilities: Message) -> None:
        self._client = client
        self._folder = client.folder
        self._random = random
        self._documents: dict[str, Document] = {}
        self._versions: dict[str, int] = {}
        self._pulls = "diagnostic" in capabilities["textDocument"]
        self._questions = Questions(client, random, pulls=self._pulls)
        structured = get_converter().structure(capabilities, lsp.ClientCapabilities)
        self._announced = announced.Client.introduced(structured)
        self._slowest = 0.0

    def step(self, name: str, text: str, look: str) -> None:
        """A document has this text from now on."""
        before = self._client.seconds
        self._change(name, text) if name in self._documents else self._open(name, text)
        for _ in range(self._random.choice([0, 0, 1, 1, 3])):
            self._do_anything(self._random.choice(list(self._documents)))
        if look and not self._pulls:
            self._client.wait(lambda: self._is_answered(name), "a version is not answered", name)
            self._slowest = max(self._slowest, self._client.seconds - before)
        (self._questions.end if self._random.random() < 0.3 else self._questions.look)()
        if look == "compare":
            self._compare()

    def end(self) -> None:
        """Every request is answered; the documents are closed."""
        for name in list(self._documents):
            self._close(name)
        self._questions.end()
        # What the messages before did was done when this is answered.
        self._client.answer(self._client.ask("no/such/method", {}))
        if self._slowest > SECONDS:
            raise TooSlow("it takes too long", f"{self._slowest:.1f} s")

    def _is_answered(self, name: str) -> bool:
        versions, published = self._documents[name].versions, self._client.published
        return all(uri in published and published[uri][0] == version for uri, version in versions.items())

    def _open(self, name: str, text: str) -> None:
        path = self._folder / name
        if name.endswith(".ipynb"):
            book = begun(self._random, path.as_uri(), text)
            self._documents[name] = Notebook.begun(book)
            self._client.tell("notebookDocument/didOpen", _plain(book))
            return
        if self._random.random() < 0.5:
            self._store(name, text)
        item = lsp.TextDocumentItem(path.as_uri(), "python", 1, text)
        self._documents[name] = Document.opened(item)
        self._client.tell("textDocument/didOpen", {"textDocument": _plain(item)})

    def _change(self, name: str, text: str) -> None:
        before = self._documents[name]
        version = self._versions[name] = self._versions.get(name, 1) + 1
        identifier = {"uri": before.uri, "version": version}
        if isinstance(before, Notebook):
            cells = spliced(self._random, before, text)
            after = before.updated(version, cells, self._announced.columns)
            self._documents[name] = after
            params = {"notebookDocument": identifier, "change": {"cells": _plain(cells)}}
            self._client.tell("notebookDocument/didChange", params)
            self._forget(before.versions.keys() - after.versions.keys())
            return
        whole = lsp.TextDocumentContentChangeWholeDocument(text)
        changes = [whole if self._random.random() < 0.1 else change(before.source, text)]
        self._documents[name] = before.changed(version, changes, self._announced.columns)
        assert self._documents[name].source.text == text
        self._client.tell("textDocument/didChange", {"textDocument": identifier, "contentChanges": _plain(changes)})

    def _close(self, name: str) -> None:
        document = self._documents.pop(name)
        self._versions.pop(name, None)
        kind = "notebookDocument" if isinstance(document, Notebook) else "textDocument"
        cells = [{"uri": uri} for uri in document.texts] if isinstance(document, Notebook) else []
        params: Message = {kind: {"uri": document.uri}}
        self._client.tell(f"{kind}/didClose", {**params, "cellTextDocuments": cells} if cells else params)
        if document.path and document.path.exists():
            document.path.unlink()
            self._changed_on_disk(document.uri, 3)
        self._forget(document.versions)

    def _forget(self, uris: Iterable[str]) -> None:
        """Nothing stays of texts that are closed."""
        for uri in uris:
            self._client.wait(partial(self._is_closed, uri), "diagnostics of a closed document stay", uri)
            self._client.published.pop(uri, None)

    def _is_closed(self, uri: str) -> bool:
        return self._client.published.get(uri, (None, [])) == (None, [])

    def _store(self, name: str, text: str) -> None:
        path = self._folder / name
        is_new = not path.exists()
        path.write_text(text, "utf-8", errors="surrogatepass", newline="")
        self._changed_on_disk(path.as_uri(), 1 if is_new else 2)

    def _changed_on_disk(self, uri: str, kind: int) -> None:
        self._client.tell("workspace/didChangeWatchedFiles", {"changes": [{"uri": uri, "type": kind}]})

    def _do_anything(self, name: str) -> None:
        """Ask something, or tell what no editor need tell just now."""
        random, document = self._random, self._documents[name]
        match random.randrange(12):
            case 0 if isinstance(document, Notebook):
                self._client.tell("notebookDocument/didSave", {"notebookDocument": {"uri": document.uri}})
            case 0:
                self._store(name, document.source.text)
                self._client.tell("textDocument/didSave", {"textDocument": {"uri": document.uri}})
            case 1:
                settings = {"inlayHints": random.random() < 0.5} if random.random() < 0.05 else {}
                self._client.tell("workspace/didChangeConfiguration", {"settings": settings})
            case 2 if random.random() < 0.2:
                self._client.tell("$/setTrace", {"value": random.choice(["off", "messages", "verbose"])})
            case _:
                self._questions.ask_anything(document)

    def _compare(self) -> None:
        """What is shown for each document is what is found by who sees them for the first time."""
        if not all(parses(document.source.text) for document in self._documents.values()):
            return
        for name, document in self._documents.items():
            fresh = self._fresh(document)
            shown: dict[str, list[Message]] = {}

            def is_shown(
                document: Document = document, fresh: dict[str, list[Message]] = fresh, shown: Any = shown
            ) -> bool:
                shown.update(self._shown(document))
                return bool(shown == fresh)

            try:
                self._client.wait(is_shown, "an edited document differs from a fresh one", seconds=_SETTLED)
            except Failed as failed:
                words = [
                    f"{name} shown: {each}" for uri in shown for each in shown[uri] if each not in fresh.get(uri, [])
                ]
                words += [
                    f"{name} fresh: {each}" for uri in fresh for each in fresh[uri] if each not in shown.get(uri, [])
                ]
                raise Failed(*failed.args, *words) from None

    def _shown(self, document: Document) -> dict[str, list[Message]]:
        """The diagnostics of a document by its texts, as the client has them, or is told when it asks."""
        if self._pulls:
            return {uri: self._questions.pulled(document, uri) or [] for uri in document.versions}
        published = self._client.published
        told = {uri: published.get(uri, (None, [])) for uri in document.versions}
        return {uri: found for uri, (version, found) in told.items() if version == document.versions[uri]}

    def _fresh(self, document: Document) -> dict[str, list[Message]]:
        """The diagnostics of a document for who has just opened all of them."""
        project = projects.make_project(self._folder, {}, lambda _: None)
        project.__class__ = QuickProject  # takes the Summaries of stubs from those before it
        for other in self._documents.values():
            assert other.path
            project.open(other.path, other.source.text)
        assert document.path
        found = engine.check(project.module(document.path, document.source.path), project.settings)
        if project.is_early:
            while project.advance(100):
                pass
            found = engine.check(project.module(document.path, document.source.path), project.settings)
        by_path = {other.source.path: other for other in self._documents.values()}
        converter = Converter(self._announced, document, by_path, project.source)
        return {uri: [_plain(one) for one in found] for uri, found in converter.diagnostics(found).items()}


def _plain(value: object) -> Any:
    return _converter().unstructure(value)


@cache
def _converter() -> Any:
    return default_converter()  # type: ignore[no-untyped-call]
