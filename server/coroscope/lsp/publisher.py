"""Diagnostics: checks queued in the worker, results sent by the loop thread if they are still about the newest text."""

from __future__ import annotations

import logging
from asyncio import AbstractEventLoop
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future
from contextlib import suppress
from typing import Any

from coroscope.lsp.documents import Document, Documents
from coroscope.lsp.worker import Worker

_log = logging.getLogger(__name__)

Diagnostics = list[Any]
"""Diagnostics as plain data, ready to be sent."""

Diagnose = Callable[[Document], Mapping[str, Diagnostics]]
"""Called in the worker's thread; what is to be shown in each text of a document, by URI."""

Send = Callable[[str, int | None, Diagnostics], None]
"""Called in the loop thread with a URI, a version and what is to be shown."""


_Checked = tuple[Document, Mapping[str, Diagnostics]]


class Publisher:
    """Keeps what the client shows in step with the open documents."""

    def __init__(
        self, loop: AbstractEventLoop, worker: Worker, documents: Documents, diagnose: Diagnose, send: Send
    ) -> None:
        self._loop = loop
        self._worker = worker
        self._documents = documents
        self._diagnose = diagnose
        self._send = send
        self._sent: dict[str, tuple[int, Diagnostics]] = {}

    def check(self, uri: str) -> None:
        """Check a document that was opened or edited, now; then those that may depend on it, when the user pauses."""
        self._submit(uri, urgent=True)
        self.check_all(but=uri)

    def check_all(self, *, urgent: bool = False, but: str = "") -> None:
        """Check all documents but one: their text is the same, but what is around them may have changed."""
        for document in self._documents.all():
            if document.uri != but:
                self._submit(document.uri, urgent=urgent)

    def clear(self, uris: Iterable[str]) -> None:
        """Take back what is shown in texts that are no longer open."""
        for uri in uris:
            self._sent.pop(uri, None)
            self._send(uri, None, [])

    def _submit(self, uri: str, *, urgent: bool) -> None:
        def job() -> _Checked | None:
            document = self._documents.get(uri)
            return (document, self._diagnose(document)) if document else None

        def done(future: Future[_Checked | None]) -> None:
            # The loop is closed when the conversation ends while a check is under way.
            with suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._publish, uri, future)

        self._worker.submit(job, key=("check", uri), urgent=urgent).add_done_callback(done)

    def _publish(self, uri: str, future: Future[_Checked | None]) -> None:
        """Send a result, unless the document was edited or closed meanwhile or the client knows it already."""
        if future.cancelled():
            return
        if error := future.exception():
            _log.error("cannot check %s", uri, exc_info=error)
            return
        result = future.result()
        if result is None or not self._documents.current(result[0]):
            return
        document, shown = result
        versions = document.versions
        for text, diagnostics in shown.items():
            news = (versions[text], diagnostics)
            if self._sent.get(text) != news:
                self._sent[text] = news
                self._send(text, versions[text], diagnostics)
