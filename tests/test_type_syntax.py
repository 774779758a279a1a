"""Type parameters and `type` statements are read by every Python that coroscope runs on, and keep their places."""

from __future__ import annotations

import ast

import pytest
from coroscope.source import Source
from coroscope.syntax import Tree, parse

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
