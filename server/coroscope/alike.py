"""Which nodes of a function are as they were, where nothing but whole plain statements of it was edited.

    async def close(self):
        session = self.session
        await session.close()       # edited: all other nodes have their like in the function as it was before
        log.info("closed")

Found by the places of the nodes: outside of the lines that changed, what has the same kind and the same place has the
same text.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from coroscope.nodes import BLOCKS, FUNCTIONS, TRIES, parent_of, statement_of
from coroscope.syntax import Alike, Block


class Change(NamedTuple):
    """The first and the last 1-based line of the old text that changed, and by how many lines the text grew."""

    first: int
    last: int
    added: int


def alike(old: Block, new: Block, change: Change) -> Alike | None:
    """The nodes of a function and of the one that takes its place; None where the edit went further, or they nest."""
    if type(old.node) not in FUNCTIONS or old.children or new.children:
        return None
    start = min(_begin(old, new, change), len(old.nodes), len(new.nodes))
    start = min(_statement_at(block, start) for block in (old, new))
    tail = _tail(old, new, change, start)
    tail = min(len(block.nodes) - _end(block, len(block.nodes) - tail) for block in (old, new))
    gone, came = (block.nodes[start : len(block.nodes) - tail] for block in (old, new))
    behind = len(old.nodes) - tail, len(new.nodes) - tail
    pairs = [
        *zip(old.nodes[:start], new.nodes[:start], strict=True),
        *zip(old.nodes[behind[0] :], new.nodes[behind[1] :], strict=True),
    ]
    were, are = _plain_statements(gone), _plain_statements(came)
    if were is None or are is None or not _have_same_suites(pairs, were, are):
        return None
    return Alike(pairs, gone, came)


def _begin(old: Block, new: Block, change: Change) -> int:
    """How many nodes there are, in pre-order, up to the first that begins on a line that changed."""
    before, after = old.line - old.origin, new.line - new.origin
    index = 0
    for index, (node, other) in enumerate(zip(old.nodes, new.nodes, strict=False)):
        if type(node) is not type(other):
            return index
        if hasattr(node, "lineno"):
            line = node.lineno + before
            if line >= change.first or line != other.lineno + after or node.col_offset != other.col_offset:  # type: ignore[attr-defined]
                return index
    return index + 1


def _statement_at(block: Block, index: int) -> int:
    """The index of the statement that a node is part of; of the node itself, if that is part of the header."""
    if index == len(block.nodes):
        return index
    statement = statement_of(block.nodes[index])
    return index if statement is block.node or statement is None else block.nodes.index(statement, 0, index + 1)


def _tail(old: Block, new: Block, change: Change, start: int) -> int:
    """How many nodes at the end stand outside of the lines that changed."""
    before, after = old.line - old.origin, new.line - new.origin
    count = 0
    most = min(len(old.nodes), len(new.nodes)) - start
    for node, other in zip(reversed(old.nodes), reversed(new.nodes), strict=False):
        if count == most or type(node) is not type(other):
            break
        if hasattr(node, "lineno"):
            line, now = node.lineno + before, other.lineno + after  # type: ignore[attr-defined]
            is_outside = (line > change.last and now == line + change.added) or (line < change.first and now == line)
            if not is_outside or node.col_offset != other.col_offset:  # type: ignore[attr-defined]
                break
        count += 1
    return count


def _end(block: Block, index: int) -> int:
    """The index behind the statement that the node before an index is part of, with all that is in it."""
    last = statement_of(block.nodes[index - 1])
    if last is block.node:
        return index
    while index < len(block.nodes) and statement_of(block.nodes[index]) is last:
        index += 1
    return index


def _plain_statements(nodes: Sequence[ast.AST]) -> list[ast.stmt] | None:
    """The statements that some nodes are; None unless they are whole, plain, and of one suite."""
    found: list[ast.stmt] = []
    for node in nodes:
        if isinstance(node, ast.stmt):
            if not isinstance(node, _PLAIN) or (found and parent_of(node) is not parent_of(found[0])):
                return None
            found.append(node)
        elif not found or statement_of(node) is not found[-1]:
            return None
    return found


def _have_same_suites(pairs: Sequence[tuple[ast.AST, ast.AST]], were: list[ast.stmt], are: list[ast.stmt]) -> bool:
    """Whether all suites hold what they held before, apart from the statements of one suite that gave way to others."""
    holder = parent_of(were[0]) if were else None
    held = parent_of(are[0]) if are else None
    for node, other in pairs:
        if type(node) in _WITH_SUITES:
            grown = [length for length in _growths(node, other) if length]
            is_holder = node is holder or other is held
            if (node is holder and are and other is not held) or (other is held and were and node is not holder):
                return False
            if grown != ([len(are) - len(were)] if is_holder and len(are) != len(were) else []):
                return False
    return True


def _growths(node: ast.AST, other: ast.AST) -> Iterator[int]:
    """By how many statements each suite of a statement grew."""
    for name in _SUITES:
        suite = getattr(node, name, None)
        if suite is not None:
            yield len(getattr(other, name)) - len(suite)


_PLAIN = (ast.AnnAssign, ast.Assign, ast.AugAssign, ast.Expr, ast.Pass)
_SUITES = ("body", "handlers", "orelse", "finalbody", "cases")
_WITH_SUITES = frozenset((*BLOCKS, ast.For, ast.AsyncFor, ast.While, ast.If, ast.With, ast.AsyncWith, *TRIES,
                          ast.ExceptHandler, ast.Match, ast.match_case))  # fmt: skip
