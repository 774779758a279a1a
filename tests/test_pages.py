"""Every example of every page of a rule, and of its corners, holds: for coroscope and for CPython.

One page proves in one run that the findings are exactly these, that CPython really says so, that each fix gives the
fixed block byte for byte, that fixed and good blocks are quiet, and that they run.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pathlib import Path

import pytest
from checking import Workspace, apply, sentence
from coroscope.findings import LEVELS, Finding
from coroscope.rules import catalogue, explain
from interpreters import Interpreter, Outcome, Program, interpreters, run_all
from pages import CORNERS, RULES, Example, Fixed, Versions, examples, pages, read_page

NORUN_AT_MOST = 32
"""How many examples may go unproven by CPython, since they need a network or pytest, or never end."""

UNPROVEN_AT_MOST = 12
"""How many silent mistakes on the rules' pages have nothing to show: one deprecates, or hides another mistake."""

BAD = examples(RULES, CORNERS, kind="bad")
GOOD = examples(RULES, CORNERS, kind="good")
FIXED = [(example, fixed) for example in BAD for fixed in example.fixed]


def names(found: Iterable[Example]) -> list[str]:
    return [example.id for example in found]


@cache
def outcomes(page: Path) -> dict[tuple[int, int], dict[Program, Outcome]]:
    """What every interpreter says of every program of a page."""
    programs = []
    for example in read_page(page).examples:
        if example.runs:
            programs.append(before(example))
            programs += [after(example, fixed) for fixed in example.fixed if not fixed.norun]
    return run_all(programs)


def asked(versions: Versions) -> list[Interpreter]:
    """The interpreters that a block speaks of."""
    return [one for one in interpreters() if versions[0] <= one.version <= versions[1]]


def before(example: Example) -> Program:
    return Program.of(example.files, example.script, virtual=example.virtual)


def after(example: Example, fixed: Fixed) -> Program:
    return Program.of(example.files | fixed.files, example.script, virtual=example.virtual)


@pytest.mark.parametrize("page", pages(RULES), ids=lambda page: page.stem)
def test_a_rule_page_is_complete(page: Path) -> None:
    rule = catalogue()[page.stem.replace("_", "-")]
    assert rule.level in LEVELS
    assert rule.page.startswith(f"# {rule.name}\n"), "the title is the rule's name"
    kinds = [example.kind for example in read_page(page).examples]
    assert "bad" in kinds and "good" in kinds
    assert "```py bad" in rule.summary, "the hover shows the mistake"
    for example in read_page(page).examples:
        assert example.kind != "bad" or example.stderr or not example.runs or "silent" in example.flags, example.id


@pytest.mark.parametrize("page", pages(CORNERS), ids=lambda page: page.stem)
def test_a_corner_page_belongs_to_a_rule(page: Path) -> None:
    assert page.stem.replace("_", "-") in catalogue()


@pytest.mark.parametrize("page", pages(RULES), ids=lambda page: page.stem)
def test_the_printed_lines_lead_to_the_page(page: Path) -> None:
    rule = page.stem.replace("_", "-")
    for example in read_page(page).examples:
        for line in (line for stderr in example.stderr for line in stderr.lines):
            assert rule in [found.name for found in explain(line)], f"`explain` does not find {rule} for: {line}"


@pytest.mark.parametrize("example", BAD, ids=names(BAD))
def test_findings(example: Example, tmp_path: Path) -> None:
    workspace = Workspace(tmp_path, example.files)
    rule = None if "all" in example.flags else example.rule
    findings = [finding for finding in workspace.findings() if rule in (None, finding.rule)]
    expected = [mark for mark in example.marks if mark.kind == "^"]
    assert expected, "a bad block shows with carets what is found"
    shown = [sentence(f.path, f.range, f.message) for f in findings]
    assert difference([sentence(m.path, m.range, m.message) for m in expected], shown) == ""
    default = catalogue()[example.rule].level
    levels = {(m.path, m.range): m.level or default for m in expected}
    for finding in findings:
        if finding.rule == example.rule:
            assert finding.level == levels[finding.path, finding.range]
    related = [mark for mark in example.marks if mark.kind == "~"]
    for mark in expected:
        belonging = [m for m in related if m.number == mark.number]
        if not belonging:
            continue
        told = next(f.related for f in findings if (f.path, f.range) == (mark.path, mark.range))
        places = [sentence(m.path, m.range, m.message) for m in belonging]
        assert difference(places, [sentence(r.path, r.range, r.message) for r in told]) == ""


def difference(expected: list[str], got: list[str]) -> str:
    """What is missing and what is too much, a line each; empty if there is none."""
    missing = [f"missing: {line}" for line in sorted(set(expected) - set(got))]
    surplus = [f"not expected: {line}" for line in sorted(set(got) - set(expected))]
    twice = [f"twice: {line}" for line in sorted(set(got)) if got.count(line) > expected.count(line) > 0]
    return "\n".join([*missing, *surplus, *twice])


@pytest.mark.parametrize("example", BAD, ids=names(BAD))
def test_no_fix_but_those_shown(example: Example, tmp_path: Path) -> None:
    """The fix that is shown first is the preferred one; `nofix` says that there is none at all."""
    if not example.fixed and "nofix" not in example.flags:
        pytest.skip("the example says nothing of fixes")
    workspace = Workspace(tmp_path, example.files)
    offered = [(finding, workspace.fixes(finding)) for finding in own(workspace, example)]
    if "nofix" in example.flags:
        assert [fix.title for _, fixes in offered for fix in fixes] == []
        return
    first = example.fixed[0].title
    for _, fixes in offered:
        if fixes and first in [fix.title for fix in fixes]:
            assert fixes[0].title == first, "the preferred fix comes first"
            assert [fix.preferred for fix in fixes] == [True] + [False] * (len(fixes) - 1)


