"""Where code waits, and whose cancellation may arrive there; which ways lead on without an exception."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from checking import Workspace
from coroscope.model.cancellers import Canceller, canceller, cleans_up
from coroscope.model.suspension import suspensions

SOURCE = """
import asyncio
from asyncio import sleep as pause
from no_such_package import client

async def direct(): await asyncio.sleep(1)
async def indirect(): await direct()
async def circular(): await circular()
async def of_a_task(task): await task

async def main(queue: asyncio.Queue[int], task: asyncio.Task[int], reader: asyncio.StreamReader, thing, seconds):
    {}
"""


@pytest.mark.parametrize(
    ("statement", "answer"),
    [
        ("await asyncio.sleep(1)", Canceller.OWN),
        ("await pause(1)", Canceller.OWN),
        ("await queue.get()", Canceller.OWN),
        ("await reader.readline()", Canceller.OWN),
        ("await asyncio.Event().wait()", Canceller.OWN),
        ("await asyncio.wait([task])", Canceller.OWN),
        ("await asyncio.wait_for(queue.get(), seconds)", Canceller.OWN),
        ("await asyncio.gather(direct(), indirect())", Canceller.OWN),
        ("await asyncio.gather(*[direct() for _ in range(3)])", Canceller.OWN),
        ("await direct()", Canceller.OWN),
        ("await indirect()", Canceller.OWN),
        ("await circular()", Canceller.UNKNOWN),
        ("await of_a_task(task)", Canceller.UNKNOWN),
        ("await client.get()", Canceller.UNKNOWN),
        ("await asyncio.wait_for(thing.get(), 1)", Canceller.UNKNOWN),
        ("await asyncio.gather(direct(), thing.get())", Canceller.UNKNOWN),
        ("async for item in thing: pass", Canceller.UNKNOWN),
        ("async with thing: pass", Canceller.UNKNOWN),
        ("[item async for item in thing]", Canceller.UNKNOWN),
        ("await task", Canceller.ANY),
        ("await thing.task", Canceller.ANY),
        ("await asyncio.shield(task)", Canceller.ANY),
        ("await asyncio.shield(direct())", Canceller.ANY),
        ("await asyncio.wait_for(task, 1)", Canceller.ANY),
        ("await asyncio.gather(direct(), task)", Canceller.ANY),
        ("await asyncio.gather(*thing)", Canceller.ANY),
    ],
)
def test_who_cancels(statement: str, answer: Canceller, tmp_path: Path) -> None:
    module = Workspace(tmp_path, {"a.py": SOURCE.format(statement)}).module("a.py")
    main = next(node for node in module.tree.walk(ast.AsyncFunctionDef) if node.name == "main")
    assert [canceller(module, one) for one in suspensions(main.body)] == [answer]


@pytest.mark.parametrize(
    ("code", "number"),
    [
        ("await a(await b())", 2),
        ("async with a: await b()", 2),
        ("[await a(b) for b in c]", 1),
        ("[b async for b in c]", 1),
        ("async def later(): await a()", 0),
        ("later = (await a(b) for b in c)", 0),
        ("a()", 0),
    ],
)
def test_where_code_waits(code: str, number: int) -> None:
    assert len(list(suspensions(ast.parse(code).body))) == number


@pytest.mark.parametrize(
    ("code", "answer"),
    [
        ("await a.close()", True),
        ("await wait_for(a.aclose(), 1)", True),
        ("await self._shutdown_workers()", True),
        ("await a.closed()", False),
        ("await a.send()", False),
        ("await task", False),
    ],
)
def test_code_that_cleans_up(code: str, answer: bool) -> None:
    [suspension] = suspensions(ast.parse(code).body)
    assert cleans_up(suspension) is answer
