"""The catalogue: every rule is a module with its page beside it, and the folder is the list.

`coroutine_never_awaited.py` holds `check(module)` and `fixes(module, finding)`; `coroutine_never_awaited.md` is the
documentation page, the hover, the text of `coroscope explain`, and the test.
"""

from __future__ import annotations

import importlib
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import TYPE_CHECKING, Protocol, cast

if TYPE_CHECKING:
    from coroscope.findings import Finding, Fix, Level
    from coroscope.model.module import Module

URL = "https://coroscope.dev/rules/"


class _RuleModule(Protocol):
    """What a rule's module holds."""

    check: Callable[..., Iterator[Finding]]
    fixes: Callable[[Module, Finding], Iterator[Fix]]


@dataclass(frozen=True)
class Rule:
    """A rule's page, read from its Markdown file.

    `page` is the Markdown without the front matter; `messages` are the words of CPython that the rule answers to, with
    `…` for what varies.
    """

    name: str
    level: Level
    messages: tuple[str, ...]
    page: str

    @property
    def summary(self) -> str:
        """The page above its first second-level heading: what a hover shows."""
        return self.page.partition("\n## ")[0].strip()

    @property
    def url(self) -> str:
        """Where the page can be read."""
        return URL + self.name

    @property
    def check(self) -> Callable[..., Iterator[Finding]]:
        """The function that looks for the mistake in a module; `unused_ignore` is told more (see there)."""
        return self._module().check

    @property
    def fixes(self) -> Callable[[Module, Finding], Iterator[Fix]]:
        """The function that offers repairs for a finding of this rule."""
        return self._module().fixes

    def _module(self) -> _RuleModule:
        return cast("_RuleModule", importlib.import_module(f"{__name__}.{self.name.replace('-', '_')}"))


@cache
def catalogue() -> Mapping[str, Rule]:
    """Every rule by name, in alphabetical order."""
    pages = sorted((entry.name, entry) for entry in files(__name__).iterdir() if entry.name.endswith(".md"))
    rules = (read_page(name[:-3].replace("_", "-"), entry.read_text("utf-8")) for name, entry in pages)
    return MappingProxyType({rule.name: rule for rule in rules})


def read_page(name: str, text: str) -> Rule:
    """A rule from the text of its page: `key: value` lines between two `---` lines, then Markdown.

    Raises `ValueError` if the front matter is missing or a value is not what it must be.
    """
    match = re.match(r"---\n(.*?)\n---\n", text, re.DOTALL)
    if not match:
        raise ValueError(f"the page of {name} has no front matter")
    fields = dict(line.split(": ", 1) for line in match[1].splitlines())
    return Rule(
        name, cast("Level", fields["level"]), tuple(json.loads(fields["messages"])), text[match.end() :].strip() + "\n"
    )


def explain(text: str) -> list[Rule]:
    """The rules that a pasted line or traceback speaks of, best first, or the rule of that name."""
    if rule := catalogue().get(text.strip()):
        return [rule]
    found = [
        (len(message), rule)
        for rule in catalogue().values()
        for message in rule.messages
        if _pattern(message).search(text)
    ]
    found.sort(key=lambda pair: -pair[0])
    return list(dict.fromkeys(rule for _, rule in found))


def _pattern(message: str) -> re.Pattern[str]:
    """A message as a pattern: `…` stands for anything on one line, quotes of every shape for each other."""
    parts = [re.escape(part) for part in re.split("…", message)]
    return re.compile(re.sub(r"['\"‘’“”`]", "['\"‘’“”`]", ".*?".join(parts)), re.IGNORECASE)
