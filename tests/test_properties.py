"""What holds for any text: the analysis never raises, and a fix leaves text that parses and clears its finding,
so that it cannot be applied twice.

The texts are the pages' examples, cut, mixed, indented, wrapped and spelled otherwise by hypothesis. The run is
derandomized: a failure is the same on every machine.
"""

from __future__ import annotations

import ast
import re
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import pytest
from checking import Workspace, apply
from coroscope.findings import Finding
from coroscope.source import Source
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pages import CORNERS, RULES, examples

NAME = "example.py"
QUICK = settings(
    deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck), max_examples=300
)  # fmt: skip

SNIPPETS = [
    example.files[NAME] for kind in ("bad", "good") for example in examples(RULES, CORNERS, kind=kind)
    if list(example.files) == [NAME]
]  # fmt: skip
TOKENS = [
    *"()[]{}:,.=#@\\\"\t\r\f\0\n", "\n    ", "\\\n", "'''", 'f"{', "*", "**", "->", ":=", "é", "🐍", "\ud800", "0x",
    "await ", "async ", "def ", "lambda ", "if ", "else ", "match x:\n", "case ", "yield ", "return ", "class C:\n",
    "for x in ", "with ", "try:\n", "except* E:\n", "type X = ", "import ", "from . import *\n", "not ", "and ",
    "global x\n", "nonlocal y\n", "del ", "...",
]  # fmt: skip


@contextmanager
def workspace(text: str) -> Iterator[Workspace]:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        made = Workspace(root, {NAME: ""})
        made.project.open(made.root / NAME, text)
        made.files[NAME] = text
        yield made


def findings(text: str) -> list[Finding]:
    """What is found in a text; every range lies in it."""
    with workspace(text) as made:
        found = made.findings()
        source = Source(text)
        for finding in found:
            for range_ in [finding.range, *(related.range for related in finding.related if related.path == NAME)]:
                assert source.range(source.span(range_)) == range_, finding
            assert "\n" not in finding.message
        return found


@st.composite
def damaged(draw: st.DrawFn) -> str:
    """A snippet with a few pieces cut out, put in, doubled or swapped with another snippet's."""
    text = draw(st.sampled_from(SNIPPETS))
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(text)))
        end = min(len(text), start + draw(st.integers(0, 30)))
        other = draw(st.sampled_from(SNIPPETS))
        piece = draw(st.sampled_from([
            "", draw(st.sampled_from(TOKENS)), text[start:end] * 2, other[start : start + 80], draw(st.text(max_size=5))
        ]))  # fmt: skip
        text = text[:start] + piece + text[end:]
    return text


@QUICK
@given(damaged())
def test_damaged_text_never_raises(text: str) -> None:
    findings(text)


@QUICK
@given(st.one_of(st.text(max_size=200), st.lists(st.sampled_from(TOKENS), max_size=40).map("".join)))
def test_any_text_never_raises(text: str) -> None:
    findings(text)


