"""From one version of a text to the next: parse the statements that were edited, and move the others.

What was edited lies in a *stretch* of statements of one module or class body, from the line where the first of them
begins to the line before the next statement does. Where these lines parse alone to statements with the indentation of
the body, the tree of the whole text is the old one with them in its place: a statement begins and ends with a line,
and leaves no bracket or string open.

A stretch that is broken is repaired alone, as `coroscope.repair` does with a whole text: what stands around it is as it
was when it was last seen whole. But a bracket or string that is open there may be closed elsewhere, so the text from
the first broken statement on is tried as a whole, which the parser mostly rejects after a few lines.
"""

from __future__ import annotations

import ast
import re
import sys
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator
from functools import partial
from typing import TypeAlias

from coroscope.alike import Change
from coroscope.cells import has_cells
from coroscope.magics import plain
from coroscope.nodes import BLOCKS, parent_of
from coroscope.repair import repaired
from coroscope.source import Source
from coroscope.splicing import Parsed, Stretch, is_one_definition, splice
from coroscope.syntax import Block, SyntaxProblem, Tree, parse_module, parses

_Part: TypeAlias = Callable[[str, int, int], str]
_LARGEST_STEP = 1 << 16
_WRAPPER = "if 1:\n"
_CODE = re.compile(r"(?:^|(?<=\r))[ \t\f]*(?=[^ \t\f\r\n#])", re.MULTILINE)
"""The indentation of a line of code."""
_GLOBAL = re.compile(r"\bglobal\b")
_CONTINUES = re.compile(r"(?:else|elif|except|finally|case)\b")
_FAILURES = (SyntaxError, ValueError, RecursionError, MemoryError)


def carry_on(tree: Tree, source: Source) -> bool:
    """Make a tree the tree of a new text, by parsing the fewest statements that hold the change.

    Answers False where that cannot be done: the tree is of no use then.
    """
    change = _changed_lines(tree.source, source)
    if change is None:
        tree.source = source
        return True
    for stretch, is_repaired in _stretches(tree, source, change):
        if _is_far_reaching(tree, stretch, _text(source, stretch, change.added)):
            return False
        made = _parsed(tree, source, stretch, change.added, is_repaired)
        if made is not None:
            parsed, problems = made
            errors = _errors(tree, stretch, problems, change.added)
            if _changes_cells(tree, stretch, parsed):
                return False
            splice(tree, stretch, parsed, change)
            tree.errors, tree.source = errors, source
            return not errors or not _is_whole_behind(tree, errors[0].line)
    return False


def _changed_lines(old: Source, new: Source) -> Change | None:
    """The lines of the old text that changed; None if there are none."""
    if old.text == new.text:
        return None
    start = _common(old.text, new.text, _from_start, min(len(old.text), len(new.text)))
    first = old.position(start).line
    rest = min(len(old.text), len(new.text)) - old.line_starts[first - 1]
    same = _common(old.text, new.text, _from_end, max(rest, 0))
    last = old.position(len(old.text) - same).line
    new.take_lines(old, start, len(old.text) - same)
    return Change(first, last, len(new.line_starts) - len(old.line_starts))


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


def _stretches(tree: Tree, source: Source, change: Change) -> Iterator[tuple[Stretch, bool]]:
    """The stretches that may hold these lines of the old text as the new text has them, innermost first.

    With each goes whether it is to be repaired if it is broken; else the next one is asked.
    """
    first, last, added = change
    for owner in _owners(tree, first, last):
        stretch = _stretch(tree, owner, first, last)
        if stretch is None:
            continue
        text = _text(source, stretch, added)
        heads = _heads(text)
        indent = _suite_indent(tree, owner)
        if stretch.start > 0 and heads and (_width(heads[0][0]) > _width(indent) or _CONTINUES.match(heads[0][1])):
            stretch = _from(stretch, stretch.start - 1)
        if stretch.stop < len(owner.node.body) and heads and heads[-1][1].startswith("@"):
            yield _up_to(tree, stretch, stretch.stop + 1), False
        if stretch.start > 0 and _has_problem(tree, owner, stretch.start - 1):
            yield stretch, False
            yield _from(stretch, stretch.start - 1), False
        yield stretch, True


