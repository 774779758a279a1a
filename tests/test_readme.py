"""What the README says of the rules is what the pages say, and the map of the house names every room."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent / "tools"))

from pages import CORNERS, RULES
from rules_table import README, replaced

SERVER = README.parent / "server"


def test_the_rules_table_is_made_from_the_pages() -> None:
    text = README.read_text("utf-8")
    assert text == replaced(text), "run `python tests/tools/rules_table.py --write`"


def test_the_map_names_every_module() -> None:
    text = (SERVER / "README.md").read_text("utf-8")
    package = SERVER / "coroscope"
    missing = []
    for path in sorted(package.rglob("*.py")):
        place = path.relative_to(package)
        if place.parts[0] in ("demo", "rules") or path.name == "__init__.py":
            continue
        # The model's modules stand under a heading of their own, and the formats in one line.
        names = {
            f"`{place.as_posix()}`",
            f"`{path.name}`" if place.parts[0] == "model" or len(place.parts) != 2 else "",
        }
        if not any(name and name in text for name in names):
            missing.append(place.as_posix())
    assert missing == [], "server/README.md says nothing of these"


def test_the_map_names_no_other_module() -> None:
    text = (SERVER / "README.md").read_text("utf-8")
    files = [path.relative_to(SERVER.parent).as_posix() for path in SERVER.parent.rglob("*.py")]
    named = re.findall(r"`([\w/]+\.py)(?:::\w+)?`", text)
    assert [name for name in named if not any(f"/{file}".endswith(f"/{name}") for file in files)] == []
    tests = re.findall(r"`(?:test_\w+\.py::)?(test_\w+)`", text)
    defined = "".join(path.read_text("utf-8") for path in Path(__file__).parent.glob("test_*.py"))
    assert [name for name in tests if f"def {name}(" not in defined] == []


@pytest.mark.parametrize("page", ["README.md", "server/README.md", "tests/README.md", "CHANGELOG.md"])
def test_links_lead_somewhere(page: str) -> None:
    path = README.parent / page
    links = re.findall(r"\]\((?!https?:)([^)#]+)", path.read_text("utf-8"))
    assert [link for link in links if not (path.parent / link).exists()] == []


def seeds() -> list[list[str]]:
    """The cells of each row of the tables in `server/SEEDS.md`."""
    lines = (SERVER / "SEEDS.md").read_text("utf-8").splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("|")]
    return [row for row in rows if row[0] != "section" and not row[0].startswith("---")]


@pytest.mark.parametrize("row", seeds(), ids=lambda row: row[1])
def test_each_example_of_the_seeds_has_its_rule_and_its_section(row: list[str]) -> None:
    _, example, rules, shown, _ = row
    if rules == "right: quiet":
        assert shown or example == "prose"
    elif not rules.startswith("not yet: "):
        named = [rule.strip("`") for rule in rules.split("<br>")]
        assert [rule for rule in named if not (RULES / f"{rule.replace('-', '_')}.md").exists()] == []
        assert shown, "a rule is shown somewhere"
    for place in shown.split("<br>") if shown else []:
        page, _, section = place.partition(": ")
        folder = RULES if page.startswith("`rules/") else CORNERS
        path = folder / page.strip("`").rpartition("/")[2]
        headings = [line.lstrip("#").strip() for line in path.read_text("utf-8").splitlines() if line.startswith("#")]
        assert section in headings, f"{page} has no such section"
