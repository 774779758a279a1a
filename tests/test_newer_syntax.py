"""Syntax that is newer than the Python that runs is read by each, and all that is written keeps its place."""

from __future__ import annotations

import ast
import json
import re
import subprocess
from pathlib import Path

import coroscope
import pytest
from coroscope.source import Source
from coroscope.syntax import Tree, parse
from interpreters import Interpreter, interpreters
from syntax_driver import told

PAGE = Path(__file__).with_name("newer_syntax.md").read_text("utf-8")
TEXTS = dict(re.findall(r"^## ([^\n]+)\n\n```py\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL))


@pytest.mark.parametrize("interpreter", interpreters(), ids=lambda each: each.release)
def test_each_python_gives_the_same_tree(interpreter: Interpreter) -> None:
    driver = Path(__file__).with_name("syntax_driver.py")
    question = json.dumps([str(Path(coroscope.__file__).parent), list(TEXTS.values())])
    command = [interpreter.executable, "-I", "-W", "ignore", str(driver)]
    done = subprocess.run(command, input=question, capture_output=True, text=True, encoding="utf-8", check=True)
    answers, opened = json.loads(done.stdout)
    assert opened == []
    for text, (tree, differs) in zip(TEXTS.values(), answers, strict=True):
        assert tree == told(text), text
        assert tree[0][0] != "error", text
        assert differs == []


SAME = {
    "types without parentheses": (
        "try: a\nexcept  é.A, B(c) : d\nexcept  E, F , : g\n",
        "try: a\nexcept (é.A, B(c)): d\nexcept (E, F , ): g\n",
    ),
    "a template": (
        """x = t"é{await x!r:{y}}" rt'{z["a"]}', t"{"b"}", t'{c}'; await d""",
        """x = f"é{await x!r:{y}}" rf'{z["a"]}', f"{"b"}", f'{c}'; await d""",
    ),
}
"""Texts of CPython 3.14, and what older ones have for them."""


@pytest.mark.parametrize("newer, older", SAME.values(), ids=SAME)
def test_what_only_the_newest_python_knows(newer: str, older: str) -> None:
    found = [[kind.replace("TemplateStr", "JoinedStr"), text] for kind, text in told(newer)]
    wanted = told(older)
    assert [kind for kind, _ in found] == [kind for kind, _ in wanted]
    for (kind, text), (_, other) in zip(found, wanted, strict=True):
        has_other_text = kind in ("Assign", "Expr", "Tuple", "Try", "ExceptHandler", "JoinedStr")
        assert text == other or has_other_text


TEXT = '''\
é = type("a", (), {})
type = 3
type A = int; type B[T] = list[T]
if é: type C = str
async def f[
    T: (int, str),  # a comment
    *Ts,
](a: T) -> T:
    """def g[T](x): ..."""
    class Inner[**P = [int, str]]: pass
class D[T = dict[str, list[int]]](B[T]):
    def m[U](self): return ")["
    type X[
        K,
    ] = dict[K, int]
'''


def _aliases(tree: Tree) -> dict[str, tuple[str, list[str]]]:
    told: dict[str, tuple[str, list[str]]] = {}
    for node in [node for block in tree.blocks for node in block.nodes if type(node).__name__ == "TypeAlias"]:
        name, value = getattr(node, "name", None), getattr(node, "value", None)
        assert isinstance(name, ast.Name)
        assert isinstance(value, ast.expr)
        told[name.id] = (tree.text(value), _texts(tree, node))
    return told


def _texts(tree: Tree, node: ast.AST) -> list[str]:
    return [tree.text(one) for one in getattr(node, "type_params", ())]


def _parameters(tree: Tree) -> dict[str, list[str]]:
    functions = {node.name: _texts(tree, node) for node in tree.walk(ast.FunctionDef, ast.AsyncFunctionDef)}
    return functions | {node.name: _texts(tree, node) for node in tree.walk(ast.ClassDef)}


def test_a_text_that_the_parser_stumbles_over_is_parsed_again(monkeypatch: pytest.MonkeyPatch) -> None:
    stumbles = iter([True, True])
    real = ast.parse

    def stumbling(source: str, *, mode: str = "exec") -> ast.AST:
        if next(stumbles, False):
            raise SystemError("AST constructor recursion depth mismatch (before=240, after=72)")
        return real(source, mode=mode)

    monkeypatch.setattr(ast, "parse", stumbling)
    assert [type(node) for node in parse(Source("x = 1\n")).root.node.body] == [ast.Assign]


def test_every_parameter_is_found() -> None:
    tree = parse(Source(TEXT, "a.py"))
    assert not tree.errors
    assert _aliases(tree) == {
        "A": ("int", []),
        "B": ("list[T]", ["T"]),
        "C": ("str", []),
        "X": ("dict[K, int]", ["K"]),
    }
    assert _parameters(tree) == {
        "f": ["T: (int, str)", "*Ts"],
        "Inner": ["**P = [int, str]"],
        "D": ["T = dict[str, list[int]]"],
        "m": ["U"],
    }


@pytest.mark.parametrize("broken", ["def h(: pass\n", "x = [\n", "class Q[T: pass\n", "type Z[ = 1\n", "type Y[T]\n"])
def test_what_is_broken_takes_nothing_else_along(broken: str) -> None:
    tree = parse(Source(TEXT + broken, "a.py"))
    assert tree.errors
    assert _parameters(tree)["f"] == ["T: (int, str)", "*Ts"]
    assert _parameters(tree)["m"] == ["U"]
