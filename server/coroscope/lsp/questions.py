"""What the client asks about an open document: each question is put to the worker, and can be cancelled."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import TypeVar

from lsprotocol import types as lsp
from pygls.exceptions import JsonRpcContentModified

from coroscope.lsp import actions, completion, hierarchy, hover, inlay
from coroscope.lsp.client import Client
from coroscope.lsp.convert import Converter, wanted
from coroscope.lsp.documents import Document, Documents
from coroscope.lsp.worker import Worker
from coroscope.lsp.workspace import Analysis, Workspace

R = TypeVar("R")


class Questions:
    """One method a question. What is asked of a document that is not open has no answer."""

    def __init__(self, client: Client, documents: Documents, worker: Worker, workspace: Workspace) -> None:
        self._client = client
        self._documents = documents
        self._worker = worker
        self._workspace = workspace

    async def hover(self, params: lsp.HoverParams) -> lsp.Hover | None:
        """What is to be said about a place."""
        return await self._ask(params.text_document.uri, lambda analysis: hover.hover(analysis, self._client, params))

    async def code_actions(self, params: lsp.CodeActionParams) -> list[lsp.CodeAction] | None:
        """The fixes for what is found in a range."""
        only = params.context.only
        if not self._client.code_actions or not (wanted("quickfix", only) or wanted("refactor", only)):
            return []
        return await self._ask(
            params.text_document.uri,
            lambda analysis: actions.actions(analysis, self._client, Converter.of(self._client, analysis), params),
        )

    async def resolve_action(self, action: lsp.CodeAction) -> lsp.CodeAction:
        """The edits of a fix that the user picked."""
        done = await self._ask(
            actions.document_of(action),
            lambda analysis: actions.resolved(analysis, Converter.of(self._client, analysis), action),
        )
        if done is None:
            raise JsonRpcContentModified("The document is no longer open.")
        return done

    async def complete(self, params: lsp.CompletionParams) -> list[lsp.CompletionItem] | None:
        """What `.await` stands for, if that is what may be typed at a place."""
        return await self._ask(
            params.text_document.uri, lambda analysis: completion.completions(analysis, self._client, params)
        )

    async def inlay_hints(self, params: lsp.InlayHintParams) -> list[lsp.InlayHint] | None:
        """What calls in a range make, where the user wants to see that."""
        return await self._ask(
            params.text_document.uri,
            lambda analysis: (
                inlay.hints(analysis, self._client, params) if self._workspace.wants_hints(analysis) else []
            ),
        )

    async def prepare_hierarchy(self, params: lsp.CallHierarchyPrepareParams) -> list[lsp.CallHierarchyItem] | None:
        """The function at a place, to be asked who calls it and what it calls."""
        return await self._ask(
            params.text_document.uri,
            lambda analysis: hierarchy.prepared(analysis, self._client, Converter.of(self._client, analysis), params),
        )

    async def outgoing_calls(
        self, params: lsp.CallHierarchyOutgoingCallsParams
    ) -> list[lsp.CallHierarchyOutgoingCall] | None:
        """What a function calls, with what waits."""
        return await self._ask(
            hierarchy.document_of(params.item),
            lambda analysis: hierarchy.outgoing(analysis, Converter.of(self._client, analysis), params.item),
        )

    async def incoming_calls(
        self, params: lsp.CallHierarchyIncomingCallsParams
    ) -> list[lsp.CallHierarchyIncomingCall] | None:
        """Who calls a function, with what that does to event loops; one file after the other."""
        uri = hierarchy.document_of(params.item)
        document = self._documents.get(uri)
        callers = await self._ask(
            uri, lambda analysis: hierarchy.incoming(analysis, Converter.of(self._client, analysis), params.item)
        )
        if document is None or callers is None:
            return None
        return [call for calls in await self._all(document, callers) for call in calls]

    async def _ask(self, uri: str, question: Callable[[Analysis], R]) -> R | None:
        """Put a question about a document to the worker; None if it is not open."""
        document = self._documents.get(uri)
        return None if document is None else await self._do(document, lambda: question(self._analysis(document)))

    async def _all(self, document: Document, parts: Iterator[R]) -> list[R]:
        """What the worker makes part by part, so that others get their turn, and nothing more if this is cancelled."""
        found: list[R] = []
        while (part := await self._do(document, lambda: next(parts, None))) is not None:
            found.append(part)
        return found

    async def _do(self, document: Document, job: Callable[[], R]) -> R:
        """What a job in the worker's thread makes, if the document is still what it was."""

        def checked() -> R:
            _require(self._documents.current(document))
            return job()

        return await asyncio.wrap_future(self._worker.submit(checked))

    def _analysis(self, document: Document) -> Analysis:
        """What is found in a document, in the worker's thread, if it is still what it was when that began."""
        analysis = self._workspace.analysis(document)
        _require(analysis.document is document)
        return analysis


def _require(is_current: bool) -> None:
    if not is_current:
        raise JsonRpcContentModified("The document was edited since.")
