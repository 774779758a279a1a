"""JSON-RPC over a subprocess's pipes, as the language server protocol frames it: `Connection`.

Requests that the other side makes are answered with nothing, which every request a server may make allows.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar, Union, cast

Json = Union[None, bool, int, float, str, Sequence["Json"], Mapping[str, "Json"]]  # noqa: UP007 (recursive, and 3.10)
JsonObject = Mapping[str, Json]
T = TypeVar("T")

TIMEOUT = 60.0


class ServerError(Exception):
    """The server went away, kept silent, or answered with an error; the message says which."""


class Connection:
    """A running server; `told` is called with the method and the parameters of each notification that it sends."""

    def __init__(self, process: asyncio.subprocess.Process, told: Callable[[str, JsonObject], None]) -> None:
        self._process = process
        self._told = told
        self._number = 0
        self._pending: dict[int, asyncio.Future[Json]] = {}
        self._reader = asyncio.create_task(self._read())

    @classmethod
    async def start(cls, command: Sequence[str], folder: Path, told: Callable[[str, JsonObject], None]) -> Connection:
        """Start a server in a folder; what it writes to standard error is dropped."""
        pipe, nowhere = asyncio.subprocess.PIPE, asyncio.subprocess.DEVNULL
        process = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe, stderr=nowhere, cwd=folder)
        return cls(process, told)

    async def request(self, method: str, params: Json) -> Json:
        """Ask and wait for the answer; raises `ServerError` if that is an error or does not come."""
        self._number += 1
        answer: asyncio.Future[Json] = asyncio.get_running_loop().create_future()
        self._pending[self._number] = answer
        self._send({"id": self._number, "method": method, "params": params})
        return await self.in_time(answer, method)

    def notify(self, method: str, params: Json) -> None:
        """Tell the server something."""
        self._send({"method": method, "params": params})

    async def in_time(self, wanted: Awaitable[T], what: str) -> T:
        """Wait for something that the server owes, unless it ends first or takes longer than a minute."""
        waiting = asyncio.ensure_future(wanted)
        try:
            await asyncio.wait({waiting, self._reader}, timeout=TIMEOUT, return_when=asyncio.FIRST_COMPLETED)
            if waiting.done():
                return waiting.result()
        finally:
            waiting.cancel()
        raise ServerError(f"the server {'ended' if self._reader.done() else 'kept silent'} where {what} was due.")

    async def ended(self) -> int:
        """Wait until the server has ended, and answer its exit status."""
        try:
            return await asyncio.wait_for(self._process.wait(), TIMEOUT)
        except asyncio.TimeoutError:
            raise ServerError("the server did not end where it should.") from None

    async def close(self) -> None:
        """End the server if it still runs, and let go of its pipes."""
        if self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()
        await self._process.wait()
        self._reader.cancel()
        await asyncio.gather(self._reader, return_exceptions=True)

    def _send(self, message: JsonObject) -> None:
        pipe = self._process.stdin
        assert pipe is not None
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        pipe.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)

    async def _read(self) -> None:
        pipe = self._process.stdout
        assert pipe is not None
        while True:
            length = 0
            while (line := await pipe.readline()) != b"\r\n":
                if not line:
                    return
                name, _, value = line.partition(b":")
                if name.strip().lower() == b"content-length":
                    length = int(value)
            self._take(cast(JsonObject, json.loads(await pipe.readexactly(length))))

    def _take(self, message: JsonObject) -> None:
        number, method = message.get("id"), message.get("method")
        if isinstance(method, str):
            params = message.get("params")
            if number is not None:
                asked = as_object(params).get("items", ()) if method == "workspace/configuration" else None
                self._send({"id": number, "result": [None] * len(as_list(asked)) if asked is not None else None})
            else:
                self._told(method, as_object(params))
        elif isinstance(number, int) and (answer := self._pending.pop(number, None)) and not answer.done():
            if "error" in message:
                error = as_object(message["error"])
                answer.set_exception(ServerError(f"the server answered with an error: {error.get('message')}"))
            else:
                answer.set_result(message.get("result"))


def as_object(value: Json) -> JsonObject:
    """The value as an object; an empty one if it is none."""
    return value if isinstance(value, Mapping) else {}


def as_list(value: Json) -> list[Json]:
    """The value as an array; an empty one if it is none."""
    return list(value) if isinstance(value, Sequence) and not isinstance(value, str) else []


def as_objects(value: Json) -> list[JsonObject]:
    """The objects in an array."""
    return [item for item in as_list(value) if isinstance(item, Mapping)]
