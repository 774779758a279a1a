"""Clients that ask for diagnostics: about a document, about the workspace, and again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from coroscope.lsp.documents import Document
from lsp_editor import CAPABILITIES, PATIENCE, Editor, editor
from lsprotocol import types as lsp
from pygls.exceptions import JsonRpcMethodNotFound

pytestmark = pytest.mark.asyncio(loop_scope="module")

CODE = """\
async def save():
    pass


async def main():
    await save()
"""
WHOLE = {"workspaceDiagnostics": True}
FORGOTTEN = CODE.replace("await ", "")
PULLS: dict[str, Any] = {
    **CAPABILITIES,
    "textDocument": {**CAPABILITIES["textDocument"], "diagnostic": {"relatedDocumentSupport": True}},
    "workspace": {**CAPABILITIES["workspace"], "diagnostics": {"refreshSupport": True}},
    "notebookDocument": {"synchronization": {}},
}


class Puller:
    """A window whose client asks for diagnostics, and what it was asked and told."""

    def __init__(self, window: Editor) -> None:
        self.window = window
        self.refreshed = asyncio.Event()
        self.progress: list[Any] = []
        # In the place of what pytest-lsp does with them.
        features = window.client.protocol.fm.features
        features.update({lsp.WORKSPACE_DIAGNOSTIC_REFRESH: partial(self.refresh), lsp.PROGRESS: partial(self.told)})

    def refresh(self, _: None) -> None:
        self.refreshed.set()

    def told(self, params: lsp.ProgressParams) -> None:
        self.progress.append((params.token, params.value))

    def open(self, name: str, text: str) -> None:
        item = lsp.TextDocumentItem(self.window.uri(name), "python", 1, text)
        self.window.documents[name] = Document.opened(item)
        self.window.client.text_document_did_open(lsp.DidOpenTextDocumentParams(item))

    async def pull(self, name: str, known: str | None = None) -> lsp.DocumentDiagnosticReport:
        identifier = lsp.TextDocumentIdentifier(self.window.uri(name))
        params = lsp.DocumentDiagnosticParams(identifier, previous_result_id=known)
        return await asyncio.wait_for(self.window.client.text_document_diagnostic_async(params), PATIENCE)

    async def pull_all(self, known: dict[str, str] | None = None, **tokens: str) -> dict[str, Any]:
        previous = [lsp.PreviousResultId(uri, value) for uri, value in (known or {}).items()]
        params = lsp.WorkspaceDiagnosticParams(previous, **tokens)
        report = await asyncio.wait_for(self.window.client.workspace_diagnostic_async(params), PATIENCE)
        return {item.uri: item for item in report.items}

    async def found(self, name: str) -> list[lsp.Diagnostic]:
        report = await self.pull(name)
        assert isinstance(report, lsp.RelatedFullDocumentDiagnosticReport)
        return list(report.items)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def puller(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Puller]:
    async with editor(tmp_path_factory.mktemp("pulled"), capabilities=PULLS, options=WHOLE) as window:
        yield Puller(window)
        assert window.published == []


async def test_a_document_again_and_again(puller: Puller) -> None:
    puller.open("x.py", FORGOTTEN)
    first = await puller.pull("x.py")
    assert isinstance(first, lsp.RelatedFullDocumentDiagnosticReport)
    assert [found.range.start.line for found in first.items] == [5]
    again = await puller.pull("x.py", first.result_id)
    assert isinstance(again, lsp.RelatedUnchangedDocumentDiagnosticReport)
    assert again.result_id == first.result_id
    puller.window.type("x.py", "    save", "    await save")
    after = await puller.pull("x.py", first.result_id)
    assert isinstance(after, lsp.RelatedFullDocumentDiagnosticReport)
    assert list(after.items) == []


async def test_documents_that_nobody_has_open(puller: Puller) -> None:
    (puller.window.folder / "disk.py").write_text(FORGOTTEN)
    assert len(await puller.found("disk.py")) == 1
    assert await puller.found("gone.py") == []
    assert await puller.found("untitled:never-opened") == []


async def test_a_change_on_disk_makes_the_client_ask_again(puller: Puller) -> None:
    other = puller.window.folder / "other.py"
    other.write_text("def save(): ...\n")
    puller.open("asks.py", "import other\n\n\nasync def main():\n    other.save()\n")
    assert await puller.found("asks.py") == []
    puller.refreshed.clear()
    other.write_text("async def save():\n    pass\n")
    event = lsp.FileEvent(other.as_uri(), lsp.FileChangeType.Changed)
    puller.window.client.workspace_did_change_watched_files(lsp.DidChangeWatchedFilesParams([event]))
    await asyncio.wait_for(puller.refreshed.wait(), PATIENCE)
    assert len(await puller.found("asks.py")) == 1


async def test_settings_make_the_client_ask_again(puller: Puller) -> None:
    puller.open("set.py", FORGOTTEN)
    (found,) = await puller.found("set.py")
    for level, count in (("off", 0), ("error", 1)):
        puller.refreshed.clear()
        puller.window.client.set_configuration({"levels": {str(found.code): level}}, section="coroscope")
        puller.window.client.workspace_did_change_configuration(lsp.DidChangeConfigurationParams(None))
        await asyncio.wait_for(puller.refreshed.wait(), PATIENCE)
        assert len(await puller.found("set.py")) == count


async def test_the_cells_of_a_notebook_are_related_documents(puller: Puller) -> None:
    texts = ("async def save():\n    pass", "save()", "x = 1")
    items = [lsp.TextDocumentItem(f"cell:{number}", "python", 1, text) for number, text in enumerate(texts)]
    cells = [lsp.NotebookCell(lsp.NotebookCellKind.Code, item.uri) for item in items]
    notebook = lsp.NotebookDocument(puller.window.uri("n.ipynb"), "jupyter-notebook", 1, cells)
    puller.window.client.notebook_document_did_open(lsp.DidOpenNotebookDocumentParams(notebook, items))
    first = await puller.pull("cell:0")
    assert isinstance(first, lsp.RelatedFullDocumentDiagnosticReport)
    assert list(first.items) == []
    ((uri, related),) = (first.related_documents or {}).items()
    assert isinstance(related, lsp.FullDocumentDiagnosticReport)
    assert (uri, len(related.items)) == ("cell:1", 1)
    own = await puller.pull("cell:1", related.result_id)
    assert isinstance(own, lsp.RelatedUnchangedDocumentDiagnosticReport)


async def test_the_whole_workspace(tmp_path: Path) -> None:
    (tmp_path / "pkg").mkdir()
    for number in range(40):
        (tmp_path / f"pkg/m{number:02}.py").write_text(FORGOTTEN if number % 2 else CODE)
    (tmp_path / "venv").mkdir()
    (tmp_path / "venv/left_out.py").write_text(FORGOTTEN)
    async with editor(tmp_path, capabilities=PULLS, options=WHOLE) as window:
        puller = Puller(window)
        puller.open("pkg/m00.py", FORGOTTEN)
        puller.open("untitled:Untitled-1", FORGOTTEN)
        first = await puller.pull_all()
        found = {uri: len(report.items) for uri, report in first.items()}
        expected = {(tmp_path / f"pkg/m{number:02}.py").as_uri(): number % 2 for number in range(1, 40)}
        assert found == {**expected, window.uri("pkg/m00.py"): 1, "untitled:Untitled-1": 1}
        assert first[window.uri("pkg/m00.py")].version == 1
        assert first[window.uri("pkg/m01.py")].version is None

        known = {uri: report.result_id for uri, report in first.items()}
        (tmp_path / "pkg/m39.py").unlink()
        event = lsp.FileEvent(window.uri("pkg/m39.py"), lsp.FileChangeType.Deleted)
        window.client.workspace_did_change_watched_files(lsp.DidChangeWatchedFilesParams([event]))
        window.type("pkg/m00.py", "    save", "    await save")
        second = await puller.pull_all(known)
        changed = {uri for uri, report in second.items() if report.kind == "full"}
        assert changed == {window.uri("pkg/m00.py"), window.uri("pkg/m39.py")}
        assert second.keys() == first.keys()

        # In parts, for who wants them so, and with progress.
        assert await puller.pull_all(partial_result_token="parts", work_done_token="work") == {}
        parts = [item["uri"] if isinstance(item, dict) else item.uri for item in items_of(puller, "parts")]
        assert sorted(parts) == sorted(uri for uri in first if not uri.endswith("m39.py"))
        kinds = [kind_of(value) for token, value in puller.progress if token == "work"]
        assert (kinds[0], kinds[-1], set(kinds[1:-1])) == ("begin", "end", {"report"})


def items_of(puller: Puller, wanted: str) -> list[Any]:
    values = [value for token, value in puller.progress if token == wanted]
    assert len(values) > 1
    return [item for value in values for item in (value["items"] if isinstance(value, dict) else value.items)]


def kind_of(value: Any) -> str:
    return str(value["kind"] if isinstance(value, dict) else value.kind)


async def test_what_is_known_of_the_project_later_makes_the_client_ask_again(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("")
    (tmp_path / "publisher.py").write_text("async def publish(channel):\n    await channel.send()\n")
    async with editor(tmp_path, capabilities=PULLS, options=WHOLE) as window:
        puller = Puller(window)
        puller.open("closer.py", "async def close(channel):\n    channel.send()\n")

        async def found_at_last() -> None:
            while not await puller.found("closer.py"):
                await puller.refreshed.wait()
                puller.refreshed.clear()

        await asyncio.wait_for(found_at_last(), PATIENCE)


async def test_who_announces_nothing_is_offered_nothing_and_told_everything(tmp_path: Path) -> None:
    async with editor(tmp_path) as window:
        assert window.server.diagnostic_provider is None
        assert len(await window.open("x.py", FORGOTTEN)) == 1


async def test_the_workspace_is_offered_to_those_who_want_it(tmp_path: Path) -> None:
    async with editor(tmp_path, capabilities=PULLS) as window:
        provider = window.server.diagnostic_provider
        assert isinstance(provider, lsp.DiagnosticOptions)
        assert provider.workspace_diagnostics is False
        with pytest.raises(JsonRpcMethodNotFound):
            await Puller(window).pull_all()
