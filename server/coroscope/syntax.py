"""A file's syntax: a `Tree` made of blocks of `ast` nodes.

A *block* is the module level, a class body or a function (with its decorators and header). Nodes keep the lines that
they were parsed with, and a block knows at which of those lines it began (`origin`): where it stands in the text now is
the block's business and not the nodes', so that an edit in one block moves the others without touching them.

Parsing never fails. What CPython's parser rejects is cut out by `coroscope.repair`, and listed in `Tree.errors`.

A tree answers for the place of every node (`Tree.range`, `Tree.span`); the nodes themselves are `coroscope.nodes`.
"""

from __future__ import annotations

import ast
import sys
import warnings
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple, TypeVar, cast, overload

from coroscope import newer
from coroscope.collected import Collected
from coroscope.fstrings import place_fstrings
from coroscope.magics import plain
from coroscope.nodes import BLOCK_KINDS, BLOCKS, BlockNode, FunctionNode, children_of, linked, parent_of
from coroscope.repair import repaired
from coroscope.source import Position, Range, Source, Span

GONE = sys.maxsize
_Node = TypeVar("_Node", bound=ast.AST)
_Other = TypeVar("_Other", bound=ast.AST)


@dataclass(eq=False, slots=True)
class Block:
    """The module level, a class or a function: its node, and where it stands.

    `origin` is the 1-based line that the parser gave to the block's first line, `line` the 1-based line at which the
    block begins in the text now, and `slot` the line that the parser gave to its place in the block around it. `moves`
    tells by how many lines what stands behind a nested block (by its slot) has moved since the block was parsed.
    `nodes` are the block's own nodes in pre-order: a nested block is represented by its node alone, with its inside
    left to the nested block.

    `facts` keeps what others worked out from the block's own text, `whole` what they worked out from that and the text
    of all blocks in it, `answers` what they worked out from these and the world around. `since` is the version of the
    tree in which these were last begun anew, `GONE` for a block that the tree has no more. `earlier` has the answers of
    the version before, of which some may hold still.
    """

    node: BlockNode
    parent: Block | None
    origin: int
    line: int
    slot: int
    children: list[Block] = field(default_factory=list)
    nodes: list[ast.AST] = field(default_factory=list)
    moves: dict[int, int] = field(default_factory=dict)
    facts: dict[Hashable, object] = field(default_factory=dict)
    whole: dict[Hashable, object] = field(default_factory=dict)
    answers: dict[Hashable, object] = field(default_factory=dict)
    since: int = 0
    earlier: Earlier | None = None

    @property
    def place(self) -> tuple[int, bool]:
        """What blocks are sorted by: none but the module's begins on the line of another."""
        return self.line, self.parent is not None

    def line_of(self, lineno: int) -> int:
        """The 1-based line in the text now of a line that the parser gave to one of the block's own nodes."""
        line = lineno + self.line - self.origin
        if self.moves:
            line += sum(lines for slot, lines in self.moves.items() if lineno > slot)
        return line

    def ask_again(self, kinds: tuple[type[ast.AST], ...]) -> None:
        """Forget what was worked out from the block's own text, but for the lists of its nodes of other kinds."""
        self.facts = {
            key: value
            for key, value in self.facts.items()
            if isinstance(key, tuple) and all(isinstance(kind, type) and kind not in kinds for kind in key)
        }

    def nodes_of(self, kinds: tuple[type[ast.AST], ...]) -> list[ast.AST]:
        """The block's own nodes of these very kinds, which are no base classes, in pre-order."""
        known = self.facts.get(kinds)
        if known is None:
            known = self.facts[kinds] = self._sorted_out(kinds)
        return known  # type: ignore[return-value]  # put there one line above

    def _sorted_out(self, kinds: tuple[type[ast.AST], ...]) -> list[ast.AST]:
        if "by kind" not in self.facts:
            made: dict[type[ast.AST], list[ast.AST]] = {}
            for node in self.nodes:
                made.setdefault(type(node), []).append(node)
            self.facts["by kind"] = made
        by_kind = cast("dict[type[ast.AST], list[ast.AST]]", self.facts["by kind"])
        found = [by_kind[kind] for kind in kinds if kind in by_kind]
        return [node for node in self.nodes if type(node) in kinds] if len(found) > 1 else found[0] if found else []


