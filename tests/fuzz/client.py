"""The smallest client: it starts the real server, sends messages as they are, and looks at whatever comes back."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

from fuzz.checks import Failed

PATIENCE = 60.0
"""Seconds; generous, since other work may keep the machine busy."""

_TICK = 0.5
_ERROR = 1
"""The type of messages that tell of errors."""

Message = dict[str, Any]


class Client:
    """A server process and what it said: diagnostics by URI with their version, and the answers to requests."""

    def __init__(self, folder: Path, capabilities: Message, options: Message) -> None:
        self.folder = folder
        self.published: dict[str, tuple[int | None, list[Message]]] = {}
        self._answers: dict[int, Message] = {}
        self._requests = 0
        self._news: queue.Queue[Message | None] = queue.Queue()
        self._log = tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace")  # noqa: SIM115  # closed below
        self.process = subprocess.Popen(
            [sys.executable, "-m", "coroscope", "server"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._log,
        )  # fmt: skip
        assert self.process.stdout
        threading.Thread(target=self._read, args=[self.process.stdout], daemon=True).start()
        folders = [{"uri": folder.as_uri(), "name": "fuzz"}]
        params = {"processId": None, "capabilities": capabilities, "workspaceFolders": folders}
        self.answer(self.ask("initialize", {**params, "initializationOptions": options}))
        self.tell("initialized", {})

    def tell(self, method: str, params: object) -> None:
        """Send a notification."""
        self._send({"method": method, "params": params})

    def ask(self, method: str, params: object) -> int:
        """Send a request; its identity."""
        self._requests += 1
        self._send({"id": self._requests, "method": method, "params": params})
        return self._requests

    def answer(self, identity: int) -> Message:
        """The answer to a request."""
        self.wait(lambda: identity in self._answers, "a request is not answered")
        return self._answers.pop(identity)

    def is_answered(self, identity: int) -> bool:
        """Whether the answer to a request has come."""
        while not self._news.empty():
            self._take(self._news.get())
        return identity in self._answers

    def wait(self, done: Callable[[], bool], words: str, *details: object, seconds: float = PATIENCE) -> None:
        """Take what comes until something is done; fails with these words if it never is.

        The seconds are counted in turns, so that nothing is amiss when all processes were stopped for a while.
        """
        turns = int(seconds / _TICK)
        while not done():
            try:
                self._take(self._news.get(timeout=_TICK))
            except queue.Empty:
                turns -= 1
                if turns <= 0:
                    raise Failed(words, *details, self.logged()) from None

    @property
    def seconds(self) -> float:
        """How long the server has used a processor, where the system tells; else 0."""
        try:
            words = Path(f"/proc/{self.process.pid}/stat").read_text("utf-8").rpartition(")")[2].split()
        except OSError:
            return 0.0
        return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")

    def logged(self) -> str:
        """What the server wrote to standard error since the last time."""
        return self._log.read()

    def end(self) -> None:
        """End the server as an editor does; fails if it does not end with 0."""
        self.answer(self.ask("shutdown", None))
        self.tell("exit", None)
        status = self.process.wait(PATIENCE)
        if status:
            raise Failed("the server does not end with 0", status)

    def kill(self) -> None:
        """End the server's process in any case."""
        self.process.kill()
        self.process.wait()
        self._log.close()

    def _take(self, message: Message | None) -> None:
        if message is None:
            raise Failed("the server ended", self.logged())
        if "method" not in message:
            self._answers[message["id"]] = message
        elif message["method"] == "workspace/configuration":
            self._send({"id": message["id"], "result": [None for _ in message["params"]["items"]]})
        elif "id" in message:
            self._send({"id": message["id"], "result": None})
        elif message["method"] == "window/logMessage" and message["params"]["type"] == _ERROR:
            raise Failed("the server logs an error", message["params"]["message"])
        elif message["method"] == "textDocument/publishDiagnostics":
            params = message["params"]
            self.published[params["uri"]] = params.get("version"), params["diagnostics"]

    def _send(self, message: Message) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        assert self.process.stdin
        try:
            self.process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
            self.process.stdin.flush()
        except BrokenPipeError:
            raise Failed("the server ended", self.logged()) from None

    def _read(self, stream: IO[bytes]) -> None:
        """Read messages as long as there are any; in a thread of its own."""
        while line := stream.readline():
            length = 0
            while line.strip():
                name, _, value = line.partition(b":")
                length = int(value) if name == b"Content-Length" else length
                line = stream.readline()
            self._news.put(json.loads(stream.read(length)))
        self._news.put(None)


def memory_of(process: int) -> int:
    """The memory that a process has now, in MB, where the system tells; else 0."""
    try:
        status = Path(f"/proc/{process}/status").read_text("utf-8")
    except OSError:
        return 0
    return next((int(line.split()[1]) // 1024 for line in status.splitlines() if line.startswith("VmRSS")), 0)
