"""`coroscope explain`: from a rule's name, or from what CPython printed, to the page."""

from __future__ import annotations

from pathlib import Path

import pytest
from commandline import run, without_colour
from coroscope.cli.explain import first_sentence
from coroscope.rules import catalogue

TRACEBACK = """\
Traceback (most recent call last):
  File "app.py", line 9, in <module>
    print(load()["name"])
          ~~~~~~^^^^^^^^
TypeError: 'coroutine' object is not subscriptable
"""


@pytest.fixture(autouse=True)
def no_colour(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)


def test_a_name_gives_the_page_as_it_is() -> None:
    done = run("explain", "coroutine-never-awaited")
    rule = catalogue()["coroutine-never-awaited"]
    assert done.status == 0
    assert done.out == f"{rule.page}\n{rule.url}\n\n"


@pytest.mark.parametrize(
    ("words", "rule"),
    [
        (["sys:1: RuntimeWarning: coroutine 'Client.save' was never awaited"], "coroutine-never-awaited"),
        (["RuntimeWarning:", "coroutine", "'f'", "was", "never", "awaited"], "coroutine-never-awaited"),
        ([TRACEBACK], "coroutine-used-as-value"),
        (["SyntaxError: 'await' outside async function"], "await-outside-async"),
        (["SyntaxError: 'await' outside function"], "await-outside-function"),
    ],
)
def test_a_message_gives_the_page_of_its_rule(words: list[str], rule: str) -> None:
    done = run("explain", *words)
    assert done.status == 0
    assert done.out.startswith("# ")
    assert f"# {rule}\n" in done.out or f"`coroscope explain {rule}`" in done.out


def test_standard_input_can_be_explained() -> None:
    assert run("explain", "-", stdin=TRACEBACK).out == run("explain", TRACEBACK).out


def test_other_matches_are_named() -> None:
    text = "RuntimeWarning: coroutine 'f' was never awaited\nSyntaxError: 'await' outside async function"
    done = run("explain", text)
    assert done.out.count("\n# ") == 0
    assert "See also: `coroscope explain " in done.out


def test_without_words_every_rule_is_listed() -> None:
    done = run("explain")
    assert done.status == 0
    assert [line.split()[0] for line in done.out.splitlines()] == list(catalogue())
    assert all(line.rstrip().endswith((".", "!", "?")) for line in done.out.splitlines())


def test_a_terminal_gets_it_rendered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm-256color")
    done = run("explain", "coroutine-never-awaited")
    text = without_colour(done.out)
    assert "```" not in text
    assert "Wrong:" in text
    assert "CPython says:" in text
    assert "coroutine-never-awaited" in without_colour(run("explain").out)
    told = without_colour(run("explain", "blocking-call-in-async").out)
    assert "Measured:" in told and "the event loop never stands still" in told
    assert "It prints:" in without_colour(run("explain", "cancellation-swallowed").out)


@pytest.mark.parametrize("rule", catalogue().values(), ids=lambda rule: str(rule.name))
def test_a_page_opens_with_a_sentence(rule: object) -> None:
    name = getattr(rule, "name", "")
    assert first_sentence(catalogue()[name]).endswith((".", "!", "?"))


@pytest.mark.parametrize(
    ("words", "advice"),
    [
        (["coroutine-never-awaitd"], "did you mean `coroutine-never-awaited`?"),
        (["nonsense"], "lists them all"),
        (["ValueError: no such thing at all"], "paste the line"),
        (["-"], "paste the line"),
    ],
)
def test_what_says_nothing_gets_advice(words: list[str], advice: str) -> None:
    done = run("explain", *words)
    assert done.status == 2
    assert done.out == ""
    assert advice in done.err
    assert done.err.count("\n") == 1


def test_the_line_at_fault_is_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code = "async def load():\n    return {}\n\n\ndef show(data):\n    print(data)\n\n\nasync def main():\n"
    (tmp_path / "app.py").write_text(code + '    print(load()["name"])\n    print(load()["title"])\n')
    monkeypatch.chdir(tmp_path)
    text = TRACEBACK.replace("line 9, in <module>", "line 10, in main")
    done = run("explain", "-", stdin=text)
    assert done.status == 0
    assert "app.py:10:11" in done.out
    assert "app.py:11" not in done.out
    assert "# coroutine-used-as-value" in done.out


def test_a_warning_with_its_place_and_tracemalloc_name_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code = "async def save():\n    return 1\n\n\nasync def main():\n    save()\n"
    (tmp_path / "app.py").write_text(code)
    monkeypatch.chdir(tmp_path)
    warning = "app.py:6: RuntimeWarning: coroutine 'save' was never awaited\n  save()\n"
    assert "app.py:6:5" in run("explain", warning).out
    traced = (
        "sys:1: RuntimeWarning: coroutine 'save' was never awaited\nCoroutine created at (most recent call last)\n"
        '  File "{path}", lineno 6\n    save()\n'
    ).format(path=tmp_path / "app.py")
    assert "app.py:6:5" in run("explain", traced).out


def test_files_of_others_are_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "site-packages").mkdir()
    (tmp_path / "site-packages" / "app.py").write_text("async def save(): ...\nsave()\n")
    (tmp_path / "here").mkdir()
    for folder, path in ((tmp_path / "here", "../site-packages/app.py"), (tmp_path, "site-packages/app.py")):
        monkeypatch.chdir(folder)
        text = f"{path}:2: RuntimeWarning: coroutine 'save' was never awaited"
        assert run("explain", text).out.startswith("# ")
