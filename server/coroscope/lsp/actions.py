"""Code actions: the fixes for the findings in a range, and their edits once the user picks one."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice

from lsprotocol import types as lsp
from pygls.exceptions import JsonRpcContentModified, JsonRpcInvalidParams

from coroscope.lsp.client import Client
from coroscope.lsp.convert import Converter, wanted
from coroscope.lsp.workspace import Analysis
from coroscope.source import Position, Range

_MOST_FINDINGS = 200


def actions(
    analysis: Analysis, client: Client, converter: Converter, asked: lsp.CodeActionParams
) -> list[lsp.CodeAction]:
    """An action for each fix of a finding that the range touches, as far as the client wants its kind.

    These are for people to choose from, so that those of the first findings will do.
    """
    from coroscope import engine

    range_ = analysis.document.range_in(client.columns, asked.text_document.uri, asked.range)
    touched = (one for one in analysis.findings if one.range.start <= range_.end and range_.start <= one.range.end)
    return [
        converter.action(finding, fix, edits=not client.resolves_edits)
        for finding in islice(touched, _MOST_FINDINGS)
        for fix in engine.fixes(analysis.module, finding)
        if wanted(fix.kind, asked.context.only)
    ]


def resolved(analysis: Analysis, converter: Converter, action: lsp.CodeAction) -> lsp.CodeAction:
    """The action with its edits, made from what its `data` says alone.

    Raises `JsonRpcContentModified` if they were meant for a text that is no more.
    """
    from coroscope import engine

    data = _data(action)
    if data.get("version") != analysis.document.version:
        raise JsonRpcContentModified("The document was edited since this fix was offered.")
    line, column, end_line, end_column = _numbers(data.get("range"))
    range_ = Range(Position(line, column), Position(end_line, end_column))
    for finding in analysis.findings:
        if finding.rule == data.get("rule") and finding.range == range_:
            for fix in engine.fixes(analysis.module, finding):
                if fix.title == data.get("title"):
                    action.edit = converter.workspace_edit(fix.edits())
                    return action
    raise JsonRpcContentModified("What this fix was offered for is no longer found.")


def document_of(action: lsp.CodeAction) -> str:
    """The URI of the document that an action belongs to; raises `JsonRpcInvalidParams` if it is none of ours."""
    uri = _data(action).get("uri")
    if not isinstance(uri, str):
        raise JsonRpcInvalidParams("This code action was not made by coroscope.")
    return uri


def _data(action: lsp.CodeAction) -> Mapping[str, object]:
    if not isinstance(action.data, Mapping):
        raise JsonRpcInvalidParams("This code action was not made by coroscope.")
    return action.data


def _numbers(value: object) -> tuple[int, int, int, int]:
    match value:
        case [int(line), int(column), int(end_line), int(end_column)]:
            return line, column, end_line, end_column
    raise JsonRpcInvalidParams("This code action was not made by coroscope.")
