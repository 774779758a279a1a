"""A short run of the fuzzers, with the same seeds every time; `python -m fuzz` runs them for longer."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fuzz.cases import Case, Kind, Step, made
from fuzz.checks import check
from fuzz.corpus import Corpus
from fuzz.reducing import Check, failure, reduced
from fuzz.server import Server

CORPUS = Corpus(lines=120)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with Server() as server:
        yield server


@pytest.mark.parametrize("first", range(0, 150, 50))
def test_damaged_files_are_analysed(first: int) -> None:
    assert fails("texts", range(first, first + 50), check) == []


@pytest.mark.parametrize("first", range(0, 15, 5))
def test_edited_files_answer_as_new_ones(first: int) -> None:
    assert fails("edits", range(first, first + 5), check) == []


def test_the_server_survives_edits(server: Server) -> None:
    assert fails("server", range(8), server.check) == []


LONG = {
    "arguments": "async def work(fetch):\n    await use(" + "fetch(), " * 2500 + ")\n",
    "the same argument": "async def work(fetch):\n" + "    use(it=fetch())\n" * 2500,
    "arguments of gather": "from asyncio import gather\nasync def f(): ...\nasync def g(): await gather("
    + "f(), " * 1000
    + ")\n",
    "lines that go on": "x = 1 2 " + "\\\n" * 2500 + ")\n",
    "open brackets": "def f():\n" + "    g((\n" * 2500,
}


@pytest.mark.parametrize("shape", LONG)
def test_nothing_is_asked_for_each_pair(shape: str) -> None:
    check(Case("texts", 1, [Step("example.py", LONG[shape], "check")]))


def fails(kind: Kind, seeds: range, checks: Check) -> list[tuple[int, str]]:
    """The seeds of failing cases, with what is to be said."""
    found = [(seed, failure(made(kind, seed, CORPUS), checks)[1]) for seed in seeds]
    return [(seed, words) for seed, words in found if words]


def test_a_seed_makes_the_same_case() -> None:
    for kind in ("texts", "edits", "server"):
        assert made(kind, 7, CORPUS) == made(kind, 7, CORPUS)


def test_a_case_is_kept(tmp_path: Path) -> None:
    case = Case("edits", 7, [Step("a.py", "x\r\ud800🐍\0", "check")])
    assert Case.load(case.save(tmp_path)) == case


def test_a_failing_case_is_made_small() -> None:
    def fails(case: Case) -> None:
        assert not any("bad\n" in step.text for step in case.steps)

    lines = "".join(f"line {number}\n" for number in range(30))
    case = Case("edits", 7, [Step("a.py", lines, "check"), Step("a.py", lines + "bad\n" + lines, "compare")])
    assert reduced(case, fails).steps == [Step("a.py", "bad\n", "compare")]
