"""Diagnostics for clients that ask for them: for one document, or for the whole workspace.

A client that asks is sent none unasked. What it gets has a result id, made of the diagnostics themselves: who names the
id of what is there already is told that nothing has changed. When the world changes and not the text, the client is
asked to ask again.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping
from contextlib import aclosing
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from lsprotocol import types as lsp
from pygls.exceptions import JsonRpcException

from coroscope.lsp.documents import Document, Documents
from coroscope.lsp.paths import file_path, file_uri
from coroscope.lsp.progress import Progress
from coroscope.lsp.publisher import Diagnose, Diagnostics
from coroscope.lsp.worker import Worker
from coroscope.lsp.workspace import Analysis, Workspace

if TYPE_CHECKING:
    from coroscope.lsp.server import Server

Report = dict[str, Any]
"""A report of the protocol's as plain data."""

T = TypeVar("T")
_log = logging.getLogger(__name__)

_FILES_AT_ONCE = 64
_REPORTS_AT_ONCE = 32


class Puller:
    """Answers a client that asks, with the interface of the `Publisher` for what it need not be told.

    In the worker's thread `diagnose` says what is found in an open document, and `plain` what an analysis has found.
    """

    def __init__(
        self,
        server: Server,
        worker: Worker,
        documents: Documents,
        workspace: Workspace,
        *,
        diagnose: Diagnose,
        plain: Callable[[Analysis], Mapping[str, Diagnostics]],
        refreshes: bool,
    ) -> None:
        self._server = server
        self._worker = worker
        self._documents = documents
        self._workspace = workspace
        self._diagnose = diagnose
        self._plain = plain
        self._refreshes = refreshes
        self._refresh: asyncio.Task[None] | None = None
        self._outdated = False
        self._settings = 0
        self._found_in: set[str] = set()
        self._closed: dict[Path, tuple[object, Diagnostics]] = {}

    # When something changes

    def check(self, uri: str) -> None:
        """A document was opened or edited, of which the client knows: it asks by itself."""

    def check_all(self, *, urgent: bool = False) -> None:
        """What is around the documents has changed, or, if it is urgent, the settings: the client should ask again."""
        self._settings += urgent
        self._outdated = True
        if self._refreshes and self._refresh is None:
            self._refresh = asyncio.get_running_loop().create_task(self._ask_to_ask())

    def clear(self, uris: Iterable[str]) -> None:
        """Texts are no longer open: the client clears them by itself."""
        self._found_in.difference_update(uris)

    async def _ask_to_ask(self) -> None:
        """Ask the client to ask again, once for all that happens before it answers."""
        try:
            while self._outdated:
                self._outdated = False
                await self._server.workspace_diagnostic_refresh_async(None)
        except JsonRpcException as error:
            _log.info("the client does not refresh: %s", error)
        finally:
            self._refresh = None

    # When the client asks

    async def document(self, params: lsp.DocumentDiagnosticParams, *, related: bool) -> Report:
        """The report on one text, and on the others of its document where something is or was, if the client can."""
        uri = params.text_document.uri
        shown = await self._done(lambda: self._shown(uri), urgent=True)
        made = _report(shown.get(uri, []), params.previous_result_id)
        others = {text: found for text, found in shown.items() if text != uri and (found or text in self._found_in)}
        self._found_in.update(text for text, found in shown.items() if found)
        if related and others:
            made["relatedDocuments"] = {text: _report(found) for text, found in others.items()}
        return made

    async def workspace(self, params: lsp.WorkspaceDiagnosticParams) -> Report:
        """The reports on every file of the workspace, open or not, made whenever nothing else is to be done."""
        known = {previous.uri: previous.value for previous in params.previous_result_ids}
        progress = Progress(self._server, params.work_done_token)
        progress.begin("Checking the workspace")
        reports: list[Report] = []
        try:
            async with aclosing(self._sweep(known)) as sweep:
                async for report in sweep:
                    reports.append(report)
                    if len(reports) % _REPORTS_AT_ONCE == 0:
                        progress.report(f"up to {file_path(report['uri']) or report['uri']}")
                        reports = self._sent(params.partial_result_token, reports)
            return {"items": self._sent(params.partial_result_token, reports)}
        finally:
            progress.end()

    async def _sweep(self, known: Mapping[str, str]) -> AsyncGenerator[Report, None]:
        """Reports on all documents that are open, all files that are not, and all that the client knew and are gone."""
        settings, gone = self._settings, set(known)
        documents, files = self._documents.all(), self._workspace.files()
        for document in documents:
            for uri, found in (await self._done(partial(self._shown, document.uri))).items():
                gone.discard(uri)
                yield {**_report(found, known.get(uri)), "uri": uri, "version": document.versions.get(uri)}
        opened = {document.path for document in documents}
        while paths := await self._done(lambda: list(islice(files, _FILES_AT_ONCE))):
            for path in paths:
                uri = file_uri(path)
                gone.discard(uri)
                if path not in opened:
                    found = await self._done(partial(self._found_on_disk, path))
                    yield {**_report(found, known.get(uri)), "uri": uri, "version": None}
                if self._settings != settings:
                    raise _server_cancelled()
        for uri in sorted(gone):
            yield {**_report([]), "uri": uri, "version": None}

    def _sent(self, token: lsp.ProgressToken | None, reports: list[Report]) -> list[Report]:
        """Send reports ahead to who wants them; what is left for the answer."""
        if token is None:
            return reports
        if reports:
            self._server.protocol.send(lsp.PROGRESS, {"token": token, "value": {"items": reports}})
        return []

    async def _done(self, job: Callable[[], T], *, urgent: bool = False) -> T:
        """What a job in the worker's thread makes; whoever cancels this drops the job if it still waits."""
        return await asyncio.wrap_future(self._worker.submit(job, urgent=urgent))

    # In the worker's thread

    def _shown(self, uri: str) -> Mapping[str, Diagnostics]:
        """What is found in a document as it is now; in one that is not open, as it is on disk."""
        document: Document | None = self._documents.get(uri)
        if document:
            return self._diagnose(document)
        path = file_path(uri)
        return {uri: self._found_on_disk(path)} if path and path.suffix in (".py", ".pyi") else {}

    def _found_on_disk(self, path: Path) -> Diagnostics:
        basis = self._workspace.basis(path)
        known = self._closed.get(path)
        if known is None or known[0] != basis:
            analysis = self._workspace.closed(path)
            shown = self._plain(analysis) if analysis else {}
            known = self._closed[path] = (basis, [one for found in shown.values() for one in found])
        return known[1]


def _report(found: Diagnostics, known: str | None = None) -> Report:
    """The report on one text to somebody who knows the result of that id."""
    identity = hashlib.blake2b(json.dumps(found).encode(), digest_size=12).hexdigest()
    if identity == known:
        return {"kind": "unchanged", "resultId": identity}
    return {"kind": "full", "resultId": identity, "items": found}


def _server_cancelled() -> JsonRpcException:
    return JsonRpcException("The settings have changed.", lsp.LSPErrorCodes.ServerCancelled, {"retriggerRequest": True})
