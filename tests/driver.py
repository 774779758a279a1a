"""Run many small programs, each as `python SCRIPT` would, and print their exit statuses, outputs and errors as JSON.

A script of the name `x.ipynb` is a row of cells, each below a line `# %%`, and is run as IPython's kernel runs cells;
so is one of another name that awaits in cells.
Reads a JSON list of `{"folder", "script", "virtual"}` on standard input; `virtual` says in which time the program runs.
What it prints for one that runs in virtual time says also how long it took, and how long the longest step of its event
loop. Works on every CPython from 3.10 up.
"""

from __future__ import annotations

import ast
import asyncio
import gc
import inspect
import json
import logging  # noqa: F401  (so that the programs need not import it each for itself)
import os
import re
import runpy
import signal
import subprocess
import sys
import tempfile
import traceback  # noqa: F401
from pathlib import Path
from typing import IO, NoReturn

from virtual_clock import VirtualClock

SECONDS = 20
"""How long a program may take before it is ended."""


def main() -> None:
    """Run what standard input asks for, or become the program that the arguments name."""
    if sys.argv[1:]:
        become(*sys.argv[1:])
    json.dump([outcome(**job) for job in json.load(sys.stdin)], sys.stdout)


def outcome(folder: str, script: str, virtual: bool) -> list[int | str | float]:
    """What becomes of one program: its exit status, its output, its errors, and the seconds, which are last."""
    run = run_forked if hasattr(os, "fork") else run_process
    with tempfile.TemporaryDirectory() as notes:
        clock = Path(notes, "clock.json")
        done = run(folder, script, str(clock) if virtual else "")
        return [*done, *(json.loads(clock.read_text("utf-8")) if clock.exists() else ())]


def run_forked(folder: str, script: str, clock: str) -> tuple[int, str, str]:
    """Run one program in a child of this process."""
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        child = os.fork()
        if not child:
            signal.alarm(SECONDS)
            os.dup2(output.fileno(), 1)
            os.dup2(errors.fileno(), 2)
            become(folder, script, clock)
        _, status = os.waitpid(child, 0)
        return os.waitstatus_to_exitcode(status), text_of(output), text_of(errors)


def text_of(file: IO[bytes]) -> str:
    """What was written to a file."""
    file.seek(0)
    return file.read().decode("utf-8", "replace")


def run_process(folder: str, script: str, clock: str) -> tuple[int, str, str]:
    """Run one program in a process of its own, where there is no `fork`."""
    done = subprocess.run(
        [sys.executable, "-E", "-s", "-X", "utf8", __file__, folder, script, clock], timeout=SECONDS, check=False,
        stdin=subprocess.DEVNULL, capture_output=True, text=True, encoding="utf-8", errors="replace",
    )  # fmt: skip
    return done.returncode, done.stdout, done.stderr


def become(folder: str, script: str, clock: str) -> NoReturn:
    """Become the program, as far as a program can tell, and end."""
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.chdir(folder)
    sys.path[0] = folder
    sys.argv[:] = [script]
    virtual = VirtualClock()
    if clock:
        virtual.start()
    status = run(script)
    # What a dying interpreter does: the program's modules go, and with them the coroutines that they hold.
    for name, module in sys.modules.copy().items():
        if (getattr(module, "__file__", None) or "").startswith(folder):
            del sys.modules[name]
            vars(module).clear()
    sys.last_value = sys.last_traceback = None
    gc.collect()
    sys.stdout.flush()
    sys.stderr.flush()
    if clock:
        Path(clock).write_text(json.dumps([virtual.now, virtual.longest_step]), "utf-8")
    os._exit(status)


def run(script: str) -> int:
    """Run a script; its exit status."""
    status = 0
    try:
        if is_notebook(script):
            asyncio.run(run_cells(Path(script).read_text("utf-8")))
        else:
            runpy.run_path(script, run_name="__main__")
    except SystemExit as leave:
        status = leave.code if isinstance(leave.code, int) else int(leave.code is not None)
    except BaseException:
        sys.excepthook(*sys.exc_info())
        status = 1
    return status


def is_notebook(script: str) -> bool:
    """Whether a script is a notebook, or made of cells that Python does not compile from end to end."""
    text = Path(script).read_text("utf-8")
    if script.endswith(".ipynb") or not text.startswith("# %%\n"):
        return script.endswith(".ipynb")
    try:
        compile(text, script, "exec")
    except SyntaxError:
        return True
    return False


async def run_cells(text: str) -> None:
    """Run the cells of a notebook in one namespace and in this event loop; keep what the last expression of each gives.

    As IPython does it: `compile` with the flag that lets `await` stand at the top level.
    """
    names: dict[str, object] = {"__name__": "__main__"}
    out: dict[int, object] = {}
    for number, cell in enumerate(re.split(r"^# %%\n", text, flags=re.MULTILINE)[1:], 1):
        body = ast.parse(cell).body
        last = body.pop() if body and isinstance(body[-1], ast.Expr) else None
        await asyncio.sleep(0.001)  # while nobody runs a cell
        out[number] = await run_piece(ast.Module(body, []), "exec", names)
        if isinstance(last, ast.Expr):
            out[number] = await run_piece(ast.Expression(last.value), "eval", names)
    out.clear()
    names.clear()


async def run_piece(tree: ast.Module | ast.Expression, mode: str, names: dict[str, object]) -> object:
    """The value of a piece of a cell, which is a coroutine's where `await` stands in it."""
    code = compile(tree, "<cell>", mode, ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    value = eval(code, names)
    return await value if code.co_flags & inspect.CO_COROUTINE else value


if __name__ == "__main__":
    main()
