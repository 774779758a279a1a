"""Call hierarchies, in which what stops an event loop is said link by link."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from lsprotocol import types as lsp
from pygls.exceptions import JsonRpcInvalidParams

from coroscope.lsp.client import Client
from coroscope.lsp.convert import Converter
from coroscope.lsp.workspace import Analysis
from coroscope.source import Range, SourceError

if TYPE_CHECKING:
    from coroscope.model.hierarchy import Function
    from coroscope.model.module import Module

_MOST_FILES = 200
"""So many files are looked at for calls of one function."""


class _Subject(NamedTuple):
    """What an item says of its function in its `data`; `uri` is the open document from which the user set out."""

    uri: str
    file: str
    qualname: str
    blocks: str


def prepared(
    analysis: Analysis, client: Client, converter: Converter, where: lsp.CallHierarchyPrepareParams
) -> list[lsp.CallHierarchyItem]:
    """The function whose name is at a place."""
    from coroscope.model.hierarchy import function_at

    document = analysis.document
    position = document.position_in(client.columns, where.text_document.uri, where.position)
    function = function_at(analysis.module, position)
    item = None if function is None else _item(function, document.uri, converter)
    return [] if item is None else [item]


def outgoing(
    analysis: Analysis, converter: Converter, item: lsp.CallHierarchyItem
) -> list[lsp.CallHierarchyOutgoingCall]:
    """What the function of an item calls."""
    from coroscope.model.hierarchy import calls_from

    subject = _subject(item)
    module = _module(analysis, subject.file)
    found = []
    for calls in [] if module is None else calls_from(module, subject.qualname):
        assert module is not None
        if to := _item(calls.function, subject.uri, converter):
            found.append(lsp.CallHierarchyOutgoingCall(to, _ranges(converter, module.path, calls.ranges)))
    return found


def incoming(
    analysis: Analysis, converter: Converter, item: lsp.CallHierarchyItem
) -> Iterator[list[lsp.CallHierarchyIncomingCall]]:
    """Who calls the function of an item, file by file."""
    from coroscope.model.hierarchy import calls_to

    subject = _subject(item)
    for module in _mentioning(analysis, item.name, subject.file):
        yield [
            lsp.CallHierarchyIncomingCall(caller, _ranges(converter, module.path, calls.ranges))
            for calls in calls_to(module, subject.qualname, subject.file, subject.blocks)
            if (caller := _item(calls.function, subject.uri, converter))
        ]


def document_of(item: lsp.CallHierarchyItem) -> str:
    """The URI of the document that an item belongs to; raises `JsonRpcInvalidParams` if it is none of ours."""
    return _subject(item).uri


def _item(function: Function, uri: str, converter: Converter) -> lsp.CallHierarchyItem | None:
    location = converter.location(function.path, function.range)
    if location is None:
        return None
    is_method = "." in function.qualname.replace(".<locals>.", "")
    kind = lsp.SymbolKind.Method if is_method else lsp.SymbolKind.Function
    return lsp.CallHierarchyItem(
        name=function.name,
        kind=kind if function.qualname else lsp.SymbolKind.Module,
        uri=location.uri,
        range=location.range,
        selection_range=location.range,
        detail=function.detail or None,
        data=_Subject(
            uri, function.file or "", function.qualname, "" if function.is_async else function.blocks
        )._asdict(),
    )


def _subject(item: lsp.CallHierarchyItem) -> _Subject:
    said = item.data if isinstance(item.data, Mapping) else {}
    values = [said.get(name) for name in _Subject._fields]
    texts = [value for value in values if isinstance(value, str)]
    if len(texts) != len(values):
        raise JsonRpcInvalidParams("This item was not made by coroscope.")
    return _Subject(*texts)


def _ranges(converter: Converter, path: str, ranges: Sequence[Range]) -> list[lsp.Range]:
    return [location.range for range_ in ranges if (location := converter.location(path, range_))]


def _mentioning(analysis: Analysis, name: str, file: str) -> Iterator[Module]:
    """The modules that may call a function: its own, those that are open, and those that mention its name."""
    mentioning = (source.path for source in analysis.project.mentions(name))
    seen: set[str] = set()
    for each in chain((file, analysis.module.file, *analysis.project.opened()), mentioning):
        if each in seen:
            continue
        seen.add(each)
        if module := _module(analysis, each):
            yield module
        if len(seen) == _MOST_FILES:
            return


def _module(analysis: Analysis, file: str) -> Module | None:
    """The module in a file; None if it cannot be read any more."""
    if file == analysis.module.file:
        return analysis.module
    try:
        return analysis.project.module(Path(file)) if file else None
    except SourceError:
        return None
