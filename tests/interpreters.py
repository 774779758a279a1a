"""The CPythons on this machine, and what they say about small programs.

The programs of one page are run by one process an interpreter, which forks for each program: starting Python and
importing asyncio anew for each would take minutes.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

OLDEST = (3, 10)
NEWEST = (3, 15)
DRIVER = Path(__file__).with_name("driver.py")


@dataclass(frozen=True)
class Interpreter:
    """A CPython that works."""

    version: tuple[int, int]
    release: str
    executable: str


@dataclass(frozen=True)
class Program:
    """A few files of which one is run as a script, in real or in virtual time."""

    files: tuple[tuple[str, str], ...]
    script: str
    virtual: bool

    @classmethod
    def of(cls, files: dict[str, str], script: str, *, virtual: bool) -> Program:
        """A program from a mapping of file names to texts."""
        return cls(tuple(files.items()), script, virtual)


@dataclass(frozen=True)
class Outcome:
    """What became of a program; in virtual time, how long it took and for how long an event loop stood still."""

    status: int
    stdout: str
    stderr: str
    seconds: float = 0
    standstill: float = 0

    @property
    def quiet(self) -> bool:
        """Whether it ended well, without a word on standard error."""
        return not self.status and not self.stderr


@cache
def interpreters() -> tuple[Interpreter, ...]:
    """One working CPython of each version from 3.10 up: on the search path, with pyenv, or the one that runs this."""
    found: dict[tuple[int, int], Interpreter] = {}
    for candidate in _candidates():
        interpreter = _ask(candidate)
        if interpreter and interpreter.version >= OLDEST:
            found.setdefault(interpreter.version, interpreter)
    return tuple(found[version] for version in sorted(found))


def run_all(programs: Sequence[Program]) -> dict[tuple[int, int], dict[Program, Outcome]]:
    """Run programs under every interpreter; the interpreters work side by side."""
    unique = list(dict.fromkeys(programs))
    with TemporaryDirectory(prefix="coroscope-pages-") as folder:
        jobs: list[dict[str, str | bool]] = []
        for number, program in enumerate(unique):
            home = Path(folder).resolve() / str(number)
            for name, text in program.files:
                path = home / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, "utf-8", newline="")
            jobs.append({"folder": str(home), "script": program.script, "virtual": program.virtual})
        started = [(interpreter, _start(interpreter, jobs)) for interpreter in interpreters()]
        outcomes = {}
        for interpreter, process in started:
            output, errors = process.communicate()
            if process.returncode:
                raise RuntimeError(f"Python {interpreter.release} could not run the examples: {errors}")
            answers = [Outcome(*answer) for answer in json.loads(output)]
            outcomes[interpreter.version] = dict(zip(unique, answers, strict=True))
        return outcomes


def _start(interpreter: Interpreter, jobs: list[dict[str, str | bool]]) -> subprocess.Popen[str]:
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    environment |= {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONIOENCODING": "utf-8"}
    process = subprocess.Popen(
        [interpreter.executable, "-E", "-s", str(DRIVER)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True, encoding="utf-8", env=environment,
    )  # fmt: skip
    assert process.stdin
    process.stdin.write(json.dumps(jobs))
    process.stdin.close()
    process.stdin = None
    return process


def _candidates() -> Iterator[str]:
    yield sys.executable
    names = [f"python3.{minor}" for minor in range(OLDEST[1], NEWEST[1] + 1)]
    for name in [*names, "python3"]:
        for entry in os.get_exec_path():
            path = Path(entry) / name
            if path.is_file() and os.access(path, os.X_OK):
                yield str(path)
    for root in _pyenv_roots():
        for path in sorted(Path(root, "versions").glob("3.*/bin/python3.*")):
            if path.name in names and os.access(path, os.X_OK):
                yield str(path)


def _pyenv_roots() -> Iterator[str]:
    if root := os.environ.get("PYENV_ROOT"):
        yield root
    elif pyenv := shutil.which("pyenv"):
        yield subprocess.run([pyenv, "root"], capture_output=True, text=True, check=False).stdout.strip()


def _ask(executable: str) -> Interpreter | None:
    """The interpreter behind a path; None for a shim that leads nowhere and for what is not CPython."""
    question = "import sys; print(*sys.version_info[:3], sys.implementation.name)"
    try:
        command = [executable, "-I", "-c", question]
        done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    words = done.stdout.split()
    if done.returncode or len(words) != 4 or words[3] != "cpython":
        return None
    return Interpreter((int(words[0]), int(words[1])), ".".join(words[:3]), executable)