DEEP: dict[str, Callable[[int], str]] = {
    "parentheses": lambda n: "async def f():\n    x = " + "(" * n + "f()" + ")" * n + "\n",
    "open parentheses": lambda n: "async def f():\n    x = " + "(" * n + "\n",
    "lists": lambda n: "[" * n + "]" * n + "\n",
    "attributes": lambda n: "async def f():\n    f()" + ".a" * n + "\n",
    "calls": lambda n: "async def f(): ...\nf" + "()" * n + "\n",
    "operators": lambda n: "x = 1" + " + 1" * n + "\n",
    "negations": lambda n: "x = " + "not " * n + "f()\n",
    "conditions": lambda n: "x = " + "a if b else " * n + "c\n",
    "awaits": lambda n: "async def f():\n    " + "await " * n + "f()\n",
    "lambdas": lambda n: "x = " + "lambda: " * n + "0\n",
    "blocks": lambda n: "".join("  " * depth + "if x:\n" for depth in range(min(n, 90))) + "  " * min(n, 90) + "f()\n",
    "functions": lambda n: "".join(" " * i + f"def f{i}():\n" for i in range(min(n, 90))) + " " * 90 + "f0()\n",
    "classes": lambda n: "class C0: ...\n" + "".join(f"class C{i + 1}(C{i}): ...\n" for i in range(n)) + f"C{n}().x\n",
    "names": lambda n: "x0 = f\n" + "".join(f"x{i + 1} = x{i}\n" for i in range(n)) + f"x{n}()\n",
    "circle": lambda n: "".join(f"def f{i}(): return f{(i + 1) % n}()\n" for i in range(n)) + "f0()\n",
    "branches": lambda n: "if a: pass\n" + "elif b: pass\n" * n + "else: f()\n",
    "branches in a function": lambda n: "async def f():\n    x = f()\n    if a: pass\n" + "    elif b: pass\n" * n
        + "    else: await x\n",
    "statements": lambda n: "async def f(): ...\n" + "f()\n" * n,
    "subscripts": lambda n: "async def f():\n    f()" + "[0]" * n + "\n",
    "f-strings": lambda n: "x = " + "f'{" * min(n, 90) + "1" + "}'" * min(n, 90) + "\n",
    "circle of all": lambda n: "".join(
        f"def f{i}(): return {' or '.join(f'f{j}()' for j in range(min(n, 50)))}\n" for i in range(min(n, 50))
    ) + "f0()\n",
    "circle of attributes": lambda n: "class A:\n    def __init__(self):\n" + "".join(
        f"        self.a{i} = self.a{i * 7 % min(n, 50)} or self.a{i * 3 % min(n, 50)}.b()\n" for i in range(min(n, 50))
    ) + "A().a0()\n",
    "tuples of tuples": lambda n: "x0 = f\n" + "".join(f"x{i + 1} = (x{i}, x{i})\n" for i in range(n)) + f"x{n}()\n",
    "aliases": lambda n: "A0 = int\n" + "".join(
        f"A{i + 1} = tuple[A{i}, A{i}]\n" for i in range(n)
    ) + f"def f(x: A{n}): x()\n",
    "coroutines of coroutines": lambda n: "async def f0(): ...\n" + "".join(
        f"async def f{i + 1}(): return f{i}()\n" for i in range(n)
    ),
    "methods that call others": lambda n: "".join(
        f"class C{i}:\n    __call__ = C{(i + 1) % n}()\n" for i in range(n)
    ) + "C0()()\n",
    "protocols": lambda n: "from typing import Protocol\n" + "".join(
        f"class P{i}(Protocol):\n    p: 'P{i + 1}'\n    def m(self) -> 'P{i + 1}': ...\n"
        f"class C{i}:\n    p: 'C{i + 1}'\n    def m(self) -> 'C{i + 1}': ...\n" for i in range(n)
    ) + "def f(x: P0): ...\nf(C0())\n",
    "decorators": lambda n: "class C:\n" + "    @staticmethod\n" * n + "    async def f(): ...\nC.f()\n",
    "union": lambda n: "def f(x: int" + " | int" * n + "): x()\n",
    "negated test": lambda n: "if " + "not " * n + "a: f()\n",
    "captured by lambdas": lambda n: "def f(a): return " + "lambda: " * n + "a()\n",
    "attributes outside": lambda n: "import os\nx = os" + ".a" * n + "\ndef f(): return x()\n",
    "attributes stored": lambda n: "class C:\n    def m(self): self.x = f" + ".a" * n + "\n",
    "calls stored": lambda n: "class C:\n    def m(self): self.x = f" + ".a()" * n + "\n",
    "conditions stored": lambda n: "class C:\n    def m(self): self.x = " + "a if b else " * n + "c\n",
    "operators returned": lambda n: "def f(): return 1" + " + 1" * n + "\nf()\n",
    "conditional coroutine": lambda n: "async def f(): ...\nasync def g(): x = " + "a if b else " * n + "f()\n",
    "nested comprehensions": lambda n: (
        "async def f(): ...\nasync def g(): x = " + "[" * min(n, 190) + "f()" + " for x in y]" * min(n, 190) + "\n"
    ),
    "bound in branches": lambda n: (
        "async def f(): ...\nasync def g():\n    c = f()\n    if a: pass\n"
        + "    elif b: c = f()\n" * min(n, 500) + "    await c\n"
    ),
    "bound again and again": lambda n: (
        "async def f(): ...\nasync def g():\n" + "    if a: c = f()\n    print(c)\n" * min(n, 500)
    ),
}  # fmt: skip


