"""Whether `await`, `with`, `async with`, `for` and `async for` take a value: surely, surely not, or perhaps."""

from __future__ import annotations

import ast

import pytest
from checking import Workspace

SOURCE = """
from __future__ import annotations
import asyncio
import contextlib
import enum
import threading
from no_such_package import Thing

class Both:
    def __enter__(self): ...
    def __exit__(self, *error): ...
    async def __aenter__(self): ...
    async def __aexit__(self, *error): ...

class Half:
    async def __aenter__(self): ...

class Refusing:
    def __enter__(self):
        raise TypeError("use async with")
    def __exit__(self, *error): ...

class Old:
    def __getitem__(self, index: int) -> int: ...

class Derived(Thing): ...

class Color(enum.Enum):
    RED = 1

class Numbers:
    def __aiter__(self): ...

@contextlib.asynccontextmanager
async def opened():
    yield 1

async def counting():
    yield 1

async def fetch(): ...

def asked(lock: asyncio.Lock | None, either: Both | list[int], thing: Thing, derived: Derived, cls: type[Both], any):
    (asyncio.Lock(), threading.Lock(), Both(), Half(), Refusing(), opened(), opened, asyncio.timeout(1), lock, either)
    (thing, derived, any, cls, Color, Both, Old(), Numbers(), counting(), counting, [1], (1, 2), "a", 1, None, asyncio)
    (fetch(), fetch, asyncio.Future())
"""

ANSWERS = {
    # await, with, async with, for, async for: + surely, - surely not, ? cannot be said
    "asyncio.Lock()": "--+--",
    "threading.Lock()": "-+---",
    "Both()": "-++--",
    "Half()": "-----",
    "Refusing()": "-----",
    "opened()": "--+--",
    "opened": "-----",
    "asyncio.timeout(1)": "--+--",
    "lock": "--?--",
    "either": "-???-",
    "thing": "?????",
    "derived": "?????",
    "any": "?????",
    "cls": "-----",
    "Color": "---+-",
    "Both": "-----",
    "Old()": "---+-",
    "Numbers()": "----+",
    "counting()": "----+",
    "counting": "-----",
    "[1]": "---+-",
    "(1, 2)": "---+-",
    '"a"': "---+-",
    "1": "-----",
    "None": "-----",
    "asyncio": "-----",
    "fetch()": "+----",
    "fetch": "-----",
    "asyncio.Future()": "+--+-",
}


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The answers for each expression of the last lines."""
    module = Workspace(tmp_path_factory.mktemp("work"), {"example.py": SOURCE}).module("example.py")
    function = next(node for node in module.tree.walk(ast.FunctionDef) if node.name == "asked")
    questions = (
        module.can_await,
        module.can_enter,
        module.can_async_enter,
        module.can_iterate,
        module.can_async_iterate,
    )
    signs = {True: "+", False: "-", None: "?"}
    return {
        module.text(item): "".join(signs[question(module.type_of(item))] for question in questions)
        for statement in function.body
        if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Tuple)
        for item in statement.value.elts
    }


@pytest.mark.parametrize("expression", ANSWERS)
def test_what_a_value_can_be_used_for(asked: dict[str, str], expression: str) -> None:
    assert asked[expression] == ANSWERS[expression]


def test_every_expression_is_asked(asked: dict[str, str]) -> None:
    assert asked.keys() == ANSWERS.keys()
