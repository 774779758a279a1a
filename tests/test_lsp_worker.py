"""The queue before the one thread that analyses."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator
from threading import Event, current_thread
from time import monotonic

import pytest
from coroscope.lsp.garbage import Garbage
from coroscope.lsp.worker import Worker


@pytest.fixture
def worker() -> Iterator[Worker]:
    worker = Worker(patience=0.05)
    yield worker
    worker.stop()


def held(worker: Worker) -> Event:
    """Keep the worker busy until the event is set."""
    started, release = Event(), Event()

    def hold() -> None:
        started.set()
        release.wait(5)

    worker.submit(hold)
    started.wait(5)
    return release


def test_a_job_runs_in_the_workers_thread_and_answers(worker: Worker) -> None:
    assert worker.submit(current_thread).result(5) is not current_thread()


def test_a_failure_is_the_jobs_own(worker: Worker) -> None:
    def fail() -> None:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        worker.submit(fail).result(5)
    assert worker.submit(lambda: 1).result(5) == 1


def test_the_newest_job_of_a_key_wins_and_keeps_the_place(worker: Worker) -> None:
    release, done = held(worker), list[str]()
    first = worker.submit(lambda: done.append("a1"), key="a")
    other = worker.submit(lambda: done.append("b"))
    second = worker.submit(lambda: done.append("a2"), key="a")
    assert first.cancelled()
    release.set()
    other.result(5)
    second.result(5)
    assert done == ["a2", "b"]


def test_a_running_job_is_not_replaced(worker: Worker) -> None:
    started, release = Event(), Event()

    def first() -> str:
        started.set()
        release.wait(5)
        return "first"

    running = worker.submit(first, key="a")
    started.wait(5)
    second = worker.submit(lambda: "second", key="a")
    release.set()
    assert (running.result(5), second.result(5)) == ("first", "second")


def test_a_cancelled_job_never_runs(worker: Worker) -> None:
    release, done = held(worker), list[str]()
    job = worker.submit(lambda: done.append("never"))
    assert job.cancel()
    release.set()
    worker.submit(lambda: None).result(5)
    assert done == []


def test_what_is_not_urgent_waits_for_a_pause(worker: Worker) -> None:
    done = list[str]()
    begun = monotonic()
    patient = worker.submit(lambda: done.append("patient"), urgent=False)
    for _ in range(3):
        worker.submit(lambda: done.append("urgent")).result(5)
    patient.result(5)
    assert done == ["urgent"] * 3 + ["patient"]
    assert monotonic() - begun >= 0.05


def test_what_became_urgent_does_not_wait(worker: Worker) -> None:
    release, done = held(worker), list[str]()
    patient = worker.submit(lambda: done.append("old"), key="a", urgent=False)
    urgent = worker.submit(lambda: done.append("new"), key="a")
    still = worker.submit(lambda: done.append("newest"), key="a", urgent=False)
    release.set()
    still.result(5)
    assert patient.cancelled()
    assert urgent.cancelled()
    assert done == ["newest"]


def test_stopping_drops_what_waits() -> None:
    worker = Worker()
    release = held(worker)
    waiting = worker.submit(lambda: None)
    worker.stop()
    assert waiting.cancelled()
    assert worker.submit(lambda: None).cancelled()
    release.set()


class Ring:
    """What refers to itself, as trees do."""

    def __init__(self) -> None:
        self.itself = self


@pytest.mark.parametrize(
    ("analyses", "is_busy", "is_found"), [(10, False, False), (60, False, True), (600, True, True)]
)
def test_garbage_is_found_in_pauses_and_at_the_latest_after_many_analyses(
    worker: Worker, analyses: int, is_busy: bool, is_found: bool
) -> None:
    gc.collect()
    gc.disable()
    try:
        lost = weakref.ref(Ring())
        garbage = Garbage(worker)
        for _ in range(analyses):
            worker.submit(garbage.analysed).result(5)
        if not is_busy:
            worker.submit(lambda: None, urgent=False).result(5)
        worker.submit(lambda: None).result(5)
        assert (lost() is None) is is_found
    finally:
        gc.enable()
