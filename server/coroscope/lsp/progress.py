"""Progress of work that takes its time, told to clients that want to know."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lsprotocol import types as lsp

if TYPE_CHECKING:
    from coroscope.lsp.server import Server


class Progress:
    """The progress of one piece of work under the client's token; nothing is told where there is none."""

    def __init__(self, server: Server, token: lsp.ProgressToken | None) -> None:
        self._server = server
        self._token = token

    def begin(self, title: str, *, cancellable: bool = False) -> None:
        """The work begins."""
        self._tell({"kind": "begin", "title": title, "cancellable": cancellable})

    def report(self, message: str) -> None:
        """The work goes on."""
        self._tell({"kind": "report", "message": message})

    def end(self) -> None:
        """The work has ended, done or not."""
        self._tell({"kind": "end"})

    def _tell(self, value: dict[str, object]) -> None:
        if self._token is not None:
            self._server.protocol.send(lsp.PROGRESS, {"token": self._token, "value": value})
