"""What is cut out of broken text: as little as makes the rest parse, and no line moves."""

from __future__ import annotations

import pytest
from coroscope.repair import repaired
from coroscope.source import Source
from coroscope.syntax import parse, parse_module

BROKEN = {
    "an open bracket": ("def f():\n    a()\n    foo(\n    b()\n", "def f():\n    a()\n    pass\n    b()\n"),
    "an open bracket with arguments": (
        "def f():\n    foo(\n        1, {2: [\n    b()\n",
        "def f():\n    pass\n\n    b()\n",
    ),
    "an open string": ("def f():\n    x = 'it\n    b()\n", "def f():\n    pass\n    b()\n"),
    "an open triple quote": (
        'def f():\n    x = """\n    b()\ndef g():\n    """Doc."""\n    c()\n',
        'def f():\n    pass\n    b()\ndef g():\n    """Doc."""\n    c()\n',
    ),
    "a string with lines at the left": (
        'def f():\n    x = """\nselect (\n"""\n    foo(\n    b()\n',
        'def f():\n    x = """\nselect (\n"""\n    pass\n    b()\n',
    ),
    "a dedent too far": (
        "class A:\n    def f():\n        a()\n    foo(\n        b()\n    def g(): pass\n",
        "class A:\n    def f():\n        a()\n\n        b()\n    def g(): pass\n",
    ),
    "an indent too far": ("def f():\n    a()\n        b()\n    c()\n", "def f():\n    a()\n\n    c()\n"),
    "tabs and spaces": ("def f():\n    a()\n\tb()\n    c()\n", "def f():\n    a()\n\n    c()\n"),
    "half a header": (
        "async def f():\n    if a(\n        b()\n    else\n        c()\n    d()\n",
        "async def f():\n    if __cut__:\n        b()\n    else:\n        c()\n    d()\n",
    ),
    "headers without bodies": (
        "async def f():\n    async with a:  # now\n    for x in y:\n    d()\ndef g(a, b):\nd()\n",
        "async def f():\n    async with a: pass\n    for x in y: pass\n    d()\ndef g(a, b): pass\nd()\n",
    ),
    "try without except": (
        "def f():\n    try:\n        a()\n    d()\n    try:\n    e()\n",
        "def f():\n    if 1:\n        a()\n    d()\n    if 1: pass\n    e()\n",
    ),
    "half an except": (
        "def f():\n    try:\n        a()\n    except E as\n        b()\n    d()\n",
        "def f():\n    try:\n        a()\n    except ():\n        b()\n    d()\n",
    ),
    "half a case": (
        "def f():\n    match a:\n        case 1:\n            b()\n        cas\n        case [2\n    d()\n",
        "def f():\n    match a:\n        case 1:\n            b()\n\n\n    d()\n",
    ),
    "half a def": (
        "class A:\n    async def f(self, x\n        await b()\n    def g(self): pass\n",
        "class A:\n    async def f(*args, **kwargs):\n        await b()\n    def g(self): pass\n",
    ),
    "half a class": ("class A(B\n    def f(self): pass\n", "class A(__cut__):\n    def f(self): pass\n"),
    "half a decorator": ("@foo(\ndef f():\n    b()\n", "pass\ndef f():\n    b()\n"),
    "conflict markers": (
        "def f():\n    a()\n<<<<<<< HEAD\n    b()\n=======\n    c()\n>>>>>>> x\n    d()\n",
        "def f():\n    a()\n\n    b()\n\n    c()\n\n    d()\n",
    ),
    "words alone": (
        "async def f():\n    await\n    async\n    lambda x\n    f'{a\n    c()\n",
        "async def f():\n    pass\n    pass\n    pass\n    pass\n    c()\n",
    ),
    "old line ends": ("def f():\r    a(\r    b()\r", "def f():\n    pass\n    b()\n"),
    "Windows line ends": ("def f():\r\n    a(\r\n    b()\r\n", "def f():\r\n    pass\r\n    b()\r\n"),
    "a form feed": ("a(\n\f\ndef f():\n    b()\n", "pass\n\ndef f():\n    b()\n"),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_little_is_cut(name: str) -> None:
    text, expected = BROKEN[name]
    mended, cuts = repaired(text, parse_module)
    assert mended == expected
    assert len(Source(mended).line_starts) == len(Source(text).line_starts)
    assert bool(parse(Source(text)).errors) == bool(cuts)
