"""The language server on standard input and output: pygls's features wired to a `Session`.

Three threads share the work. One reads messages, the loop thread does what they say and sends, and the worker
analyses; `Worker` is the only way from the loop to the worker, and futures the only way back.
"""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

from lsprotocol import types as lsp
from pygls.exceptions import JsonRpcException, JsonRpcInternalError
from pygls.lsp.server import LanguageServer

from coroscope import __version__
from coroscope.lsp import completion
from coroscope.lsp.protocol import Protocol, quiet_pygls
from coroscope.lsp.session import Session
from coroscope.lsp.transport import Output, listen, reserved_output

_log = logging.getLogger(__name__)

_SWITCH_INTERVAL = 0.0005

Features = dict[str, tuple[Callable[..., Any], object]]
"""What handles each method, and the options that we announce with it."""

_NOTEBOOKS = lsp.NotebookDocumentFilterWithNotebook(
    lsp.NotebookDocumentFilterNotebookType("jupyter-notebook"), [lsp.NotebookCellLanguage("python")]
)


def main() -> int:
    """Serve one client until it is done or gone; the exit status that the protocol asks for."""
    logging.basicConfig(stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    quiet_pygls()
    # While the worker analyses, a message should not wait for the interpreter's usual 5 ms, twice.
    sys.setswitchinterval(_SWITCH_INTERVAL)
    with reserved_output() as output:
        return asyncio.run(_serve(sys.stdin.fileno(), output))


class Server(LanguageServer):
    """pygls's server with our protocol, and with failures in the log instead of in the user's face."""

    protocol: Protocol

    def __init__(self) -> None:
        super().__init__(
            "coroscope",
            __version__,
            protocol_cls=Protocol,
            notebook_document_sync=lsp.NotebookDocumentSyncOptions([_NOTEBOOKS], save=True),
        )

    def report_server_error(self, error: Exception, source: type[Exception]) -> None:
        """Log a failure once; refusing a request is none."""
        if isinstance(error, JsonRpcInternalError) or not isinstance(error, JsonRpcException):
            _log.error("a message could not be handled", exc_info=True)


async def _serve(source: int, output: int) -> int:
    server = Server()
    session = Session(server)

    def introduced(params: lsp.InitializeParams) -> None:
        session.initialize(params)
        _offer(server, _questions(session))

    _offer(server, {lsp.INITIALIZE: (introduced, None), **_features(session)})
    loop = asyncio.get_running_loop()
    server.protocol.set_writer(Output(output, session.end))
    messages: asyncio.Queue[bytes | None] = asyncio.Queue()

    def receive(body: bytes | None) -> None:
        # The loop is closed when the client says more than `exit`.
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(messages.put_nowait, body)

    async def handle() -> None:
        while (body := await messages.get()) is not None:
            server.protocol.receive(body)
            # A request begins, and with that takes the document that it asks about, before the next message is read.
            await asyncio.sleep(0)
        session.end()

    listen(source, receive)
    handling = asyncio.create_task(handle())
    try:
        return await session.finished
    finally:
        handling.cancel()


def _offer(server: Server, features: Features) -> None:
    for method, (handler, options) in features.items():
        # A partial, because pygls puts attributes on what it is given, and a method takes none.
        server.feature(method, options)(partial(handler))


def _features(session: Session) -> Features:
    """What handles each method, and the options that we announce with it."""
    return {
        lsp.INITIALIZED: (session.initialized, None),
        lsp.SHUTDOWN: (session.shutdown, None),
        lsp.WINDOW_WORK_DONE_PROGRESS_CANCEL: (session.progress_cancelled, None),
        lsp.EXIT: (session.exit, None),
        lsp.TEXT_DOCUMENT_DID_OPEN: (session.opened, None),
        lsp.TEXT_DOCUMENT_DID_CHANGE: (session.changed, None),
        lsp.TEXT_DOCUMENT_DID_SAVE: (session.saved, None),
        lsp.TEXT_DOCUMENT_DID_CLOSE: (session.closed, None),
        lsp.NOTEBOOK_DOCUMENT_DID_OPEN: (session.notebook_opened, None),
        lsp.NOTEBOOK_DOCUMENT_DID_CHANGE: (session.notebook_changed, None),
        lsp.NOTEBOOK_DOCUMENT_DID_SAVE: (session.saved, None),
        lsp.NOTEBOOK_DOCUMENT_DID_CLOSE: (session.closed, None),
        lsp.WORKSPACE_DID_CHANGE_WATCHED_FILES: (session.watched, None),
        lsp.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS: (session.folders_changed, None),
        lsp.WORKSPACE_DID_CHANGE_CONFIGURATION: (session.configured, None),
    }


def _questions(session: Session) -> Features:
    """What can be asked, of which much is offered to those only who announced to know it."""
    client, questions = session.client, session.questions
    kinds = lsp.CodeActionOptions([lsp.CodeActionKind.QuickFix], resolve_provider=True)
    features: Features = {
        lsp.TEXT_DOCUMENT_HOVER: (questions.hover, None),
        lsp.TEXT_DOCUMENT_CODE_ACTION: (questions.code_actions, kinds),
        lsp.CODE_ACTION_RESOLVE: (questions.resolve_action, None),
    }
    if client.pulls:
        pulling = lsp.DiagnosticOptions(
            inter_file_dependencies=True,
            workspace_diagnostics=session.checks_workspace,
            identifier="coroscope",
            work_done_progress=True,
        )
        features[lsp.TEXT_DOCUMENT_DIAGNOSTIC] = (session.pull, pulling)
        if session.checks_workspace:
            features[lsp.WORKSPACE_DIAGNOSTIC] = (session.pull_all, None)
    if client.completion:
        features[lsp.TEXT_DOCUMENT_COMPLETION] = (questions.complete, lsp.CompletionOptions(list(completion.TRIGGERS)))
    if client.inlay_hints:
        features[lsp.TEXT_DOCUMENT_INLAY_HINT] = (questions.inlay_hints, None)
    if client.call_hierarchy:
        features[lsp.TEXT_DOCUMENT_PREPARE_CALL_HIERARCHY] = (questions.prepare_hierarchy, None)
        features[lsp.CALL_HIERARCHY_OUTGOING_CALLS] = (questions.outgoing_calls, None)
        features[lsp.CALL_HIERARCHY_INCOMING_CALLS] = (questions.incoming_calls, None)
    return features
