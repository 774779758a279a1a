"""The server process spoken to byte by byte: its end, its exit status, and nonsense in every order."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import pytest
from lsp_editor import PATIENCE, SERVER

INVALID_REQUEST, METHOD_NOT_FOUND, INVALID_PARAMS, PARSE_ERROR = -32600, -32601, -32602, -32700
NOT_INITIALIZED, CANCELLED, INTERNAL_ERROR = -32002, -32800, -32603


class Line:
    """A connection to the server without any manners."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdin
        assert process.stdout
        self.process, self.input, self.output = process, process.stdin, process.stdout
        self.last = 0

    def write(self, body: bytes) -> None:
        self.input.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
        self.input.flush()

    def send(self, **message: Any) -> None:
        self.write(json.dumps({"jsonrpc": "2.0", **message}).encode())

    def notify(self, method: str, params: Any = None) -> None:
        self.send(method=method, params=params)

    def ask(self, method: str, params: Any = None) -> dict[str, Any]:
        self.last += 1
        self.send(id=self.last, method=method, params=params)
        return self.answer(self.last)

    def read(self) -> dict[str, Any]:
        length = 0
        while (header := self.output.readline()) != b"\r\n":
            assert header, "the server is gone"
            if header.lower().startswith(b"content-length:"):
                length = int(header.split(b":")[1])
        message: dict[str, Any] = json.loads(self.output.read(length))
        return message

    def answer(self, identity: int | str | None) -> dict[str, Any]:
        while "id" not in (message := self.read()) or message["id"] != identity or "method" in message:
            pass
        return message

    def initialize(self, **params: Any) -> None:
        assert "capabilities" in self.ask("initialize", {"processId": None, "capabilities": {}, **params})["result"]
        self.notify("initialized", {})

    def open(self, uri: str) -> None:
        item = {"uri": uri, "languageId": "python", "version": 1, "text": "async def f():\n    f()\n"}
        self.notify("textDocument/didOpen", {"textDocument": item})

    def close(self) -> None:
        self.input.close()

    def status(self) -> int:
        return self.process.wait(PATIENCE)


@contextmanager
def line(command: Sequence[str] = SERVER, stderr: IO[bytes] | None = None) -> Iterator[Line]:
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=stderr) as process:
        try:
            yield Line(process)
        finally:
            process.kill()


def code(answer: dict[str, Any]) -> int:
    return int(answer["error"]["code"])


def test_the_exit_status_is_0_after_shutdown() -> None:
    with line() as wire:
        wire.initialize()
        wire.open("untitled:x")
        assert wire.ask("shutdown") == {"jsonrpc": "2.0", "id": 2, "result": None}
        assert code(wire.ask("textDocument/hover")) == INVALID_REQUEST
        assert code(wire.ask("shutdown")) == INVALID_REQUEST
        wire.notify("textDocument/didOpen", {})
        wire.notify("exit")
        assert wire.status() == 0
        assert wire.output.read() == b""


def test_the_exit_status_is_1_without_shutdown() -> None:
    with line() as wire:
        wire.initialize()
        wire.notify("exit")
        assert wire.status() == 1


def test_exit_before_anything_else() -> None:
    with line() as wire:
        wire.notify("exit")
        assert wire.status() == 1


def test_the_server_ends_when_its_input_does() -> None:
    with line() as wire:
        wire.initialize()
        wire.open("untitled:x")
        wire.close()
        assert wire.status() == 1


def test_the_server_ends_with_the_clients_process() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as editor, line() as wire:
        wire.initialize(processId=editor.pid)
        editor.communicate(b"\n")
        assert wire.status() == 1


def test_a_client_that_cannot_be_seen_is_not_taken_for_gone() -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as gone:
        gone.wait()
    with line() as wire:
        wire.initialize(processId=gone.pid)
        assert wire.ask("shutdown")["result"] is None
        wire.notify("exit")
        assert wire.status() == 0


