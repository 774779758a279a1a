"""Standard output and error: complaints, encodings that cannot hold a character, readers that leave early."""

from __future__ import annotations

import io
import logging
import os
import sys
from collections.abc import Callable

GONE = 141
"""The exit status when the reader of a pipe left: what a shell reports for a program that SIGPIPE ended."""

INTERRUPTED = 130
"""The exit status after Ctrl-C, as shells have it."""

BAD_INPUT = 2
"""The exit status when something that was asked for could not be looked at."""


class InputError(Exception):
    """What the user gave cannot be worked with; the message is one sentence, without a capital, that says why."""


def complain(sentence: str) -> None:
    """Tell the user, on standard error, about something that could not be done."""
    print(f"coroscope: {sentence}", file=sys.stderr, flush=True)


class _LogLine(logging.Handler):
    """What the package logs, as complaints: one line each, with the error's words and without its traceback."""

    def emit(self, record: logging.LogRecord) -> None:
        """Complain of what a record says."""
        sentence = record.getMessage()
        if record.exc_info and (error := record.exc_info[1]):
            sentence += f": {type(error).__name__}: {error}; this is a mistake in coroscope, please report it."
        complain(sentence)


def prepare() -> None:
    """Let the standard streams take any text, what their encoding lacks as an escape, and show what is logged."""
    logger = logging.getLogger("coroscope")
    if not any(isinstance(handler, _LogLine) for handler in logger.handlers):
        logger.addHandler(_LogLine(logging.WARNING))
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def guard(work: Callable[[], int]) -> int:
    """Do a command's work and answer its exit status; bad input, Ctrl-C and a closed pipe bring no traceback."""
    try:
        status = work()
        sys.stdout.flush()
    except InputError as error:
        complain(str(error))
        return BAD_INPUT
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        _discard_output()
        return GONE
    return status


def _discard_output() -> None:
    """Send what is still buffered nowhere, or the interpreter would complain while it shuts down."""
    try:
        descriptor = sys.stdout.fileno()
    except (OSError, ValueError):
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, descriptor)
    os.close(nowhere)
