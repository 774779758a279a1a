"""Virtual time: a program that waits goes on at once, and a clock tells for how long it would have waited.

`time.sleep` and the event loop ask this clock. It stands while anything runs, and goes on to the next moment at which
something is to happen as soon as all threads sleep and the loop waits. So what is measured is the same on any machine.
For a program that is alone in its process and runs its event loops in the main thread. Works on every CPython from 3.10
up.
"""

from __future__ import annotations

import asyncio
import concurrent.futures.thread as pools
import selectors
import sys
import threading
import time
from collections.abc import Callable
from functools import partial
from math import inf

real_sleep = time.sleep

TICK = 1e-6
"""Seconds between two looks at the clock."""

LOOK_AGAIN = 0.001
"""Seconds of real time between two looks at threads that are running."""

MOST_LOOKS = 1000
"""How often they are looked at: who runs for longer waits for the main thread, and time has to go on."""


class VirtualClock:
    """What time it is for a program, and the longest step of an event loop so far, both in seconds."""

    def __init__(self) -> None:
        self.now = 0.0
        self.longest_step = 0.0
        self._running = 0
        """How many other threads, and jobs of pools, are neither done nor asleep."""
        self._alarms: list[float] = []
        """When the threads that are asleep wake up."""
        self._changed = threading.Condition()

    def start(self) -> None:
        """Be the clock of this process from now on."""
        for name in ("time", "monotonic", "perf_counter"):
            replace(time, name, self.read)
        replace(time, "sleep", self.sleep)
        self._keep_time_of_loops()
        self._count_threads()

    def read(self) -> float:
        """What time it is: later each time, so that of two timers the one that was set first comes first."""
        with self._changed:
            self.now += TICK
            return self.now

    def sleep(self, seconds: float) -> None:
        """`time.sleep`."""
        until = self.now + seconds
        if threading.current_thread() is threading.main_thread():
            self._wait(until, lambda seconds: real_sleep(seconds or 0))
        elif seconds > 0:
            with self._changed:
                self._running -= 1
                self._alarms.append(until)
                self._changed.wait_for(lambda: self.now >= until)

    def _wait(self, until: float, look: Callable[[float | None], object]) -> object:
        """Wait in the main thread: what `look` finds, which is told how long it may take, or nothing in the end."""
        looks = 0
        while True:
            others_run = bool(self._running)  # asked before `look`: a thread tells the loop before it is done
            found = look(LOOK_AGAIN if others_run and self.now < until else 0)
            looks += 1
            if found or self.now >= until:
                return found
            if not others_run or looks > MOST_LOOKS:
                then = min([until, *self._alarms])
                if then < inf:
                    self._go_on_to(then)
                elif not others_run:
                    return look(None)

    def _go_on_to(self, then: float) -> None:
        with self._changed:
            self.now = max(self.now, then)
            late = [alarm for alarm in self._alarms if alarm > self.now]
            self._running += len(self._alarms) - len(late)
            self._alarms = late
            self._changed.notify_all()

    def _keep_time_of_loops(self) -> None:
        """A loop waits in `select`, and takes a step in `Handle._run`."""
        selector: type = selectors.DefaultSelector
        if sys.platform == "win32":
            selector = asyncio.windows_events.IocpProactor
        select: Callable[[object, float | None], object] = vars(selector)["select"]
        step = asyncio.Handle._run

        def waiting(one: object, timeout: float | None = None) -> object:
            until = inf if timeout is None else self.now + max(timeout, 0)
            return self._wait(until, lambda seconds: select(one, seconds))

        def timed(handle: asyncio.Handle) -> None:
            before = self.now
            step(handle)
            self.longest_step = max(self.longest_step, self.now - before)

        replace(selector, "select", waiting)
        replace(asyncio.Handle, "_run", timed)

    def _count_threads(self) -> None:
        """Threads count while they run, but for those of pools, which mostly wait: there the jobs count."""
        start = threading.Thread.start
        submitted, run = vars(pools._WorkItem)["__init__"], vars(pools._WorkItem)["run"]

        def counted_start(thread: threading.Thread) -> None:
            if vars(thread)["_target"] is not pools._worker:
                replace(thread, "run", partial(self._counted, thread.run))
                self._begin()
            start(thread)

        def counted_submit(item: object, *args: object) -> None:
            self._begin()
            submitted(item, *args)

        replace(threading.Thread, "start", counted_start)
        replace(pools._WorkItem, "__init__", counted_submit)
        replace(pools._WorkItem, "run", lambda item, *args: self._counted(run, item, *args))

    def _begin(self) -> None:
        with self._changed:
            self._running += 1

    def _counted(self, work: Callable[..., None], *args: object) -> None:
        try:
            work(*args)
        finally:
            with self._changed:
                self._running -= 1


def replace(owner: object, name: str, function: object) -> None:
    """Put a function into the place of another one."""
    setattr(owner, name, function)
