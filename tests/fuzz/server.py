"""The real server: one for clients that are told what is found, and one for clients that ask."""

from __future__ import annotations

import tempfile
from pathlib import Path
from random import Random
from types import TracebackType

from lsp_editor import CAPABILITIES

from fuzz.cases import Case
from fuzz.checks import Failed, TooSlow
from fuzz.client import Client, Message, memory_of
from fuzz.play import Play

TOLD: Message = {**CAPABILITIES, "notebookDocument": {"synchronization": {}}}
ASKS: Message = {
    **TOLD,
    "textDocument": {**CAPABILITIES["textDocument"], "diagnostic": {"relatedDocumentSupport": True}},
    "workspace": {**CAPABILITIES["workspace"], "diagnostics": {"refreshSupport": True}},
}
"""What a client announces that is told what is found, and one that asks for it."""

_OPTIONS: Message = {"inlayHints": True, "workspaceDiagnostics": True}


class Server:
    """Servers that play one case after the other; a new one begins after each failure."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory()
        self._clients: dict[bool, Client] = {}

    def __enter__(self) -> Server:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        for client in self._clients.values():
            if kind is None:
                client.end()
            client.kill()
        self._folder.cleanup()

    @property
    def memory(self) -> int:
        """How much memory the servers have, in MB."""
        return sum(memory_of(client.process.pid) for client in self._clients.values())

    def check(self, case: Case) -> None:
        """Raise if anything that has to hold for a case does not."""
        asks = case.seed % 3 == 0
        try:
            try:
                self._play(case, asks=asks)
            except TooSlow:
                self._play(case, asks=asks)  # the first time, stubs may have been read
        except Failed:
            self._clients.pop(asks).kill()
            raise

    def _play(self, case: Case, *, asks: bool) -> None:
        client = self._clients.get(asks) or self._begun(asks=asks)
        play = Play(client, Random(case.seed), ASKS if asks else TOLD)
        for step in case.steps:
            play.step(*step)
        play.end()
        if log := client.logged():
            raise Failed("the server has something to log", log)

    def _begun(self, *, asks: bool) -> Client:
        folder = Path(self._folder.name).resolve() / ("asks" if asks else "told")
        folder.mkdir(exist_ok=True)
        (folder / "pyproject.toml").touch()
        client = self._clients[asks] = Client(folder, ASKS if asks else TOLD, _OPTIONS)
        return client
