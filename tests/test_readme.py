"""What the README says of the rules is what the pages say."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "tools"))

from rules_table import README, replaced


def test_the_rules_table_is_made_from_the_pages() -> None:
    text = README.read_text("utf-8")
    assert text == replaced(text), "run `python tests/tools/rules_table.py --write`"
