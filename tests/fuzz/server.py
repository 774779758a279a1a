"""The real server, and what has to hold for a case there: all is answered, nothing is logged, and after any edits it
says of each document what a server says that has just opened it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from random import Random
from types import TracebackType
from typing import Any

from checking import QuickProject
from coroscope import engine
from coroscope.lsp import client as announced
from coroscope.lsp import projects
from coroscope.lsp.convert import Converter
from coroscope.lsp.documents import Document
from coroscope.lsp.positions import Columns
from coroscope.source import Source, Span
from lsp_editor import CAPABILITIES
from lsprotocol import types as lsp
from lsprotocol.converters import get_converter
from pygls.protocol import default_converter

from fuzz.cases import Case, parses
from fuzz.checks import Failed
from fuzz.client import Client, Message

_ALLOWED_ERRORS = {-32601, -32602, -32800, -32801}
"""An unknown method, parameters that make no sense, a cancelled request, a document that was edited since."""


_SETTLED = 3.0
"""Seconds after an edit when what depends on it is checked again."""


class Server:
    """A server that plays one case after the other; a new one begins after each failure."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory()
        self.folder = Path(self._folder.name).resolve()
        (self.folder / "pyproject.toml").touch()
        self._capabilities = {**CAPABILITIES, "workspace": {"workspaceEdit": {"documentChanges": True}}}
        self.client = Client(self.folder, self._capabilities)

    def __enter__(self) -> Server:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        if kind is None:
            self.client.end()
        self.client.kill()
        self._folder.cleanup()

    def check(self, case: Case) -> None:
        """Raise if anything that has to hold for a case does not."""
        try:
            play = _Play(self.client, self.folder, self._capabilities, Random(case.seed))
            for name, text, look in case.steps:
                if not name.endswith(".ipynb"):
                    play.step(name, text, look)
            play.end()
            if log := self.client.logged():
                raise Failed("the server has something to log", log)
        except Failed:
            self.client.kill()
            self.client = Client(self.folder, self._capabilities)
            raise


