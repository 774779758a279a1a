"""Make the README's table of rules from the rules' pages.

python tests/tools/rules_table.py           prints the table
python tests/tools/rules_table.py --write   puts it into README.md, between `<!-- rules -->` and `<!-- /rules -->`
"""

from __future__ import annotations

import sys
from pathlib import Path

from coroscope.rules import Rule, catalogue

README = Path(__file__).parents[2] / "README.md"
BEGIN, END = "<!-- rules -->\n", "<!-- /rules -->\n"


def table() -> str:
    """The table, a row a rule, in alphabetical order."""
    rows = [f"| `{rule.name}` | {words(rule)} | {rule.level} |" for rule in catalogue().values()]
    return "\n".join(["| rule | what Python says, or what is wrong | level |", "|---|---|---|", *rows]) + "\n"


def words(rule: Rule) -> str:
    """The first of the messages that lead to the rule; for a silent mistake the first sentence of its page."""
    if rule.messages:
        return f"`{rule.messages[0]}`".replace("|", "\\|")
    paragraph = rule.page.split("\n\n")[1].replace("\n", " ")
    return paragraph.partition(". ")[0].rstrip(".").replace("|", "\\|")


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
