"""The notebooks that the client has open: the texts of their cells, together one document.

A notebook is analysed as one text (`coroscope.cells`), and the client knows it by its cells, each of which is a text of
its own with its own URI, version and lines. What is not Python, and prose, has no part in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from lsprotocol import types as lsp

from coroscope.cells import Cell, cell_at, edits_in_cells, joined, line_of_mark
from coroscope.findings import TextEdit
from coroscope.lsp.documents import Document
from coroscope.lsp.paths import file_path
from coroscope.lsp.positions import Columns
from coroscope.source import Position, Range, Source


@dataclass(frozen=True, eq=False)
class Notebook(Document):
    """One version of one open notebook; `texts` are its texts in Python by URI, whether a cell of code or not."""

    cells: Sequence[lsp.NotebookCell] = ()
    texts: Mapping[str, Document] = field(default_factory=dict)

    @classmethod
    def begun(cls, params: lsp.DidOpenNotebookDocumentParams) -> Notebook:
        """A notebook as `notebookDocument/didOpen` describes it."""
        notebook = params.notebook_document
        path = file_path(notebook.uri)
        texts = _python(params.cell_text_documents)
        return cls._joined(notebook.uri, notebook.version, path, tuple(notebook.cells), texts)

    def updated(self, version: int, change: lsp.NotebookDocumentCellChanges, columns: Columns) -> Notebook:
        """This notebook after cells came, went, moved or were edited; itself, if its code stays what it is."""
        cells, texts = list(self.cells), dict(self.texts)
        if structure := change.structure:
            array = structure.array
            cells[array.start : array.start + array.delete_count] = array.cells or ()
            for closed in structure.did_close or ():
                texts.pop(closed.uri, None)
            texts.update(_python(structure.did_open or ()))
        news = {cell.document: cell for cell in change.data or ()}
        cells = [news.get(cell.document, cell) for cell in cells]
        for content in change.text_content or ():
            if text := texts.get(content.document.uri):
                texts[text.uri] = text.changed(content.document.version, content.changes, columns)
        made = self._joined(self.uri, version, self.path, tuple(cells), texts)
        return self if made._state == self._state else made

    @classmethod
    def _joined(
        cls,
        uri: str,
        version: int,
        path: Path | None,
        cells: Sequence[lsp.NotebookCell],
        texts: Mapping[str, Document],
    ) -> Notebook:
        code = [Cell(number, texts[name].source.text) for number, name in _code(cells, texts)]
        return cls(uri, version, Source(joined(code), str(path or uri)), path, cells, texts)

    @property
    def _state(self) -> object:
        """All that counts: what only the client needs to know, as what was run when, is no edit."""
        return self._code, self.versions, self.source.text

    @property
    def _code(self) -> list[tuple[int, str]]:
        return _code(self.cells, self.texts)

    @property
    def versions(self) -> Mapping[str, int]:
        """The cells of code, and what version each of them has."""
        return {name: self.texts[name].version for _, name in self._code}

    def position_in(self, columns: Columns, uri: str, position: lsp.Position) -> Position:
        """The client's position in a cell; one behind the end of the cell is at its end."""
        number = next((number for number, name in self._code if name == uri), 0)
        if not number:
            return Position(1, 1)
        cell = self.texts[uri].source
        last = len(cell.line_starts)
        line, column = columns.position_in(cell, position) if position.line < last else (last, len(cell.line(last)) + 1)
        return Position(line_of_mark(self.source, number) + line, column)

    def location(self, columns: Columns, range_: Range) -> lsp.Location:
        """The cell in which a range begins, and the range within it."""
        number, mark = cell_at(self.source, range_.start.line) or (0, 0)
        start, end = (columns.position_out(self.source, place) for place in range_)
        return lsp.Location(
            self._name(number),
            lsp.Range(lsp.Position(start.line - mark, start.character), lsp.Position(end.line - mark, end.character)),
        )

    def edits_out(self, columns: Columns, edits: Sequence[TextEdit]) -> Mapping[str, list[lsp.TextEdit]]:
        """Edits by the cell that each is made in."""
        by_cell: dict[str, list[lsp.TextEdit]] = {}
        for edit in edits_in_cells(self.source, edits):
            name = self._name(edit.cell or 0)
            range_ = columns.range_out(self.texts[name].source, edit.range)
            by_cell.setdefault(name, []).append(lsp.TextEdit(range_, edit.text))
        return by_cell

    def _name(self, number: int) -> str:
        return self.cells[number - 1].document


def _code(cells: Sequence[lsp.NotebookCell], texts: Mapping[str, Document]) -> list[tuple[int, str]]:
    """The cells of Python code: the number of each among all cells, counted from 1, and its URI."""
    return [
        (number, cell.document)
        for number, cell in enumerate(cells, 1)
        if cell.kind == lsp.NotebookCellKind.Code and cell.document in texts
    ]


def _python(items: Iterable[lsp.TextDocumentItem]) -> dict[str, Document]:
    return {item.uri: Document.opened(item) for item in items if item.language_id.lower() == "python"}
