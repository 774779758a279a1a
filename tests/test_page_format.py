"""The page format itself: what mark lines say, and which pages are refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from coroscope.source import Position, Range
from pages import Claims, PageError, marks, read_page


def at(line: int, column: int, end_line: int, end_column: int) -> Range:
    return Range(Position(line, column), Position(end_line, end_column))


def test_a_mark_covers_the_columns_above_it() -> None:
    text, found = marks("a.py", "def f():\n    save()\n   #^^^^^^ words\n    done()\n")
    assert text == "def f():\n    save()\n    done()\n"
    assert [(mark.range, mark.message) for mark in found] == [(at(2, 5, 2, 11), "words")]


def test_a_mark_may_begin_in_the_first_column() -> None:
    _, found = marks("a.py", "save()\n#<^^^^ one\n #^^^^ two\n#   ^^ three\n")
    assert [mark.range for mark in found] == [at(1, 1, 1, 7), at(1, 3, 1, 7), at(1, 5, 1, 7)]


def test_a_mark_may_span_lines() -> None:
    text, found = marks("a.py", "x = save(\n   #^^^^^... words\n    1,\n)\n#<$\n")
    assert text == "x = save(\n    1,\n)\n"
    assert [(mark.range, mark.message) for mark in found] == [(at(1, 5, 3, 2), "words")]


def test_a_mark_has_a_number_and_a_level() -> None:
    _, found = marks("a.py", "  save()\n #^^^^^^2 [hint] words\n #~~~~2 elsewhere\n")
    assert [(mark.kind, mark.number, mark.level, mark.message) for mark in found] == [
        ("^", "2", "hint", "words"),
        ("~", "2", "", "elsewhere"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "```py\nx = 1\n```\n",
        "```py bad\nx = 1\n",
        "```py bad loud\nx = 1\n```\n",
        "```py bad\n #^^^ nothing above\n```\n",
        "```py bad\nx = (\n #^^... never ends\n```\n",
        "```py fixed: Await it\nx = 1\n```\n",
        "```stderr\nError\n```\n",
        "```py bad\nx = 1\n```\n```stderr 2.7\nError\n```\n",
        "```output\nwords\n```\n",
        "```py good\nx = 1\n```\n```clock\ntakes 1 second\n```\n",
        "```py bad\nx = 1\n```\n```clock\nquick\n```\n",
    ],
)
def test_a_page_is_refused(text: str, tmp_path: Path) -> None:
    path = tmp_path / "page.md"
    path.write_text(text, "utf-8")
    with pytest.raises(PageError):
        read_page(path)


def test_files_of_one_example(tmp_path: Path) -> None:
    path = tmp_path / "page.md"
    path.write_text(
        "`a.py`:\n```py bad\nx = 1\n```\n`b.py`:\n```py bad nofix\nimport a\n```\n"
        "`c.py`:\n```py good 3.11+\nimport a\n```\n",
        "utf-8",
    )
    bad, good = read_page(path).examples
    assert list(bad.files) == ["a.py", "b.py"] and bad.script == "b.py" and bad.flags == {"nofix"}
    assert list(good.files) == ["c.py"] and good.versions[0] == (3, 11)


def test_what_a_program_does_is_claimed_of_the_block_before(tmp_path: Path) -> None:
    path = tmp_path / "page.md"
    path.write_text(
        "```py bad\nx = 1\n```\n```output\none …\n```\n"
        "```clock\ntakes 0.2 seconds\nthe event loop stands still for 1 second\n```\n"
        "```py fixed: Mend it\nx = 2\n```\n```clock\nthe event loop never stands still\n```\n",
        "utf-8",
    )
    (bad,) = read_page(path).examples
    assert bad.claims == Claims("one …\n", 0.2, 1.0)
    assert bad.fixed[0].claims == Claims(standstill=0)
    assert bad.claims.broken("one or two\n", 0.2, 1.0) == []
    assert bad.claims.broken("two\n", 0.3, 0.5) == [
        "it prints:\ntwo\n",
        "takes 0.3 seconds",
        "the event loop stands still for 0.5 seconds",
    ]
