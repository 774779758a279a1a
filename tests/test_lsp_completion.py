"""Completion of `.await` by the real server process."""

from __future__ import annotations

from pathlib import Path

import pytest
from coroscope.lsp.positions import Units
from lsp_editor import CAPABILITIES, Editor, editor
from lsprotocol import types as lsp
from pygls.exceptions import JsonRpcMethodNotFound

pytestmark = pytest.mark.asyncio

CODE = """\
async def fetch():
    return {}


async def main():
    x = fetch()
"""


def accept(window: Editor, name: str, item: lsp.CompletionItem) -> str:
    """The text of a document after an item was picked."""
    assert isinstance(item.text_edit, lsp.TextEdit)
    window.edit(name, [*(item.additional_text_edits or ()), item.text_edit])
    return window.documents[name].source.text


@pytest.mark.parametrize(("units", "shift"), [("utf-8", 9), ("utf-16", 4), ("utf-32", 3)])
async def test_await_behind_an_expression_wraps_it(tmp_path: Path, units: Units, shift: int) -> None:
    code = CODE.replace("x = fetch()", "'é木😋'; x = fetch()")
    character = 15 + 4 + shift
    async with editor(tmp_path, units=units) as window:
        await window.open("x.py", code)
        await window.replace("x.py", "= fetch()", "= fetch().")
        (item,) = await window.complete("x.py", 5, character + 1)
        assert (item.label, item.filter_text, item.detail) == ("await", "await", "dict[Any, Any]")
        assert item.insert_text_mode == lsp.InsertTextMode.AsIs
        window.type("x.py", "= fetch().", "= fetch().aw")
        (item,) = await window.complete("x.py", 5, character + 3)
        assert accept(window, "x.py", item) == code.replace("= fetch()", "= await fetch()")
        assert await window.diagnostics("x.py") == []
        assert await window.complete("x.py", 5, character) == []
        assert await window.complete("unknown.py", 5, character) == []


async def test_a_client_that_completes_nothing_is_offered_nothing(tmp_path: Path) -> None:
    document = {name: said for name, said in CAPABILITIES["textDocument"].items() if name != "completion"}
    async with editor(tmp_path, capabilities={**CAPABILITIES, "textDocument": document}) as window:
        await window.open("x.py", CODE.replace("= fetch()", "= fetch()."))
        with pytest.raises(JsonRpcMethodNotFound):
            await window.complete("x.py", 5, 16)
