"""One conversation with one client: what is open, what was configured, and what each message does.

Everything here runs in the loop thread and is quick; what takes time is handed to the worker.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from lsprotocol import types as lsp

from coroscope.lsp import logs
from coroscope.lsp.client import Client
from coroscope.lsp.configuration import (
    SECTION,
    asked_options,
    read_options,
    wanted_registrations,
    wants_whole_workspace,
)
from coroscope.lsp.convert import Converter
from coroscope.lsp.documents import Document, Documents
from coroscope.lsp.garbage import Garbage
from coroscope.lsp.indexing import Indexing
from coroscope.lsp.notebooks import Notebook
from coroscope.lsp.paths import file_path, file_uri
from coroscope.lsp.processes import alive, gone
from coroscope.lsp.publisher import Diagnostics, Publisher
from coroscope.lsp.pulling import Puller, Report
from coroscope.lsp.questions import Questions
from coroscope.lsp.warming import warm_up
from coroscope.lsp.worker import Worker
from coroscope.lsp.workspace import Analysis, Workspace

if TYPE_CHECKING:
    from coroscope.lsp.projects import Options
    from coroscope.lsp.server import Server

_CONFIGURATION_PATIENCE = 1.0

_Named: TypeAlias = (
    lsp.DidSaveTextDocumentParams
    | lsp.DidSaveNotebookDocumentParams
    | lsp.DidCloseTextDocumentParams
    | lsp.DidCloseNotebookDocumentParams
)
_log = logging.getLogger(__name__)


class Session:
    """The state of the conversation; one method a message."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._loop = asyncio.get_running_loop()
        self.finished: asyncio.Future[int] = self._loop.create_future()
        self._client = Client()
        self._documents = Documents()
        self._worker = Worker()
        self._garbage = Garbage(self._worker)
        self._workspace = Workspace(self._documents, self._complain)
        self.questions = Questions(self._client, self._documents, self._worker, self._workspace)
        self._diagnostics: Publisher | Puller = Publisher(
            self._loop, self._worker, self._documents, self._diagnose, self._send
        )
        self._indexing = Indexing(server, self._worker, self._workspace, self._all_read)
        self._folders: dict[str, Path] = {}
        self._initial: Options = {}
        self._pushed: Options = {}
        self._applied: object = None
        self._ready = asyncio.Event()
        self._complaints: set[str] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._worker.submit(lambda: warm_up(server.protocol.plain))

    @property
    def client(self) -> Client:
        """The client, as it introduced itself."""
        return self._client

    @property
    def checks_workspace(self) -> bool:
        """Whether the client may ask for the findings of all files."""
        return wants_whole_workspace(self._initial)

    # The beginning and the end

    def initialize(self, params: lsp.InitializeParams) -> None:
        """The client introduces itself."""
        self._client = Client.introduced(params.capabilities)
        self.questions = Questions(self._client, self._documents, self._worker, self._workspace)
        if self._client.pulls:
            self._diagnostics = Puller(
                self._server,
                self._worker,
                self._documents,
                self._workspace,
                diagnose=self._diagnose,
                plain=self._plain,
                refreshes=self._client.refreshes_diagnostics,
            )
        folders = [folder.uri for folder in params.workspace_folders or ()]
        if params.workspace_folders is None and (params.root_uri or params.root_path):
            folders = [params.root_uri or file_uri(params.root_path or "")]
        self._folders = {uri: path for uri in folders if (path := file_path(uri))}
        self._initial = read_options(params.initialization_options)
        logs.set_level(self._initial.get("logLevel"))
        logs.log_to(self._loop, self._server.window_log_message)
        self._server.protocol.trace = params.trace or lsp.TraceValue.Off
        # Whether the client answers our questions about settings or not, nobody waits longer than this.
        self._loop.call_later(_CONFIGURATION_PATIENCE, self._begin)
        # A process that we can't see now, as from within a container, can't be watched.
        if params.process_id and alive(params.process_id):
            self._start(self._end_with(params.process_id))

    def initialized(self, _: lsp.InitializedParams) -> None:
        """The client is ready for our requests."""
        if registrations := wanted_registrations(self._client):
            self._server.client_register_capability(lsp.RegistrationParams(registrations))
        self._start(self._configure())

    def shutdown(self, _: object) -> None:
        """The client wants nothing any more, but that we go on listening."""
        self._worker.stop()

    def exit(self, _: object) -> None:
        """The client is done with us."""
        self.end()

    def end(self) -> None:
        """End the conversation: with 0 if the client asked us to shut down before, else with 1."""
        self._worker.stop()
        if not self.finished.done():
            self.finished.set_result(0 if self._server.protocol.shut_down else 1)

    # Documents

    def opened(self, params: lsp.DidOpenTextDocumentParams) -> None:
        """A document is open in the editor."""
        item = params.text_document
        # A cell alone, from a client that does not tell of notebooks, would be full of false alarms.
        is_cell = item.uri.startswith("vscode-notebook-cell:") or self._notebook(item.uri) is not None
        if item.language_id.lower() == "python" and not is_cell:
            self._documents.put(Document.opened(item))
            self._check(item.uri)

    def changed(self, params: lsp.DidChangeTextDocumentParams) -> None:
        """A document was edited."""
        identifier = params.text_document
        document = self._documents.get(identifier.uri)
        if document and document.uri == identifier.uri:
            self._documents.put(document.changed(identifier.version, params.content_changes, self._client.columns))
            self._check(identifier.uri)

    def saved(self, params: lsp.DidSaveTextDocumentParams | lsp.DidSaveNotebookDocumentParams) -> None:
        """A document was written to disk; clients that watch no files tell us no other way."""
        if path := file_path(_uri_of(params)):
            self._look_again([path])

    def closed(self, params: lsp.DidCloseTextDocumentParams | lsp.DidCloseNotebookDocumentParams) -> None:
        """A document is no longer open; from now on others see what is on disk."""
        uri = _uri_of(params)
        document = self._documents.get(uri)
        if document and document.uri == uri:
            self._documents.remove(uri)
            self._diagnostics.clear(document.versions)
            self._look_again([document.path] if document.path else [])

    def notebook_opened(self, params: lsp.DidOpenNotebookDocumentParams) -> None:
        """A notebook is open in the editor."""
        self._documents.put(Notebook.begun(params))
        self._check(params.notebook_document.uri)

    def notebook_changed(self, params: lsp.DidChangeNotebookDocumentParams) -> None:
        """Cells of a notebook came, went, moved or were edited."""
        identifier, cells = params.notebook_document, params.change.cells
        before = self._notebook(identifier.uri)
        if before is None or cells is None:
            return
        after = before.updated(identifier.version, cells, self._client.columns)
        if after is not before:
            self._documents.put(after)
            self._diagnostics.clear(before.versions.keys() - after.versions.keys())
            self._check(identifier.uri)

    def _notebook(self, uri: str) -> Notebook | None:
        """The open notebook that has this URI, or a cell that has it."""
        document = self._documents.get(uri)
        return document if isinstance(document, Notebook) else None

    # The world around

    def watched(self, params: lsp.DidChangeWatchedFilesParams) -> None:
        """Files changed on disk."""
        self._look_again([path for event in params.changes if (path := file_path(event.uri))])

    def folders_changed(self, params: lsp.DidChangeWorkspaceFoldersParams) -> None:
        """Workspace folders came or went."""
        for folder in params.event.removed:
            self._folders.pop(folder.uri, None)
        for folder in params.event.added:
            if path := file_path(folder.uri):
                self._folders[folder.uri] = path
        self._start(self._configure())

    def configured(self, params: lsp.DidChangeConfigurationParams) -> None:
        """The user changed settings."""
        settings = read_options(params.settings)
        self._pushed = read_options(settings.get(SECTION, settings))
        self._start(self._configure())

    def progress_cancelled(self, params: lsp.WorkDoneProgressCancelParams) -> None:
        """The user has enough of some work of ours."""
        self._indexing.stop(params.token)

    # Questions

    async def pull(self, params: lsp.DocumentDiagnosticParams) -> Report:
        """What is found in a document, for a client that announced to ask."""
        await self._ready.wait()
        assert isinstance(self._diagnostics, Puller)
        return await self._diagnostics.document(params, related=self._client.related_documents)

    async def pull_all(self, params: lsp.WorkspaceDiagnosticParams) -> Report:
        """What is found in all files of the workspace."""
        await self._ready.wait()
        assert isinstance(self._diagnostics, Puller)
        return await self._diagnostics.workspace(params)

    # In the worker's thread

    def _diagnose(self, document: Document) -> dict[str, Diagnostics]:
        analysis = self._workspace.analysis(document)
        self._garbage.analysed()
        self._trace(f"checked {document.uri}", f"version {document.version}, {len(analysis.findings)} findings")
        return self._plain(analysis)

    def _plain(self, analysis: Analysis) -> dict[str, Diagnostics]:
        if analysis.project.is_early:
            self._indexing.want()
        plain = self._server.protocol.plain
        shown = Converter.of(self._client, analysis).diagnostics(analysis.findings)
        return {uri: [plain(diagnostic) for diagnostic in diagnostics] for uri, diagnostics in shown.items()}

    def _trace(self, message: str, details: str) -> None:
        """Tell the client what happens here, if it wants to know."""
        if self._server.protocol.trace != lsp.TraceValue.Off:
            self._loop.call_soon_threadsafe(self._server.protocol.tell_trace, message, details)

    # In the loop thread again

    def _check(self, uri: str) -> None:
        if self._ready.is_set():
            self._diagnostics.check(uri)

    def _look_again(self, paths: Sequence[Path]) -> None:
        """Drop what is known of files, and check every open document in this light."""
        if paths:
            self._worker.submit(lambda: self._workspace.changed_on_disk(paths))
        if self._ready.is_set():
            self._diagnostics.check_all()

    def _all_read(self) -> None:
        """What was asked of whole projects can be answered now."""
        self._diagnostics.check_all()

    def _send(self, uri: str, version: int | None, diagnostics: Diagnostics) -> None:
        params: dict[str, object] = {"uri": uri, "diagnostics": diagnostics}
        if version is not None and self._client.diagnostic_versions:
            params["version"] = version
        self._server.protocol.send(lsp.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS, params)

    def _complain(self, sentence: str) -> None:
        """Show the user a sentence, once; from any thread."""

        def show() -> None:
            if sentence not in self._complaints:
                self._complaints.add(sentence)
                self._server.window_show_message(lsp.ShowMessageParams(lsp.MessageType.Warning, sentence))

        self._loop.call_soon_threadsafe(show)

    async def _configure(self) -> None:
        """Ask the client for its settings, if it can be asked, and go by them."""
        before, common = self._applied, {**self._initial, **self._pushed}
        asks = self._client.gives_configuration
        self._apply(await asked_options(self._server, dict(self._folders), common) if asks else {None: common})
        self._begin()
        if self._applied is not before and self._client.refreshes_hints:
            self._server.workspace_inlay_hint_refresh(None)

    def _apply(self, options: dict[Path | None, Options]) -> None:
        """Have the worker go by these settings and the present folders, if that is anything new."""
        news = (dict(self._folders), options)
        if news == self._applied:
            return
        self._applied = news
        self._complaints.clear()
        logs.set_level(options[None].get("logLevel"))
        self._indexing.start(shows=self._client.shows_progress)
        folders = list(self._folders.values())
        self._worker.submit(lambda: self._workspace.configure(folders, options))
        if self._ready.is_set():
            self._diagnostics.check_all(urgent=True)

    def _begin(self) -> None:
        """Start to check: not before we know the settings, lest findings flash up that the user switched off."""
        if self._ready.is_set():
            return
        if self._applied is None:
            self._apply({None: self._initial})
        self._ready.set()
        self._diagnostics.check_all(urgent=True)

    async def _end_with(self, process: int) -> None:
        await gone(process)
        _log.warning("the client's process is gone")
        self.end()

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        """Run a coroutine as a task that is kept until it is done."""
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _uri_of(params: _Named) -> str:
    """The URI of the text or notebook that a message is about."""
    if isinstance(params, (lsp.DidSaveNotebookDocumentParams, lsp.DidCloseNotebookDocumentParams)):
        return params.notebook_document.uri
    return params.text_document.uri
