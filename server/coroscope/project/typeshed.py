"""The standard library's stubs, which the package `typeshed_client` carries, and which Python has which module."""

from __future__ import annotations

import re
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

Version = tuple[int, int]

OLDEST: Version = (3, 10)
"""The oldest Python that the stubs describe; what they say of older ones is full of holes."""

_LINE = re.compile(r"^([\w.]+):\s*(\d+)\.(\d+)-(?:(\d+)\.(\d+))?", re.MULTILINE)
_FOREVER: Version = (1_000_000, 0)


@lru_cache(maxsize=1)
def stdlib_folder() -> str:
    """The folder that holds the stubs of the standard library, as an absolute path."""
    spec = find_spec("typeshed_client")
    if spec is None or not spec.submodule_search_locations:
        raise ImportError("the package typeshed_client, which carries the standard library's stubs, is not installed")
    return str(Path(next(iter(spec.submodule_search_locations))).absolute() / "typeshed")


def offers(name: str, python: Version) -> bool:
    """Whether the standard library of that Python has the module; a submodule that is not listed is as its parent."""
    versions = _versions()
    while name:
        span = versions.get(name)
        if span is not None:
            return span[0] <= python <= span[1]
        name = name.rpartition(".")[0]
    return False


def is_standard(top: str) -> bool:
    """Whether any Python's standard library has a top-level module of that name."""
    return top in _versions()


@lru_cache(maxsize=1)
def _versions() -> dict[str, tuple[Version, Version]]:
    text = Path(stdlib_folder(), "VERSIONS").read_text(encoding="utf-8")
    return {
        match[1]: (
            (int(match[2]), int(match[3])),
            (int(match[4]), int(match[5])) if match[4] else _FOREVER,
        )
        for match in _LINE.finditer(text)
    }
