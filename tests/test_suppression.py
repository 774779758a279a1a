"""Comments that silence findings, and comments that do not."""

from __future__ import annotations

import coroscope
import pytest
from coroscope.rules import catalogue
from coroscope.suppression import _MEANT_BY


def rules(text: str) -> list[str]:
    return [finding.rule for finding in coroscope.check(text)]


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
