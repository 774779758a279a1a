"""The log: on standard error, and in the client's window as far as the user's setting says."""

from __future__ import annotations

import logging
from asyncio import AbstractEventLoop
from collections.abc import Callable
from contextlib import suppress

from lsprotocol import types as lsp

_LEVELS = {
    "off": logging.CRITICAL + 1,
    "error": logging.ERROR,
    "warn": logging.WARNING,
    "warning": logging.WARNING,
    "info": logging.INFO,
    "information": logging.INFO,
    "debug": logging.DEBUG,
    "trace": logging.DEBUG,
}
_TYPES = (
    (logging.ERROR, lsp.MessageType.Error),
    (logging.WARNING, lsp.MessageType.Warning),
    (logging.INFO, lsp.MessageType.Info),
)

_logger = logging.getLogger("coroscope")


def set_level(setting: object) -> None:
    """Log what the user's setting asks for; one that is not known, or none, asks for warnings."""
    _logger.setLevel(_LEVELS.get(setting.lower(), logging.WARNING) if isinstance(setting, str) else logging.WARNING)


def log_to(loop: AbstractEventLoop, send: Callable[[lsp.LogMessageParams], None]) -> None:
    """Send what is logged, in any thread, to the client, too; `send` is called in the loop thread."""
    _logger.addHandler(_ToClient(loop, send))


class _ToClient(logging.Handler):
    def __init__(self, loop: AbstractEventLoop, send: Callable[[lsp.LogMessageParams], None]) -> None:
        super().__init__()
        self._loop = loop
        self._show = send

    def emit(self, record: logging.LogRecord) -> None:
        kind = next((kind for level, kind in _TYPES if record.levelno >= level), lsp.MessageType.Log)
        # The loop is closed when the conversation has ended.
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._show, lsp.LogMessageParams(kind, self.format(record)))