def _owners(tree: Tree, first: int, last: int) -> list[Block]:
    """The module and the classes in whose bodies these lines of the text are, innermost first."""
    found = [tree.root]
    while True:
        owner = found[-1]
        index = bisect_right(owner.children, first, key=lambda child: child.line) - 1
        inner = owner.children[index] if index >= 0 else owner
        is_in_body = isinstance(inner.node, ast.ClassDef) and parent_of(inner.node) is owner.node
        if not is_in_body or last > _region_end(tree, inner):
            return found[::-1]
        found.append(inner)


def _region_end(tree: Tree, block: Block) -> int:
    """The last line before the statement that follows a block of a body, or before the end of the block around."""
    here = block
    while here.parent is not None:
        body: list[ast.stmt] = here.parent.node.body
        if here.node is not body[-1]:
            index = body.index(here.node)  # type: ignore[arg-type]  # blocks in a body are statements
            return _begin(here.parent, body[index + 1]) - 1
        here = here.parent
    return len(tree.source.line_starts)


def _stretch(tree: Tree, owner: Block, first: int, last: int) -> Stretch | None:
    """The statements of a body that these lines touch, with what is broken beside them; None if its header is, too."""
    body: list[ast.stmt] = owner.node.body
    if isinstance(owner.node, ast.ClassDef) and first < _floor(tree, owner, body[0]):
        return None
    start = bisect_left(body, first, key=lambda statement: _end(owner, statement))
    stop = bisect_right(body, last, lo=start, key=lambda statement: _begin(owner, statement))
    cuts = {problem.line for problem in tree.errors}
    while start > 0 and (
        _is_cut(owner, body[start - 1], cuts)
        or (start < stop and _end(owner, body[start - 1]) >= _begin(owner, body[start]))
    ):
        start -= 1
    while stop < len(body) and (
        _is_cut(owner, body[stop], cuts) or (start < stop and _end(owner, body[stop - 1]) >= _begin(owner, body[stop]))
    ):
        stop += 1
    begin = min(first, _begin(owner, body[start])) if start < stop else first
    return _up_to(tree, Stretch(owner, start, stop, begin, begin), stop)


def _floor(tree: Tree, owner: Block, statement: ast.stmt) -> int:
    """The first line behind the header of a class with this first statement; past all lines if they share one."""
    line = _begin(owner, statement)
    if tree.source.line(line)[: statement.col_offset].strip():
        return len(tree.source.line_starts) + 1
    while line > owner.line and not _CODE.match(tree.source.line(line - 1)):
        line -= 1
    return line


def _is_cut(owner: Block, statement: ast.stmt, cuts: set[int]) -> bool:
    return isinstance(statement, ast.Pass) and _begin(owner, statement) in cuts


def _has_problem(tree: Tree, owner: Block, index: int) -> bool:
    """Whether something was cut out of a statement, which may have left something open there."""
    statement: ast.stmt = owner.node.body[index]
    last = _begin(owner, owner.node.body[index + 1]) if index + 1 < len(owner.node.body) else sys.maxsize
    return any(_begin(owner, statement) <= problem.line < last for problem in tree.errors)


def _from(stretch: Stretch, start: int) -> Stretch:
    """A stretch that begins earlier."""
    return stretch._replace(start=start, first=_begin(stretch.owner, stretch.owner.node.body[start]))


def _up_to(tree: Tree, stretch: Stretch, stop: int) -> Stretch:
    """A stretch that ends at another statement."""
    body: list[ast.stmt] = stretch.owner.node.body
    last = _begin(stretch.owner, body[stop]) - 1 if stop < len(body) else _region_end(tree, stretch.owner)
    return stretch._replace(stop=stop, last=last)


def _begin(owner: Block, statement: ast.stmt) -> int:
    """The line at which a statement of a block's body begins in the text now."""
    return statement.block.line if isinstance(statement, BLOCKS) else owner.line_of(statement.lineno)  # type: ignore[union-attr]


def _end(owner: Block, statement: ast.stmt) -> int:
    """The line at which a statement of a block's body ends in the text now."""
    own: Block = statement.block if isinstance(statement, BLOCKS) else owner  # type: ignore[union-attr]
    return own.line_of(statement.end_lineno or statement.lineno)


def _heads(text: str) -> list[tuple[str, str]]:
    """The indentation and the first characters of the lines of code."""
    return [(match[0], text[match.end() : match.end() + 8]) for match in _CODE.finditer(text)]


def _width(indent: str) -> int:
    return len(indent.replace("\f", "").expandtabs(8))


