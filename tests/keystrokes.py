"""Type into a file, a character at a time, and see which findings change that have nothing to do with what is typed.

python tests/keystrokes.py [--root FOLDER] [--python ENVIRONMENT] [--shape NAME] [--count N] [--show N] FILE…

Awaits all over the file are taken out first, so that there are findings to lose. Then each *shape* of typing is tried
at several places. A keystroke *flickers* if a finding outside of what is typed appears, vanishes or moves. Prints by
shape how many did, and what a keystroke costs (process time: median and 95th percentile).
"""

from __future__ import annotations

import argparse
import ast
import re
import statistics
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, TypeAlias, TypeVar

from coroscope import engine
from coroscope.project.environment import read_environment
from coroscope.project.project import Project
from coroscope.source import Source

Place: TypeAlias = tuple[str, int, str, str]
"""Above or below of what is typed, by how many lines from the file's beginning or end; the rule and the message."""

Outside: TypeAlias = "Counter[Place]"

_Function = TypeVar("_Function", ast.FunctionDef, ast.AsyncFunctionDef, ast.FunctionDef | ast.AsyncFunctionDef)


class Typing(NamedTuple):
    """Something to type at an offset of a text; findings so many lines above and below depend on it."""

    text: str
    at: int
    typed: str
    above: int = 0
    below: int = 0


@dataclass(slots=True)
class Outcome:
    """What typing something did: the keystrokes that flickered, with what changed, and the time of all keystrokes."""

    flickers: list[tuple[int, Outside]]
    seconds: list[float]
    elsewhere: int
    as_fresh: bool


def play(project: Project, path: Path, typing: Typing, steps: int = 1) -> Outcome:
    """Type a text, `steps` characters at a time."""
    text, at, typed = typing.text, typing.at, typing.typed
    project.close(path)
    project.open(path, text)
    before = _outside(project, path, typing, 0)
    flickers, seconds = [], []
    final = _final(project, path, typing)
    project.change(path, text)
    _outside(project, path, typing, 0)
    sizes = [*range(steps, len(typed), steps), len(typed)]
    for size in sizes:
        begun = time.process_time()
        project.change(path, text[:at] + typed[:size] + text[at:])
        found = _outside(project, path, typing, size)
        seconds.append(time.process_time() - begun)
        if found not in (before, final):
            flickers.append((size, _difference(found, before)))
    return Outcome(flickers, seconds, before.total(), found == final)


def _final(project: Project, path: Path, typing: Typing) -> Outside:
    """What is found outside by a project that opens the file when all is typed."""
    project.close(path)
    project.open(path, typing.text[: typing.at] + typing.typed + typing.text[typing.at :])
    found = _outside(project, path, typing, len(typing.typed))
    project.close(path)
    project.open(path, typing.text)
    _outside(project, path, typing, 0)
    return found


def _outside(project: Project, path: Path, typing: Typing, size: int) -> Outside:
    module = project.module(path)
    source = module.source
    first = source.position(typing.at).line - typing.above
    last = source.position(typing.at + size).line + typing.below
    lines = len(source.line_starts)
    found: Outside = Counter()
    for finding in engine.check(module, project.settings):
        line = finding.range.start.line
        if line < first:
            found["above", line, finding.rule, finding.message] += 1
        elif line > last:
            found["below", lines - line, finding.rule, finding.message] += 1
    return found


def _difference(found: Outside, before: Outside) -> Outside:
    """What came, counted positively, and what went."""
    difference: Outside = Counter(found)
    difference.subtract(before)
    return Counter({place: count for place, count in difference.items() if count})


# Where to type what

Shape: TypeAlias = Callable[[str, int], Iterator[Typing]]

MODULE_LEVEL = {
    "table": 'TABLE = {\n    "a": [1, 2, (3, "}")],\n    "b": f"{1 + 1}",\n}\n',
    "text": 'WORDS = """One "two"\n    three\'s\nfour\n"""\n',
    "class": 'class Thing(Base[int], metaclass=Meta):\n    """It\'s one."""\n\n    a: int = 1\n\n    @property\n'
    "    async def f(self, x: str = '') -> int:\n        return await self.g(\n            x,\n        )\n",
    "function": 'async def f[T](a: list[T], *, b=(1, 2), **c) -> dict[str, "T"]:\n    """Do it."""\n'
    "    async with a as b, c:\n        pass\n    try:\n        x = [y async for y in b if y]\n    except* OSError:\n"
    '        raise\n    else:\n        print(f"{x!r:>{b}}", """\n    a\n""")\n'
    '    match x:\n        case [1, {"a": b}]:\n            pass\n',
    "import": "from zlib import (\n    crc32,\n    adler32 as adler,\n)\nimport os.path as path_of_os, zlib\n",
    "lambda": "double = lambda x, *y, z={}: (x, [y], z)\n",
    "comment": "# It's a comment (not closed\n",
    "condition": 'if __name__ == "__main__":\n    main()\nelse:\n    pass\n',
    "conflict": "<<<<<<< HEAD\nX = 1\n=======\nX = 2\n>>>>>>> other (it's)\n",
}
"""What is typed between two definitions, in their indentation."""

