"""Programs in virtual time: nobody waits, and the clock tells how long it would have taken."""

from __future__ import annotations

import textwrap
from pathlib import Path

import driver
import pytest
from interpreters import Program, run_all

SLEEPERS = """\
import asyncio
import time


async def main():
    await asyncio.gather(asyncio.to_thread(time.sleep, 100), asyncio.to_thread(time.sleep, 50), asyncio.sleep(70))
    time.sleep(30)


asyncio.run(main())
time.sleep(200)
"""


def test_time_goes_on_when_everybody_waits() -> None:
    program = Program.of({"main.py": SLEEPERS}, "main.py", virtual=True)
    for outcomes in run_all([program]).values():
        outcome = outcomes[program]
        assert outcome.quiet, outcome.stderr
        assert (round(outcome.seconds, 3), round(outcome.standstill, 3)) == (330, 30)


def test_of_two_timers_the_first_one_comes_first() -> None:
    text = """\
    import asyncio


    async def tell(name):
        await asyncio.sleep(1)
        print(name, end="")


    async def main():
        await asyncio.gather(*map(tell, "abcdefgh"))


    asyncio.run(main())
    """
    program = Program.of({"main.py": textwrap.dedent(text)}, "main.py", virtual=True)
    assert {outcomes[program].stdout for outcomes in run_all([program]).values()} == {"abcdefgh"}


@pytest.mark.parametrize("virtual", [True, False])
def test_a_program_runs_where_there_is_no_fork(virtual: bool, tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text(SLEEPERS if virtual else "print(input)\nraise ValueError('no')\n", "utf-8")
    clock = tmp_path / "clock.json"
    status, output, errors = driver.run_process(str(tmp_path), "main.py", str(clock) if virtual else "")
    assert clock.exists() == virtual
    if virtual:
        assert (status, output, errors) == (0, "", "")
    else:
        assert status == 1 and output.startswith("<built-in function") and errors.endswith("ValueError: no\n")


def test_a_thread_may_wait_for_the_loop() -> None:
    text = """\
    import asyncio


    def ask(loop):
        return asyncio.run_coroutine_threadsafe(asyncio.sleep(30, "answer"), loop).result()


    async def main():
        print(await asyncio.to_thread(ask, asyncio.get_running_loop()))


    asyncio.run(main())
    """
    program = Program.of({"main.py": textwrap.dedent(text)}, "main.py", virtual=True)
    assert {outcomes[program].stdout for outcomes in run_all([program]).values()} == {"answer\n"}
