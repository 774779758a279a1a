"""What inlay hints show: a comment tells the hints of its line, and all other lines have none."""

from __future__ import annotations

import re
from pathlib import Path

from checking import Workspace
from coroscope import engine
from coroscope.source import Position, Range

CODE = """\
import asyncio
from typing import Any


class Page:
    def __await__(self):
        yield


async def fetch(n: int) -> int:
    return n


async def nothing() -> None:
    pass


async def large() -> dict[str, dict[str, dict[str, list[int]]]]:
    return {}


def page() -> Page:
    return Page()


def start():
    return asyncio.create_task(fetch(1))  # -> task of int


def hand_on():
    return fetch(2)  # -> coroutine of int


async def main() -> None:
    await fetch(1)
    x = fetch(1)  # -> coroutine of int
    y: Any = fetch(2)
    many = [fetch(n) for n in range(3)]  # -> coroutine of int
    keep(nothing(), fetch(3))  # -> coroutine  -> coroutine of int
    await asyncio.gather(*[fetch(n) for n in range(3)], fetch(2))
    task = asyncio.create_task(fetch(1))  # -> task of int
    task.add_done_callback(print)
    asyncio.create_task(nothing()).add_done_callback(print)
    asyncio.create_task(nothing())
    start()  # -> task of int
    future = asyncio.Future[int]()  # -> future of int
    both = asyncio.gather(x, nothing())  # -> future of tuple[int, None]
    big = large()  # -> coroutine
    shown, made = page(), Page()  # -> awaitable
    async with asyncio.TaskGroup() as group:
        group.create_task(nothing())
        kept = group.create_task(nothing())  # -> task
    async for item in asyncio.as_completed([fetch(1)]):
        item


asyncio.run(main())
"""


def test_hints(tmp_path: Path) -> None:
    module = Workspace(tmp_path, {"x.py": CODE}).module("x.py")
    found: dict[int, list[str]] = {}
    for hint in engine.hints(module, Range(Position(1, 1), Position(1000, 1))):
        found.setdefault(hint.position.line, []).append(hint.label)
        assert hint.story.endswith(".")
    told = {
        number: re.split(r"  (?=->)", comment[1])
        for number, line in enumerate(CODE.splitlines(), 1)
        if (comment := re.search(r"# (->.*)", line))
    }
    assert found == told


def test_hints_of_a_range(tmp_path: Path) -> None:
    module = Workspace(tmp_path, {"x.py": CODE}).module("x.py")
    line = CODE[: CODE.index("    x = ")].count("\n") + 1
    (hint,) = engine.hints(module, Range.on_line(line, 1, 100))
    assert hint.position == Position(line, len("    x = fetch(1)") + 1)
    assert hint.story == "A coroutine that has not begun to run: `await` runs it and gives `int`."
