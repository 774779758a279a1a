"""Call hierarchies by the real server process: how a call that stops the event loop is reached."""

from __future__ import annotations

from pathlib import Path

import pytest
from lsp_editor import Editor, editor
from lsprotocol import types as lsp
from pygls.exceptions import JsonRpcException, JsonRpcMethodNotFound

pytestmark = pytest.mark.asyncio

STORE = """\
import time


class Store:
    def __init__(self):
        self.load()

    def load(self):
        return fetch("é木😋"), fetch("")


def fetch(name):
    time.sleep(1)
"""
APP = """\
from store import Store, fetch as get


async def report(store: Store):
    'é木😋', store.load()
    await other()


async def other():
    Store()


def plain():
    get("")
    return other()


plain()
"""
STOPS = "async: time.sleep stops its event loop"


async def prepare(window: Editor, name: str, text: str) -> lsp.CallHierarchyItem | None:
    """The item for where a text begins."""
    source = window.documents[name].source
    where = window.columns.position_out(source, source.position(source.text.index(text)))
    identifier = lsp.TextDocumentIdentifier(window.uri(name))
    found = await window.client.text_document_prepare_call_hierarchy_async(
        lsp.CallHierarchyPrepareParams(identifier, where)
    )
    return found[0] if found else None


async def outgoing(window: Editor, item: lsp.CallHierarchyItem) -> list[tuple[str, str | None, list[str]]]:
    """What a function calls: the name, the detail, and the texts that call."""
    found = await window.client.call_hierarchy_outgoing_calls_async(lsp.CallHierarchyOutgoingCallsParams(item))
    return [(one.to.name, one.to.detail, texts(window, item.uri, one.from_ranges)) for one in found or ()]


async def incoming(window: Editor, item: lsp.CallHierarchyItem) -> list[tuple[str, str | None, list[str]]]:
    """Who calls a function, in the same way."""
    found = await window.client.call_hierarchy_incoming_calls_async(lsp.CallHierarchyIncomingCallsParams(item))
    return [(one.from_.name, one.from_.detail, texts(window, one.from_.uri, one.from_ranges)) for one in found or ()]


def texts(window: Editor, uri: str, ranges: object) -> list[str]:
    document = next(document for document in window.documents.values() if document.uri == uri)
    assert isinstance(ranges, (list, tuple))
    spans = [document.source.span(window.columns.range_in(document.source, range_)) for range_ in ranges]
    return [document.source.text[slice(*span)] for span in spans]


async def test_from_a_blocking_call_up_to_async_code_and_down_again(tmp_path: Path) -> None:
    (tmp_path / "store.py").write_text(STORE, "utf-8")
    async with editor(tmp_path) as window:
        await window.open("app.py", APP)
        await window.open("store.py", STORE)
        fetch = await prepare(window, "store.py", "fetch(name)")
        assert fetch is not None
        assert (fetch.name, fetch.detail, fetch.kind) == ("fetch", "waits for time.sleep", lsp.SymbolKind.Function)
        assert texts(window, fetch.uri, [fetch.selection_range]) == ["fetch"]
        assert await outgoing(window, fetch) == [("time.sleep", "waits for time.sleep", ["sleep"])]
        assert await incoming(window, fetch) == [
            ("load", "waits for time.sleep", ["fetch", "fetch"]),
            ("plain", "waits for time.sleep", ["get"]),
        ]

        load = await prepare(window, "store.py", "load(self)")
        assert load is not None
        assert (load.kind, load.detail) == (lsp.SymbolKind.Method, "waits for time.sleep")
        assert await incoming(window, load) == [
            ("__init__", "waits for time.sleep", ["load"]),
            ("report", STOPS, ["load"]),
        ]

        report = await prepare(window, "app.py", "report(")
        assert report is not None
        assert await outgoing(window, report) == [
            ("load", "waits for time.sleep", ["load"]),
            ("other", STOPS, ["other"]),
        ]
        assert await incoming(window, report) == []


async def test_from_where_a_function_is_used(tmp_path: Path) -> None:
    (tmp_path / "store.py").write_text(STORE, "utf-8")
    async with editor(tmp_path) as window:
        await window.open("app.py", APP)
        load = await prepare(window, "app.py", "load()")
        assert load is not None
        assert load.uri == window.uri("store.py")
        made = await prepare(window, "app.py", "Store()")
        assert made is not None
        assert made.name == "Store"
        assert await incoming(window, made) == [("other", STOPS, ["Store"])]
        assert await prepare(window, "app.py", "import") is None
        plain = await prepare(window, "app.py", "plain():")
        assert plain is not None
        assert await incoming(window, plain) == [("app", None, ["plain"])]

        with pytest.raises(JsonRpcException):
            await incoming(window, lsp.CallHierarchyItem("x", load.kind, load.uri, load.range, load.selection_range))
        window.close("app.py")
        assert await incoming(window, load) == []


async def test_a_client_without_hierarchies_is_offered_none(tmp_path: Path) -> None:
    async with editor(tmp_path, capabilities={}) as window:
        nowhere = lsp.Range(lsp.Position(0, 0), lsp.Position(0, 1))
        item = lsp.CallHierarchyItem("x", lsp.SymbolKind.Function, window.uri("x.py"), nowhere, nowhere)
        with pytest.raises(JsonRpcMethodNotFound):
            await incoming(window, item)
