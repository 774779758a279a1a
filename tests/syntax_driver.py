"""Run by each CPython: what the syntax layer makes of some texts there, whole and while they are typed.

Reads the folder of the package and the texts as JSON, and answers what `told` says of each, with what differs between
a text that was typed and one that was read at once; and the same of texts in which something is opened.
"""

from __future__ import annotations

import ast
import json
import sys
from pathlib import Path
from types import ModuleType

BEFORE = "async def before():\n    await one\n\n\n"
AFTER = "\n\nasync def after[T](x: T):\n    await two\n"
BEHIND = 'async def behind[T](x: T) -> list[T]:\n    return f"{await x["a"]} {await y:{z!r}}"\n'
OPENED = [
    ('x = 1\n\n{0}"""\n{1}', 'x = 1\n"""\n{0}"""\n{1}'),
    ("x = 1\n\n    y,\n)\n{1}", "x = 1\nz = (\n    y,\n)\n{1}"),
    (
        "class C:\n    x = 1\n\n    ]\n\n    def f[T](self): pass\n{1}",
        "class C:\n    x = [\n\n    ]\n\n    def f[T](self): pass\n{1}",
    ),
]
"""Texts in which something is closed that nothing opens, and what they are when it is opened above."""

UNTOLD = {"Constant", "FormattedValue", "Interpolation", "TypeVar", "ParamSpec", "TypeVarTuple"}
"""Kinds of nodes whose places, or which themselves, differ between the versions of Python."""


def without_dependencies(package: str) -> None:
    """Let the package be imported without what its `__init__` wants to have installed."""
    made = ModuleType("coroscope")
    made.__path__ = [package]
    sys.modules["coroscope"] = made


def told(text: str) -> list[list[str]]:
    """The kinds of nodes of a text, with what is written there; the first problem of one that is broken."""
    from coroscope.source import Source
    from coroscope.syntax import parse

    tree = parse(Source(text))
    return [["error", tree.errors[0].message]] if tree.errors else nodes_told(tree)


def nodes_told(tree) -> list[list[str]]:  # type: ignore[no-untyped-def]  # known when it runs
    found = []
    for node in [node for block in tree.blocks for node in block.nodes]:
        is_told = isinstance(node, (ast.expr, ast.stmt, ast.ExceptHandler)) and node_kind(node) not in UNTOLD
        is_spec = isinstance(node, ast.JoinedStr) and node_kind(getattr(node, "parent", node)) in UNTOLD
        if is_told and not is_spec and not any(node_kind(above) in UNTOLD for above in parents(node)):
            found.append([node_kind(node), tree.text(node)])
    return found


def node_kind(node: ast.AST) -> str:
    return type(node).__name__


def parents(node: ast.AST):  # type: ignore[no-untyped-def]
    """The nodes above that are no fields of strings."""
    above = getattr(node, "parent", None)
    while above is not None:
        if node_kind(above) not in ("FormattedValue", "Interpolation"):
            yield above
        above = getattr(above, "parent", None)


def typed(text: str, steps: int) -> list[str]:
    """What differs while a text is typed, so many characters at a time."""
    sizes = [*range(0, len(text), steps), len(text)]
    return edited([BEFORE + text[:size] + AFTER for size in sizes])


def opened() -> list[str]:
    """What differs when a string or a bracket is opened that is closed further on, with newer syntax behind."""
    return [each for texts in OPENED for each in edited([text.format(BEFORE, BEHIND) for text in texts])]


def edited(texts: list[str]) -> list[str]:
    """What an edited tree has other than one that is made of the text alone, at the first text that parses."""
    from coroscope.incremental import carry_on
    from coroscope.source import Source
    from coroscope.syntax import parse

    tree = parse(Source(texts[0]))
    for text in texts[1:]:
        source = Source(text)
        fresh = parse(Source(text))
        if not carry_on(tree, source):
            tree = parse(source)
        if not fresh.errors and (tree.errors or nodes_told(tree) != nodes_told(fresh)):
            return [text, str(tree.errors), str(nodes_told(tree)), str(nodes_told(fresh))]
    return []


def main() -> None:
    package, texts = json.load(sys.stdin)
    without_dependencies(str(Path(package)))
    json.dump([[[told(text), typed(text, 4)] for text in texts], opened()], sys.stdout)


if __name__ == "__main__":
    main()
