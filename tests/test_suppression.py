"""Comments that silence findings, and comments that do not."""

from __future__ import annotations

from pathlib import Path

import coroscope
import pytest
from checking import QuickProject
from coroscope import engine
from coroscope.project.settings_files import load_settings
from coroscope.rules import catalogue
from coroscope.source import Position, Range
from coroscope.suppression import _MEANT_BY
from neighbours import DROPPING, made, messages, write


def rules(text: str) -> list[str]:
    return [finding.rule for finding in coroscope.check(text) if finding.rule != "unused-ignore"]


def unused(text: str) -> list[str]:
    return [finding.message for finding in coroscope.check(text) if finding.rule == "unused-ignore"]


DROPPED = "async def save(): ...\nasync def main():\n    save(){}\n"


@pytest.mark.parametrize(
    "comment",
    [
        "  # coroscope: ignore",
        "  # coroscope: ignore[coroutine-never-awaited]",
        "  # coroscope:ignore[coroutine-used-as-value, coroutine-never-awaited] on purpose",
        "  # type: ignore[unused-coroutine]",
        "  # type: ignore[attr-defined, unused-awaitable]",
        "  # pyright: ignore[reportUnusedCoroutine]",
        "  # ty: ignore[unused-awaitable]",
        "  # fire and forget  # type: ignore[unused-coroutine]  # noqa: E501",
    ],
)
def test_a_comment_on_the_line_silences(comment: str) -> None:
    assert rules(DROPPED.format(comment)) == []


@pytest.mark.parametrize(
    "comment",
    [
        "",
        "  # coroscope: ignore[coroutine-used-as-value]",
        "  # coroscope: ignored",
        "  # type: ignore",
        "  # type: ignore[attr-defined]",
        "  # pyright: ignore",
        "  # noqa",
        "  # noqa: PLE1142",
        "\n# coroscope: ignore",
    ],
)
def test_another_comment_does_not(comment: str) -> None:
    assert rules(DROPPED.format(comment)) == ["coroutine-never-awaited"]


@pytest.mark.parametrize(
    ("comment", "is_silent"),
    [
        ("", False),
        ("  # type: ignore", True),
        ("  # type: ignore  # the stub is wrong", True),
        ("  # pyright: ignore", True),
        ("  # type: ignore[misc]", True),
        ("  # type: ignore[attr-defined]", False),
        ("  # type: ignored", False),
    ],
)
def test_a_line_whose_types_are_wrong_says_nothing_of_what_can_be_awaited(comment: str, is_silent: bool) -> None:
    text = f"def load() -> int: ...\nasync def main():\n    await load(){comment}\n"
    assert rules(text) == ([] if is_silent else ["awaiting-non-awaitable"])


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        ("await save()", "await-outside-function"),
        ("await save()  # noqa: F704", ""),
        ("await save()  # NOQA: E501, PLE1142", ""),
        ("await save()  # type: ignore[top-level-await]", ""),
        ("def f():\n    await save()", "await-outside-async"),
        ("def f():\n    await save()  # noqa: F704", "await-outside-async"),
        ("def f():\n    await save()  # noqa:E501,PLE1142", ""),
        ("def f():\n    await save()  # type: ignore[await-not-async]", ""),
    ],
)
def test_an_await_in_the_wrong_place(line: str, rule: str) -> None:
    assert rules(f"async def save(): ...\n{line}\n") == ([rule] if rule else [])


@pytest.mark.parametrize(("comment", "is_silent"), [("ASYNC103", True), ("B012", True), ("E722", False)])
def test_a_swallowed_cancellation(comment: str, is_silent: bool) -> None:
    text = f"""
async def main(fetch):
    while True:
        try:
            await fetch()
        except BaseException:  # noqa: {comment}
            pass
"""
    assert rules(text) == ([] if is_silent else ["cancellation-swallowed"])


