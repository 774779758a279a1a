"""What becomes of a text while somebody types, key by key."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from random import Random

from fuzz.mutations import MUTATIONS, TOKEN, token_near

Typing = Callable[[Random, str, str], Iterator[str]]
"""Each version of a text while somebody types."""

_TYPED = [
    "    await asyncio.sleep(1)\n", "async def added(self):\n    pass\n\n\n", "import asyncio\n",
    "    async def inner():\n        return 1\n", "from asyncio import *\n", "    return later()\n", "@property\n",
    "class Added(Base):\n    async def go(self): ...\n", "    @staticmethod\n", "    x = [f() for f in y]\n",
    '    """Say it."""\n', "    task = asyncio.create_task(f())\n", "if __name__ == '__main__':\n    main()\n",
    "def outer(x: int = 1, *, y: str) -> None:\n    global z\n    z = x\n", "with open(x) as y:\n    pass\n",
    "asyncio.run(main())\n", "    async with lock:\n        await x\n", "x = later\n", "    yield 1\n", "del later\n",
    "    for each in y:\n        each()\n", "    self.x = self.later()\n", "TYPE = 'x'\n",
    "    x = later().aw\n", "    print(asyncio.sleep(1).await\n", "    return self.go().await.name\n",
]  # fmt: skip
_HEADER = re.compile(r"(?m)^[ \t]*(?:async |def |class |@|import |from |return |global |\w+ = |\"\"\").*$")
_IN_HEADER = ["", "async ", "x", "(", ")", ":", "object", "*, y=1", "Base", ", ", '"', "self", "later", "\n"]


def typed(random: Random, text: str, other: str) -> Iterator[str]:
    """A few versions of a text, as somebody edits it; at times all is undone again, step by step."""
    before = [text]
    for version in random.choice(TYPINGS)(random, text, other):
        before.append(version)
        yield version
    if random.random() < 0.25:
        yield from before[-2::-1]


def _inserted(random: Random, text: str, _: str) -> Iterator[str]:
    """Lines typed key by key, or as an editor completes them."""
    lines = text.splitlines(keepends=True)
    at = len("".join(lines[: random.randint(0, len(lines))]))
    yield from _keys(random, text, at, at, random.choice(_TYPED))


def _retyped(random: Random, text: str, other: str) -> Iterator[str]:
    """A token erased and another one typed."""
    start, end = token_near(random, text)
    first, last = token_near(random, other)
    yield from _keys(random, text, start, end, other[first:last])


def _header_edited(random: Random, text: str, _: str) -> Iterator[str]:
    """Something changed in a line that others depend on: a header, an import, a decorator, a string."""
    places = list(_HEADER.finditer(text))
    if not places:
        return
    line = random.choice(places)
    tokens = list(TOKEN.finditer(text, *line.span()))
    token = random.choice(tokens)
    word = random.choice(_IN_HEADER)
    yield from _keys(random, text, token.start(), token.end(), word)


def _renamed(random: Random, text: str, _: str) -> Iterator[str]:
    """A function or class renamed: everywhere at once, or where it is defined."""
    names = re.findall(r"(?:def|class) (\w+)", text)
    if not names:
        return
    name, new = random.choice(names), random.choice([random.choice(names), "renamed", "close", "run"])
    yield re.sub(rf"\b{name}\b", new, text, count=random.choice([0, 1]))


def _line_by_line(random: Random, text: str, other: str) -> Iterator[str]:
    """A function written anew, line by line, at the level of the file."""
    definitions = re.findall(r"(?m)^(?:async )?def .*\n(?:(?:[ \t].*)?\n)*", other)
    if not definitions:
        return
    lines = text.splitlines(keepends=True)
    outside = [number for number, line in enumerate(lines) if line[:1].strip(" \t#\n\r)]}")]
    at = random.choice([*outside, len(lines)])
    new = random.choice(definitions).splitlines(keepends=True)[:12]
    for count in range(1, len(new) + 1):
        yield "".join(lines[:at] + new[:count] + lines[at:])


def _mutated(random: Random, text: str, other: str) -> Iterator[str]:
    yield random.choice(MUTATIONS)(random, text, other)


TYPINGS: list[Typing] = [
    _inserted, _retyped, _header_edited, _header_edited, _renamed, _line_by_line, _mutated, _mutated, _mutated,
]  # fmt: skip


def _keys(random: Random, text: str, start: int, end: int, word: str) -> Iterator[str]:
    """The versions of a text while what stands between two places is erased, and a word typed there."""
    for here in range(end - 1, start - 1, -1) if end - start < 10 else [start]:
        yield text[:here] + text[end:]
    step = random.choice([1, 1, 3, len(word) or 1])
    for length in range(step, len(word) + step, step):
        yield text[:start] + word[:length] + text[end:]