STATEMENTS = {
    "call": 'print(\n    "a", [1, (2)],\n    *{"b": 3}, key=f"{1:>{2}} {"x"}",\n)\n',
    "string": "note = 'it is ' \"o'clock\"\n",
    "text": 'note = """\nit\'s (\n  """\n',
    "with": "async with one(1) as a, two[2]:\n    pass\n",
    "try": "try:\n    pass\nexcept (OSError, ValueError) as error:\n    raise\nelse:\n    pass\nfinally:\n    pass\n",
    "newer": 'try:\n    x = t"{a["b"]}", f"{c["d"]} {\n        await e}"\n'
    "except A, B.C:\n    y[*z] = 1\nexcept D:\n    pass\n",
    "if": "if not (a and b[0]):\n    pass\nelif c == {1: 2}:\n    pass\nelse:\n    pass\n",
    "match": 'match a, b:\n    case [1, Thing(x=2), {"c": d}] if d:\n        pass\n    case _:\n        pass\n',
    "for": "async for a, (b, c) in d(\n    e\n):\n    pass\n",
    "await": "await_ = await one(lambda x: (x, 'y'), [z async for z in w])\n",
    "nested": "@wraps(a)\nasync def inner(b: int = {1: 2}[1]) -> None:\n    await b\n    return\n\n",
    "conflict": "<<<<<<< HEAD\na = (1\n=======\na = 2\n>>>>>>> other\n",
    "dedent": "if a:\n        b = 1\n    c = 2\n  d = 3\n\te = 4\n",
}
"""What is typed between two statements of a function, in their indentation."""


def bodies(text: str, count: int) -> Iterator[Typing]:
    """The bodies of functions that nothing calls by name."""
    for node, lines in _spread(_functions(text), text, count):
        first, last = node.body[0].lineno - 1, node.end_lineno or 0
        without = _without_awaits(text, lines, first, last)
        yield _typing(without, first, last, above=first + 1 - _head(node))


def whole(text: str, count: int) -> Iterator[Typing]:
    """Whole functions, with their decorators."""
    for node, lines in _spread(_functions(text), text, count):
        first, last = _head(node) - 1, node.end_lineno or 0
        yield _typing(_without_awaits(text, lines, first, last), first, last)


def between(text: str, count: int, typed: str) -> Iterator[Typing]:
    """Before definitions of a module or class."""
    found = [n for n in ast.walk(ast.parse(text)) if isinstance(n, (ast.FunctionDef, ast.AsyncFunctionDef))]
    nodes = [n for n in found if n.col_offset <= 4]
    for node, lines in _spread(nodes, text, count):
        at = _head(node) - 1
        yield _inserted(_without_awaits(text, lines, 0, 0), at, " " * node.col_offset, typed)


def decorators(text: str, count: int) -> Iterator[Typing]:
    """A decorator above a function that nothing calls by name."""
    for node, lines in _spread(_functions(text), text, count):
        at = _head(node) - 1
        typed = '@app.route("/a", methods=["b"],\n    c=d)\n'
        without = _without_awaits(text, lines, 0, 0)
        yield _inserted(without, at, " " * node.col_offset, typed)


