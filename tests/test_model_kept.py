"""What is kept of a function while its statements are edited: every expression has the type that it has in a new file.

Each case is a function, one line of it, and what takes the place of that line: chosen so that something else changes
its type, or might.
"""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from checking import Workspace
from coroscope.model.module import Module

HEADER = """\
import asyncio
import sys
from contextlib import suppress
from typing import NoReturn

names = []


class Node:
    parent: "Node | None"
    label: str | None
    parts: list[str]


class Failure(Exception):
    pass


def stop() -> NoReturn:
    sys.exit()


def goes_on() -> None: ...


async def read() -> int: ...


async def write() -> str: ...


"""

BODY = """\
async def work(node: Node, other: Node, flag: bool) -> None:
    value = 1
    item = value
    kept = []
    kept.append(value)
    table = {}
    table["a"] = value
    both = [kept, table]
    if flag:
        goes_on()
    print(item, both, kept[0], table["a"])
    flow = 1
    if flag:
        flow = None
        goes_on()
    elif value:
        flow = "a"
        stop()
    else:
        flow = 1.5
        stop()
        pass
    print(flow)
    node.label = "x"
    print(node.label, other.label)
    while flag:
        item = value
        with suppress(Failure):
            goes_on()
        print(item)
    if node.parent is not None:
        pass
        print(node.parent)
    for part in node.parts:
        print(part, value)
    squares = [each for each in kept if each]
    told = (chosen := value), chosen
    try:
        print(await read())
    except ValueError as error:
        print(error, squares, told)
    match value:
        case [first, *rest]:
            print(first, rest)
        case int() as number:
            print(number)
    print(names, lambda: value)
    await read()
"""

EDITS = [
    ("    value = 1\n", "    value = 'a'\n"),
    ("    value = 1\n", "    value = node.parts\n"),
    ("    value = 1\n", "    value: int | str = 1\n"),
    ("    value = 1\n", "    value = 1\n    value += 1.5\n"),
    ("    value = 1\n", "    value = None\n    value = [1]\n"),
    ("    kept = []\n", "    kept = ['a']\n"),
    ("    kept.append(value)\n", "    kept.append('a')\n"),
    ("    kept.append(value)\n", "    pass\n"),
    ("    kept.append(value)\n", "    kept.append(value)\n    goes_on(kept)\n"),
    ("    kept.append(value)\n", "    kept += ['a']\n"),
    ('    table["a"] = value\n', '    table["a"] = "b"\n'),
    ('    table["a"] = value\n', ""),
    ("        goes_on()\n    print(item, both", "        stop()\n    print(item, both"),
    ("        goes_on()\n    print(item, both", "        item = None\n        stop()\n    print(item, both"),
    ("        goes_on()\n    print(item, both", "        pass\n    print(item, both"),
    ("        goes_on()\n    elif", "        stop()\n    elif"),
    ("        goes_on()\n    elif", "        goes_on()\n        stop()\n    elif"),
    ("        stop()\n    else", "        goes_on()\n    else"),
    ("        stop()\n    else", "        stop()\n        goes_on()\n    else"),
    ("        stop()\n        pass\n", "        stop()\n"),
    ("        stop()\n        pass\n", "        stop = goes_on\n        pass\n"),
    ("    item = value\n    kept", "    item = None\n    kept"),
    ("    item = value\n    kept", "    kept"),
    ('    node.label = "x"\n', "    node.label = None\n"),
    ('    node.label = "x"\n', ""),
    ('    node.label = "x"\n', "    node = other\n"),
    ("        item = value\n        with", "        item = await write()\n        with"),
    ("        item = value\n        with", "        value = node.label\n        with"),
    ("            goes_on()\n        print(item)\n", "            stop()\n        print(item)\n"),
    ("            goes_on()\n        print(item)\n", "            item = 1.5\n        print(item)\n"),
    ("        pass\n        print(node.parent)\n", "        node.parent = None\n        print(node.parent)\n"),
    ("        pass\n        print(node.parent)\n", "        node = other\n        print(node.parent)\n"),
    ("    squares = [each for each in kept if each]\n", "    squares = {each: part for each in kept}\n"),
    ("    told = (chosen := value), chosen\n", "    told = (chosen := node), chosen\n"),
    ("    told = (chosen := value), chosen\n", "    told = (value := node), value\n"),
    ("        print(await read())\n", "        print(read())\n"),
    ("        print(error, squares, told)\n", "        error = 1\n        print(error, squares, told)\n"),
    ("            print(number)\n", "            number = node\n            print(number)\n"),
    ("    print(names, lambda: value)\n", "    names = 1\n    print(names, lambda: value)\n"),
    ("    print(names, lambda: value)\n", "    suppress = 1\n    print(names, lambda: value)\n"),
    ("    await read()\n", "    read()\n"),
    ("    await read()\n", "    await read()\n    # nothing\n    await write()\n"),
    ("    await read()\n", ""),
]


@pytest.mark.parametrize(("line", "instead"), EDITS)
def test_types_are_those_of_a_new_file(tmp_path: Path, line: str, instead: str) -> None:
    before = HEADER + BODY
    after = HEADER + BODY.replace(line, instead, 1)
    assert after != before
    expected = types(Workspace(tmp_path / "new", {"m.py": after}).module("m.py"))
    edited = Workspace(tmp_path / "edited", {"m.py": before})
    path = edited.root / "m.py"
    edited.project.open(path, before)
    types(edited.module("m.py"))
    for text, told in ((after, expected), (before, None), (after, expected)):
        edited.project.change(path, text)
        found = types(edited.module("m.py"))
        assert told is None or found == told


def test_of_functions_of_one_name_each_is_itself(tmp_path: Path) -> None:
    main = "async def main():\n    asyncio.create_task(work())\n\n\n"
    before = f"import asyncio\n\n\n{main}asyncio.run(main())\n\n\n{main.replace('work', 'other')}"
    after = before.replace("(work())\n", "(work())\n    last = 1\n")
    expected = Workspace(tmp_path / "new", {"m.py": after}).findings()
    assert "the program ends with `main`" in expected[0].message
    edited = Workspace(tmp_path / "edited", {"m.py": before})
    edited.project.open(edited.root / "m.py", before)
    edited.findings()
    edited.project.change(edited.root / "m.py", after)
    assert edited.findings() == expected


def types(module: Module) -> list[tuple[str, str, str]]:
    """Each expression that is read, with its place and its type."""
    read = (node for node in module.tree.walk(*EXPRESSIONS) if isinstance(getattr(node, "ctx", ast.Load()), ast.Load))
    return [(str(module.range(node)), module.text(node), str(module.type_of(node))) for node in read]


EXPRESSIONS = (
    ast.Name,
    ast.Attribute,
    ast.Subscript,
    ast.Call,
    ast.Await,
    ast.List,
    ast.ListComp,
    ast.Tuple,
    ast.Lambda,
)