@pytest.mark.parametrize(("example", "fixed"), FIXED, ids=[f"{e.id}-{f.title}" for e, f in FIXED])
def test_fix(example: Example, fixed: Fixed, tmp_path: Path) -> None:
    """The fix gives the fixed block and leaves nothing to do again; the rule is quiet, and no other rule wakes up."""
    workspace = Workspace(tmp_path, example.files)
    before = {(finding.rule, finding.message) for finding in workspace.findings()}
    applied = 0
    for _ in range(len(example.marks) + 1):
        for finding in own(workspace, example):
            fix = next((fix for fix in workspace.fixes(finding) if fix.title == fixed.title), None)
            edits = fix.edits() if fix else ()
            if fix and edits:
                assert fix.safe or not fixed.safe, "the fix is said to be safe"
                workspace = Workspace(tmp_path, apply(workspace.files, edits))
                there = [(other.rule, other.range, other.message) for other in workspace.findings()]
                assert (finding.rule, finding.range, finding.message) not in there, "the finding is still there"
                applied += 1
                break
        else:
            break
    assert applied, f"no finding has a fix called {fixed.title!r}"
    for path, text in fixed.files.items():
        assert workspace.files[path] == text
    for path in set(example.files) - set(fixed.files):
        assert workspace.files[path] == example.files[path]
    left = [f for f in workspace.findings() if f.level in ("error", "warning") or f.rule == example.rule]
    assert [f for f in left if f.rule == example.rule or (f.rule, f.message) not in before] == []


def own(workspace: Workspace, example: Example) -> list[Finding]:
    return [finding for finding in workspace.findings() if finding.rule == example.rule]


PROVEN = [example for example in BAD if example.runs]


@pytest.mark.parametrize("example", PROVEN, ids=names(PROVEN))
def test_cpython_says_so(example: Example) -> None:
    for interpreter in asked(example.versions):
        outcome = outcomes(example.page)[interpreter.version][before(example)]
        for claim in [stderr for stderr in example.stderr if interpreter in asked(stderr.versions)]:
            missing = claim.missing(outcome.stderr)
            assert missing == [], f"Python {interpreter.release} prints:\n{outcome.stderr}"
        broken = example.claims.broken(outcome.stdout, outcome.seconds, outcome.standstill)
        assert broken == [], f"Python {interpreter.release}"
        if "silent" in example.flags:
            assert outcome.quiet, f"Python {interpreter.release} prints:\n{outcome.stderr}"
        elif not example.stderr:
            words = read_page(example.page).fields.get("stderr")
            assert words, "say what CPython prints in a `stderr` block, or that it is `silent`"
            assert words in outcome.stderr, f"Python {interpreter.release} prints:\n{outcome.stderr}"


RUN_FIXED = [(example, fixed) for example, fixed in FIXED if example.runs and not fixed.norun]


@pytest.mark.parametrize(("example", "fixed"), RUN_FIXED, ids=[f"{e.id}-{f.title}" for e, f in RUN_FIXED])
def test_cpython_is_content_with_the_fix(example: Example, fixed: Fixed) -> None:
    for interpreter in asked(example.versions):
        outcome = outcomes(example.page)[interpreter.version][after(example, fixed)]
        assert outcome.quiet, f"Python {interpreter.release} prints:\n{outcome.stderr}"
        broken = fixed.claims.broken(outcome.stdout, outcome.seconds, outcome.standstill)
        assert broken == [], f"Python {interpreter.release}"


@pytest.mark.parametrize(("example", "fixed"), RUN_FIXED, ids=[f"{e.id}-{f.title}" for e, f in RUN_FIXED])
def test_a_fix_changes_what_is_shown(example: Example, fixed: Fixed) -> None:
    """What a page says that the mistake does, it says of the fix as well, and there it is something else."""
    assert fixed.claims.given == example.claims.given
    assert fixed.claims != example.claims or not any(example.claims.given)


@pytest.mark.parametrize("example", GOOD, ids=names(GOOD))
def test_good_is_quiet(example: Example, tmp_path: Path) -> None:
    findings = Workspace(tmp_path, example.files).findings()
    loud = [f for f in findings if f.level in ("error", "warning") or f.rule == example.rule]
    assert [sentence(f.path, f.range, f"{f.rule}: {f.message}") for f in loud] == []


RUN_GOOD = [example for example in GOOD if example.runs]


@pytest.mark.parametrize("example", RUN_GOOD, ids=names(RUN_GOOD))
def test_good_runs(example: Example) -> None:
    for interpreter in asked(example.versions):
        outcome = outcomes(example.page)[interpreter.version][before(example)]
        assert outcome.quiet, f"Python {interpreter.release} prints:\n{outcome.stderr}"


def test_silent_is_not_unproven() -> None:
    """Where CPython says nothing of a mistake, the rule's page shows by `output` or `clock` what comes of it."""
    silent = [example for example in examples(RULES, kind="bad") if "silent" in example.flags]
    unproven = names(example for example in silent if not any(example.claims.given))
    assert len(unproven) <= UNPROVEN_AT_MOST, unproven


def test_norun_stays_rare() -> None:
    unproven = names(example for example in [*BAD, *GOOD] if not example.runs)
    unproven += [f"{example.id}-{fixed.title}" for example, fixed in FIXED if example.runs and fixed.norun]
    assert len(unproven) <= NORUN_AT_MOST, unproven
