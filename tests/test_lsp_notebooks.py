"""Notebooks in the editor: cells that come, go, move and are edited, and what is said in which of them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from lsp_editor import CAPABILITIES, Editor, editor
from lsprotocol import types as lsp

pytestmark = pytest.mark.asyncio(loop_scope="module")

DEFINED = "async def save():\n    return 1"
NOTEBOOKS = {**CAPABILITIES, "notebookDocument": {"synchronization": {}}}
CODE, PROSE = lsp.NotebookCellKind.Code, lsp.NotebookCellKind.Markup


class Book:
    """A notebook that is open in an editor."""

    def __init__(self, window: Editor, name: str, *texts: str) -> None:
        self.window, self.uri, self.version = window, window.uri(name), 1
        self.items = [self.item(number, text) for number, text in enumerate(texts)]
        self.versions = {item.uri: 1 for item in self.items}
        cells = [self.cell(item) for item in self.items]
        window.client.notebook_document_did_open(
            lsp.DidOpenNotebookDocumentParams(lsp.NotebookDocument(self.uri, "jupyter-notebook", 1, cells), self.items)
        )

    def item(self, number: int, text: str) -> lsp.TextDocumentItem:
        language = "markdown" if text.startswith("#") else "python"
        return lsp.TextDocumentItem(f"vscode-notebook-cell:{self.uri[5:]}#W{number}", language, 1, text)

    def cell(self, item: lsp.TextDocumentItem) -> lsp.NotebookCell:
        return lsp.NotebookCell(CODE if item.language_id == "python" else PROSE, item.uri)

    def change(self, cells: lsp.NotebookDocumentCellChanges) -> None:
        self.version += 1
        identifier = lsp.VersionedNotebookDocumentIdentifier(self.version, self.uri)
        self.window.client.notebook_document_did_change(
            lsp.DidChangeNotebookDocumentParams(identifier, lsp.NotebookDocumentChangeEvent(cells=cells))
        )

    def write(self, number: int, change: lsp.TextDocumentContentChangeEvent) -> None:
        uri = self.items[number].uri
        self.versions[uri] += 1
        identifier = lsp.VersionedTextDocumentIdentifier(version=self.versions[uri], uri=uri)
        content = lsp.NotebookDocumentCellContentChanges(identifier, [change])
        self.change(lsp.NotebookDocumentCellChanges(text_content=[content]))

    def splice(self, start: int, deleted: int, *new: lsp.TextDocumentItem, is_move: bool = False) -> None:
        gone = [] if is_move else self.items[start : start + deleted]
        self.items[start : start + deleted] = new
        self.versions.update({item.uri: 1 for item in new if not is_move})
        array = lsp.NotebookCellArrayChange(start, deleted, [self.cell(item) for item in new])
        structure = lsp.NotebookDocumentCellChangeStructure(
            array, [] if is_move else list(new), [lsp.TextDocumentIdentifier(item.uri) for item in gone]
        )
        self.change(lsp.NotebookDocumentCellChanges(structure=structure))

    async def shown(self, number: int, *, after: int = 0) -> list[lsp.Diagnostic]:
        uri = self.items[number].uri
        return await self.window.wait(uri, self.versions[uri], after=after)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def window(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Editor]:
    async with editor(tmp_path_factory.mktemp("notebooks"), capabilities=NOTEBOOKS) as window:
        yield window


async def test_cells_share_a_scope_and_have_lines_of_their_own(window: Editor) -> None:
    book = Book(window, "a.ipynb", "# Prose", DEFINED, "x = 1\nawait save()", "y = 2\nz = 3\nsave()")
    assert await book.shown(1) == []
    assert await book.shown(2) == []
    (found,) = await book.shown(3)
    assert found.range == lsp.Range(lsp.Position(2, 0), lsp.Position(2, 6))
    places = [place.location for place in found.related_information or ()]
    assert lsp.Location(book.items[1].uri, lsp.Range(lsp.Position(0, 10), lsp.Position(0, 14))) in places
    assert book.items[0].uri not in {params.uri for params in window.published}

    (action, *_) = await window.actions(book.items[3].uri, found.range)
    resolved = await window.client.code_action_resolve_async(action)
    assert resolved.edit
    assert resolved.edit.document_changes
    (change,) = resolved.edit.document_changes
    assert isinstance(change, lsp.TextDocumentEdit)
    assert (change.text_document.uri, change.text_document.version) == (book.items[3].uri, 1)
    here = lsp.Position(2, 0)
    assert list(change.edits) == [lsp.TextEdit(lsp.Range(here, here), "await ")]

    text = await window.hover(book.items[3].uri, 2, 2)
    assert text is not None
    assert text.startswith(found.message)
    assert "CoroutineType[" in str(await window.hover(book.items[2].uri, 1, 8))
    assert await window.hover(book.items[0].uri, 0, 0) is None
    assert await window.hover(book.items[1].uri, 900, 900) is None
    assert await window.actions(book.items[2].uri, lsp.Range(here, lsp.Position(99, 0))) == []

    book.write(3, lsp.TextDocumentContentChangePartial(lsp.Range(here, here), "await "))
    assert await book.shown(3) == []


async def test_cells_come_go_and_move(window: Editor) -> None:
    book = Book(window, "b.ipynb", DEFINED, "save()")
    (found,) = await book.shown(1)
    before = len(window.published)
    book.splice(1, 0, book.item(7, "def save():\n    return 2"))
    assert await book.shown(2, after=before) == []

    # The same cell above the other definition: what it overwrote counts again.
    before, (moved,) = len(window.published), book.items[1:2]
    book.splice(1, 1, is_move=True)
    book.splice(0, 0, moved, is_move=True)
    assert await book.shown(2, after=before) == [found]

    before, last = len(window.published), book.items[2].uri
    book.splice(2, 1)
    assert await window.wait(last, None, after=before) == []


async def test_a_cell_that_becomes_prose_is_ignored(window: Editor) -> None:
    book = Book(window, "c.ipynb", DEFINED, "save()")
    assert len(await book.shown(1)) == 1
    before = len(window.published)
    book.change(lsp.NotebookDocumentCellChanges(data=[lsp.NotebookCell(PROSE, book.items[1].uri)]))
    assert await window.wait(book.items[1].uri, None, after=before) == []


async def test_an_unsaved_notebook_and_one_that_is_closed(window: Editor) -> None:
    book = Book(window, "untitled:Untitled-1.ipynb?jupyter-notebook", DEFINED, "save()")
    assert len(await book.shown(1)) == 1
    before = len(window.published)
    uris = [lsp.TextDocumentIdentifier(item.uri) for item in book.items]
    closed = lsp.DidCloseNotebookDocumentParams(lsp.NotebookDocumentIdentifier(book.uri), uris)
    window.client.notebook_document_did_close(closed)
    assert await window.wait(book.items[1].uri, None, after=before) == []
    assert await window.hover(book.items[1].uri, 0, 0) is None


async def test_notebooks_are_announced_to_those_who_have_them(tmp_path: Path) -> None:
    for capabilities, has_them in ((NOTEBOOKS, True), (CAPABILITIES, False)):
        async with editor(tmp_path, capabilities=capabilities) as window:
            announced = window.server.notebook_document_sync
            assert (announced is not None) is has_them


async def test_completion_hints_and_hierarchies_in_cells(tmp_path: Path) -> None:
    async with editor(tmp_path, capabilities=NOTEBOOKS, settings={"inlayHints": True}) as window:
        book = Book(window, "e.ipynb", DEFINED, "y = 1\nx = save()\nawait x", "z = save().")
        await book.shown(2)
        (item,) = await window.complete(book.items[2].uri, 0, 11)
        edit = lsp.TextEdit(lsp.Range(lsp.Position(0, 11), lsp.Position(0, 11)), "await save()")
        assert item.text_edit == edit
        everything = lsp.Range(lsp.Position(0, 0), lsp.Position(9, 0))
        (hint,) = await window.hints(book.items[1].uri, everything)
        assert (hint.position, hint.label) == (lsp.Position(1, 10), "-> coroutine of int")
        assert await window.hints(book.items[0].uri, everything) == []

        where = lsp.CallHierarchyPrepareParams(lsp.TextDocumentIdentifier(book.items[1].uri), lsp.Position(1, 5))
        (save,) = await window.client.text_document_prepare_call_hierarchy_async(where) or ()
        assert (save.name, save.uri) == ("save", book.items[0].uri)
        calls = await window.client.call_hierarchy_incoming_calls_async(lsp.CallHierarchyIncomingCallsParams(save))
        assert [call.from_.kind for call in calls or ()] == [lsp.SymbolKind.Module]
