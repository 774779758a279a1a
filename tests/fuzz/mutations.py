"""What becomes of a text that is damaged."""

from __future__ import annotations

import re
from collections.abc import Callable
from random import Random

Mutation = Callable[[Random, str, str], str]
"""A text, damaged; the third argument is another text, to take pieces from."""

TOKEN = re.compile(r"\w+|\s+|[^\w\s]")
_WORDS: list[str] = [
    *"()[]{}:,.=#@\\\"'\t\r\f\0;", "\n    ", "\\\n", "'''", '"""', 'f"{', "*", "**", "->", ":=", "é", "🐍", "\ud800",
    "0x", "\ufeff", "\u2028", "\x0b", "\x1f", "\r\n", "\f\n", "await ", "async ", "def ", "lambda ", "if ", "else:\n",
    "match x:\n", "case ", "yield ", "return ", "class C:\n", "for x in ", "with ", "try:\n", "except* E:\n",
    "finally:\n", "type X = ", "import ", "from . import *\n", "not ", "global x\n", "nonlocal y\n", "del ", "...",
    "self.", "None", "()", "# coroscope: ignore\n", "# %%\n", "%time ", "!ls\n", "x = 1\n", "pass\n", "asyncio.",
    "t'{x}'", "async for x in y:\n",
]  # fmt: skip
_BEGINNINGS = ["\ufeff", "# -*- coding: latin-1 -*-\n", "#!/usr/bin/python\f\n", "# %%\n", "\f", "\0"]
_LINE_ENDS = ["\r\n", "\r", "\n\r", "\n\n", "\f\n", "\\\n", "\n\t", " \n", "\x0b\n"]
_AROUND = [("(", ")"), ("[", "]"), ("{", "}"), ("f(", ")"), ("not ", ""), ("-", ""), ("await ", "")]
_REPLACED = [
    ("await ", ""), ("async ", ""), ("def ", "async def "), ("return ", "await "), ("= ", "= await "), ("self.", ""),
    ("()", ""), ("with ", "async with "), ("for ", "async for "), ("yield ", "return "), ("import ", "# import "),
]  # fmt: skip
_OPENING = re.compile(r"\s*(@|def |async |class |import |from )")
_CONFLICT = "<<<<<<< ours\n{0}=======\n{1}>>>>>>> theirs\n"


def damaged(random: Random, text: str, other: str) -> str:
    """A text after a few mutations."""
    for _ in range(random.choice([1, 1, 1, 2, 3, 6])):
        text = random.choice(MUTATIONS)(random, text, other)
    return text


def _token_deleted(random: Random, text: str, _: str) -> str:
    start, end = token_near(random, text)
    return text[:start] + text[end:]


def _token_doubled(random: Random, text: str, _: str) -> str:
    start, end = token_near(random, text)
    return text[:end] + text[start:]


def _tokens_swapped(random: Random, text: str, _: str) -> str:
    (start, end), (later, last) = sorted([token_near(random, text), token_near(random, text)])
    if end > later:
        return text
    return text[:start] + text[later:last] + text[end:later] + text[start:end] + text[last:]


def _token_replaced(random: Random, text: str, other: str) -> str:
    (start, end), (first, last) = token_near(random, text), token_near(random, other)
    return text[:start] + other[first:last] + text[end:]


def _word_inserted(random: Random, text: str, _: str) -> str:
    at = random.randint(0, len(text))
    return text[:at] + random.choice(_WORDS) + text[at:]


def _lines_deleted(random: Random, text: str, _: str) -> str:
    lines, first, last = lines_near(random, text)
    return "".join(lines[:first] + lines[last:])


def _lines_doubled(random: Random, text: str, _: str) -> str:
    lines, first, last = lines_near(random, text)
    return "".join(lines[:last] + lines[first:])


def _lines_moved(random: Random, text: str, _: str) -> str:
    lines, first, last = lines_near(random, text)
    rest = lines[:first] + lines[last:]
    at = random.randint(0, len(rest))
    return "".join(rest[:at] + lines[first:last] + rest[at:])


def _lines_indented(random: Random, text: str, _: str) -> str:
    lines, first, last = lines_near(random, text)
    indent = random.choice(["    ", "\t", " ", "\f"])
    return "".join(lines[:first] + [indent + line for line in lines[first:last]] + lines[last:])


def _lines_dedented(random: Random, text: str, _: str) -> str:
    lines, first, last = lines_near(random, text)
    count = random.choice([1, 4, 8])
    return "".join(lines[:first] + [line[min(count, _indent(line)) :] for line in lines[first:last]] + lines[last:])


def _lines_commented(random: Random, text: str, _: str) -> str:
    lines, first, last = lines_near(random, text)
    return "".join(lines[:first] + ["# " + line for line in lines[first:last]] + lines[last:])


def _cut_short(random: Random, text: str, _: str) -> str:
    return text[: random.randint(0, len(text))]