def _suite_indent(tree: Tree, owner: Block) -> str:
    """What the lines of a body begin with."""
    if isinstance(owner.node, ast.Module):
        return ""
    line = tree.source.line(_begin(owner, owner.node.body[0]))
    return line[: len(line) - len(line.lstrip(" \t\f"))]


def _is_far_reaching(tree: Tree, stretch: Stretch, text: str) -> bool:
    """Whether a stretch does, or did, something to the rest of the file that its Summary does not tell of."""
    before = _lines(tree.source.text, tree.source, stretch.first, stretch.last)
    return any(_GLOBAL.search(each) or has_cells(each) for each in (text, before))


def _changes_cells(tree: Tree, stretch: Stretch, parsed: Parsed) -> bool:
    """Whether code of cells becomes other code, which may decide what runs them."""
    is_top = isinstance(stretch.owner.node, ast.Module)
    return is_top and not is_one_definition(stretch, parsed) and has_cells(tree.source.text)


def _parsed(
    tree: Tree, source: Source, stretch: Stretch, added: int, is_repaired: bool
) -> tuple[Parsed, list[SyntaxProblem]] | None:
    """The statements of the new text of a stretch, and what was cut out of them; None if they belong elsewhere."""
    text = _text(source, stretch, added)
    indent = _suite_indent(tree, stretch.owner)
    found = _statements(stretch, text, indent)
    if found is not None or not is_repaired or _is_beyond(stretch, text, indent):
        return None if found is None else (found, [])
    mended, cuts = repaired(text, parse_module, indent)
    found = _statements(stretch, mended, indent)
    problems = [SyntaxProblem(message, line - 1 + stretch.first) for line, message in cuts]
    return None if found is None else (found, problems)


def _statements(stretch: Stretch, text: str, indent: str) -> Parsed | None:
    """What a text parses to as part of a body; None if it does not, or not to statements of this indentation."""
    heads = _heads(text)
    if not heads:
        may_be_empty = indent == "" or stretch.stop - stretch.start < len(stretch.owner.node.body)
        return Parsed([], Source(text), 1) if may_be_empty else None
    if heads[0][0].replace("\f", "") != indent.replace("\f", ""):
        return None
    parsed = Source(f"{_WRAPPER}{text}" if indent else text)
    try:
        body = parse_module(parsed.text).body
    except _FAILURES:
        return None
    if not indent:
        return Parsed(body, parsed, 1)
    match body:
        case [ast.If(body=inner, orelse=[])]:
            return Parsed(inner, parsed, 2)
    return None


def _is_beyond(stretch: Stretch, text: str, indent: str) -> bool:
    """Whether some of a broken stretch may stand behind the end of the class."""
    is_last = stretch.stop == len(stretch.owner.node.body)
    return is_last and any(_width(head) < _width(indent) for head, _ in _heads(text))


def _text(source: Source, stretch: Stretch, added: int) -> str:
    """The text of a stretch in the new text."""
    return _lines(plain(source.text), source, stretch.first, stretch.last + added)


def _lines(text: str, source: Source, first: int, last: int) -> str:
    """A text from one 1-based line to another, which begin where those of a source do."""
    starts = source.line_starts
    return text[starts[first - 1] : starts[last] if last < len(starts) else len(text)]


def _errors(tree: Tree, stretch: Stretch, own: list[SyntaxProblem], added: int) -> tuple[SyntaxProblem, ...]:
    """The problems of the new text: those outside the stretch as they were, and its own."""
    above = [problem for problem in tree.errors if problem.line < stretch.first]
    below = [SyntaxProblem(p.message, p.line + added) for p in tree.errors if p.line > stretch.last]
    return (*above, *own, *below)


def _is_whole_behind(tree: Tree, line: int) -> bool:
    """Whether the text from the statement on that this line is in parses: what is open there may be closed further on.

    As a rule the parser gives up within a few lines.
    """
    owner = _owners(tree, line, line)[0]
    body: list[ast.stmt] = owner.node.body
    first = next((begin for begin in map(partial(_begin, owner), reversed(body)) if begin <= line), line)
    levels: list[str] = []
    while owner.parent is not None:
        owner = owner.parent
        levels.insert(0, f"{_suite_indent(tree, owner)}{_WRAPPER}")
    return parses("".join(levels) + _lines(tree.source.text, tree.source, first, len(tree.source.line_starts)))
