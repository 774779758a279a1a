"""Inlay hints by the real server process."""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path

import pytest
from lsp_editor import CAPABILITIES, PATIENCE, editor
from lsprotocol import types as lsp
from pygls.exceptions import JsonRpcMethodNotFound

pytestmark = pytest.mark.asyncio

CODE = """\
async def fetch(n: int) -> int:
    return n


async def main():
    'é木😋'; x = fetch(1)
    await x
"""
EVERYTHING = lsp.Range(lsp.Position(0, 0), lsp.Position(100, 0))


async def test_hints_where_the_user_wants_them(tmp_path: Path) -> None:
    async with editor(tmp_path, settings={"inlayHints": True}) as window:
        await window.open("x.py", CODE)
        (hint,) = await window.hints("x.py", EVERYTHING)
        assert (hint.position, hint.label) == (lsp.Position(5, 24), "-> coroutine of int")
        assert (hint.kind, hint.padding_left) == (lsp.InlayHintKind.Type, True)
        assert await window.hints("x.py", lsp.Range(lsp.Position(0, 0), lsp.Position(4, 0))) == []
        assert await window.hints("unknown.py", EVERYTHING) == []
        assert window.client.messages == []


async def test_hints_are_off_by_default_and_come_when_they_are_switched_on(tmp_path: Path) -> None:
    capabilities = {**CAPABILITIES, "workspace": {**CAPABILITIES["workspace"], "inlayHint": {"refreshSupport": True}}}
    async with editor(tmp_path, capabilities=capabilities) as window:
        refreshed = asyncio.Event()
        window.client.feature(lsp.WORKSPACE_INLAY_HINT_REFRESH)(partial(lambda _: refreshed.set()))
        await window.open("x.py", CODE)
        assert await window.hints("x.py", EVERYTHING) == []
        refreshed.clear()
        window.client.set_configuration({"inlayHints": True}, section="coroscope")
        window.client.workspace_did_change_configuration(lsp.DidChangeConfigurationParams(None))
        await asyncio.wait_for(refreshed.wait(), PATIENCE)
        assert len(await window.hints("x.py", EVERYTHING)) == 1


async def test_a_client_that_shows_no_hints_is_offered_none(tmp_path: Path) -> None:
    async with editor(tmp_path, capabilities={}, settings={"inlayHints": True}) as window:
        window.client.text_document_did_open(
            lsp.DidOpenTextDocumentParams(lsp.TextDocumentItem(window.uri("x.py"), "python", 1, CODE))
        )
        with pytest.raises(JsonRpcMethodNotFound):
            await window.hints("x.py", EVERYTHING)
