"""Type parameters and `type` statements: CPython 3.12 (PEP 695), defaults of parameters: 3.13 (PEP 696).

def first[T](a: T) -> T:    →   def first(   a: T) -> T:
class Box[T = int]:         →   class Box(       ):
type Pair[T] = list[T]      →   t = (Pair   ) = list[T]
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from functools import partial
from keyword import iskeyword
from typing import TypeAlias

from coroscope.newer.lexing import LINE_END, Token
from coroscope.newer.nodes import TypeAlias as TypeStatement
from coroscope.newer.nodes import TypeVar
from coroscope.newer.nodes import node as new
from coroscope.newer.rewriting import Edit, Rewriting, blank
from coroscope.source import Source, Span

_Tokens: TypeAlias = Sequence[Token]


def type_parameters(source: Source, tokens: _Tokens) -> Iterator[Rewriting]:
    """Every definition with type parameters, and every `type` statement."""
    for index, (word, name, behind) in enumerate(zip(tokens, tokens[1:], tokens[2:], strict=False)):
        if not name.text.isidentifier() or iskeyword(name.text):
            continue
        before = tokens[index - 1] if index else LINE_END
        if word.text in ("def", "class") and behind.text == "[":
            yield from _definition(source, tokens, index, before)
        elif word.text == "type" and behind.text in ("[", "=") and before.text in ("\n", ":", ";"):
            yield from _alias(source, tokens, index)


def _definition(source: Source, tokens: _Tokens, index: int, before: Token) -> Iterator[Rewriting]:
    closing, parameters = _bracketed(tokens, index + 2)
    if closing is None:
        return
    start, end, behind = tokens[index + 2].start, tokens[closing].end, tokens[closing + 1]
    if behind.text == "(":
        instead = "(" + blank(source.text[start + 1 : behind.end])
        end = behind.end
    else:
        instead = "(" + blank(source.text[start + 1 : end - 1]) + ")"
    is_async = before.text == "async"
    kind = ast.ClassDef if tokens[index].text == "class" else ast.AsyncFunctionDef if is_async else ast.FunctionDef
    place = before.start if is_async else tokens[index].start
    put_back = partial(_with_parameters, source=source, parameters=parameters)
    yield Rewriting((Edit(start, end, instead),), kind, place, put_back)


def _alias(source: Source, tokens: _Tokens, index: int) -> Iterator[Rewriting]:
    word, name, behind = tokens[index : index + 3]
    if source.text[word.end] not in " \t":
        return
    parameters: list[Span] = []
    edits = [Edit(word.start, word.end, "t = ")]
    if behind.text == "[":
        closing, parameters = _bracketed(tokens, index + 2)
        if closing is None or tokens[closing + 1].text != "=":
            return
        end = tokens[closing].end
        edits = [
            Edit(word.start, word.end + 1, "t = ("),
            Edit(name.end, end, blank(source.text[name.end : end - 1]) + ")"),
        ]
    put_back = partial(_as_statement, source=source, parameters=parameters)
    yield Rewriting(tuple(edits), ast.Assign, word.start, put_back)


def _bracketed(tokens: _Tokens, opening: int) -> tuple[int | None, list[Span]]:
    """The index of the bracket that closes this one, if something follows it, and the parameters between them."""
    depth, begin = 0, opening + 1
    found: list[Span] = []
    for index in range(opening, len(tokens) - 1):
        word = tokens[index].text
        depth += (word in ("[", "(", "{")) - (word in ("]", ")", "}"))
        if depth == 0 or (depth == 1 and word == ","):
            if index > begin:
                found.append(Span(tokens[begin].start, tokens[index - 1].end))
            begin = index + 1
        if depth == 0:
            return index, found
    return None, []


def _with_parameters(node: ast.AST, _: ast.AST, source: Source, parameters: list[Span]) -> ast.AST:
    """The definition or statement with its parameters, of which nothing but the place is told."""
    found = [new(TypeVar, node, name="", bound=None) for _ in parameters]
    for made, (start, end) in zip(found, parameters, strict=True):
        made.lineno, made.col_offset = source.utf8_place(start)  # type: ignore[attr-defined]
        made.end_lineno, made.end_col_offset = source.utf8_place(end)  # type: ignore[attr-defined]
        made.parent = node  # type: ignore[attr-defined]  # older Pythons do not know them as children
    node.type_params = found  # type: ignore[attr-defined]
    return node


def _as_statement(node: ast.AST, above: ast.AST, source: Source, parameters: list[Span]) -> ast.AST:
    assert isinstance(node, ast.Assign)
    made = new(TypeStatement, node, name=node.targets[1], value=node.value)
    return _with_parameters(made, above, source, parameters)
