"""What is typed disturbs no finding elsewhere: `keystrokes.py` on a small file, a few characters a step.

`python tests/keystrokes.py` does the same with real files.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from checking import Workspace
from keystrokes import SHAPES, play

FILE = '''\
"""A client."""

from __future__ import annotations

import asyncio
from typing import Any

LIMIT = 10


class Client:
    """Speaks to a server (or doesn't)."""

    retries: int = 3

    async def connect(self, host: str) -> None:
        """Open it."""
        await asyncio.sleep(1)

    async def close(self) -> None:
        await asyncio.sleep(0.1)

    @property
    def name(self) -> str:
        return "client"

    async def serve(
        self,
        host: str,
    ) -> dict[str, Any]:
        """Serve,
    with a text that stands too far to the left.
        """
        await self.connect(host)
        found = {"host": host}
        if host:
            await self.connect("it's")
        elif LIMIT:
            await self.close()
        try:
            await self.close()
        except (OSError, ValueError):
            await self.close()
        return found


async def main() -> None:
    client = Client()
    await client.connect("a")
    text = """
a text (
"""
    print(text)
    await client.close()


async def other(client: Client) -> None:
    await client.close()
    for host in ("a", "b"):
        await client.connect(host)
    await client.close()


asyncio.run(main())
'''

SPELLED: dict[str, Callable[[str], str]] = {
    "as it is": lambda text: text,
    "tabs": lambda text: text.replace("    ", "\t"),
    "Windows line ends": lambda text: text.replace("\n", "\r\n"),
    "old Mac line ends": lambda text: text.replace("\n", "\r"),
    "a mark at the beginning": lambda text: f"\ufeff# -*- coding: utf-8 -*-\n{text}",
    "form feeds": lambda text: text.replace("\n\n\n", "\n\f\n\n"),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_nothing_elsewhere_changes(tmp_path: Path, shape: str) -> None:
    made = Workspace(tmp_path, {"client.py": FILE})
    for typing in SHAPES[shape](FILE, 2):
        outcome = play(made.project, made.root / "client.py", typing, steps=3)
        assert outcome.elsewhere >= 5
        assert outcome.flickers == []
        assert outcome.as_fresh


@pytest.mark.parametrize("spelling", SPELLED)
def test_however_it_is_spelled(tmp_path: Path, spelling: str) -> None:
    spelled = SPELLED[spelling]
    made = Workspace(tmp_path, {"client.py": FILE})
    for shape in ("bodies", "whole", "between table", "inside call", "inside conflict"):
        for typing in SHAPES[shape](FILE, 1):
            before, after = spelled(typing.text[: typing.at]), spelled(typing.text[typing.at :]).removeprefix("\ufeff")
            after = after.replace("# -*- coding: utf-8 -*-\n", "")
            moved = typing._replace(text=before + after, at=len(before), typed=spelled(typing.typed).lstrip("\ufeff"))
            moved = moved._replace(typed=moved.typed.replace("# -*- coding: utf-8 -*-\n", ""))
            outcome = play(made.project, made.root / "client.py", moved, steps=3)
            assert outcome.flickers == []
            assert outcome.as_fresh