def inside(text: str, count: int, typed: str) -> Iterator[Typing]:
    """Between statements of functions."""
    functions = [n for n in _functions(text) if len(n.body) > 3]
    for node, lines in _spread(functions, text, count):
        statement = node.body[len(node.body) // 2]
        without = _without_awaits(text, lines, 0, 0)
        yield _inserted(without, statement.lineno - 1, " " * statement.col_offset, typed)


def top(text: str, count: int) -> Iterator[Typing]:
    """Imports at the beginning of a file."""
    body = ast.parse(text).body
    imports = [node for node in body if isinstance(node, (ast.Import, ast.ImportFrom))]
    first = next(node for node in imports if getattr(node, "module", "") != "__future__")
    lines = text.splitlines(keepends=True)
    yield _inserted(_without_awaits(text, lines, 0, 0), first.lineno - 1, "", MODULE_LEVEL["import"])


def _bind(shape: Callable[[str, int, str], Iterator[Typing]], typed: str) -> Shape:
    return lambda text, count: shape(text, count, typed)


SHAPES: dict[str, Shape] = {
    "bodies": bodies,
    "whole": whole,
    "decorators": decorators,
    "top": top,
    **{f"between {name}": _bind(between, typed) for name, typed in MODULE_LEVEL.items()},
    **{f"inside {name}": _bind(inside, typed) for name, typed in STATEMENTS.items()},
}


def _functions(text: str) -> list[ast.AsyncFunctionDef]:
    called = set(re.findall(r"(?<!def )\b(\w+)\(", text))
    found = [n for n in ast.walk(ast.parse(text)) if isinstance(n, ast.AsyncFunctionDef) and len(n.body) > 1]
    return [n for n in found if n.name not in called and n.body[0].lineno > n.lineno] or found


def _spread(nodes: Sequence[_Function], text: str, count: int) -> Iterator[tuple[_Function, list[str]]]:
    """Some of the nodes, from all over the text."""
    ordered = sorted(nodes, key=lambda n: n.lineno)
    step = max(1, len(ordered) // count)
    for node in ordered[step // 2 :: step][:count]:
        yield node, text.splitlines(keepends=True)


def _head(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> int:
    return min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])


def _without_awaits(text: str, lines: list[str], first: int, last: int) -> list[str]:
    """The lines of a text, those from `first` up to `last` as they are, the others without awaits of statements."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Await) and not first < node.lineno <= last:
            row = lines[node.lineno - 1].encode()
            lines[node.lineno - 1] = (row[: node.col_offset] + row[node.col_offset + 6 :]).decode()
    return lines


def _typing(lines: list[str], first: int, last: int, above: int = 0) -> Typing:
    typed = "".join(lines[first:last]).rstrip("\n")
    before = "".join(lines[:first])
    return Typing(before + "\n" + "".join(lines[last:]), len(before), typed, above)


def _inserted(lines: list[str], at: int, indent: str, typed: str) -> Typing:
    indented = "".join(indent + line if line.strip() else line for line in typed.splitlines(keepends=True))
    before = "".join(lines[:at])
    return Typing(before + "\n" + "".join(lines[at:]), len(before), indented.rstrip("\n"))


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shape", default="", help="only shapes that begin so")
    parser.add_argument("--count", type=int, default=3, help="at so many places of each file")
    parser.add_argument("--python", type=Path, help="the environment")
    parser.add_argument("--root", type=Path, help="the folder of the project (default: that of the first file)")
    parser.add_argument("--show", type=int, default=0, help="so many flickers in full")
    parser.add_argument("files", nargs="+", type=Path)
    options = parser.parse_args()
    root = options.root or options.files[0].parent
    environment = read_environment(options.python) if options.python else None
    for name, shape in SHAPES.items():
        if name.startswith(options.shape):
            _report(name, shape, Project(root, environment=environment), options)


def _report(name: str, shape: Shape, project: Project, options: argparse.Namespace) -> None:
    keystrokes = flickers = elsewhere = fresh = places = 0
    seconds: list[float] = []
    shown: list[str] = []
    for path in options.files:
        for typing in shape(path.read_text("utf-8"), options.count):
            outcome = play(project, path, typing)
            keystrokes += len(outcome.seconds)
            flickers += len(outcome.flickers)
            elsewhere += outcome.elsewhere
            fresh += outcome.as_fresh
            places += 1
            seconds += outcome.seconds
            line = Source(typing.text).position(typing.at).line
            place = f"  {path.name}:{line}"
            shown += [f"{place} {typing.typed[:n][-50:]!r} {_said(d)}" for n, d in outcome.flickers]
        project.close(path)
    if seconds:
        ordered = sorted(seconds)
        print(
            f"{name:20} {flickers:6} of {keystrokes:6} at {places:3}, {elsewhere:5} elsewhere,",
            f"as fresh {fresh}/{places},",
            f"p50 {statistics.median(ordered) * 1e3:.1f} p95 {ordered[int(len(ordered) * 0.95)] * 1e3:.1f} ms",
            flush=True,
        )
    print("".join(f"{each}\n" for each in shown[: options.show]), end="")


def _said(difference: Outside) -> str:
    came = sum(count for count in difference.values() if count > 0)
    went = -sum(count for count in difference.values() if count < 0)
    some = next(iter(difference.items()), None)
    return f"+{came} -{went} {some}"


if __name__ == "__main__":
    main()
