"""From one version of a text to the next: parse the block that was edited, and move the others.

A block can be parsed alone if it is a class or function that stands directly in a module or class body. Its *region*
is what lies between the lines where it begins and where the next statement does. If all that changed lies in the
region of a block, and the region still parses to one definition, then the tree of the whole text is the old one with
this definition in its place: no line outside changed, a definition begins and ends with a line, and it leaves no
bracket or string open. A region that is broken is repaired alone, as `coroscope.repair` does with a whole text.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import NamedTuple, TypeAlias

from coroscope.cells import has_cells
from coroscope.magics import plain
from coroscope.repair import repaired
from coroscope.source import Source
from coroscope.syntax import (
    BLOCKS,
    Block,
    DefinitionNode,
    SyntaxProblem,
    Tree,
    grown,
    parent_of,
    parse_module,
)

_Part: TypeAlias = Callable[[str, int, int], str]
_LARGEST_STEP = 1 << 16
_WRAPPER = "if 1:\n"


class _Parsed(NamedTuple):
    """A definition parsed alone: its node, what was cut out of it (0-based lines from its first), and the text."""

    node: DefinitionNode
    problems: list[SyntaxProblem]
    source: Source


def carry_on(tree: Tree, source: Source) -> bool:
    """Make a tree the tree of a new text, by parsing the smallest block that holds the change.

    Answers False, with the tree as it was, where that cannot be done.
    """
    change = _changed_lines(tree.source, source)
    if change is None:
        tree.source = source
        return True
    first, last, added = change
    for block in _candidates(tree, first, last):
        made = _parsed_alone(tree, source, block, added)
        if made is not None:
            tree.errors = _errors(tree, block, made.problems, added)
            _replace(tree, block, made, added)
            tree.source = source
            return True
    return False


def _changed_lines(old: Source, new: Source) -> tuple[int, int, int] | None:
    """The first and last 1-based line of the old text that changed, and by how many lines the text grew."""
    if old.text == new.text:
        return None
    start = _common(old.text, new.text, _from_start, min(len(old.text), len(new.text)))
    first = old.position(start).line
    rest = min(len(old.text), len(new.text)) - old.line_starts[first - 1]
    same = _common(old.text, new.text, _from_end, max(rest, 0))
    last = old.position(len(old.text) - same).line
    new.take_lines(old, start, len(old.text) - same)
    return first, last, len(new.line_starts) - len(old.line_starts)


def _common(old: str, new: str, part: _Part, most: int) -> int:
    """How long the beginnings, or the ends, of two texts are the same, looked for in steps that get smaller."""
    length, step = 0, _LARGEST_STEP
    while step:
        if length + step <= most and part(old, length, step) == part(new, length, step):
            length += step
        else:
            step //= 2
    return length


def _from_start(text: str, skipped: int, length: int) -> str:
    return text[skipped : skipped + length]


def _from_end(text: str, skipped: int, length: int) -> str:
    return text[len(text) - skipped - length : len(text) - skipped]


def _candidates(tree: Tree, first: int, last: int) -> list[Block]:
    """The blocks whose region holds these lines and that can be parsed alone, innermost first."""
    found: list[Block] = []
    block = tree.root
    while True:
        inner = next((child for child in block.children if _holds(tree, child, first, last)), None)
        if inner is None:
            return found[::-1]
        found.append(inner)
        block = inner
        if not isinstance(block.node, ast.ClassDef):
            return found[::-1]


def _holds(tree: Tree, block: Block, first: int, last: int) -> bool:
    return (
        block.line <= first
        and isinstance(parent_of(block.node), (ast.Module, ast.ClassDef))
        and last <= _region_end(tree, block)
    )


def _region_end(tree: Tree, block: Block) -> int:
    """The 1-based line before the statement that follows a block, or before its parent's end."""
    parent = block.parent
    if parent is None:
        return len(tree.source.line_starts)
    body = parent.node.body
    index = body.index(block.node)  # type: ignore[arg-type]  # blocks in a body are statements
    if index + 1 < len(body):
        following = body[index + 1]
        if isinstance(following, BLOCKS):
            return tree.block(following).line - 1
        return parent.line_of(following.lineno) - 1
    return _region_end(tree, parent)


