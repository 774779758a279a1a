"""The real files that are mutated: the standard library of the running Python, other folders, and our own pages."""

from __future__ import annotations

import re
import sysconfig
from functools import cache
from pathlib import Path
from random import Random

from coroscope.project.files import read_source
from coroscope.source import SourceError
from pages import CORNERS, DEFAULT_FILE, RULES, examples

STANDARD_LIBRARY = Path(sysconfig.get_path("stdlib"))

_TOP_LEVEL = re.compile(r"^(?=[^\s#)\]}])", re.MULTILINE)
_IMPORTS = re.compile(r"^(?:import|from) .*\n", re.MULTILINE)
_MOST_IMPORTS = 30


class Corpus:
    """Texts to begin with, by chance: a third are our pages' examples, a third are pieces of asynchronous files."""

    def __init__(self, folders: list[Path] | None = None, lines: int = 400) -> None:
        """`lines` is about how long a text gets at most: of longer files, a piece is taken."""
        self._lines = lines
        self._files = _files(tuple(folders or [STANDARD_LIBRARY]))
        self._asynchronous = [path for path in self._files if _is_asynchronous(path)]

    def text(self, random: Random) -> str:
        """A text; the same for the same state of `random`, as long as the files are the same."""
        kind = random.randrange(3)
        if kind == 0:
            return "\n\n".join(random.choices(_snippets(), k=random.choice([1, 2, 3])))
        text = _read(random.choice((self._asynchronous or self._files) if kind == 1 else self._files))
        return self._piece(random, text)

    def _piece(self, random: Random, text: str) -> str:
        """A text, or a run of its definitions with its imports above."""
        if text.count("\n") <= self._lines:
            return text
        parts = _TOP_LEVEL.split(text)
        start = random.randrange(len(parts))
        piece = "".join(_IMPORTS.findall(text)[:_MOST_IMPORTS])
        for part in parts[start:]:
            piece += part
            if piece.count("\n") > self._lines:
                break
        return "".join(piece.splitlines(keepends=True)[: 2 * self._lines])


@cache
def _files(folders: tuple[Path, ...]) -> list[Path]:
    """The files in some folders, in an order that is the same on every machine."""
    found = [path for folder in folders for path in ([folder] if folder.is_file() else sorted(folder.rglob("*.py")))]
    return [path for path in found if "site-packages" not in path.parts or STANDARD_LIBRARY not in path.parents]


@cache
def _is_asynchronous(path: Path) -> bool:
    return "async def" in _read(path)


@cache
def _snippets() -> list[str]:
    """The examples of our pages that are one file."""
    kinds = [example for kind in ("bad", "good") for example in examples(RULES, CORNERS, kind=kind)]
    return [example.files[DEFAULT_FILE] for example in kinds if list(example.files) == [DEFAULT_FILE]]


def _read(path: Path) -> str:
    try:
        return read_source(path, str(path)).text
    except SourceError:
        return ""
