"""One case as plain data: the versions of a few files, one after the other; it follows from its seed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random
from typing import Literal, NamedTuple

from coroscope.cells import Cell, joined
from coroscope.magics import plain
from coroscope.syntax import parse_module

from fuzz.corpus import Corpus
from fuzz.mutations import damaged
from fuzz.typing import typed

Kind = Literal["texts", "edits", "server"]
Look = Literal["", "check", "compare"]


class Step(NamedTuple):
    """The text of a file from now on, and what is done then: nothing, a check, or a comparison with a fresh one."""

    name: str
    text: str
    look: Look


@dataclass(frozen=True)
class Case:
    """What is done with which texts."""

    kind: Kind
    seed: int
    steps: list[Step]

    def save(self, folder: Path) -> Path:
        """Keep the case in a file of a folder; the file."""
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{self.kind}-{self.seed}.json"
        path.write_text(json.dumps(asdict(self), indent=1), "utf-8")
        return path

    @classmethod
    def load(cls, path: Path) -> Case:
        """A case that was kept."""
        data = json.loads(path.read_text("utf-8"))
        return cls(data["kind"], data["seed"], [Step(*step) for step in data["steps"]])


def parses(text: str) -> bool:
    """Whether Python takes a text."""
    try:
        parse_module(plain(text))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def made(kind: Kind, seed: int, corpus: Corpus) -> Case:
    """The case that follows from a seed."""
    random = Random(seed)
    return Case(kind, seed, list(_damage(random, corpus) if kind == "texts" else _edits(random, corpus)))


def _damage(random: Random, corpus: Corpus) -> Iterator[Step]:
    text = damaged(random, corpus.text(random), corpus.text(random))
    if random.random() < 0.1:
        yield Step("example.ipynb", _as_notebook(text), "check")
    else:
        yield Step("example.py", text, "check")


def _edits(random: Random, corpus: Corpus) -> Iterator[Step]:
    """A file that is edited and one that uses it; at times others beside them. Most edits end with what parses."""
    store = corpus.text(random)
    texts = {"store.py": store, "user.py": _user(random, store)}
    if random.random() < 0.2:
        texts["work.ipynb"] = _as_notebook(corpus.text(random))
    yield from (Step(name, text, "check") for name, text in texts.items())
    for _ in range(random.randint(1, 6)):
        name = random.choice(["store.py", *texts])
        before = texts[name]
        for text in typed(random, before, corpus.text(random)):
            texts[name] = text
            yield Step(name, text, random.choice(["", "check", "check", "check"]))
        if not parses(texts[name]) and random.random() < 0.9:
            texts[name] = before
        yield Step(name, texts[name], random.choice(["", "check", "compare"]))
    yield Step(name, texts[name], "compare")


def _user(random: Random, store: str) -> str:
    """A file that uses what another one defines at its top, rightly and wrongly."""
    names = re.findall(r"^(?:async def|def|class) (\w+)", store, re.MULTILINE)
    used = random.sample(names, min(len(names), 6))
    imports = random.choice(["from store import *\n", f"from store import {', '.join(used) or '*'}\n"])
    lines = [f"    {random.choice(['', 'await ', 'x = ', 'return await '])}{name}()\n" for name in used]
    methods = re.findall(r"^    (?:async def|def) (\w+)", store, re.MULTILINE)
    lines += [f"    {random.choice(used)}().{random.choice(methods)}()\n" for _ in used[:3] if methods]
    body = "".join(lines) or "    pass\n"
    return f"{imports}\n\nasync def use():\n{body}"


def _as_notebook(text: str) -> str:
    """The text of a notebook whose cells are the paragraphs of a text."""
    parts = re.split(r"\n\n+(?=\S)", text)
    return joined(Cell(number, part) for number, part in enumerate(parts, 1))
