"""Rules that speak of some versions of Python only: the target decides, not the Python that coroscope runs on."""

from __future__ import annotations

from pathlib import Path

import pytest
from coroscope import engine
from coroscope.project.project import Project
from coroscope.project.settings import Settings

WAIT = """\
import asyncio

async def fetch():
    return 1

async def main():
    await asyncio.wait([fetch()])
"""


@pytest.mark.parametrize(
    ("target", "rules"),
    [((3, 8), []), ((3, 10), []), ((3, 11), ["wait-given-coroutines"]), ((3, 14), ["wait-given-coroutines"])],
)
def test_wait_takes_coroutines_before_3_11(tmp_path: Path, target: tuple[int, int], rules: list[str]) -> None:
    (tmp_path / "main.py").write_text(WAIT, "utf-8")
    project = Project(tmp_path, Settings(target_version=target))
    found = engine.check(project.module(tmp_path / "main.py"), project.settings)
    assert [finding.rule for finding in found] == rules


LOCK = """\
import asyncio

{made} = asyncio.Lock({given})

async def main():
    async with lock:
        print("alone")

{start}
"""
KEPT = """\
import asyncio

class Crawler:
    def __init__(self):
        self.jobs = asyncio.Queue()

    async def crawl(self):
        return await self.jobs.get()

def main():
    crawler = Crawler()
    asyncio.run(crawler.crawl())
"""
INSIDE = """\
import asyncio

class Crawler:
    def __init__(self):
        self.jobs = asyncio.Queue()

    async def crawl(self):
        return await self.jobs.get()

async def main():
    crawler = Crawler()
    await crawler.crawl()

asyncio.run(main())
"""
RUN = "asyncio.run(main())"
BY_HAND = "asyncio.get_event_loop().run_until_complete(main())"


@pytest.mark.parametrize(
    ("target", "text", "is_found"),
    [
        ((3, 9), LOCK.format(made="lock", given="", start=RUN), True),
        ((3, 10), LOCK.format(made="lock", given="", start=RUN), False),
        ((3, 9), LOCK.format(made="lock", given="", start=BY_HAND), False),
        ((3, 9), LOCK.format(made="lock", given="loop=asyncio.get_event_loop()", start=RUN), False),
        ((3, 9), LOCK.format(made="other = lock", given="", start=""), False),
        ((3, 8), KEPT, True),
        ((3, 11), KEPT, False),
        ((3, 8), INSIDE, False),
    ],
)
def test_locks_belonged_to_the_loop_of_their_time(
    tmp_path: Path, target: tuple[int, int], text: str, is_found: bool
) -> None:
    (tmp_path / "main.py").write_text(text, "utf-8")
    project = Project(tmp_path, Settings(target_version=target))
    found = engine.check(project.module(tmp_path / "main.py"), project.settings)
    assert ("different-event-loop" in [finding.rule for finding in found]) == is_found
