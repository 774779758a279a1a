"""The consoles that text for people goes through: colour on terminals only, no wrapping, no markup."""

from __future__ import annotations

from typing import TextIO

from rich.console import Console


class PlainConsole(Console):
    """A console that leaves it to the command what happens when the reader of a pipe has gone."""

    def on_broken_pipe(self) -> None:
        """Pass the error on, where rich would end the process with status 1."""
        raise  # noqa: PLE0704 (rich calls this while it handles the BrokenPipeError)


def console_for(stream: TextIO) -> Console:
    """A console on a stream; NO_COLOR, FORCE_COLOR and TERM are honoured as rich does."""
    return PlainConsole(file=stream, highlight=False, markup=False, emoji=False, soft_wrap=True)
