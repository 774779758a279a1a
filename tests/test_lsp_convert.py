"""Our data as the protocol's."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from coroscope.findings import Finding, Fix, Related, TextEdit
from coroscope.lsp.client import Client
from coroscope.lsp.convert import Converter, wanted
from coroscope.lsp.documents import Document
from coroscope.lsp.positions import Columns
from coroscope.source import Position, Range, Source
from lsprotocol import types as lsp
from pygls.capabilities import get_capability
from pytest_lsp import client_capabilities

HERE = "file:///work%20shop/x.py"
OTHER = str(Path("/work shop/store.py"))
EVERYTHING = Client(
    diagnostic_versions=True,
    related_information=True,
    code_descriptions=True,
    diagnostic_data=True,
    unnecessary_tags=True,
    preferred_actions=True,
    resolves_edits=True,
    document_changes=True,
)


def at(line: int, column: int, end: int) -> Range:
    return Range(Position(line, column), Position(line, end))


def out(line: int, character: int, end: int) -> lsp.Range:
    return lsp.Range(lsp.Position(line, character), lsp.Position(line, end))


def converter(client: Client, *, opened: bool = False) -> Converter:
    document = Document.opened(lsp.TextDocumentItem(HERE, "python", 7, "x\n'😋'; save()\n"))
    other = Document.opened(lsp.TextDocumentItem("file:///work shop/store.py", "python", 3, "async def save(): ...\n"))
    texts = {OTHER: Source("async def save(): ...\n", OTHER)}
    return Converter(client, document, {OTHER: other} if opened else {}, texts.get)


def finding() -> Finding:
    path = str(Path("/work shop/x.py"))
    related = (Related(OTHER, at(1, 11, 15), "`save` is `async def`"), Related("/gone.py", at(1, 1, 2), "gone"))
    return Finding(
        "coroutine-never-awaited", path, at(2, 6, 12), "never awaited", "warning", related, "", "https://x/y"
    )


def test_a_client_that_shows_everything_gets_everything() -> None:
    diagnostic = converter(EVERYTHING).diagnostic(finding())
    assert diagnostic == lsp.Diagnostic(
        range=out(1, 6, 12),
        message="never awaited",
        severity=lsp.DiagnosticSeverity.Warning,
        code="coroutine-never-awaited",
        code_description=lsp.CodeDescription("https://x/y"),
        source="coroscope",
        related_information=[
            lsp.DiagnosticRelatedInformation(
                lsp.Location("file:///work%20shop/store.py", out(0, 10, 14)), "`save` is `async def`"
            )
        ],
        data={"rule": "coroutine-never-awaited"},
    )


def test_what_can_go_is_shown_faded_where_the_client_can() -> None:
    unused = replace(finding(), rule="unused-ignore", related=())
    assert converter(EVERYTHING).diagnostic(unused).tags == [lsp.DiagnosticTag.Unnecessary]
    assert converter(Client()).diagnostic(unused).tags is None
    code = Client.introduced(client_capabilities("visual-studio-code"))
    assert code.unnecessary_tags


def test_a_client_that_announced_nothing_gets_the_least() -> None:
    assert converter(Client()).diagnostic(finding()) == lsp.Diagnostic(
        range=out(1, 6, 12),
        message="never awaited",
        severity=lsp.DiagnosticSeverity.Warning,
        code="coroutine-never-awaited",
        source="coroscope",
    )


def test_columns_are_the_clients() -> None:
    in_bytes = converter(replace(EVERYTHING, columns=Columns("utf-8")))
    assert in_bytes.diagnostic(finding()).range == out(1, 8, 14)


def test_an_open_file_is_called_what_the_client_calls_it() -> None:
    (related,) = converter(EVERYTHING, opened=True).diagnostic(finding()).related_information or ()
    assert related.location.uri == "file:///work shop/store.py"


def fix() -> Fix:
    edits = [TextEdit(OTHER, at(1, 1, 7), ""), TextEdit(finding().path, at(2, 6, 6), "await ")]
    return Fix("Await it", lambda: edits, preferred=True)


def test_an_action_waits_to_be_resolved() -> None:
    action = converter(EVERYTHING).action(finding(), fix(), edits=False)
    assert (action.title, action.kind, action.is_preferred, action.edit) == ("Await it", "quickfix", True, None)
    assert [diagnostic.range for diagnostic in action.diagnostics or ()] == [out(1, 6, 12)]
    assert action.data == {
        "uri": HERE,
        "version": 7,
        "rule": "coroutine-never-awaited",
        "range": [2, 6, 2, 12],
        "title": "Await it",
    }


def test_edits_carry_versions_where_the_client_checks_them() -> None:
    edit = converter(EVERYTHING, opened=True).workspace_edit(fix().edits())
    assert edit.changes is None
    identifiers = [
        (change.text_document.uri, change.text_document.version, change.edits)
        for change in edit.document_changes or ()
        if isinstance(change, lsp.TextDocumentEdit)
    ]
    assert identifiers == [
        ("file:///work shop/store.py", 3, [lsp.TextEdit(out(0, 0, 6), "")]),
        (HERE, 7, [lsp.TextEdit(out(1, 6, 6), "await ")]),
    ]


def test_edits_for_a_simple_client() -> None:
    action = converter(Client()).action(finding(), fix(), edits=True)
    assert action.is_preferred is None
    assert action.edit == lsp.WorkspaceEdit(
        changes={
            "file:///work%20shop/store.py": [lsp.TextEdit(out(0, 0, 6), "")],
            HERE: [lsp.TextEdit(out(1, 6, 6), "await ")],
        }
    )


def test_kinds_that_a_client_asks_for() -> None:
    assert wanted("quickfix", None)
    assert wanted("quickfix", ["refactor", "quickfix"])
    assert wanted("quickfix", [""])
    assert wanted("refactor.rewrite", ["refactor"])
    assert not wanted("quickfix", ["refactor"])
    assert not wanted("quickfix", [])
    assert not wanted("refactoring", ["refactor"])


def test_real_clients() -> None:
    code = Client.introduced(client_capabilities("visual-studio-code"))
    assert code.columns.units == "utf-16"
    assert code.related_information
    assert code.code_descriptions
    assert code.resolves_edits
    assert code.preferred_actions
    assert code.document_changes
    assert code.registers_watchers
    neovim = client_capabilities("neovim")
    assert Client.introduced(neovim).related_information == get_capability(
        neovim, "text_document.publish_diagnostics.related_information"
    )
