"""Put something else in the place of what the parser does not know, and put back into the tree what was written."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable
from typing import NamedTuple

from coroscope.source import Source

_CODE = re.compile(r"[^\r\n]+")


class Edit(NamedTuple):
    """What stands between two offsets instead, over as many lines, with as many bytes of UTF-8 on each."""

    start: int
    end: int
    instead: str


class Rewriting(NamedTuple):
    """One thing that the parser does not know: how it is rewritten, and how what the parser makes of that is mended.

    `put_back` is called with the node of this `kind` that begins at an offset, and the node above it, and answers what
    belongs there, or None for a statement that was not written. A `try` statement is looked for at its first handler.
    """

    edits: tuple[Edit, ...]
    kind: type[ast.AST]
    place: int
    put_back: Callable[[ast.AST, ast.AST], ast.AST | None]


def blank(text: str) -> str:
    """Spaces in the place of a text: as many as it has bytes, since those are what the parser counts."""
    return _CODE.sub(lambda line: " " * len(line[0].encode("utf-8", "surrogatepass")), text)


def rewritten(text: str, rewritings: Iterable[Rewriting]) -> str:
    """A text with all edits made; of two that overlap, the one that begins first."""
    pieces: list[str] = []
    at = 0
    for edit in sorted(edit for rewriting in rewritings for edit in rewriting.edits):
        if edit.start >= at:
            pieces += text[at : edit.start], edit.instead
            at = edit.end
    return "".join([*pieces, text[at:]])


def restored(tree: ast.AST, source: Source, rewritings: Iterable[Rewriting]) -> ast.AST:
    """The tree of a rewritten text with what was written in it; `source` is the text before."""
    wanted = {(each.kind, *source.utf8_place(each.place)): each.put_back for each in rewritings}

    def put_back(node: ast.AST, above: ast.AST) -> ast.AST | None:
        found = wanted.get((type(node), *_place(node)))
        return node if found is None else found(node, above)

    waiting = [tree]
    while waiting:
        node = waiting.pop()
        for name, value in ast.iter_fields(node):
            if isinstance(value, ast.AST) and (made := put_back(value, node)) is not None:
                setattr(node, name, made)
                waiting.append(made)
            elif isinstance(value, list) and any(isinstance(one, ast.AST) for one in value):
                # Among them may be None, for a key that there is not.
                found = [(one, put_back(one, node) if isinstance(one, ast.AST) else one) for one in value]
                value[:] = [made for one, made in found if one is None or made is not None]
                waiting += [one for one in value if isinstance(one, ast.AST)]
    return tree


def _place(node: ast.AST) -> tuple[int, int]:
    first = node.handlers[0] if isinstance(node, ast.Try) and node.handlers else node
    return getattr(first, "lineno", 0), getattr(first, "col_offset", 0)
