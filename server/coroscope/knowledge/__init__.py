"""Facts about Python's libraries, as data: one TOML file a subject."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import NamedTuple

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


class Callback(NamedTuple):
    """A parameter that takes a function to be called, and what is done with what that makes.

    It is `dropped`, `tested` (for truth, or by comparing it), or `given` back to the caller in some way.
    """

    parameter: str
    use: str


@cache
def callbacks() -> Mapping[str, Callback]:
    """The functions that only call what they get, by dotted name."""
    return {
        name: Callback(parameter, use) for use, taken in _data("callbacks").items() for name, parameter in taken.items()
    }


@cache
def names(subject: str, key: str) -> frozenset[str]:
    """A list of dotted names, such as `builtins.print`, from the file of that subject."""
    return frozenset(_data(subject)[key])


@cache
def last_names(subject: str, *keys: str) -> frozenset[str]:
    """The last parts of the dotted names in some of these lists, which is what calls of them mention."""
    return frozenset(name.rpartition(".")[2] for key in keys for name in names(subject, key))


@cache
def _data(subject: str) -> Mapping[str, Mapping[str, str]]:
    return tomllib.loads(files(__name__).joinpath(f"{subject}.toml").read_text("utf-8"))
