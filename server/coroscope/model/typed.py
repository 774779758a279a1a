"""The expression before a dot that is being typed, understood though the text around it may not parse.

    async def main():
        x = fetch(1).           # what stands before the dot?

Where it begins, the tokens before the dot tell. What it is, the analysis tells of the same text without the dot; if the
statement does not parse even so (`if fetch(1).`), of the expression alone in its place. The function around is analysed
and nothing else: what a file declares, its Summary has. Code that is not async is left alone.
"""

from __future__ import annotations

import ast
import keyword
import re
from collections.abc import Iterator
from typing import NamedTuple

from coroscope.model.module import Module
from coroscope.model.top_level import TopLevel
from coroscope.nodes import FUNCTIONS, ancestors
from coroscope.source import Position, Source, Span
from coroscope.syntax import Block

_MOST_LINES = 40
_TOKEN = re.compile(
    r"""(?P<comment>\#[^\r\n]*)
    | (?P<space>[\s\\]+)
    | (?P<string>\"{3} (?:[^"\\] | \\. | "(?!""))* \"{3} | '{3} (?:[^'\\] | \\. | '(?!''))* '{3}
      | "(?:[^"\\\r\n] | \\.)*" | '(?:[^'\\\r\n] | \\.)*')
    | (?P<name>\w+)
    | (?P<other>.)""",
    re.DOTALL | re.VERBOSE,
)
_BEFORE_DOT = re.compile(r"\.([^\W\d]\w*)?\Z")
_AWAITED = re.compile(r"(?<!\w)await[ \t]+\Z")
_OPENING = {")": "(", "]": "[", "}": "{"}
_OPERANDS = re.compile(r"[^\W\d]\w*\Z|[)\]]\Z")


class Typed(NamedTuple):
    """An expression and the word behind its dot, both as they stand in the text; where its node is, a module has it."""

    expression: Span
    word: Span
    node: ast.expr
    module: Module


def typed_at(module: Module, position: Position) -> Typed | None:
    """The expression before the dot at a position of async code, which no `await` stands before.

    None if there is no dot, or nobody knows what stands before it.
    """
    source = module.source
    word = _word(source, source.offset(position))
    if word is None:
        return None
    dot = word.start - 1
    begun = _beginning(source, dot)
    if begun is None or _is_awaited(source, begun[0]):
        return None
    around = _functions_around(module, source, source.position(dot).line)
    if module.top_level is not TopLevel.CELLS and not any(isinstance(b.node, ast.AsyncFunctionDef) for b in around):
        return None
    start, tokens = begun
    expression = Span(start, dot)
    bare = _unwrapped(source.text, expression)
    for text in _readings(source, expression, word, tokens):
        read = _excerpt(module, Source(text, source.path), around)
        node = read.expression_at(source.range(bare))
        if node is not None:
            return Typed(expression, word, node, read)
    return None


def _word(source: Source, offset: int) -> Span | None:
    """What stands between a dot and an offset that ends it."""
    text = source.text
    line = source.line_starts[source.position(offset).line - 1]
    found = _BEFORE_DOT.search(text, line, offset)
    if found is None or text[offset : offset + 1].isidentifier() or text[offset : offset + 1].isdigit():
        return None
    return Span(found.start() + 1, offset)


def _beginning(source: Source, dot: int) -> tuple[int, list[re.Match[str]]] | None:
    """Where the primary begins that ends at a dot, and the tokens from the beginning of its first line."""
    last = source.position(dot).line
    for line in range(last, max(0, last - _MOST_LINES), -1):
        tokens = [t for t in _TOKEN.finditer(source.text, source.line_starts[line - 1], dot) if t.lastgroup != "space"]
        if not tokens or tokens[-1].end() != dot or not _is_operand(tokens[-1]):
            return None
        first = _first_token(tokens)
        if first is not None:
            return tokens[first].start(), tokens
    return None


def _is_awaited(source: Source, start: int) -> bool:
    line = source.line_starts[source.position(start).line - 1]
    return _AWAITED.search(source.text, line, start) is not None


