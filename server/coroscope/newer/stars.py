"""Stars in an index and in the annotation of `*args` (PEP 646, CPython 3.11), and in comprehensions (PEP 798, 3.15)."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from keyword import iskeyword

from coroscope.newer.lexing import Token
from coroscope.newer.nodes import node as new
from coroscope.newer.rewriting import Edit, Rewriting
from coroscope.source import Source

_INDEX = "index"
_OTHER = "other"
_LAMBDA = "lambda"


def starred_items(_: Source, tokens: Sequence[Token]) -> Iterator[Rewriting]:
    """Every such star, made the sign `+`."""
    around: list[str] = []
    for index, token in enumerate(tokens):
        match token.text:
            case "[" if _is_index(tokens, index):
                around.append(_INDEX)
            case "(" | "[" | "{":
                around.append(_OTHER)
            case "lambda":
                around.append(_LAMBDA)
            case ")" | "]" | "}" if around:
                around.pop()
            case ":" if around[-1:] == [_LAMBDA]:
                around.pop()
            case "*" if around and _is_starred(tokens, index, around[-1]):
                yield Rewriting((Edit(token.start, token.end, "+"),), ast.UnaryOp, token.start, _as_starred)


def unpacking_comprehensions(_: Source, tokens: Sequence[Token]) -> Iterator[Rewriting]:
    """Every `*` at the beginning of a comprehension, made the sign `+`, and every `**`, which is left out."""
    for index, (opening, star, behind) in enumerate(zip(tokens, tokens[1:], tokens[2:], strict=False)):
        if opening.text in ("(", "[", "{") and star.text == "*" and _is_comprehension(tokens, index + 2):
            if behind.text != "*":
                yield Rewriting((Edit(star.start, star.end, "+"),), ast.UnaryOp, star.start, _as_starred)
            elif opening.text == "{":
                yield Rewriting((Edit(star.start, behind.end, "  "),), ast.SetComp, opening.start, _as_mapping)


def _is_comprehension(tokens: Sequence[Token], start: int) -> bool:
    """Whether a `for` follows in the same bracket."""
    depth = 0
    for token in tokens[start:]:
        match token.text:
            case "(" | "[" | "{":
                depth += 1
            case ")" | "]" | "}":
                depth -= 1
            case "for" if depth == 0:
                return True
        if depth < 0:
            return False
    return False


def _is_index(tokens: Sequence[Token], index: int) -> bool:
    """Whether a bracket begins an index: not a list, nor a pattern."""
    before = tokens[index - 1] if index else None
    if before is None or (before.text == "case" and (index == 1 or tokens[index - 2].text == "\n")):
        return False
    is_name = before.text.isidentifier() and not iskeyword(before.text)
    return is_name or before.is_string or before.text in (")", "]", "}")


def _is_starred(tokens: Sequence[Token], index: int, around: str) -> bool:
    before = [token.text for token in tokens[max(index - 4, 0) : index]]
    match before:
        case [*_, "[" | ","] if around is _INDEX:
            return True
        case ["(" | ",", "*", _, ":"]:
            return around is _OTHER
    return False


def _as_starred(node: ast.AST, above: ast.AST) -> ast.AST:
    """The starred expression, which is a tuple if it is all of an index."""
    assert isinstance(node, ast.UnaryOp)
    starred = ast.copy_location(ast.Starred(node.operand, ast.Load()), node)
    return ast.copy_location(ast.Tuple([starred], ast.Load()), node) if isinstance(above, ast.Subscript) else starred


def _as_mapping(node: ast.AST, _: ast.AST) -> ast.AST:
    assert isinstance(node, ast.SetComp)
    return new(ast.DictComp, node, key=node.elt, value=None, generators=node.generators)
