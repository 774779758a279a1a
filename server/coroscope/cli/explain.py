"""`coroscope explain`: the page of a rule, or of what CPython printed."""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Sequence
from difflib import get_close_matches

from coroscope.cli.culprits import culprits
from coroscope.cli.streams import InputError
from coroscope.cli.terminal import console_for
from coroscope.rules import Rule, catalogue, explain

STANDARD_INPUT = "-"
_MOST_FINDINGS = 5
_SAID = {"stderr": "CPython says:", "output": "It prints:", "clock": "Measured:"}
"""What stands above blocks that are no code."""


def run(words: list[str]) -> int:
    """Print the page that answers to a rule's name or a pasted text, or the list of rules if there are no words.

    If the text names files of the project, such as a traceback does, the findings come first that it speaks of.
    """
    if not words:
        return _print_list()
    text = _read_standard_input() if words == [STANDARD_INPUT] else " ".join(words)
    rules = explain(text)
    if not rules:
        raise InputError(_advice(text))
    best, *others = _print_findings(text, rules) or rules
    _print_page(best)
    if others:
        print("See also: " + ", ".join(f"`coroscope explain {rule.name}`" for rule in others))
    return 0


def first_sentence(rule: Rule) -> str:
    """The sentence that opens a rule's page, on one line."""
    paragraphs = (part for part in rule.page.split("\n\n") if not part.lstrip().startswith(("#", "```")))
    flat = " ".join(next(paragraphs, "").split())
    match = re.match(r".*?[.!?](?=\s|$)", flat)
    return match[0] if match else flat


def _print_list() -> int:
    rules = catalogue()
    width = max((len(name) for name in rules), default=0)
    console = console_for(sys.stdout)
    if not console.is_terminal:
        for rule in rules.values():
            print(f"{rule.name:{width}}  {rule.level:11}  {first_sentence(rule)}")
        return 0

    from rich.table import Table
    from rich.text import Text

    from coroscope.cli.formats.text import COLOURS

    table = Table("rule", "level", "", box=None, pad_edge=False, header_style="bold")
    for rule in rules.values():
        table.add_row(rule.name, Text(rule.level, COLOURS[rule.level]), Text(first_sentence(rule)))
    console.print(table, soft_wrap=False)
    return 0


def _print_findings(text: str, rules: Sequence[Rule]) -> list[Rule]:
    """Print what is found at the lines that a text names; the rules in the order in which they are to be explained."""
    found = culprits(text, rules) if ".py" in text else []
    if found:
        from coroscope.cli.formats.text import finding_text

        console = console_for(sys.stdout)
        for report, reported in found[:_MOST_FINDINGS]:
            console.print(finding_text(reported.finding, report.source, console, offers=reported.offers))
    told = {reported.finding.rule for _, reported in found}
    return sorted(rules, key=lambda rule: rule.name not in told)


def _print_page(rule: Rule) -> None:
    console = console_for(sys.stdout)
    if not console.is_terminal:
        print(rule.page.rstrip() + f"\n\n{rule.url}\n")
        return

    from rich.markdown import Markdown

    console.print(Markdown(_for_reading(rule.page)), width=min(console.width, 100), soft_wrap=False)
    console.print(f"\n{rule.url}", style="dim")


def _for_reading(page: str) -> str:
    """A page with its examples' roles, which stand behind the opening fence, told in words."""

    def told(match: re.Match[str]) -> str:
        language, roles, title = match.groups()
        words = ""
        if language in _SAID:
            words, language = _SAID[language], "text"
        elif "bad" in roles.split():
            words = "Wrong:"
        elif "fixed" in roles.split():
            words = f"{title or 'Right'}:"
        return (f"**{words}**\n\n" if words else "") + f"```{language}"

    return re.sub(r"^```(\w+)([^:\n]*)(?:: *(.*))?$", told, page, flags=re.MULTILINE)


def _read_standard_input() -> str:
    if isinstance(sys.stdin, io.TextIOWrapper):
        sys.stdin.reconfigure(errors="replace")
    return sys.stdin.read()


def _advice(text: str) -> str:
    if re.fullmatch(r"\s*[\w-]+\s*", text):
        near = get_close_matches(text.strip(), catalogue(), 1)
        name = f"did you mean `{near[0]}`?" if near else "`coroscope explain` alone lists them all."
        return f"there is no rule of the name {text.strip()}; {name}"
    return (
        "no rule speaks of that text; paste the line that names the error, such as"
        " \"RuntimeWarning: coroutine 'save' was never awaited\", or see the list that `coroscope explain` prints."
    )
