"""How an editor tells of a text, and of a notebook, that it has another version."""

from __future__ import annotations

from random import Random

from coroscope.cells import cells_of
from coroscope.lsp.notebooks import Notebook
from coroscope.lsp.positions import Columns
from coroscope.source import Source, Span
from lsprotocol import types as lsp


def change(before: Source, text: str) -> lsp.TextDocumentContentChangePartial:
    """The smallest change that makes one text the other."""
    old = before.text
    most = min(len(old), len(text))
    start = next((at for at in range(most) if old[at] != text[at]), most)
    most -= start
    same = next((count for count in range(most) if old[-1 - count] != text[-1 - count]), most)
    # No position is within a line end.
    while start and old[start - 1 : start + 1] == "\r\n":
        start -= 1
    while same and old[len(old) - same - 1 : len(old) - same + 1] == "\r\n":
        same -= 1
    range_ = Columns().range_out(before, before.range(Span(start, len(old) - same)))
    return lsp.TextDocumentContentChangePartial(range_, text[start : len(text) - same])


def begun(random: Random, uri: str, text: str) -> lsp.DidOpenNotebookDocumentParams:
    """A notebook with the cells of a text, opened; some of its cells are prose."""
    items = [_item(random, uri, cell) for cell in _cells(text)]
    book = lsp.NotebookDocument(uri, "jupyter-notebook", 1, list(map(_cell, items)))
    return lsp.DidOpenNotebookDocumentParams(book, items)


def spliced(random: Random, before: Notebook, text: str) -> lsp.NotebookDocumentCellChanges:
    """The change that makes the Python cells of a notebook those of a text: one is edited, or some come for others."""
    new = _cells(text)
    uris = [cell.document for cell in before.cells]
    old = [before.texts[uri].source.text if uri in before.texts else None for uri in uris]
    most = min(len(old), len(new))
    start = next((at for at in range(most) if old[at] != new[at]), most)
    same = next((count for count in range(most - start) if old[-1 - count] != new[-1 - count]), most - start)
    if len(old) == len(new) == start + same + 1 and uris[start] in before.texts:
        edited = before.texts[uris[start]]
        identifier = lsp.VersionedTextDocumentIdentifier(version=edited.version + 1, uri=edited.uri)
        content = lsp.NotebookDocumentCellContentChanges(identifier, [change(edited.source, new[start])])
        return lsp.NotebookDocumentCellChanges(text_content=[content])
    items = [_item(random, before.uri, cell) for cell in new[start : len(new) - same]]
    gone = uris[start : len(uris) - same]
    array = lsp.NotebookCellArrayChange(start, len(gone), list(map(_cell, items)))
    closed = [lsp.TextDocumentIdentifier(uri) for uri in gone]
    return lsp.NotebookDocumentCellChanges(structure=lsp.NotebookDocumentCellChangeStructure(array, items, closed))


def _cells(text: str) -> list[str]:
    return [cell.text for cell in cells_of(text)] or [text]


def _item(random: Random, uri: str, text: str) -> lsp.TextDocumentItem:
    language = "markdown" if random.random() < 0.05 else "python"
    return lsp.TextDocumentItem(f"vscode-notebook-cell:{uri[5:]}#W{random.randrange(1 << 40):x}", language, 1, text)


def _cell(item: lsp.TextDocumentItem) -> lsp.NotebookCell:
    is_code = item.language_id == "python"
    return lsp.NotebookCell(lsp.NotebookCellKind.Code if is_code else lsp.NotebookCellKind.Markup, item.uri)