def _first_token(tokens: list[re.Match[str]]) -> int | None:
    """The index of the token that begins the primary which ends with the last one: names, dots and brackets."""
    index = len(tokens) - 1
    while index >= 0:
        opening = _opening(tokens, index)
        if opening is None:
            return None
        before = opening - 1
        if opening < index or tokens[index][0] in _OPENING:
            if before < 0 or not _is_operand(tokens[before]):
                return opening
            index = before
        elif before >= 0 and tokens[before][0] == ".":
            index = before - 1
        else:
            return opening
    return None


def _opening(tokens: list[re.Match[str]], index: int) -> int | None:
    """The index of the bracket that the one at an index closes; the index itself, if that is a name."""
    waiting: list[str] = []
    for here in range(index, -1, -1):
        text = tokens[here][0]
        if text in _OPENING:
            waiting.append(_OPENING[text])
        elif waiting and text in _OPENING.values() and waiting.pop() != text:
            return None
        if not waiting:
            return here if here < index or _is_operand(tokens[here]) else None
    return None


def _is_operand(token: re.Match[str]) -> bool:
    return bool(_OPERANDS.match(token[0])) and not keyword.iskeyword(token[0])


def _unwrapped(text: str, span: Span) -> Span:
    """The span of what stands in the parentheses that a span covers as a whole."""
    start, end = span
    while text[start] == "(":
        start += 1
        start += len(text[start:end]) - len(text[start:end].lstrip())
        end = start + len(text[start : end - 1].rstrip())
    return Span(start, end)


def _readings(source: Source, expression: Span, word: Span, tokens: list[re.Match[str]]) -> Iterator[str]:
    """Texts in which the expression stands where it does, and which may parse: the likelier one first."""
    text = source.text
    yield text[: expression.end] + " " * (word.end - expression.end) + text[word.end :]
    if any(token[0] in ("lambda", "'", '"') for token in tokens):
        return  # not a statement's own expression, or no expression at all
    line = tokens[0].start()
    gap = expression.start - line
    before, after = ("(" + " " * (gap - 1), ")") if gap else ("", "")
    end = text.find("\n", word.end)
    yield text[:line] + before + text[slice(*expression)] + after + (text[end:] if end >= 0 else "")


def _excerpt(module: Module, source: Source, around: list[Block]) -> Module:
    """A module of the same world with nothing but the outermost of some functions; the whole, if that is not enough."""
    if around and _stands_alone(around[-1]):
        source = Source("".join(_lines_of(module, source, around[-1])), source.path)
    return Module(
        source, module.name, module.world, is_package=module.is_package, file=module.file, summary=module.summary
    )


def _functions_around(module: Module, source: Source, line: int) -> list[Block]:
    """The functions around a line, innermost first, as its indentation tells, whatever stands there."""
    content = source.line(line)
    indent = len(content) - len(content.lstrip())
    block: Block | None = [each for each in module.tree.blocks if each.line <= line][-1]
    found = []
    while block is not None:
        if isinstance(block.node, FUNCTIONS) and block.node.col_offset < indent:
            found.append(block)
        block = block.parent
    return found


def _stands_alone(block: Block) -> bool:
    """Whether nothing but classes is around a block."""
    return all(isinstance(above, (ast.ClassDef, ast.Module)) for above in ancestors(block.node))


def _lines_of(module: Module, source: Source, block: Block) -> Iterator[str]:
    """The lines of a text with all but those of a block, and a header of each class around it, left empty."""
    headers: dict[int, str] = {}
    around = block.parent
    while around is not None and isinstance(around.node, ast.ClassDef):
        headers[around.line_of(around.node.lineno)] = f"{' ' * around.node.col_offset}class {around.node.name}:\n"
        around = around.parent
    behind = [each.line for each in module.tree.blocks if each.line > block.line and not _is_within(each, block)]
    end = min(behind, default=len(source.line_starts) + 1)
    for number in range(1, end):
        if number < block.line:
            yield headers.get(number, "\n")
        else:
            yield source.line(number) + "\n"


def _is_within(block: Block, outer: Block) -> bool:
    here: Block | None = block
    while here is not None and here is not outer:
        here = here.parent
    return here is outer
