"""What the server does with a client's wishes: cancelling, progress, traces, logs, and every method in every order."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from lsprotocol import types as lsp
from test_lsp_protocol import CANCELLED, METHOD_NOT_FOUND, Line, code, line

FORGOTTEN = "async def f():\n    f()\n"
WHOLE = {"workspaceDiagnostics": True}
PULLS = {"textDocument": {"diagnostic": {}}, "workspace": {"diagnostics": {"refreshSupport": True}}}
SERVER_CANCELLED = -32802
PLACE = {"textDocument": {"uri": "untitled:x"}, "position": {"line": 1, "character": 5}}


def until(wire: Line, is_it: Callable[[dict[str, Any]], bool]) -> list[dict[str, Any]]:
    """All messages up to one, which is the last of them; requests on the way are granted."""
    seen: list[dict[str, Any]] = []
    while True:
        seen.append(message := wire.read())
        if "id" in message and "method" in message:
            wire.send(id=message["id"], result=None)
        if is_it(message):
            return seen


def is_method(name: str) -> Callable[[dict[str, Any]], bool]:
    return lambda message: message.get("method") == name


def kinds(messages: list[dict[str, Any]]) -> list[str]:
    return [message["params"]["value"]["kind"] for message in messages if message.get("method") == "$/progress"]


def folder_of(path: Path, files: int) -> list[dict[str, str]]:
    (path / "pyproject.toml").write_text("")
    for number in range(files):
        (path / f"m{number}.py").write_text(FORGOTTEN)
    (path / "publisher.py").write_text("async def publish(channel):\n    await channel.send()\n")
    return [{"uri": path.as_uri(), "name": "folder"}]


QUESTION = "async def close(channel):\n    channel.send()\n"


def ask_something_early(wire: Line, folder: Path) -> None:
    item = {"uri": (folder / "closer.py").as_uri(), "languageId": "python", "version": 1, "text": QUESTION}
    wire.notify("textDocument/didOpen", {"textDocument": item})


def test_a_workspace_that_is_checked_can_be_cancelled(tmp_path: Path) -> None:
    with line() as wire:
        wire.initialize(capabilities=PULLS, initializationOptions=WHOLE, workspaceFolders=folder_of(tmp_path, 300))
        wire.send(id="all", method="workspace/diagnostic", params={"previousResultIds": []})
        wire.notify("$/cancelRequest", {"id": "all"})
        assert code(wire.answer("all")) == CANCELLED
        # And it is not gone on with: what comes next waits for one file at most.
        wire.send(id="one", method="workspace/diagnostic", params={"previousResultIds": [], "workDoneToken": 7})
        until(wire, is_method("$/progress"))
        wire.notify("$/cancelRequest", {"id": "one"})
        seen = until(wire, lambda message: message.get("id") == "one")
        rest = seen if "end" in kinds(seen) else until(wire, lambda message: kinds([message]) == ["end"])
        assert kinds(rest)[-1] == "end"
        assert code(next(message for message in seen if message.get("id") == "one")) == CANCELLED


def test_new_settings_begin_the_check_of_a_workspace_anew(tmp_path: Path) -> None:
    with line() as wire:
        wire.initialize(capabilities=PULLS, initializationOptions=WHOLE, workspaceFolders=folder_of(tmp_path, 300))
        wire.send(id="all", method="workspace/diagnostic", params={"previousResultIds": [], "workDoneToken": 7})
        until(wire, lambda message: kinds([message]) == ["report"])
        wire.notify("workspace/didChangeConfiguration", {"settings": {"coroscope": {"levels": {}}}})
        (*_, answer) = until(wire, lambda message: message.get("id") == "all")
        assert code(answer) == SERVER_CANCELLED
        assert answer["error"]["data"] == {"retriggerRequest": True}


@pytest.mark.parametrize("method", ["textDocument/hover", "textDocument/codeAction", "textDocument/diagnostic"])
def test_a_question_that_is_cancelled_is_answered_so_and_once(method: str) -> None:
    with line() as wire:
        wire.initialize(capabilities=PULLS, initializationOptions=WHOLE)
        wire.open("untitled:x")
        place = {"line": 1, "character": 5}
        params = {
            "textDocument": {"uri": "untitled:x"},
            "position": place,
            "range": {"start": place, "end": place},
            "context": {"diagnostics": []},
        }
        wire.send(id="one", method=method, params=params)
        wire.send(id="two", method=method, params=params)
        wire.notify("$/cancelRequest", {"id": "one"})
        assert code(wire.answer("one")) == CANCELLED
        assert wire.answer("two")["result"]
        wire.notify("$/cancelRequest", {"id": "two"})
        assert wire.ask("shutdown")["result"] is None


def test_who_calls_a_function_is_looked_for_while_others_are_answered(tmp_path: Path) -> None:
    folders = folder_of(tmp_path, 0)
    for number in range(150):
        called = "".join(f"def f{each}():\n    publish({each})\n" for each in range(20))
        (tmp_path / f"caller{number}.py").write_text(f"from publisher import publish\n\n{called}")
    uri = (tmp_path / "publisher.py").as_uri()
    text = (tmp_path / "publisher.py").read_text()
    place = {"textDocument": {"uri": uri}, "position": {"line": 0, "character": 11}}
    with line() as wire:
        wire.initialize(capabilities={"textDocument": {"callHierarchy": {}}}, workspaceFolders=folders)
        item = {"uri": uri, "languageId": "python", "version": 1, "text": text}
        wire.notify("textDocument/didOpen", {"textDocument": item})
        (function,) = wire.ask("textDocument/prepareCallHierarchy", place)["result"]
        wire.send(id="callers", method="callHierarchy/incomingCalls", params={"item": function})
        wire.send(id="hover", method="textDocument/hover", params=place)
        seen = until(wire, lambda message: message.get("id") == "hover")
        assert not [message for message in seen if message.get("id") == "callers"]
        wire.notify("$/cancelRequest", {"id": "callers"})
        assert code(wire.answer("callers")) == CANCELLED
        assert len(wire.ask("callHierarchy/incomingCalls", {"item": function})["result"]) == 150 * 20


def test_answers_that_nobody_waits_for_are_dropped_without_a_word(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with log.open("wb") as stderr, line(stderr=stderr) as wire:
        shown = {"window": {"workDoneProgress": True}}
        wire.initialize(capabilities=shown, workspaceFolders=folder_of(tmp_path, 1000))
        ask_something_early(wire, tmp_path)
        while (asked := wire.read()).get("method") != "window/workDoneProgress/create":
            pass
        wire.notify("window/workDoneProgress/cancel", asked["params"])
        wire.send(id=asked["id"], result=None)
        wire.send(id=asked["id"], error={"code": 1, "message": "too late"})
        wire.send(id="hover", method="textDocument/hover", params=PLACE)
        wire.send(id="hover", result=None)
        assert "error" not in wire.answer("hover")
        assert wire.ask("shutdown")["result"] is None
    assert log.read_text() == ""


def test_indexing_shows_how_far_it_is(tmp_path: Path) -> None:
    with line() as wire:
        shown = {"window": {"workDoneProgress": True}}
        wire.initialize(capabilities=shown, workspaceFolders=folder_of(tmp_path, 400))
        ask_something_early(wire, tmp_path)
        created, *rest = until(wire, is_method("window/workDoneProgress/create"))[-1:]
        told = until(wire, lambda message: kinds([message]) == ["end"])
        tokens = {message["params"]["token"] for message in told if message.get("method") == "$/progress"}
        assert tokens == {created["params"]["token"]}
        first, *reports, last = kinds(told)
        assert (first, set(reports), last) == ("begin", {"report"}, "end")
        assert not rest
        found = until(wire, is_method("textDocument/publishDiagnostics"))[-1]
        assert len(found["params"]["diagnostics"]) == 1


def test_indexing_ends_when_the_user_has_enough(tmp_path: Path) -> None:
    with line() as wire:
        shown = {"window": {"workDoneProgress": True}}
        wire.initialize(capabilities=shown, workspaceFolders=folder_of(tmp_path, 1000))
        ask_something_early(wire, tmp_path)
        token = until(wire, is_method("$/progress"))[-1]["params"]["token"]
        wire.notify("window/workDoneProgress/cancel", {"token": "another"})
        wire.notify("window/workDoneProgress/cancel", {"token": token})
        until(wire, lambda message: kinds([message]) == ["end"])
        # No more of it follows.
        wire.notify("window/workDoneProgress/cancel", {"token": token})
        wire.send(id="end", method="shutdown")
        assert not kinds(until(wire, lambda message: message.get("id") == "end"))


def test_who_shows_no_progress_is_asked_for_none(tmp_path: Path) -> None:
    with line() as wire:
        wire.initialize(workspaceFolders=folder_of(tmp_path, 100))
        ask_something_early(wire, tmp_path)
        seen: list[dict[str, Any]] = []
        while not seen or not seen[-1]["params"]["diagnostics"]:
            seen += until(wire, lambda _: True)
        assert {message["method"] for message in seen} == {"textDocument/publishDiagnostics"}


def test_traces_as_they_are_wanted() -> None:
    with line() as wire:
        wire.initialize(trace="messages")
        wire.open("untitled:a")
        (traced,) = filter(is_method("$/logTrace"), until(wire, is_method("textDocument/publishDiagnostics")))
        assert "untitled:a" in traced["params"]["message"]
        assert "verbose" not in traced["params"]
        for value, count in (("verbose", 1), ("off", 0), ("loud", 0)):
            wire.notify("$/setTrace", {"value": value})
            wire.open(f"untitled:{value}")
            traces = [
                message
                for message in until(
                    wire,
                    lambda message, uri=f"untitled:{value}": (  # type: ignore[misc]
                        is_method("textDocument/publishDiagnostics")(message) and message["params"]["uri"] == uri
                    ),
                )
                if is_method("$/logTrace")(message) and f"untitled:{value}" in message["params"]["message"]
            ]
            assert len(traces) == count
            assert all("verbose" in trace["params"] for trace in traces)


def test_the_log_goes_to_the_client_as_the_setting_says() -> None:
    with line() as wire:
        wire.initialize(initializationOptions={"target-version": "never"})
        wire.open("untitled:x")
        logged = until(wire, is_method("window/logMessage"))[-1]["params"]
        assert logged["type"] == lsp.MessageType.Warning
        assert "never" in logged["message"]
    with line() as wire:
        wire.initialize(initializationOptions={"target-version": "never", "logLevel": "error"})
        wire.open("untitled:x")
        seen = until(wire, is_method("textDocument/publishDiagnostics"))
        assert not any(map(is_method("window/logMessage"), seen))


GARBAGE: list[Any] = [None, {}, [], {"textDocument": {"uri": "file:///x.py"}}, {"textDocument": 7}, [1], "x"]


def test_every_method_in_every_order_is_answered_once() -> None:
    methods = [method for method in lsp.METHOD_TO_TYPES if method not in ("exit", "shutdown", "initialize")]
    with line() as wire:
        asked = itertools.count(1000)
        expected: set[int] = set()

        def everything() -> None:
            for method, params in itertools.product(methods, GARBAGE):
                wire.notify(method, params)
                expected.add(identity := next(asked))
                wire.send(id=identity, method=method, params=params)
                while len(expected) > 20:
                    take()

        def take() -> None:
            message = wire.read()
            if "method" not in message and message.get("id") is not None:
                expected.remove(message["id"])

        everything()
        while expected:
            take()
        wire.initialize(capabilities={**PULLS, "notebookDocument": {"synchronization": {}}})
        wire.open("untitled:x")
        everything()
        while expected:
            take()
        assert wire.ask("shutdown")["result"] is None
        everything()
        while expected:
            take()
        wire.notify("exit")
        assert wire.status() == 0


def test_a_notebook_that_makes_no_sense() -> None:
    with line() as wire:
        wire.initialize(capabilities={"notebookDocument": {"synchronization": {}}})
        book = {"uri": "file:///n.ipynb", "version": 1}
        cell = {"kind": 2, "document": "cell:1"}
        item = {"uri": "cell:1", "languageId": "python", "version": 1, "text": FORGOTTEN}
        wire.notify("notebookDocument/didChange", {"notebookDocument": book, "change": {"cells": {"data": [cell]}}})
        wire.notify("notebookDocument/didClose", {"notebookDocument": {"uri": "file:///no"}, "cellTextDocuments": []})
        opened = {**book, "notebookType": "jupyter-notebook", "cells": [cell, {"kind": 2, "document": "cell:none"}]}
        wire.notify("notebookDocument/didOpen", {"notebookDocument": opened, "cellTextDocuments": [item]})
        wire.notify("textDocument/didOpen", {"textDocument": item})
        far = {"start": 99, "deleteCount": 99, "cells": [{"kind": 2, "document": "cell:9"}]}
        edit = {"document": {"uri": "cell:8", "version": 2}, "changes": [{"text": "x"}]}
        change = {"cells": {"structure": {"array": far, "didClose": [{"uri": "cell:7"}]}, "textContent": [edit]}}
        wire.notify("notebookDocument/didChange", {"notebookDocument": {**book, "version": 2}, "change": change})
        wire.notify("textDocument/didClose", {"textDocument": {"uri": "cell:1"}})
        where = {"textDocument": {"uri": "cell:1"}, "position": {"line": 1, "character": 5}}
        assert "contents" in wire.ask("textDocument/hover", where)["result"]
        assert code(wire.ask("textDocument/diagnostic", {"textDocument": {"uri": "cell:1"}})) == METHOD_NOT_FOUND
        assert wire.ask("shutdown")["result"] is None
