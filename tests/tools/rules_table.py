"""Make the README's table of rules from the rules.

python tests/tools/rules_table.py           prints the table
python tests/tools/rules_table.py --write   puts it into README.md, between `<!-- rules -->` and `<!-- /rules -->`
"""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path

from coroscope.rules import Rule, catalogue

README = Path(__file__).parents[2] / "README.md"
BEGIN, END = "<!-- rules -->\n", "<!-- /rules -->\n"


def table() -> str:
    """The table, a row a rule, in alphabetical order."""
    rows = [
        f"| {link(rule)} | {cell(mistake(rule))} | {cell(words(rule))} | {rule.level} |"
        for rule in catalogue().values()
    ]
    return "\n".join(["| rule | the mistake | what Python says of it | level |", "|---|---|---|---|", *rows]) + "\n"


def link(rule: Rule) -> str:
    """The rule's name, leading to its page."""
    return f"[{rule.name}](server/coroscope/rules/{rule.name.replace('-', '_')}.md)"


def mistake(rule: Rule) -> str:
    """The sentence that a rule's module begins with."""
    module = import_module(f"coroscope.rules.{rule.name.replace('-', '_')}")
    return (module.__doc__ or "").partition("\n")[0].rstrip(".")


def words(rule: Rule) -> str:
    """The first of the messages that lead to the rule; nothing for a silent mistake."""
    return f"`{rule.messages[0]}`" if rule.messages else ""


def cell(text: str) -> str:
    """A text as it may stand in a table."""
    return text.replace("|", "\\|")


def replaced(text: str) -> str:
    """The README with the table as it should be. Raises `ValueError` if it has no place for one."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"README.md has no {BEGIN.strip()} … {END.strip()}")
    return before + begin + table() + end + after


if __name__ == "__main__":
    if "--write" in sys.argv[1:]:
        README.write_text(replaced(README.read_text("utf-8")), "utf-8")
    else:
        sys.stdout.write(table())
