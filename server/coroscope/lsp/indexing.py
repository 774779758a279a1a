"""Reading the projects ahead while the user pauses, and showing how far that is where it takes long.

What rules want to know of a whole project is not waited for: a file is checked without, and again once all was read.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from lsprotocol import types as lsp
from pygls.exceptions import JsonRpcException

from coroscope.lsp.progress import Progress
from coroscope.lsp.worker import Worker
from coroscope.lsp.workspace import Workspace

if TYPE_CHECKING:
    from coroscope.lsp.server import Server

_FILES_AT_ONCE = 32
"""So many take some twenty milliseconds, which a keystroke may have to wait."""

_TOKEN = "coroscope-indexing"


class Indexing:
    """Reads on until all is read or the user has enough; `done` is called in the loop thread when all is read."""

    def __init__(self, server: Server, worker: Worker, workspace: Workspace, done: Callable[[], None]) -> None:
        self._server = server
        self._loop = asyncio.get_running_loop()
        self._worker = worker
        self._workspace = workspace
        self._done = done
        self._shows = False
        self._is_stopped = False
        self._files = 0
        self._creation: asyncio.Task[None] | None = None
        self._progress: Progress | None = None

    def start(self, *, shows: bool) -> None:
        """From now on read what is wanted, also if it was stopped before, and show how far it is if the client can."""
        self._shows = shows
        self._is_stopped = False

    def stop(self, token: lsp.ProgressToken) -> None:
        """The user cancels what has that token."""
        if token == _TOKEN:
            self._is_stopped = True
            self._end()

    def want(self) -> None:
        """Somebody asked too early; called in the worker's thread."""
        if not self._is_stopped:
            self._worker.submit(self._advance, key="index", urgent=False)

    def _advance(self) -> None:
        """Read some files more, in the worker's thread."""
        if self._is_stopped:
            return
        has_more = self._workspace.advance(_FILES_AT_ONCE)
        if has_more:
            self.want()
        # The loop is closed when the conversation ends meanwhile.
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._advanced, has_more)

    def _advanced(self, has_more: bool) -> None:
        self._files += _FILES_AT_ONCE
        if not has_more:
            self._end()
            self._done()
        elif self._progress:
            self._progress.report(f"{self._files} files")
        elif self._shows and self._creation is None and not self._is_stopped:
            self._creation = self._loop.create_task(self._create())

    async def _create(self) -> None:
        """Ask the client for a place to show progress in; what is read by then needs none."""
        try:
            await self._server.window_work_done_progress_create_async(lsp.WorkDoneProgressCreateParams(_TOKEN))
        except JsonRpcException:
            self._shows = False
            return
        self._progress = Progress(self._server, _TOKEN)
        self._progress.begin("Reading the project", cancellable=True)

    def _end(self) -> None:
        if self._creation:
            self._creation.cancel()
        if self._progress:
            self._progress.end()
        self._creation = self._progress = None
        self._files = 0
