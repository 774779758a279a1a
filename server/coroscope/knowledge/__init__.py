"""Facts about Python's libraries, as data: one TOML file a subject."""

from __future__ import annotations

import sys
from functools import cache
from importlib.resources import files

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


@cache
def names(subject: str, key: str) -> frozenset[str]:
    """A list of dotted names, such as `builtins.print`, from the file of that subject."""
    data = tomllib.loads(files(__name__).joinpath(f"{subject}.toml").read_text("utf-8"))
    return frozenset(data[key])


@cache
def last_names(subject: str, *keys: str) -> frozenset[str]:
    """The last parts of the dotted names in some of these lists, which is what calls of them mention."""
    return frozenset(name.rpartition(".")[2] for key in keys for name in names(subject, key))
