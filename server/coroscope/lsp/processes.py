"""Whether a process is there, and when it has gone."""

from __future__ import annotations

import asyncio
import os
import sys

_CHECK_INTERVAL = 2.0


def alive(process: int) -> bool:
    """Whether a process of that number runs."""
    if process <= 0:
        return False
    if sys.platform == "win32":
        return _alive_on_windows(process)
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True


async def gone(process: int) -> None:
    """Come back when no process of that number runs any more."""
    while alive(process):
        await asyncio.sleep(_CHECK_INTERVAL)


def _alive_on_windows(process: int) -> bool:
    # `os.kill` would end the process there.
    import ctypes

    if sys.platform == "win32":
        kernel = ctypes.windll.kernel32
        synchronize, timed_out = 0x00100000, 0x00000102
        if not (handle := kernel.OpenProcess(synchronize, False, process)):
            return False
        try:
            return bool(kernel.WaitForSingleObject(handle, 0) == timed_out)
        finally:
            kernel.CloseHandle(handle)
    return True
