"""When the server looks for garbage: trees refer to themselves, so that nothing else frees them.

To look through all objects takes a tenth of a second, which nobody should wait for: it is done when the user pauses,
and in the midst of typing only after so many analyses that memory would grow.
"""

from __future__ import annotations

import gc

from coroscope.lsp.worker import Worker

_WORTH_A_PAUSE = 50
_AT_THE_LATEST = 500
"""Analyses: each leaves some ten thousand objects, a few megabytes."""


class Garbage:
    """Has garbage collected in the worker's thread, counting the analyses that leave it."""

    def __init__(self, worker: Worker) -> None:
        self._worker = worker
        self._left = 0

    def analysed(self) -> None:
        """There was an analysis; called in the worker's thread."""
        self._left += 1
        if self._left >= _WORTH_A_PAUSE:
            self._worker.submit(self._collect, key="garbage", urgent=self._left >= _AT_THE_LATEST)

    def _collect(self) -> None:
        gc.collect()
        self._left = 0