def _parsed_alone(tree: Tree, source: Source, block: Block, added: int) -> _Parsed | None:
    """A block's node from the new text of its region; None if the region is no longer one definition."""
    last = _region_end(tree, block)
    text = _lines(plain(source.text), source, block.line, last + added)
    wrapper = _WRAPPER if text[:1] in (" ", "\t") else ""
    problems: list[SyntaxProblem] = []
    try:
        parsed = Source(wrapper + text)
        module = parse_module(parsed.text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        mended, cuts = repaired(wrapper + text, parse_module)
        parsed = Source(mended)
        module = parse_module(mended)
        problems = [SyntaxProblem(message, line - 1 - len(wrapper.splitlines())) for line, message in cuts]
    body = module.body
    if wrapper:
        body = body[0].body if len(body) == 1 and isinstance(body[0], ast.If) else []
    if len(body) != 1 or not isinstance(body[0], (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
        return None
    node = body[0]
    origin = 2 if wrapper else 1
    if has_cells(text) or has_cells(_lines(tree.source.text, tree.source, block.line, last)):
        return None
    if _first_line(node) != origin or node.col_offset != block.node.col_offset or _sends_names(block):  # type: ignore[union-attr]  # a definition
        return None
    if "global" in text and any(isinstance(inner, ast.Global) for inner in ast.walk(node)):
        return None
    return _Parsed(node, problems, parsed)


def _lines(text: str, source: Source, first: int, last: int) -> str:
    """A text from one 1-based line to another, which begin where those of a source do."""
    starts = source.line_starts
    return text[starts[first - 1] : starts[last] if last < len(starts) else len(text)]


def _replace(tree: Tree, old: Block, made: _Parsed, added: int) -> None:
    """Put a newly parsed definition in the place of a block, and move what stands behind it."""
    parent = old.parent
    assert parent is not None
    node = made.node
    new = Block(node, parent, _first_line(node), old.line, old.slot)
    grown(new, made.source)
    node.parent = parent.node  # type: ignore[union-attr]
    body: list[ast.stmt] = parent.node.body
    body[body.index(old.node)] = node  # type: ignore[arg-type]  # blocks in a body are statements
    parent.nodes[parent.nodes.index(old.node)] = node
    index = parent.children.index(old)
    parent.children[index] = new
    parent.ask_again(BLOCKS)
    here, behind = parent, index + 1
    child = new
    while True:
        if added:
            here.moves[child.slot] = here.moves.get(child.slot, 0) + added
            for sibling in here.children[behind:]:
                _move(sibling, added)
        if here.parent is None:
            break
        child, here = here, here.parent
        behind = here.children.index(child) + 1
    tree.replaced(old, new)


def _move(block: Block, lines: int) -> None:
    block.line += lines
    for child in block.children:
        _move(child, lines)


def _errors(tree: Tree, block: Block, own: list[SyntaxProblem], added: int) -> tuple[SyntaxProblem, ...]:
    """The problems of the new text: those outside the block's region as they were, and the region's own."""
    first, end = block.line, _region_end(tree, block)
    kept = [problem for problem in tree.errors if problem.line < first]
    kept += [SyntaxProblem(p.message, p.line + added) for p in tree.errors if p.line > end]
    return (*kept, *(SyntaxProblem(p.message, p.line + first) for p in own))


def _first_line(node: DefinitionNode) -> int:
    return min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])


def _sends_names(block: Block) -> bool:
    """Whether a definition binds names of the module, so that what others know of those may change."""
    return bool(block.nodes_of((ast.Global,))) or any(map(_sends_names, block.children))