class _Play:
    """One case on its way: which documents are open with which text, and which requests are under way."""

    def __init__(self, client: Client, folder: Path, capabilities: Message, random: Random) -> None:
        self._client = client
        self._folder = folder
        self._random = random
        self._documents: dict[str, Document] = {}
        self._asked: list[int] = []
        structured = get_converter().structure(capabilities, lsp.ClientCapabilities)
        self._announced = announced.Client.introduced(structured)

    def step(self, name: str, text: str, look: str) -> None:
        """A document has this text from now on."""
        if name in self._documents:
            self._change(name, text)
        else:
            self._open(name, text)
        for _ in range(self._random.choice([0, 0, 0, 1, 3])):
            self._ask_anything(self._random.choice(list(self._documents)))
        if look:
            self._client.wait(lambda: self._is_answered(name), "a version is not answered", name)
        if look == "compare":
            self._compare()

    def _is_answered(self, name: str) -> bool:
        document = self._documents[name]
        published = self._client.published.get(document.uri)
        return published is not None and published[0] == document.version

    def end(self) -> None:
        """Every request is answered; the documents are closed."""
        for name in list(self._documents):
            self._close(name)
        for identity in self._asked:
            error = self._client.answer(identity).get("error")
            if error and error["code"] not in _ALLOWED_ERRORS:
                raise Failed("a request is answered with an error", error)
        # What the messages before did was done when this is answered.
        self._client.answer(self._client.ask("no/such/method", {}))

    def _open(self, name: str, text: str) -> None:
        path = self._folder / name
        if self._random.random() < 0.5:
            self._store(name, text)
        item = lsp.TextDocumentItem(path.as_uri(), "python", 1, text)
        self._documents[name] = Document.opened(item)
        self._client.tell(
            "textDocument/didOpen",
            {"textDocument": {"uri": item.uri, "languageId": "python", "version": 1, "text": text}},
        )

    def _change(self, name: str, text: str) -> None:
        before = self._documents[name]
        item = lsp.TextDocumentItem(before.uri, "python", before.version + 1, text)
        self._documents[name] = Document.opened(item)
        whole: list[Message] = [{"text": text}]
        changes = whole if self._random.random() < 0.1 else list(_changes(before.source, text))
        identifier = {"uri": item.uri, "version": item.version}
        self._client.tell("textDocument/didChange", {"textDocument": identifier, "contentChanges": changes})

    def _close(self, name: str) -> None:
        document = self._documents.pop(name)
        self._client.tell("textDocument/didClose", {"textDocument": {"uri": document.uri}})
        if document.path and document.path.exists():
            document.path.unlink()
            self._changed_on_disk(document.uri, 3)
        closed: tuple[None, list[Message]] = (None, [])
        self._client.wait(
            lambda: self._client.published.get(document.uri, closed) == closed, "diagnostics of a closed document stay"
        )
        self._client.published.pop(document.uri, None)

    def _store(self, name: str, text: str) -> None:
        path = self._folder / name
        is_new = not path.exists()
        path.write_text(text, "utf-8", errors="surrogatepass", newline="")
        self._changed_on_disk(path.as_uri(), 1 if is_new else 2)

    def _changed_on_disk(self, uri: str, kind: int) -> None:
        self._client.tell("workspace/didChangeWatchedFiles", {"changes": [{"uri": uri, "type": kind}]})

    def _ask_anything(self, name: str) -> None:
        """A request, or a notification that no editor need send just now."""
        random, document = self._random, self._documents[name]
        where = {"line": random.randint(0, len(document.source.line_starts) + 1), "character": random.randint(0, 90)}
        identifier = {"uri": random.choice([document.uri, document.uri, document.uri, "untitled:Untitled-1", "file:"])}
        place = {"textDocument": identifier, "position": where}
        everything = {"start": {"line": 0, "character": 0}, "end": {"line": 1 << 20, "character": 0}}
        match random.randrange(9):
            case 0 | 1 | 2:
                self._asked.append(self._client.ask("textDocument/hover", place))
            case 3 | 4:
                params = {"textDocument": identifier, "range": everything, "context": {"diagnostics": []}}
                self._resolve(self._client.ask("textDocument/codeAction", params))
            case 5:
                self._asked.append(self._client.ask("textDocument/hover", place))
                self._client.tell("$/cancelRequest", {"id": self._asked[-1]})
            case 6:
                self._store(name, document.source.text)
                self._client.tell("textDocument/didSave", {"textDocument": {"uri": document.uri}})
            case 7:
                method = random.choice(["textDocument/completion", "textDocument/hover", "nothing", "$/nothing"])
                self._asked.append(self._client.ask(method, random.choice([None, {}, place, [1]])))
            case _:
                self._client.tell("workspace/didChangeConfiguration", {"settings": {}})

    def _resolve(self, identity: int) -> None:
        """Have the edits made of an action that is offered; both may be too late."""
        actions = self._client.answer(identity).get("result")
        if actions:
            self._asked.append(self._client.ask("codeAction/resolve", self._random.choice(actions)))

    def _compare(self) -> None:
        """What is shown for each document is what is found by who sees them for the first time."""
        if not all(parses(document.source.text) for document in self._documents.values()):
            return
        for name, document in self._documents.items():
            fresh = self._fresh(document)

            def is_shown(document: Document = document, fresh: list[Message] = fresh) -> bool:
                return self._client.published.get(document.uri) == (document.version, fresh)

            try:
                self._client.wait(is_shown, "an edited document differs from a fresh one", seconds=_SETTLED)
            except Failed as failed:
                shown = self._client.published.get(document.uri, (None, []))[1]
                words = [f"{name} shown: {each}" for each in shown if each not in fresh]
                words += [f"{name} fresh: {each}" for each in fresh if each not in shown]
                raise Failed(*failed.args, *words) from None

    def _fresh(self, document: Document) -> list[Message]:
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
        return [_plain(converter.diagnostic(finding)) for finding in found]


def _changes(before: Source, text: str) -> Iterator[Message]:
    """The smallest change that makes one text the other."""
    old = before.text
    most = min(len(old), len(text))
    start = next((at for at in range(most) if old[at] != text[at]), most)
    most -= start
    same = next((count for count in range(most) if old[-1 - count] != text[-1 - count]), most)
    # No position is within a line end.
    while start and old[start - 1 : start + 1] == "\r\n":
        start -= 1
    while same and old[len(old) - same - 1 : len(old) - same + 1] == "\r\n":
        same -= 1
    range_ = Columns().range_out(before, before.range(Span(start, len(old) - same)))
    yield {"range": _plain(range_), "text": text[start : len(text) - same]}


def _plain(value: object) -> Any:
    return default_converter().unstructure(value)  # type: ignore[no-untyped-call]
