"""What `.await` stands for, wherever somebody types it: `|` is where the cursor is; the text need not parse."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest
from checking import Workspace
from coroscope import engine

CODE = """\
import asyncio


class Client:
    async def get(self, path: str = "") -> str:
        return path

    async def use(self, task: asyncio.Task[int]) -> None:
        IN_METHOD

    async def last(self) -> None:
        pass


async def fetch(n: int) -> int:
    return n


async def main(client: Client) -> None:
    IN_FUNCTION


def plain() -> None:
    IN_PLAIN
"""

OFFERED = [
    ("x = fetch(1).|", "x = await fetch(1)"),
    ("x = fetch(1).aw|", "x = await fetch(1)"),
    ("x = fetch(1).|.real", "x = (await fetch(1)).real"),
    ("x = (fetch(1)).|[0]", "x = (await (fetch(1)))[0]"),
    ("fetch(1).|\n(a, b) = 1, 2", "await fetch(1)\n(a, b) = 1, 2"),
    ("foo(\n    fetch(1).|\n    .real)", "foo(\n    (await fetch(1))\n    .real)"),
    ("print(fetch(1).|", "print(await fetch(1)"),
    ("print(client.get().|, 2)", "print(await client.get(), 2)"),
    ("if fetch(1).|", "if await fetch(1)"),
    ("if fetch(1).|:\n    pass", "if await fetch(1):\n    pass"),
    ("for x in fetch(1).|", "for x in await fetch(1)"),
    ("return fetch(1).|", "return await fetch(1)"),
    ("xs = [fetch(n).| for n in range(3)]", "xs = [await fetch(n) for n in range(3)]"),
    ("x = fetch(\n    1,\n).|", "x = await fetch(\n    1,\n)"),
    ("x = [\n    fetch(1).|\n]", "x = [\n    await fetch(1)\n]"),
    ("x = f'{fetch(1).|}'", "x = f'{await fetch(1)}'"),
    ("x = 'é木😋', fetch(1).|", "x = 'é木😋', await fetch(1)"),
    ("asyncio.gather(fetch(1), fetch(2)).|", "await asyncio.gather(fetch(1), fetch(2))"),
    ("task = asyncio.create_task(fetch(1))\ntask.|", "task = asyncio.create_task(fetch(1))\nawait task"),
    ("while True:\n    fetch(1).|\n    y = 3", "while True:\n    await fetch(1)\n    y = 3"),
]

NOT_OFFERED = [
    "client.|",
    "client.get.|",
    "asyncio.|",
    "nobody.knows().|",
    "x = fetch(1)|",
    "x = fetch(1).re|al",
    "x = 1.|",
    "await fetch(1).|",
    "x = 'fetch(1).|'",
    "x = 'fetch(1).|",
    "# fetch(1).|",
    "g = lambda: fetch(1).|",
    "xs = (fetch(n).| for n in range(3))",
    "def inner():\n    fetch(1).|",
    "class Inner:\n    x = fetch(1).|",
]


def code(body: str, place: str) -> str:
    """The code with a body in one place, and nothing in the others."""
    text = CODE
    for name, indent in (("IN_METHOD", 8), ("IN_FUNCTION", 4), ("IN_PLAIN", 4)):
        text = text.replace(name, textwrap.indent(body if name == place else "pass", " " * indent).lstrip())
    return text


def completed(folder: Path, text: str) -> str | None:
    """A text after `.await` was completed in it; None if nothing is offered."""
    offset = text.index("|")
    text = text.replace("|", "")
    module = Workspace(folder, {"x.py": text}).module("x.py")
    found = engine.await_typed(module, module.source.position(offset))
    if found is None:
        return None
    before, word = module.source.span(found.before), module.source.span(found.word)
    assert (before.end, word.end) == (word.start, offset)
    return text[: before.start] + found.text + text[word.end :]


@pytest.mark.parametrize(("body", "made"), OFFERED)
def test_offered(body: str, made: str, tmp_path: Path) -> None:
    assert completed(tmp_path, code(body, "IN_FUNCTION")) == code(made, "IN_FUNCTION")


def test_offered_in_a_method(tmp_path: Path) -> None:
    for body, made in (("x = task.|", "x = await task"), ("if self.get().|", "if await self.get()")):
        assert completed(tmp_path, code(body, "IN_METHOD")) == code(made, "IN_METHOD")


@pytest.mark.parametrize("body", NOT_OFFERED)
def test_not_offered(body: str, tmp_path: Path) -> None:
    assert completed(tmp_path, code(body, "IN_FUNCTION")) is None


def test_offered_in_a_function_that_a_condition_defines(tmp_path: Path) -> None:
    body = "if True:\n    async def inner():\n        x = fetch(1)."
    assert completed(tmp_path, code(f"{body}|", "IN_PLAIN")) == code(
        body.replace("fetch(1).", "await fetch(1)"), "IN_PLAIN"
    )
    around = f"{CODE}\nif True:\n    async def later():\n        x = fetch(1)."
    assert completed(tmp_path, f"{around}|\n") == around.replace("= fetch(1).", "= await fetch(1)") + "\n"


def test_not_offered_where_no_await_may_stand(tmp_path: Path) -> None:
    assert completed(tmp_path, code("x = fetch(1).|", "IN_PLAIN")) is None