def test_nonsense_is_refused_and_the_server_goes_on() -> None:
    with line() as wire:
        wire.input.write(b"hello\r\n\r\n")
        wire.write(b"{")
        assert code(wire.answer(None)) == PARSE_ERROR
        wire.write(b"\xff")
        assert code(wire.answer(None)) == PARSE_ERROR
        for message in (b"[]", b"7", b'{"id": 1}', b'{"jsonrpc": "2.0", "id": [], "method": "initialize"}'):
            wire.write(message)
            assert code(wire.answer(None)) == INVALID_REQUEST
        assert code(wire.ask("textDocument/hover", {})) == NOT_INITIALIZED
        wire.notify("textDocument/didOpen", {})
        assert code(wire.ask("initialize", [])) == INVALID_PARAMS

        wire.initialize()
        assert code(wire.ask("initialize", {"processId": None, "capabilities": {}})) == INVALID_REQUEST
        assert code(wire.ask("no/such/method", {"type_name": 7})) == METHOD_NOT_FOUND
        assert code(wire.ask("$/no/such/method")) == METHOD_NOT_FOUND
        assert code(wire.ask("textDocument/hover")) == INVALID_PARAMS
        assert code(wire.ask("textDocument/hover", {"textDocument": 1, "position": "x"})) == INVALID_PARAMS
        nowhere = {"textDocument": {"uri": "file:///nowhere.py"}}
        wire.notify("$/no/such/notification", {"x": 1})
        wire.notify("$/cancelRequest", {"id": 999})
        wire.notify("$/cancelRequest", "what?")
        wire.notify("textDocument/didChange", {"contentChanges": "x"})
        wire.notify("textDocument/didChange", {"textDocument": {"uri": "x:", "version": 1}, "contentChanges": []})
        wire.notify("textDocument/didClose", nowhere)
        wire.notify("workspace/didChangeConfiguration", {"settings": 7})
        wire.notify("workspace/didChangeWatchedFiles", {"changes": [{"uri": "http://x", "type": 1}]})
        wire.send(id=77, result={"of": "nothing"})
        wire.send(id="no question", error={"code": 1, "message": "no"})
        wire.send(id=None, error="no")
        assert code(wire.ask("codeAction/resolve", {"title": "x", "data": {"uri": 3}})) == INVALID_PARAMS

        assert wire.ask("textDocument/hover", {**nowhere, "position": {"line": 0, "character": 0}})["result"] is None
        wire.open("untitled:x")
        while wire.read().get("method") != "textDocument/publishDiagnostics":
            pass
        identifier = {"textDocument": {"uri": "untitled:x"}}
        place = {"line": 999_999, "character": 999_999}
        assert wire.ask("textDocument/hover", {**identifier, "position": place})["result"] is None
        change = {"range": {"start": place, "end": {"line": 0, "character": 0}}, "text": "\n"}
        versioned = {"textDocument": {"uri": "untitled:x", "version": -3}, "contentChanges": [change]}
        wire.notify("textDocument/didChange", versioned)
        assert wire.ask("shutdown")["result"] is None


def test_a_failure_is_logged_once_and_answered(tmp_path: Path) -> None:
    broken = (
        "from coroscope.lsp import questions, server, session\n"
        "def fail(*_):\n"
        "    raise ZeroDivisionError('broken for this test')\n"
        "session.Session.changed = fail\n"
        "questions.hover.hover = fail\n"
        "raise SystemExit(server.main())\n"
    )
    log = tmp_path / "log"
    with log.open("wb") as stderr, line([sys.executable, "-c", broken], stderr) as wire:
        wire.initialize()
        wire.open("untitled:x")
        where = {"textDocument": {"uri": "untitled:x"}, "position": {"line": 1, "character": 5}}
        answer = wire.ask("textDocument/hover", where)
        assert code(answer) == INTERNAL_ERROR
        assert "broken for this test" in answer["error"]["message"]
        assert code(wire.ask("no/such/method")) == METHOD_NOT_FOUND
        assert log.read_text().count("ZeroDivisionError: broken for this test") == 1
        wire.notify("textDocument/didChange", {"textDocument": {"uri": "x:", "version": 1}, "contentChanges": []})
        assert wire.ask("shutdown")["result"] is None
        assert log.read_text().count("ZeroDivisionError: broken for this test") == 2
        wire.notify("exit")
        assert wire.status() == 0


def test_a_request_that_is_cancelled_while_it_waits() -> None:
    with line() as wire:
        wire.initialize()
        wire.open("untitled:x")
        where = {"textDocument": {"uri": "untitled:x"}, "position": {"line": 1, "character": 5}}
        # The first analysis is under way or not even begun: both questions wait for it.
        wire.send(id="one", method="textDocument/hover", params=where)
        wire.send(id="two", method="textDocument/hover", params=where)
        wire.notify("$/cancelRequest", {"id": "one"})
        assert code(wire.answer("one")) == CANCELLED
        assert "contents" in wire.answer("two")["result"]


@pytest.mark.parametrize("before", [True, False])
def test_what_is_printed_never_reaches_standard_output(tmp_path: Path, before: bool) -> None:
    script = tmp_path / "prints.py"
    script.write_text(
        "import os, sys\n"
        "from coroscope.lsp.transport import reserved_output\n"
        + ("print('before')\n" if before else "")
        + "with reserved_output() as output:\n"
        "    print('python')\n"
        "    os.write(1, b'below')\n"
        "    os.write(output, b'protocol')\n"
    )
    run = subprocess.run([sys.executable, script], capture_output=True, text=True, check=True)
    assert run.stdout == ("before\n" if before else "") + "protocol"
    assert "python" in run.stderr
    assert "below" in run.stderr


def test_the_server_loads_nothing_of_the_command_line() -> None:
    program = "import sys, coroscope.lsp.server, coroscope.lsp.projects; print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert not {"typer", "click", "rich", "libcst", "coroscope.cli"} & set(run.stdout.split())
