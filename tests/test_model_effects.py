"""What a function tells of its parameters: all their uses, as plain data."""

from __future__ import annotations

import pytest
from coroscope.model.summarize import summarize
from coroscope.model.summary import Ending, Function, Handed
from coroscope.source import Source
from coroscope.syntax import parse


def uses_of_it(text: str, parameter: str = "it") -> tuple[Ending | Handed, ...] | None:
    """The uses of a parameter of the function `f`; None if nothing is told."""
    summary = summarize(
        parse(Source(text, "example.py")), "example", "example.py", is_package=False, python=(3, 12), platform="linux"
    )
    function = summary.names["f"][0]
    assert isinstance(function, Function)
    return next((effect.uses for effect in function.effects if effect.parameter == parameter), None)


@pytest.mark.parametrize(
    ("text", "uses"),
    [
        ("def f(it): return 1", ()),
        ("async def f(it): await it", ("awaited",)),
        ("async def f(it):\n    print(it)\n    await it", ("awaited",)),
        ("def f(it): return it", ("returned",)),
        ("def f(it): it", ("dropped",)),
        ("def f(it):\n    if it is None: return", ("asked",)),
        ("def f(it):\n    if it == 1: return", ("looked at",)),
        ("def f(it): return it + 1", ("refused",)),
        ("def f(it):\n    for part in it.parts: print(part)\n    keep(it)", ("refused",)),
        ("def f(it): it()", (Handed("__it__()", ("dropped",)),)),
        ("def f(it):\n    if it(): print()", (Handed("__it__()", ("looked at",)),)),
        ("def f(it): return it(1)", (Handed("__it__()", ("returned",)),)),
        ("async def f(it): await it()", (Handed("__it__()", ("escaped",)),)),
        ("def f(it):\n    def inner(): it()\n    inner()", (Handed("__it__()", ("dropped",)),)),
        ("def f(it): g(1, it, key=2)", (Handed("g(..., __it__, key=...)", ("dropped",)),)),
        ("def f(it):\n    loop = h()\n    loop.run(job=it)", (Handed("(h()).run(job=__it__)", ("dropped",)),)),
        ("def f(it):\n    job = it\n    return g(job)", (Handed("g(__it__)", ("returned",)),)),
        ("def f(it, other=None): return other or it", ("returned",)),
        ("from typing import Any\ndef f(it: Any): return 1", ()),
    ],
)
def test_uses_of_a_parameter(text: str, uses: tuple[Ending | Handed, ...]) -> None:
    assert uses_of_it(text) == uses


@pytest.mark.parametrize(
    "text",
    [
        "def f(it): pass",
        "def f(it): raise NotImplementedError",
        "def f(it: int): return 1",
        "def f(*it): return 1",
        "def f(**it): return 1",
        "def f(it): kept.append([it])",
        "def f(it): self.it = it",
        "def f(it): yield it",
        "def f(it): it = g(it); h(it)",
        "def f(it): return lambda: it",
        "def f(it): return lambda it=it: 1",
        "def f(it):\n    def inner(it=it): return 1\n    return inner",
        "def f(it):\n    class Inner:\n        kept = it\n    return Inner",
        "def f(it):\n    def inner():\n        nonlocal it\n        it = 1\n    return it",
        "def f(it): return locals()",
        "import sys\ndef f(it): return sys._getframe().f_locals",
        "def f(it): return [it for it in range(3)]",
        "def f(it):\n    try:\n        it.parts\n    except AttributeError:\n        return 1",
    ],
)
def test_nothing_is_told(text: str) -> None:
    assert uses_of_it(text) is None


def test_nothing_is_told_while_a_part_of_the_function_is_being_typed() -> None:
    assert uses_of_it("async def f(it):\n    print(1)\n    await it.\n") is None
    assert uses_of_it("def g():\n    x = \n\n\ndef f(it):\n    return 1\n") == ()
