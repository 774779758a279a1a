"""The framework that code is written for, by what it says around a place."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from checking import Workspace
from coroscope.knowledge import frameworks
from coroscope.model.framework import framework_at

PLACES = """
import asyncio
import pytest
import anyio as a
from trio import sleep, lowlevel

async def of_trio():
    here()
    await sleep(1)

async def of_anyio():
    async def inner():
        here()
    await a.sleep(1)

async def most():
    here()
    asyncio.get_running_loop()
    await a.sleep(1)
    await a.sleep(1)

@pytest.mark.trio
async def marked():
    here()

class OfTrio:
    async def method(self):
        here()

    async def other(self):
        await sleep(1)

async def says_nothing():
    here()

async def branches(backend):
    if backend == "trio":
        await sleep(1)
        here()
    elif backend == "asyncio":
        here()
        await asyncio.sleep(1)
    else:
        here()
    await a.sleep(1)
    await a.sleep(1)

async def imports():
    import trio_websocket
    here()
"""

FILES = {
    "import os": "asyncio",
    "import anyio": "anyio",
    "from trio.abc import Stream": "trio",
    "from .trio import sleep": "asyncio",
    "import asyncio\nimport trio": "asyncio",
    "import asyncio\nimport trio\nasync def serve():\n    await trio.sleep(1)": "trio",
    "try:\n    import trio\nexcept ImportError:\n    trio = None": "trio",
    "import pytest\npytestmark = pytest.mark.anyio": "anyio",
    "# no trio here": "asyncio",
}


def frameworks_in(text: str, tmp_path: Path) -> list[str]:
    """The names of the frameworks around each call of `here`."""
    module = Workspace(tmp_path, {"main.py": text}).module("main.py")
    names = {framework.start + framework.variable: name for name, framework in frameworks().items()}
    calls = [c for c in module.tree.walk(ast.Call) if isinstance(c.func, ast.Name) and c.func.id == "here"]
    found = [framework_at(module, call) for call in sorted(calls, key=lambda call: module.range(call).start)]
    return [names[framework.start + framework.variable] for framework in found]


def test_functions_and_classes(tmp_path: Path) -> None:
    """The innermost one that mentions a framework tells."""
    found = frameworks_in(PLACES, tmp_path)
    assert found == ["trio", "anyio", "anyio", "trio", "trio", "trio", "trio", "asyncio", "anyio", "trio"]


@pytest.mark.parametrize(("text", "expected"), FILES.items(), ids=FILES)
def test_files(text: str, expected: str, tmp_path: Path) -> None:
    """A file tells by its imports and their use."""
    assert frameworks_in(f"{text}\nhere()\n", tmp_path) == [expected]
