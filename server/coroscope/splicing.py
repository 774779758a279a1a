"""Put newly parsed statements into a tree, in the place of others, and move what stands behind them.

A *stretch* is a run of statements of a module or class body, and the lines of the text that belong to it.
"""

from __future__ import annotations

import ast
from typing import NamedTuple

from coroscope.alike import Change, alike
from coroscope.nodes import BLOCKS, BlockNode, DefinitionNode, linked
from coroscope.source import Source
from coroscope.syntax import Block, Tree, grown


class Stretch(NamedTuple):
    """The statements of a block's body from `start` up to `stop`, and their first and last 1-based line."""

    owner: Block
    start: int
    stop: int
    first: int
    last: int

    @property
    def statements(self) -> list[ast.stmt]:
        """The statements as the tree has them."""
        return self.owner.node.body[self.start : self.stop]


class Parsed(NamedTuple):
    """Statements that were parsed alone, the text that they were parsed from, and the line of it where they begin."""

    statements: list[ast.stmt]
    source: Source
    origin: int


def splice(tree: Tree, stretch: Stretch, parsed: Parsed, change: Change) -> None:
    """Put statements in the place of a stretch, in which these lines changed."""
    if is_one_definition(stretch, parsed):
        _replace(tree, tree.block(stretch.statements[0]), parsed, change)
    else:
        _exchange(tree, stretch, parsed, change.added)


def is_one_definition(stretch: Stretch, parsed: Parsed) -> bool:
    """Whether one definition takes the place of another that began on the same line."""
    match stretch.statements, parsed.statements:
        case [ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef() as old], [
            ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef() as new
        ]:
            block: Block = old.block  # type: ignore[union-attr]  # set by `grown`
            return _first_line(new) - parsed.origin == block.line - stretch.first
    return False


def _first_line(node: DefinitionNode) -> int:
    """The line that the parser gave to the beginning of a definition, its decorators included."""
    return min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])


def _replace(tree: Tree, old: Block, parsed: Parsed, change: Change) -> None:
    parent, node = old.parent, parsed.statements[0]
    assert parent is not None
    assert isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))
    new = Block(node, parent, _first_line(node), old.line, old.slot)
    grown(new, parsed.source)
    node.parent = parent.node  # type: ignore[union-attr]  # set by `grown` for others
    body: list[ast.stmt] = parent.node.body
    body[body.index(old.node)] = node  # type: ignore[arg-type]  # blocks in a body are statements
    parent.nodes[parent.nodes.index(old.node)] = node
    parent.children[parent.children.index(old)] = new
    parent.ask_again(BLOCKS)
    _move_behind(new, change.added)
    _end_classes(parent)
    tree.replaced(parent, [old], [new], alike(old, new, change))


def _exchange(tree: Tree, stretch: Stretch, parsed: Parsed, added: int) -> None:
    """Put any statements in the place of a stretch: the block around keeps no line as it was first parsed."""
    owner = stretch.owner
    before = owner.children
    new = _placed(owner, parsed, stretch.first - parsed.origin)
    _straighten(owner, stretch.last, added)
    owner.node.body[stretch.start : stretch.stop] = new
    inner: list[BlockNode] = []
    owner.nodes = linked(owner.node, inner)
    owner.children = [node.block for node in inner]  # type: ignore[union-attr]  # set by `grown`
    known = set(map(id, before))
    stayed = set(map(id, owner.children))
    for child in owner.children:
        if id(child) in known and child.line > stretch.last:
            _move(child, added)
        child.slot = child.line
    _move_behind(owner, added)
    _end_classes(owner)
    gone = [child for child in before if id(child) not in stayed]
    tree.replaced(owner, gone, [child for child in owner.children if id(child) not in known])


def _placed(owner: Block, parsed: Parsed, shift: int) -> list[ast.stmt]:
    """Statements cut into blocks, and moved by so many lines."""
    around = ast.Module(body=parsed.statements, type_ignores=[])
    made = Block(around, None, 1, 1 + shift, 1)
    grown(made, parsed.source)
    for node in made.nodes:
        if hasattr(node, "lineno") and not isinstance(node, BLOCKS):
            node.lineno += shift
            node.end_lineno += shift  # type: ignore[attr-defined]
    for child in made.children:
        child.parent = owner
    return parsed.statements


def _straighten(owner: Block, last: int, added: int) -> None:
    """Give the block's own nodes the lines at which they stand in the text now; behind `last` it has grown."""
    for node in owner.nodes:
        if hasattr(node, "lineno") and (node is owner.node or not isinstance(node, BLOCKS)):
            line, end = owner.line_of(node.lineno), owner.line_of(node.end_lineno)  # type: ignore[attr-defined]
            node.lineno = line + added if line > last else line
            node.end_lineno = end + added if end > last else end  # type: ignore[attr-defined]
    owner.origin, owner.moves, owner.facts = owner.line, {}, {}
    for child in owner.children:
        child.slot = child.line


def _end_classes(owner: Block) -> None:
    """Let a class end where its last statement does, and the classes that end with it: a repair may have cut it off."""
    here: Block | None = owner
    while here is not None and isinstance(here.node, ast.ClassDef):
        last = here.node.body[-1]
        own: Block = last.block if isinstance(last, BLOCKS) else here  # type: ignore[union-attr]  # set by `grown`
        end = own.line_of(last.end_lineno or last.lineno)
        if end != here.line_of(here.node.end_lineno or 0):
            _straighten(here, end, 0)
            here.node.end_lineno = end
        here.node.end_col_offset = last.end_col_offset
        here = here.parent


def _move_behind(block: Block, added: int) -> None:
    """Move what stands behind a block, in all blocks around it."""
    while added and block.parent is not None:
        parent = block.parent
        parent.moves[block.slot] = parent.moves.get(block.slot, 0) + added
        for sibling in parent.children[parent.children.index(block) + 1 :]:
            _move(sibling, added)
        block = parent


def _move(block: Block, lines: int) -> None:
    block.line += lines
    for child in block.children:
        _move(child, lines)