class Alike(NamedTuple):
    """A function before and after an edit: the nodes that are alike, in pairs, those that are gone, and new ones."""

    pairs: Sequence[tuple[ast.AST, ast.AST]]
    gone: Sequence[ast.AST]
    new: Sequence[ast.AST]


class Earlier(NamedTuple):
    """What was worked out about a block before an edit, in it or in a block in it, that left all else as it was."""

    node: BlockNode
    answers: dict[Hashable, object]
    edit: Alike


@dataclass(frozen=True, slots=True)
class SyntaxProblem:
    """What the parser rejected: its words, and the 1-based line that was cut out to go on."""

    message: str
    line: int


class Tree:
    """The syntax of a file: of one version at a time, since `coroscope.incremental` carries it on to the next."""

    def __init__(
        self,
        source: Source,
        root: ast.Module,
        errors: tuple[SyntaxProblem, ...] = (),
        parsed: Source | None = None,
    ) -> None:
        """`parsed` is the text that `root` was parsed from, if repairs made it differ from the source's."""
        self.source = source
        self.errors = errors
        self.kept: dict[Hashable, object] = {}
        """What others worked out about the tree as a whole, to go on with when blocks of it have changed."""
        self.version = 0
        """How often blocks of it were replaced."""
        self.root = Block(root, None, 1, 1, 1)
        self.blocks = grown(self.root, parsed or source)
        self._fresh: tuple[int, list[Block]] = 0, []
        self._walked: dict[tuple[type[ast.AST], ...], Collected[Block, ast.AST]] = {}

    @overload
    def walk(self, kind: type[_Node], /) -> Iterator[_Node]: ...

    @overload
    def walk(self, kind: type[_Node], other: type[_Other], /) -> Iterator[_Node | _Other]: ...

    @overload
    def walk(self, *kinds: type[_Node]) -> Iterator[_Node]: ...

    def walk(self, *kinds: type[ast.AST]) -> Iterator[ast.AST]:
        """Every node of these kinds in all blocks: a block's own nodes in the order of the text, then the next's."""
        known = self._walked.get(kinds)
        if known is None:
            known = self._walked[kinds] = Collected()
        yield from known.of(self.version, self.blocks_since, lambda block: block.nodes_of(kinds))

    def blocks_since(self, version: int) -> list[Block]:
        """The blocks that are new since a version of the tree, or have something new in them."""
        if version < 0:
            return self.blocks
        if self._fresh[0] != version:
            self._fresh = version, [block for block in self.blocks if block.since > version]
        return self._fresh[1]

    def replaced(self, around: Block, gone: Sequence[Block], new: Sequence[Block], edit: Alike | None = None) -> None:
        """Go on to the next version, in which a block has other blocks, with all that is in them, than before.

        `edit` tells what is alike in the one that is gone and the one that is new.
        """
        self.version += 1
        for block in gone:
            for inner in listed(block):
                inner.since, inner.earlier = GONE, None
        above: Block | None = around
        while above is not None:
            above.earlier = Earlier(above.node, above.answers, edit) if edit is not None else None
            above.answers, above.whole, above.since = {}, {}, self.version
            above = above.parent
        if edit is not None:
            new[0].earlier = Earlier(gone[0].node, gone[0].answers, edit)
        for block in new:
            for inner in listed(block):
                inner.since = self.version
        self.blocks = listed(self.root)
        self._fresh = self.version, []

    def block(self, node: ast.AST) -> Block:
        """The block that a node's text belongs to; a function's or class's own node belongs to its own block."""
        here: ast.AST | None = node
        while here is not None:
            if type(here) in BLOCK_KINDS:
                return here.block  # type: ignore[attr-defined, no-any-return]  # set by `grown`
            here = getattr(here, "parent", None)
        return self.root

    def span(self, node: ast.AST) -> Span:
        """The offsets that a statement or expression covers (a `def` from its keyword, without its decorators)."""
        if isinstance(node, ast.Module):
            return Span(0, len(self.source.text))
        block = self.block(node)
        return Span(
            self.source.utf8_offset(block.line_of(node.lineno), node.col_offset),  # type: ignore[attr-defined]
            self.source.utf8_offset(block.line_of(node.end_lineno), node.end_col_offset),  # type: ignore[attr-defined]
        )

    def range(self, node: ast.AST) -> Range:
        """The 1-based positions that a statement or expression covers."""
        return self.source.range(self.span(node))

    def name_range(self, node: FunctionNode) -> Range:
        """The 1-based positions of the name in the definition of a function."""
        start = self.source.text.index("def", self.span(node).start) + len("def")
        start = self.source.text.index(node.name, start)
        return self.source.range(Span(start, start + len(node.name)))

    def text(self, node: ast.AST) -> str:
        """A node's text as the user wrote it."""
        return self.source.text[slice(*self.span(node))]

    def node_at(self, range_: Range) -> ast.AST | None:
        """The outermost expression or statement that covers exactly this range."""
        for node in self._covering(range_.start, range_.end):
            if isinstance(node, (ast.expr, ast.stmt)) and self.range(node) == range_:
                return node
        return None

    def innermost_at(self, position: Position) -> ast.AST | None:
        """The innermost expression or statement at a position."""
        found = None
        for found in self._covering(position, position):  # noqa: B007
            pass
        return found

    def _covering(self, first: Position, last: Position) -> Iterator[ast.AST]:
        """The statements and expressions whose text holds two positions, outermost first."""
        ends = self.source.offset(first), self.source.offset(last)
        node: ast.AST | None = self.root.node
        while node is not None:
            yield node
            children = children_of(node)
            node = next((child for child in children if all(self._holds(child, offset) for offset in ends)), None)

    def _holds(self, node: ast.AST, offset: int) -> bool:
        if isinstance(node, ast.FormattedValue):  # before 3.12 it has the place of the whole literal
            return any(self._holds(child, offset) for child in children_of(node))
        if isinstance(parent_of(node), ast.JoinedStr):
            return False
        if isinstance(node, BLOCKS) and getattr(node, "decorator_list", None):
            start = self.span(node.decorator_list[0]).start  # type: ignore[union-attr]
            return start <= offset <= self.span(node).end
        if hasattr(node, "lineno"):
            span = self.span(node)
            return span.start <= offset <= span.end
        return any(self._holds(child, offset) for child in children_of(node))


