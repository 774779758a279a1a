"""The real server process, driven as an editor drives it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest
import pytest_asyncio
from coroscope.lsp.positions import Units
from lsp_editor import CAPABILITIES, PATIENCE, Editor, editor
from lsprotocol import types as lsp
from pygls.exceptions import JsonRpcException

pytestmark = pytest.mark.asyncio(loop_scope="module")

RULE = "coroutine-never-awaited"
CODE = """\
async def save():
    pass


async def main():
    await save()
"""
FORGOTTEN = CODE.replace("await ", "")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared_window(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Editor]:
    async with editor(tmp_path_factory.mktemp("workspace")) as window:
        yield window


@pytest_asyncio.fixture(loop_scope="module")
async def window(shared_window: Editor) -> AsyncIterator[Editor]:
    """The editor that most tests share, for a start takes longer than all that they do; nothing is open in it."""
    yield shared_window
    for name in list(shared_window.documents):
        uri, before = shared_window.documents[name].uri, len(shared_window.published)
        shared_window.close(name)
        await shared_window.wait(uri, None, after=before)
    shared_window.published.clear()


def here(line: int, character: int, end: int) -> lsp.Range:
    return lsp.Range(lsp.Position(line, character), lsp.Position(line, end))


async def test_forget_an_await_see_it_understand_it_and_repair_it(window: Editor) -> None:
    assert await window.open("x.py", CODE) == []
    (found,) = await window.replace("x.py", "await ", "")
    assert (found.range, found.severity) == (here(5, 4, 10), lsp.DiagnosticSeverity.Error)
    assert (found.code, found.source) == (RULE, "coroscope")
    assert found.message.startswith("`save()`")
    assert found.code_description
    assert found.code_description.href.endswith(RULE)

    text = await window.hover("x.py", 5, 5)
    assert text is not None
    assert text.startswith(found.message)
    assert f"# {RULE}" in text
    assert "\n## " not in text

    preferred, *_ = actions = await window.actions("x.py", found.range)
    assert preferred.title == "Await it"
    assert preferred.kind == lsp.CodeActionKind.QuickFix
    assert preferred.is_preferred
    assert [action.is_preferred for action in actions[1:]] == [None] * len(actions[1:])
    assert list(preferred.diagnostics or ()) == [found]
    assert preferred.edit is None
    resolved = await window.client.code_action_resolve_async(preferred)
    assert resolved.edit is not None
    window.apply(resolved.edit)
    assert window.documents["x.py"].source.text == CODE
    assert await window.diagnostics("x.py") == []


async def test_hover_on_a_call_of_a_coroutine_function(window: Editor) -> None:
    await window.open("x.py", CODE)
    text = await window.hover("x.py", 5, 11)
    assert text is not None
    assert "CoroutineType[" in text
    assert "line 1" in text
    assert await window.hover("x.py", 1, 5) is None


async def test_actions_for_a_kind_a_place_and_a_version(window: Editor) -> None:
    (found,) = await window.open("x.py", FORGOTTEN)
    assert await window.actions("x.py", here(5, 7, 7))
    assert await window.actions("x.py", found.range, [lsp.CodeActionKind.QuickFix])
    assert await window.actions("x.py", found.range, [lsp.CodeActionKind.SourceOrganizeImports]) == []
    assert await window.actions("x.py", here(0, 0, 0)) == []
    assert await window.actions("unknown.py", found.range) == []

    action = (await window.actions("x.py", found.range))[0]
    await window.replace("x.py", "pass", "return")
    for stale in (action, lsp.CodeAction("Await it"), lsp.CodeAction("Await it", data={"uri": window.uri("x.py")})):
        with pytest.raises(JsonRpcException):
            await window.client.code_action_resolve_async(stale)
    fresh = (await window.actions("x.py", found.range))[0]
    assert (await window.client.code_action_resolve_async(fresh)).edit


@pytest.mark.parametrize(("units", "column"), [("utf-8", 18), ("utf-16", 13), ("utf-32", 12)])
async def test_text_that_is_not_ascii_before_the_column(tmp_path: Path, units: Units, column: int) -> None:
    code = CODE.replace("    await", "    'é木😋'; await")
    async with editor(tmp_path, units=units) as window:
        assert await window.open("x.py", code) == []
        (found,) = await window.replace("x.py", "await ", "")
        assert found.range == here(5, column - 1, column + 5)
        assert await window.hover("x.py", 5, column)
        assert await window.hover("x.py", 5, 5) is None
        action = await window.client.code_action_resolve_async((await window.actions("x.py", found.range))[0])
        assert action.edit
        window.apply(action.edit)
        assert window.documents["x.py"].source.text == code


async def test_a_client_that_announces_nothing_gets_edits_at_once(tmp_path: Path) -> None:
    async with editor(tmp_path, capabilities={}) as window:
        uri = window.uri("x.py")
        item = lsp.TextDocumentItem(uri, "python", 1, FORGOTTEN)
        window.client.text_document_did_open(lsp.DidOpenTextDocumentParams(item))
        (found,) = await window.wait(uri, None)
        assert found.code_description is None
        assert found.related_information is None
        action = (await window.actions("x.py", found.range))[0]
        assert action.edit
        assert action.edit.changes
        assert list(action.edit.changes[uri]) == [lsp.TextEdit(here(5, 4, 4), "await ")]


async def test_a_project_of_several_files(window: Editor) -> None:
    (window.folder / "shop").mkdir()
    (window.folder / "shop/__init__.py").write_text("")
    store = window.folder / "shop/store.py"
    store.write_text("async def save():\n    pass\n")
    code = "from shop.store import save\n\n\nasync def main():\n    save()\n"
    (found,) = await window.open("shop/main.py", code)
    assert found.range == here(4, 4, 10)
    assert {store.as_uri()} >= {place.location.uri for place in found.related_information or ()}

    # An unsaved edit of the other file counts, and so does closing it without saving.
    assert await window.open("shop/store.py", store.read_text()) == []
    before = len(window.published)
    await window.replace("shop/store.py", "async ", "")
    assert await window.wait(window.uri("shop/main.py"), 1, after=before) == []
    before = len(window.published)
    window.close("shop/store.py")
    assert await window.wait(window.uri("shop/main.py"), 1, after=before) == [found]

    # So does a change on disk.
    before = len(window.published)
    store.write_text("def save():\n    pass\n")
    event = lsp.FileEvent(store.as_uri(), lsp.FileChangeType.Changed)
    window.client.workspace_did_change_watched_files(lsp.DidChangeWatchedFilesParams([event]))
    assert await window.wait(window.uri("shop/main.py"), 1, after=before) == []


async def test_a_related_place_moves_with_the_lines_of_its_file(window: Editor) -> None:
    store = "async def save():\n    pass\n"
    (window.folder / "closet.py").write_text(store)
    await window.open("closet.py", store)
    (found,) = await window.open("mover.py", "from closet import save\n\n\nasync def main():\n    save()\n")
    for line in (1, 2):
        before = len(window.published)
        await window.replace("closet.py", "async def save", "# a line\nasync def save")
        (found,) = await window.wait(window.uri("mover.py"), 1, after=before)
        (place,) = found.related_information or ()
        assert place.location.range.start.line == line


async def test_what_the_rest_of_the_project_tells_comes_when_it_was_read(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("")
    publisher = "async def publish(channel):\n    await channel.send()\n"
    (tmp_path / "publisher.py").write_text(publisher)
    async with editor(tmp_path) as window:
        await window.open("closer.py", "async def close(channel):\n    channel.send()\n")
        # Nothing is known of the project at first: it is read when the user pauses.
        (found,) = await shown(window, "closer.py", 1)
        assert found.message.endswith("awaited elsewhere, as in `publish`")
        # From then on it follows what is typed in the other file.
        await window.open("publisher.py", publisher)
        await window.replace("publisher.py", "await ", "")
        assert await shown(window, "closer.py", 0) == []


async def shown(window: Editor, name: str, count: int) -> list[lsp.Diagnostic]:
    """What is shown of a document, once it is so many diagnostics."""

    async def waited() -> list[lsp.Diagnostic]:
        while len(found := await window.diagnostics(name)) != count:
            await asyncio.sleep(0.02)
        return found

    return await asyncio.wait_for(waited(), PATIENCE)


async def test_closing_clears_and_reopening_finds_again(window: Editor) -> None:
    found = await window.open("x.py", FORGOTTEN)
    window.close("x.py")
    assert await window.wait(window.uri("x.py"), None) == []
    window.published.clear()
    assert await window.open("x.py", FORGOTTEN) == found


async def test_documents_that_are_no_files_or_in_no_folder(window: Editor, tmp_path: Path) -> None:
    (found,) = await window.open("untitled:Untitled-1", FORGOTTEN)
    action = await window.client.code_action_resolve_async(
        (await window.actions("untitled:Untitled-1", found.range))[0]
    )
    assert action.edit
    window.apply(action.edit)
    assert await window.diagnostics("untitled:Untitled-1") == []
    assert len(await window.open((tmp_path / "elsewhere.py").as_uri(), FORGOTTEN)) == 1
    # A cell alone would be full of false alarms.
    item = lsp.TextDocumentItem("vscode-notebook-cell:/x.ipynb#W0", "python", 1, FORGOTTEN)
    window.client.text_document_did_open(lsp.DidOpenTextDocumentParams(item))
    assert (
        await window.client.text_document_hover_async(
            lsp.HoverParams(lsp.TextDocumentIdentifier(item.uri), lsp.Position(5, 5))
        )
        is None
    )


async def test_settings_of_the_editor_go_over_those_of_the_project(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(f'[tool.coroscope.levels]\n{RULE} = "warning"\n')
    async with editor(tmp_path) as window:
        (found,) = await window.open("x.py", FORGOTTEN)
        assert found.severity == lsp.DiagnosticSeverity.Warning

        async def configured(settings: object) -> list[lsp.Diagnostic]:
            before = len(window.published)
            window.client.set_configuration(settings, section="coroscope")
            window.client.workspace_did_change_configuration(lsp.DidChangeConfigurationParams(None))
            return await window.wait(window.uri("x.py"), 1, after=before)

        assert await configured({"levels": {RULE: "off"}}) == []
        (found,) = await configured({"levels": {RULE: "hint"}})
        assert found.severity == lsp.DiagnosticSeverity.Hint
        assert window.client.messages == []

        # Settings that make no sense: one sentence, and the server goes on.
        (found,) = await configured({"levels": {RULE: "loud"}})
        assert len(window.client.messages) == 1
        assert "loud" in window.client.messages[0].message
        await configured({"levels": {RULE: "off"}})


async def test_settings_known_from_the_start_never_flash_up(tmp_path: Path) -> None:
    async with editor(tmp_path, settings={"levels": {RULE: "off"}}) as window:
        assert await window.open("x.py", FORGOTTEN) == []
        assert all(not params.diagnostics for params in window.published)


async def test_settings_from_a_client_that_cannot_be_asked(tmp_path: Path) -> None:
    plain = {**CAPABILITIES, "workspace": {}}
    off = {"levels": {RULE: "off"}}
    async with editor(tmp_path, capabilities=plain, options=off) as window:
        assert await window.open("x.py", FORGOTTEN) == []
        before = len(window.published)
        loud = {"coroscope": {"levels": {RULE: "warning"}}}
        window.client.workspace_did_change_configuration(lsp.DidChangeConfigurationParams(loud))
        assert len(await window.wait(window.uri("x.py"), 1, after=before)) == 1


async def test_several_folders_with_settings_of_their_own(tmp_path: Path) -> None:
    folders = [tmp_path / "one", tmp_path / "two", tmp_path / "three"]
    for folder in folders:
        folder.mkdir()
    (tmp_path / "two/pyproject.toml").write_text(f'[tool.coroscope.levels]\n{RULE} = "off"\n')
    async with editor(tmp_path, folders=folders[:2]) as window:
        assert len(await window.open("one/x.py", FORGOTTEN)) == 1
        assert await window.open("two/x.py", FORGOTTEN) == []
        change = lsp.WorkspaceFoldersChangeEvent(
            added=[lsp.WorkspaceFolder(folders[2].as_uri(), "three")],
            removed=[lsp.WorkspaceFolder(folders[1].as_uri(), "two")],
        )
        window.client.workspace_did_change_workspace_folders(lsp.DidChangeWorkspaceFoldersParams(change))
        assert len(await window.open("three/x.py", FORGOTTEN)) == 1


async def test_what_is_watched_is_asked_for_where_it_can_be(tmp_path: Path) -> None:
    dynamic = {"didChangeWatchedFiles": {"dynamicRegistration": True}}
    capabilities = {**CAPABILITIES, "workspace": {**CAPABILITIES["workspace"], **dynamic}}
    registered: list[lsp.RegistrationParams] = []
    async with editor(tmp_path, capabilities=capabilities) as window:
        window.client.feature(lsp.CLIENT_REGISTER_CAPABILITY)(partial(registered.append))
        await window.open("x.py", CODE)
        (registration,) = registered[0].registrations
        assert registration.method == lsp.WORKSPACE_DID_CHANGE_WATCHED_FILES


async def test_typing_faster_than_the_worker_ends_with_the_newest(window: Editor) -> None:
    await window.open("x.py", CODE)
    for turn in range(40):
        window.type("x.py", *("    save", "    await save") if turn % 2 else ("await ", ""))
        # Not a pause that anything could settle in, only a chance to be overtaken at different moments.
        await asyncio.sleep(turn % 3 / 1000)
    window.type("x.py", "await ", "")
    assert len(await window.diagnostics("x.py")) == 1
    versions = [params.version for params in window.published if params.version is not None]
    assert versions == sorted(versions)


async def test_an_answer_is_about_the_text_that_was_there_when_it_was_asked(window: Editor) -> None:
    await window.open("x.py", FORGOTTEN)
    for turn in range(20):
        version = window.documents["x.py"].version
        asking = asyncio.ensure_future(window.actions("x.py", here(5, 4, 10)))
        await asyncio.sleep(0)
        window.type("x.py", *("return", "pass") if turn % 2 else ("pass", "return"))
        with suppress(JsonRpcException):
            assert {action.data["version"] for action in await asking if action.data} == {version}
