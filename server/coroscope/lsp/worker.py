"""The one thread that analyses, and the queue before it.

It makes synchronous work asynchronous: the loop thread hands in jobs and goes on receiving; what comes out is a
`Future`. A job that waits may be replaced by a newer one for the same thing, so that however fast somebody types, at
most one analysis of a file is waiting. Work that nobody waits for is done when the user pauses.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from time import monotonic
from typing import Any, TypeVar, cast

T = TypeVar("T")


class Worker:
    """Does one job at a time: first what is urgent, in order; then, after `patience` seconds without any, the rest."""

    def __init__(self, patience: float = 0.25) -> None:
        self._patience = patience
        self._urgent: dict[Hashable, _Job] = {}
        self._patient: dict[Hashable, _Job] = {}
        self._news = threading.Condition()
        self._last_urgent = 0.0
        self._stopped = False
        # A daemon: the process may end while an analysis is under way.
        self._thread = threading.Thread(target=self._run, name="coroscope-worker", daemon=True)
        self._thread.start()

    def submit(self, job: Callable[[], T], *, key: Hashable | None = None, urgent: bool = True) -> Future[T]:
        """Queue a job; its result or exception appears in the future, set in the worker's thread.

        A waiting job of the same key gives up its place to this one, and its future is cancelled; one that already
        runs is left alone. Cancelling a future takes its job out of the queue.
        """
        future: Future[T] = Future()
        entry = _Job(job, cast("Future[Any]", future))
        name = object() if key is None else key
        with self._news:
            if self._stopped:
                future.cancel()
                return future
            replaced = self._urgent.get(name)
            if replaced is None:
                replaced = self._patient.pop(name, None)
            elif not urgent:
                # What waits is as new as this job, and comes sooner.
                urgent = True
            (self._urgent if urgent else self._patient)[name] = entry
            if urgent:
                self._last_urgent = monotonic()
            self._news.notify()
        if replaced:
            replaced.future.cancel()
        return future

    def stop(self) -> None:
        """Drop what waits and take no more; what runs is not waited for."""
        with self._news:
            dropped = [*self._urgent.values(), *self._patient.values()]
            self._urgent.clear()
            self._patient.clear()
            self._stopped = True
            self._news.notify()
        for job in dropped:
            job.future.cancel()

    def _run(self) -> None:
        while (job := self._next()) is not None:
            if not job.future.set_running_or_notify_cancel():
                continue
            try:
                result = job.function()
            except BaseException as error:
                job.future.set_exception(error)
            else:
                job.future.set_result(result)

    def _next(self) -> _Job | None:
        """Wait for a job; None when the worker was stopped."""
        with self._news:
            while not self._stopped:
                if self._urgent:
                    return self._urgent.pop(next(iter(self._urgent)))
                pause = self._last_urgent + self._patience - monotonic() if self._patient else None
                if pause is not None and pause <= 0:
                    return self._patient.pop(next(iter(self._patient)))
                self._news.wait(pause)
            return None


class _Job:
    """A function to call and the future that gets what it returns."""

    def __init__(self, function: Callable[[], object], future: Future[Any]) -> None:
        self.function = function
        self.future = future