@pytest.mark.parametrize("size", [10, 150, 2000])
@pytest.mark.parametrize("shape", DEEP)
def test_any_depth_never_raises(shape: str, size: int) -> None:
    findings(DEEP[shape](size))


@pytest.mark.parametrize("size", [50, 1000])
def test_what_is_cut_off_is_not_known_to_be_missing(size: int) -> None:
    """A class may have what the limits on depth and size kept us from seeing."""
    text = (
        "class C0:\n    def __await__(self): yield\n"
        + "".join(f"class C{i + 1}(C{i}): ...\n" for i in range(size))
        + f"async def f():\n    await C{size}()\n"
    )
    assert findings(text) == []


@cache
def mistakes() -> list[str]:
    """The snippets in which something is found and repaired."""
    return [example.files[NAME] for example in examples(RULES, CORNERS, kind="bad") if NAME in example.files]


def in_a_block(text: str) -> str:
    indented = "".join("    " + line if line.strip() else line for line in text.splitlines(keepends=True))
    return "if True:\n" + indented


RESPELLED: dict[str, Callable[[str], str]] = {
    "as it is": lambda text: text,
    "tabs": lambda text: text.replace("    ", "\t"),
    "two spaces": lambda text: text.replace("    ", "  "),
    "Windows line ends": lambda text: text.replace("\n", "\r\n"),
    "old Mac line ends": lambda text: text.replace("\n", "\r"),
    "no last line end": lambda text: text.rstrip("\n"),
    "in a block": in_a_block,
    "umlauts": lambda text: re.sub(r"\b(fetch|save|main|work|count)\b", r"ä\1", text),
    "comments": lambda text: re.sub(r"(?m)(?<=[)\w])$", "  # note", text),
    "half-written end": lambda text: text + "\n\ndef later(\n",
    "twice": lambda text: text + "\n\n" + text,
}


@settings(QUICK, max_examples=400)
@given(st.data())
def test_fixes_parse_and_clear(data: st.DataObject) -> None:
    spelling = data.draw(st.sampled_from(sorted(RESPELLED)))
    text = RESPELLED[spelling](data.draw(st.sampled_from(mistakes())))
    with workspace(text) as made:
        found = made.findings()
        if not found:
            return
        finding = data.draw(st.sampled_from(found))
        for fix in made.fixes(finding):
            edits = fix.edits()
            assert edits, f"{fix.title} does nothing"
            assert all(edit.path == NAME for edit in edits)
            changed = apply({NAME: text}, edits)[NAME]
            check_fixed(text, changed, found, finding, fix.title)


def check_fixed(text: str, changed: str, found: list[Finding], finding: Finding, title: str) -> None:
    """The result parses if the text did, has fewer such findings, and keeps its line ends."""
    if parses(text):
        assert parses(changed), f"after {title}:\n{changed}"
    assert line_ends(changed) <= line_ends(text) or not line_ends(text)
    with workspace(changed) as made:
        left = made.findings()
        alike = Counter((f.rule, f.message) for f in left)[finding.rule, finding.message]
        before = Counter((f.rule, f.message) for f in found)[finding.rule, finding.message]
        assert alike < before, f"after {title}:\n{changed}"
        assert not is_found(finding, left), "the same finding is there again"


def is_found(finding: Finding, found: list[Finding]) -> bool:
    return (finding.rule, finding.range, finding.message) in [(f.rule, f.range, f.message) for f in found]


def line_ends(text: str) -> set[str]:
    return set(re.findall(r"\r\n|\r|\n", text))


def parses(text: str) -> bool:
    try:
        ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True