def _line_cut_short(random: Random, text: str, _: str) -> str:
    """A line that is half written: one that opens a block, if there is any."""
    lines = text.splitlines(keepends=True) or [""]
    opening = [number for number, line in enumerate(lines) if _OPENING.match(line)]
    at = random.choice(opening or range(len(lines)))
    lines[at] = lines[at].rstrip()[: random.randint(0, len(lines[at]))] + "\n"
    return "".join(lines)


def _spliced(random: Random, text: str, other: str) -> str:
    return text[: random.randint(0, len(text))] + other[random.randint(0, len(other)) :]


def _lines_pasted(random: Random, text: str, other: str) -> str:
    lines, at, _ = lines_near(random, text)
    pasted, first, last = lines_near(random, other)
    return "".join(lines[:at] + pasted[first:last] + lines[at:])


def _conflict(random: Random, text: str, other: str) -> str:
    lines, first, last = lines_near(random, text)
    theirs, start, end = lines_near(random, other)
    mark = _CONFLICT.format("".join(lines[first:last]), "".join(theirs[start:end]))
    return "".join([*lines[:first], mark, *lines[last:]])


def _brackets_lost(random: Random, text: str, _: str) -> str:
    places = [match.start() for match in re.finditer(r"[()\[\]{}'\":]", text)]
    for at in sorted(random.sample(places, min(len(places), random.choice([1, 1, 2, 5]))), reverse=True):
        text = text[:at] + random.choice(["", "", text[at] * 2]) + text[at + 1 :]
    return text


def _ends_changed(random: Random, text: str, _: str) -> str:
    end = random.choice(_LINE_ENDS)
    if random.random() < 0.5:
        return text.replace("\n", end)
    return "".join(line if random.random() < 0.8 else line[:-1] + end for line in text.splitlines(keepends=True))


def _tabs(random: Random, text: str, _: str) -> str:
    return text.replace("    ", random.choice(["\t", "  ", "        "]))


def _keyword_changed(random: Random, text: str, _: str) -> str:
    """What this program looks at: an `await` lost or put before a call, an `async` lost or found."""
    word, by = random.choice(_REPLACED)
    places = [match.start() for match in re.finditer(re.escape(word), text)]
    if not places:
        return text
    at = random.choice(places)
    return text[:at] + by + text[at + len(word) :]


def _nested(random: Random, text: str, _: str) -> str:
    at = random.randint(0, len(text))
    before, after = random.choice(_AROUND)
    count = random.choice([3, 30, 150, 300, 3000])
    end = at + random.randint(0, 40)
    return text[:at] + before * count + text[at:end] + after * count + text[end:]


def _nested_blocks(random: Random, text: str, _: str) -> str:
    lines, first, last = lines_near(random, text)
    depth = random.choice([3, 20, 99, 120])
    opening = random.choice(["if x:\n", "def f():\n", "async def f():\n", "class C:\n", "while x:\n", "with x:\n"])
    blocks = [" " * each + opening for each in range(depth)]
    return "".join(lines[:first] + blocks + [" " * depth + line for line in lines[first:last]] + lines[last:])


def _huge_line(random: Random, text: str, _: str) -> str:
    at = random.randint(0, len(text))
    piece = random.choice(["x", " ", "1, ", "f(), ", "'a' ", "x.", "1 + ", "é", "🐍", "\\\n", "await f(); "])
    return text[:at] + piece * random.choice([100, 1000, 4000]) + text[at:]


def _marked(random: Random, text: str, _: str) -> str:
    return random.choice(_BEGINNINGS) + text


def _in_cells(random: Random, text: str, _: str) -> str:
    """The lines as cells of a script, some of them with magics."""
    magic = random.choice(["", "", "%%time\n", "%%bash\n", "!ls\n", "await asyncio.sleep(1)\n", "x = !ls\n", "f?\n"])
    return re.sub(r"\n\n+(?=\S)", lambda _: f"\n# %%\n{magic if random.random() < 0.3 else ''}", text)


MUTATIONS: list[Mutation] = [
    _token_deleted, _token_doubled, _tokens_swapped, _token_replaced, _word_inserted, _lines_deleted, _lines_doubled,
    _lines_moved, _lines_indented, _lines_dedented, _lines_commented, _cut_short, _line_cut_short, _spliced,
    _lines_pasted, _conflict, _brackets_lost, _ends_changed, _tabs, _keyword_changed, _keyword_changed,
    _keyword_changed, _nested, _nested_blocks, _huge_line, _marked, _in_cells,
]  # fmt: skip


def token_near(random: Random, text: str) -> tuple[int, int]:
    """Where a token begins and ends, near a place taken by chance."""
    near = random.randint(0, len(text))
    match = TOKEN.search(text, max(0, near - 1))
    return match.span() if match else (len(text), len(text))


def lines_near(random: Random, text: str) -> tuple[list[str], int, int]:
    """All lines, and the first of a few, and the one behind those."""
    lines = text.splitlines(keepends=True) or [""]
    first = random.randrange(len(lines))
    return lines, first, min(len(lines), first + random.choice([1, 1, 2, 5, 20]))


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" \t"))
