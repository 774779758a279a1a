"""Bytes in, bytes out: the base protocol's frames on standard input and output."""

from __future__ import annotations

import os
import re
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_LENGTH = re.compile(rb"^content-length:\s*(\d+)\s*$", re.IGNORECASE | re.MULTILINE)


@contextmanager
def reserved_output() -> Iterator[int]:
    """Keep standard output for the protocol: the descriptor to write to.

    Meanwhile whatever else is printed, in Python or below it, goes to standard error.
    """
    sys.stdout.flush()
    output = os.dup(1)
    printed, sys.stdout = sys.stdout, sys.stderr
    os.dup2(2, 1)
    try:
        yield output
    finally:
        os.dup2(output, 1)
        os.close(output)
        sys.stdout = printed


def frames(read: Callable[[], bytes]) -> Iterator[bytes]:
    """The bodies of the messages in a stream of bytes, which ends with an empty one.

    A header without a length is skipped: after nonsense we find our way back at the next header.
    """
    buffer = bytearray()
    while True:
        while (end := buffer.find(b"\r\n\r\n")) < 0:
            if not (data := read()):
                return
            buffer += data
        found = _LENGTH.search(buffer[: end + 2].replace(b"\r", b""))
        del buffer[: end + 4]
        if not found:
            continue
        length = int(found[1])
        while len(buffer) < length:
            if not (data := read()):
                return
            buffer += data
        body = bytes(buffer[:length])
        del buffer[:length]
        yield body


def listen(descriptor: int, receive: Callable[[bytes | None], None]) -> None:
    """Read messages in a thread of their own and call `receive` there with each, then with None at the end.

    The thread reads on while everything else is busy, so that a client never waits to be heard. It reads the
    descriptor and not `sys.stdin`, whose lock, held by a waiting thread, would abort the interpreter's shutdown.
    """

    def read() -> bytes:
        try:
            return os.read(descriptor, 1 << 16)
        except OSError:
            return b""

    def run() -> None:
        for body in frames(read):
            receive(body)
        receive(None)

    threading.Thread(target=run, name="coroscope-reader", daemon=True).start()


class Output:
    """Where pygls writes; `lost` is called once the client reads no more."""

    def __init__(self, descriptor: int, lost: Callable[[], None]) -> None:
        self._descriptor = descriptor
        self._lost = lost

    def write(self, data: bytes) -> None:
        """Write a whole message."""
        rest = memoryview(data)
        try:
            while rest:
                rest = rest[os.write(self._descriptor, rest) :]
        except OSError:
            self._lost()

    def close(self) -> None:
        """Nothing: whoever opened the descriptor closes it."""
