"""`coroscope demo`: the real server repairs the example, and the demonstration notices when one does not."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from commandline import run, without_colour
from coroscope.cli import demo
from coroscope.cli.client import Client
from coroscope.cli.jsonrpc import ServerError
from coroscope.source import Position, Source

RULES = ["coroutine-never-awaited", "coroutine-used-as-value"]

SILENT = """
import json, sys
read = sys.stdin.buffer
while line := read.readline():
    length = int(line.split(b":")[1])
    read.readline()
    message = json.loads(read.read(length))
    if message["method"] == "exit":
        sys.exit(0)
    if "id" in message:
        body = json.dumps({"jsonrpc": "2.0", "id": message["id"], "result": ANSWER}).encode()
        sys.stdout.buffer.write(b"Content-Length: %d\\r\\n\\r\\n" % len(body) + body)
        sys.stdout.buffer.flush()
    if message["method"] == "textDocument/didOpen":
        params = {"uri": message["params"]["textDocument"]["uri"], "version": 1, "diagnostics": []}
        body = json.dumps({"jsonrpc": "2.0", "method": "textDocument/publishDiagnostics", "params": params}).encode()
        sys.stdout.buffer.write(b"Content-Length: %d\\r\\n\\r\\n" % len(body) + body)
        sys.stdout.buffer.flush()
"""


def test_it_all_happens() -> None:
    done = run("demo")
    text = without_colour(done.out)
    assert (done.status, done.err) == (0, "")
    assert all(rule in text for rule in RULES)
    assert "^^^" in text
    assert "Hovering over line" in text
    assert text.count("Code action on line") >= 3
    assert "+      await store.save" in text.replace("+    ", "+      ")
    assert "Every squiggle is gone" in text


def test_the_repaired_example_runs(tmp_path: Path) -> None:
    """The example is a program: with its mistakes repaired it does what it says."""
    texts = demo.example()
    assert {"store.py", "shop.py"} == set(texts)
    for name, text in texts.items():
        compile(text, name, "exec")
        (tmp_path / name).write_text(text, "utf-8")
    done = run("check", "--output-format", "concise", tmp_path)
    assert 3 <= done.out.count("\n") <= 4


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ([sys.executable, "-c", "import sys; sys.exit(3)"], "ended"),
        ([sys.executable, "-c", SILENT.replace("ANSWER", "{}")], "found no mistake"),
        (["no-such-program-at-all"], "no-such-program-at-all"),
    ],
)
def test_a_server_that_does_not_work_is_noticed(command: list[str], words: str) -> None:
    with pytest.raises(demo.DemoFailed, match=words):
        demo.run(command)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32"])
def test_positions_are_in_the_encoding_of_the_server(encoding: str) -> None:
    client = Client()
    client._encoding = encoding
    source = Source('x = "🍵é"; save()\n')
    place = Position(1, 11)
    wire = client.to_wire(source, place)
    assert wire == {"line": 0, "character": 11 if encoding == "utf-16" else 10}
    assert client.from_wire(source, {"start": wire, "end": wire}).start == place


async def test_an_error_answer_is_raised(tmp_path: Path) -> None:
    async with Client.start(demo.COMMAND, tmp_path) as client:
        with pytest.raises(ServerError, match="error"):
            await client.request("no/such/method", {})
        assert await client.stop() == 0