def test_any_line_of_the_finding_counts() -> None:
    assert rules("async def save(n): ...\nasync def main():\n    save(\n        1,  # coroscope: ignore\n    )\n") == []


@pytest.mark.parametrize("brackets", ["", "[coroutine-never-awaited]"])
def test_a_whole_file(brackets: str) -> None:
    assert rules(f"# coroscope: ignore-file{brackets}\n{DROPPED.format('')}") == []


def test_a_whole_file_for_another_rule() -> None:
    text = f"# coroscope: ignore-file[coroutine-used-as-value]\n{DROPPED.format('')}"
    assert rules(text) == ["coroutine-never-awaited"]


def test_codes_of_others_mean_rules_that_exist() -> None:
    assert frozenset().union(*_MEANT_BY.values()) <= catalogue().keys()


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_what_silences_nothing_is_told_and_goes(line_end: str) -> None:
    text = (
        DROPPED.format("  # coroscope: ignore").replace("save()  #", "await save()  # why  #").replace("\n", line_end)
    )
    (finding,) = coroscope.check(text)
    assert (finding.rule, finding.level, finding.message) == (
        "unused-ignore", "hint", "`# coroscope: ignore` silences nothing"
    )  # fmt: skip
    (fix,) = coroscope.fixes_for(text, finding)
    (edit,) = fix.edits()
    assert (fix.title, fix.safe, edit.range, edit.text) == (
        "Remove the comment", False, Range.on_line(3, 24, 24 + len("  # coroscope: ignore")), ""
    )  # fmt: skip


def test_a_comment_on_a_line_of_its_own_goes_with_the_line() -> None:
    text = "import asyncio\n# coroscope: ignore\n"
    (finding,) = coroscope.check(text)
    (edit,) = coroscope.fixes_for(text, finding)[0].edits()
    assert edit.range == Range(Position(2, 1), Position(3, 1))


@pytest.mark.parametrize("quotes", ['"', "'", '"""', "'''"])
def test_a_string_is_no_comment(quotes: str) -> None:
    text = "async def save(text): ...\nasync def main():\n    save({}# {}{})\n"
    for words in ("coroscope: ignore", "coroscope: ignore[coroutine-never-awaited]", "type: ignore[unused-coroutine]"):
        whole = text.format(quotes, words, quotes)
        assert rules(whole) == ["coroutine-never-awaited"]
        assert unused(whole) == []


def test_a_text_that_does_not_parse_keeps_its_comments() -> None:
    text = DROPPED.format("  # coroscope: ignore") + 'def broken(:\n    """\n    # coroscope: ignore\n'
    assert rules(text) == []
    assert unused(text) == []


def test_a_rule_that_is_not_asked_may_be_silenced(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.coroscope]\nignore = ['await-in-loop']\n", "utf-8")
    path = tmp_path / "example.py"
    path.write_text("x = 1  # coroscope: ignore[await-in-loop]\ny = 2  # coroscope: ignore[future-dropped]\n", "utf-8")
    project = QuickProject(tmp_path, load_settings(tmp_path, catalogue()))
    assert [finding.range.start.line for finding in engine.check(project.module(path), project.settings)] == [2]


def test_nothing_is_told_while_files_are_still_read(tmp_path: Path) -> None:
    project = made(tmp_path.resolve())
    write(project.root, "closer.py", DROPPING.replace("\n", "  # coroscope: ignore[awaitable-dropped]\n"))
    project.index_later()
    assert messages(project) == []
    while project.advance(10):
        pass
    there = "`# coroscope: ignore[awaitable-dropped]` silences nothing"
    assert messages(project) == [there, there]  # behind `async def`, and the line break before it


def test_a_rule_that_fails_is_not_held_against_a_comment(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(module: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(engine, "STRICT", False)
    monkeypatch.setattr("coroscope.rules.await_in_loop.check", fails)
    assert unused("x = 1  # coroscope: ignore[await-in-loop]\n") == []
    assert unused("x = 1  # coroscope: ignore[future-dropped]\n") != []