def parse(source: Source) -> Tree:
    """The tree of a text. Never raises: what cannot be parsed is left out and listed in `Tree.errors`."""
    written = plain(source.text)
    parsed = source if written == source.text else Source(written)
    try:
        return Tree(source, parse_module(written), (), parsed)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        text, cuts = repaired(written, parse_module)
        problems = tuple(SyntaxProblem(message, line) for line, message in cuts)
        if not problems:
            problems = (SyntaxProblem(str(error), getattr(error, "lineno", None) or 1),)
        return Tree(source, parse_module(text), problems, Source(text))


def parse_module(text: str) -> ast.Module:
    """CPython's own parser, without its warnings; raises what it raises. Newer syntax is understood by all."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return newer.parse(text)


def parses(text: str) -> bool:
    """Whether a text is Python."""
    try:
        parse_module(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


@lru_cache(maxsize=4096)
def parse_expression(text: str) -> ast.expr | None:
    """An expression alone, its parents set; None if the text is none. Positions in it mean nothing.

    Who asks for the same text gets the same nodes, which nobody may change.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            expression = newer.parse_expression(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    linked(expression, [])
    return expression


def listed(root: Block) -> list[Block]:
    """A block and all that are in it, in pre-order."""
    found: list[Block] = []
    waiting = [root]
    while waiting:
        block = waiting.pop()
        found.append(block)
        waiting += block.children[::-1]
    return found


def grown(root: Block, parsed: Source) -> list[Block]:
    """Cut what was parsed from a text into blocks below `root`, every node with its parent and in its place.

    Answers all blocks, `root` first. Before CPython 3.12 the parser misplaces what stands in f-strings.
    """
    done: list[Block] = []
    waiting = [root]
    while waiting:
        block = waiting.pop()
        block.node.block = block  # type: ignore[union-attr]
        done.append(block)
        inner: list[BlockNode] = []
        block.nodes = linked(block.node, inner)
        for node in inner:
            first = min([node.lineno, *(d.lineno for d in node.decorator_list)])  # type: ignore[union-attr]
            block.children.append(Block(node, block, first, block.line_of(first), first))
        waiting += reversed(block.children)
    if sys.version_info < (3, 12):
        place_fstrings((node for block in done for node in block.nodes if isinstance(node, ast.JoinedStr)), parsed)
    return done
