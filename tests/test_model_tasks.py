"""The lives of tasks: what they meet, and where code gives way."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from checking import Workspace
from coroscope.model.module import Module
from coroscope.model.suspension import gives_way_after, gives_way_between

HEAD = "import asyncio\nasync def f(): ...\n"


def module_of(tmp_path: Path, text: str) -> Module:
    return Workspace(tmp_path, {"a.py": HEAD + text}).module("a.py")


@pytest.mark.parametrize(
    ("text", "uses"),
    [
        ("asyncio.create_task(f())", "dropped"),
        ("asyncio.create_task(f()).add_done_callback(print)", "asked add_done_callback"),
        ("t = asyncio.create_task(f())\n    await t", "awaited"),
        ("t = asyncio.create_task(f())\n    return t", "returned"),
        ("t = asyncio.create_task(f())\n    print(t, t == 1)", "looked at, looked at"),
        ("t = asyncio.create_task(f())\n    if t: pass", "looked at"),
        ("t = asyncio.create_task(f())\n    x = t\n    x.cancel()", "asked cancel"),
        ("t = asyncio.create_task(f())\n    t.done()\n    g(t.cancel)", "asked done, escaped"),
        ("t = asyncio.create_task(f())\n    d = {t: 1}\n    d[t] = 2", "escaped, escaped"),
        ("t = asyncio.create_task(f())\n    return lambda: t", "escaped"),
        ("[asyncio.create_task(f()) for _ in '']", "dropped"),
        ("t = {asyncio.create_task(f())}", "unused t"),
        ("t = asyncio.create_task(f())\n    t = 1\n    print(t)", "overwritten t"),
        ("self.t = asyncio.ensure_future(f())", "escaped"),
        ("global t\n    t = asyncio.create_task(f())", "escaped"),
        ("await asyncio.create_task(f())", None),
        ("asyncio.ensure_future(asyncio.sleep)", None),
        ("async with asyncio.TaskGroup() as g:\n        g.create_task(f())", None),
    ],
)
def test_what_a_task_meets(tmp_path: Path, text: str, uses: str | None) -> None:
    lives = list(module_of(tmp_path, f"async def main(self, g):\n    {text}\n").tasks())
    met = [", ".join(f"{use.fate.value} {use.name}".strip() for use in life.uses) for life in lives]
    assert met == ([] if uses is None else [uses])


@pytest.mark.parametrize(
    ("between", "gives_way"),
    [
        ("print()", False),
        ("await f()", True),
        ("async with x: pass", True),
        ("async for _ in x: pass", True),
        ("[_ async for _ in x]", True),
        ("if x: await f()", True),
        ("yield", True),
        ("async def inner(): await f()", False),
        ("g()", False),
    ],
)
def test_where_async_code_gives_way(tmp_path: Path, between: str, gives_way: bool) -> None:
    module = module_of(tmp_path, f"async def main(x, g):\n    first\n    {between}\n    last\n")
    first, last = (next(n for n in module.tree.walk(ast.Name) if n.id == name) for name in ("first", "last"))
    assert gives_way_between(module, first, last) is gives_way
    assert gives_way_after(module, first) is gives_way


@pytest.mark.parametrize(
    ("between", "gives_way"),
    [("print(len(x))", False), ("loop.run_forever()", True), ("g()", True), ("asyncio.new_event_loop()", False)],
)
def test_where_sync_code_gives_way(tmp_path: Path, between: str, gives_way: bool) -> None:
    code = f"def main(x, g, loop: asyncio.AbstractEventLoop):\n    first\n    {between}\n    last\n"
    module = module_of(tmp_path, code)
    first, last = (next(n for n in module.tree.walk(ast.Name) if n.id == name) for name in ("first", "last"))
    assert gives_way_between(module, first, last) is gives_way
