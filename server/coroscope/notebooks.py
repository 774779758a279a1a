"""Notebooks as files: the code cells that a `.ipynb` has, and how they are put back into it.

The format is nbformat's, version 4 and 3, read leniently: what is no code cell with a text is passed over, and so is a
notebook, or a cell, of another language. What is put back changes the texts of the cells that have changed, and no
other byte: a text that was a list of lines stays one, laid out as it was.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple, TypeGuard

from coroscope.cells import Cell, cells_of, joined
from coroscope.source import SourceError

SUFFIX = ".ipynb"

_DECODER = json.JSONDecoder(strict=False)
_SPACE = re.compile(r"[ \t\r\n]*")
_LINE = re.compile(r"[^\n]*\n|[^\n]+")


def text_of(document: str, name: str) -> str:
    """The text of a notebook (see `coroscope.cells`) from its JSON.

    Raises `SourceError`, naming the file as `name`, for what is no notebook.
    """
    return joined(_code_cells(document, name))


def put_back(document: str, text: str, name: str) -> str:
    """A notebook's JSON with the texts of its code cells as they are in `text`."""
    before = {cell.number: cell.text for cell in _code_cells(document, name)}
    changed = {cell.number: cell.text for cell in cells_of(text) if before.get(cell.number) != cell.text}
    parts, at = [], 0
    for number, place in enumerate(_texts(document) if changed else (), 1):
        if place is not None and number in changed:
            parts += [document[at : place.start], _rewritten(document, place, changed[number])]
            at = place.end
    return "".join([*parts, document[at:]])


def _code_cells(document: str, name: str) -> Iterator[Cell]:
    if not document.strip():
        return  # which editors make, and take for a new notebook
    try:
        notebook = _DECODER.decode(document)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise SourceError(f"cannot read {name}: it is not valid JSON ({error.msg}, {where}).") from error
    except RecursionError as error:
        raise SourceError(f"cannot read {name}: its JSON is nested too deeply.") from error
    if not _is_object(notebook) or not any(isinstance(notebook.get(key), list) for key in ("cells", "worksheets")):
        raise SourceError(f"cannot read {name}: it is JSON, but not a notebook, which has a list of cells.")
    if not _is_python(notebook):
        return
    for number, cell in enumerate(_cells(notebook), 1):
        text = _text(cell) if _is_object(cell) else None
        if text is not None:
            yield Cell(number, text)


def _cells(notebook: Mapping[str, object]) -> Iterator[object]:
    """All cells: version 4 has one list of them, version 3 has one in each of its worksheets."""
    sheets = notebook.get("worksheets")
    for holder in [notebook, *(sheets if isinstance(sheets, list) else [])]:
        cells = holder.get("cells") if _is_object(holder) else None
        yield from cells if isinstance(cells, list) else []


def _text(cell: Mapping[str, object]) -> str | None:
    """The text of a code cell in Python; None for others."""
    editor = _object(_object(cell.get("metadata")).get("vscode"))
    languages = (cell.get("language"), editor.get("languageId"))
    if cell.get("cell_type") != "code" or not all(language in (None, "python") for language in languages):
        return None
    text = cell.get("source", cell.get("input"))
    if isinstance(text, list):
        text = "".join(line for line in text if isinstance(line, str))
    return text if isinstance(text, str) else None


def _is_python(notebook: Mapping[str, object]) -> bool:
    """Whether the notebook's language is Python, or is not said."""
    metadata = _object(notebook.get("metadata"))
    told = (_object(metadata.get("kernelspec")).get("language"), _object(metadata.get("language_info")).get("name"))
    return all("python" in language.lower() for language in told if isinstance(language, str))


def _object(value: object) -> Mapping[str, object]:
    return value if _is_object(value) else {}


def _is_object(value: object) -> TypeGuard[Mapping[str, object]]:
    return isinstance(value, dict)


class _Place(NamedTuple):
    """Where a value stands in a JSON text, and its key if it stands in an object."""

    key: str
    start: int
    end: int


def _texts(document: str) -> Iterator[_Place | None]:
    """Where the text of each cell stands; None for one without a text."""
    root = _SPACE.match(document).end()  # type: ignore[union-attr]  # it matches the empty text, too
    within = list(_within(document, root))
    sheets = [sheet for place in within if place.key == "worksheets" for sheet in _within(document, place.start)]
    for holder in [within, *([*_within(document, sheet.start)] for sheet in sheets)]:
        for place in holder:
            for cell in _within(document, place.start) if place.key == "cells" else ():
                texts = {one.key: one for one in _within(document, cell.start)}
                yield texts.get("source", texts.get("input"))


def _within(document: str, at: int) -> Iterator[_Place]:
    """The values in the object or the array that begins at an offset; none in what is neither."""
    if document[at] not in "{[":
        return
    is_object = document[at] == "{"
    at = _behind_space(document, at + 1)
    while document[at] not in "}]":
        key = ""
        if is_object:
            key, at = _DECODER.raw_decode(document, at)
            at = _behind_space(document, _behind_space(document, at) + 1)
        _, end = _DECODER.raw_decode(document, at)
        yield _Place(key, at, end)
        at = _behind_space(document, end)
        if document[at] == ",":
            at = _behind_space(document, at + 1)


def _behind_space(document: str, at: int) -> int:
    return _SPACE.match(document, at).end()  # type: ignore[union-attr]  # it matches the empty text, too


def _rewritten(document: str, place: _Place, text: str) -> str:
    """The JSON of a cell's new text, in the form that its old one has."""
    is_ascii = document.isascii()
    if document[place.start] != "[":
        return json.dumps(text, ensure_ascii=is_ascii)
    old = list(_within(document, place.start))
    known = {_DECODER.raw_decode(document, line.start)[0]: document[line.start : line.end] for line in old}
    lines = [known.get(line) or json.dumps(line, ensure_ascii=is_ascii) for line in _LINE.findall(text)]
    if not old:
        return f"[{', '.join(lines)}]"
    before, behind = document[place.start : old[0].start], document[old[-1].end : place.end]
    between = document[old[0].end : old[1].start] if len(old) > 1 else f",{before[1:] or ' '}"
    return before + between.join(lines) + behind
