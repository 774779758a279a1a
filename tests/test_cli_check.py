"""`coroscope check`: what it writes, and how it ends."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from commandline import findings, run, without_colour

CODE = """\
import asyncio


async def save() -> None:
    await asyncio.sleep(0)


async def main() -> None:
    save()
"""
CLEAN = CODE.replace("    save()", "    await save()")
RULE = "coroutine-never-awaited"

pytestmark = pytest.mark.usefixtures("folder")


def write(name: str, text: str) -> Path:
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode())
    return path


def test_text_shows_the_place_the_mistake_and_the_fixes() -> None:
    write("app.py", CODE)
    done = run("check", "app.py")
    lines = done.out.splitlines()
    assert done.status == 1
    assert done.err == ""
    assert lines[0].startswith(f"error[{RULE}]: `save()`")
    assert lines[1:5] == [" --> app.py:9:5", "  |", "9 |     save()", "  |     ^^^^^^"]
    assert any(line.startswith("  = fix: Await it") for line in lines)
    assert lines[-1] == "Found 1 error in 1 file; `coroscope fix` repairs it."


def test_text_is_plain_in_a_pipe_and_coloured_when_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    write("app.py", CODE)
    plain = run("check").out
    assert "\x1b" not in plain
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm-256color")
    coloured = run("check").out
    assert "\x1b[" in coloured
    assert without_colour(coloured) == plain
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[31" not in run("check").out


def test_nothing_found_is_said_and_is_success() -> None:
    write("app.py", CLEAN)
    assert run("check") == (0, "No mistakes found in 1 file.\n", "")


def test_concise_is_a_line_a_finding() -> None:
    write("app.py", CODE)
    done = run("check", "--output-format", "concise")
    assert done.out.startswith(f"app.py:9:5: error[{RULE}] `save()`")
    assert done.out.count("\n") == 1


def test_json_is_what_the_design_says() -> None:
    write("pkg/app.py", CODE)
    done = run("check", "--output-format", "json", "pkg")
    assert done.status == 1
    assert done.out.isascii()
    (item,) = findings(done)
    assert list(item) == ["rule", "level", "message", "path", "range", "related", "fixes", "url"]
    assert item["rule"] == RULE
    assert item["level"] == "error"
    assert Path(item["path"]) == Path("pkg/app.py")
    assert item["range"] == {"start": {"line": 9, "column": 5}, "end": {"line": 9, "column": 11}}
    assert item["url"].endswith(f"/{RULE}")
    fix = item["fixes"][0]
    place = {"line": 9, "column": 5}
    edit = {"path": item["path"], "range": {"start": place, "end": place}, "text": "await "}
    assert fix == {"title": "Await it", "kind": "quickfix", "preferred": True, "safe": True, "edits": [edit]}


def test_json_of_nothing_is_an_empty_array() -> None:
    write("app.py", CLEAN)
    done = run("check", "--output-format", "json")
    assert (done.status, findings(done)) == (0, [])


def test_columns_count_characters() -> None:
    write("app.py", CODE.replace("    save()", '    "🍵é日"; save()'))
    (item,) = findings(run("check", "--output-format", "json", "app.py"))
    assert item["range"]["start"] == {"line": 9, "column": 12}


def test_paths_come_back_as_they_were_given(folder: Path) -> None:
    path = write("pkg/app.py", CODE)
    other = write("elsewhere/app.py", CODE)
    items = findings(run("check", "--output-format", "json", path, other.absolute()))
    assert [item["path"] for item in items] == [str(path), str(other.absolute())]


def test_a_file_named_twice_is_checked_once() -> None:
    write("pkg/app.py", CODE)
    assert len(findings(run("check", "--output-format", "json", "pkg", "pkg/app.py", "."))) == 1


def test_a_mistake_is_found_across_files() -> None:
    write("store.py", "async def save() -> None: ...\n")
    write("app.py", "import store\n\n\ndef main() -> None:\n    store.save()\n")
    (item,) = findings(run("check", "--output-format", "json"))
    assert (item["path"], item["range"]["start"]["line"]) == ("app.py", 5)


@pytest.mark.parametrize(
    ("options", "status", "found"),
    [
        ([], 1, 1),
        (["--ignore", RULE], 0, 0),
        (["--select", RULE], 1, 1),
        (["--select", "await-outside-async"], 0, 0),
        (["--select", f"await-outside-async, {RULE}"], 1, 1),
        (["--level", f"{RULE}=hint"], 0, 1),
        (["--level", f"{RULE}=hint", "--fail-level", "hint"], 1, 1),
        (["--level", f"{RULE}=off"], 0, 0),
        (["--level", f"{RULE}=warning"], 1, 1),
        (["--level", f"{RULE}=warning", "--fail-level", "error"], 0, 1),
    ],
)
def test_options_decide_what_counts(options: list[str], status: int, found: int) -> None:
    write("app.py", CODE)
    done = run("check", "--output-format", "json", *options)
    assert (done.status, len(findings(done))) == (status, found)


def test_options_go_over_the_project_settings() -> None:
    write("app.py", CODE)
    write("pyproject.toml", f'[tool.coroscope]\nignore = ["{RULE}"]\n')
    assert run("check").status == 0
    assert run("check", "--select", RULE).status == 1
    assert run("check", "--level", f"{RULE}=error").status == 1


def test_projects_have_settings_of_their_own() -> None:
    write("one/app.py", CODE)
    write("two/app.py", CODE)
    write("two/pyproject.toml", f'[tool.coroscope]\nignore = ["{RULE}"]\n')
    items = findings(run("check", "--output-format", "json", "one", "two"))
    assert [Path(item["path"]) for item in items] == [Path("one/app.py")]


BAD_INPUT = [
    (["nowhere.py"], "nowhere.py"),
    ([""], "without a name"),
    (["bad.py"], "bad.py"),
    (["broken"], "pyproject.toml"),
    (["--select", "coroutine-never-awaitd"], "did you mean `coroutine-never-awaited`?"),
    (["--ignore", "nonsense"], "`nonsense`"),
    (["--level", f"{RULE}=loud"], "`loud`"),
    (["--level", f"{RULE}"], "RULE=LEVEL"),
    (["--python", "app.py"], "app.py"),
    (["--python", "no/such/python"], "no/such/python"),
]


@pytest.mark.parametrize(("arguments", "words"), BAD_INPUT)
def test_bad_input_gets_one_sentence(arguments: list[str], words: str) -> None:
    write("app.py", CLEAN)
    Path("bad.py").write_bytes(b"# \xff\n")
    write("broken/app.py", CLEAN)
    write("broken/pyproject.toml", "[tool.coroscope\n")
    done = run("check", "--output-format", "json", *arguments)
    assert done.status == 2
    assert words in done.err
    assert done.err.startswith("coroscope: ")
    assert done.err.count("\n") == 1


def test_a_declared_name_that_is_nowhere_is_told() -> None:
    write(
        "pyproject.toml",
        """[tool.coroscope.declare]
blocks = ["app.fetsh", "app.fetch", "app.Store.load", "app.Store.laod", "app.Open.any", "app.inner.any", "gone.any"]
runs = ["pkg.sub.start", "pkg.sub.strat", "app.made", "os.path.exist"]
""",
    )
    write(
        "app.py",
        """from base import Unknown
import pkg.sub as inner
class Store:
    def load(self): ...
class Open(Unknown): ...
def fetch(): ...
made = fetch
""",
    )
    write("pkg/__init__.py", "")
    write("pkg/sub.py", "def start(job): ...\n")
    done = run("check", ".")
    told = [line.split("`")[1] for line in done.err.splitlines()]
    assert told == ["app.fetsh", "app.Store.laod", "pkg.sub.strat", "os.path.exist"]
    assert done.status == 0


def test_one_bad_file_stops_no_other() -> None:
    write("app.py", CODE)
    Path("bad.py").write_bytes(b"# \xff\n")
    done = run("check", "--output-format", "json", "nowhere", "bad.py", "app.py")
    assert done.status == 2
    assert [item["path"] for item in findings(done)] == ["app.py"]
    assert done.err.count("\n") == 2


def test_a_rule_that_fails_is_told_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    from coroscope import engine
    from coroscope.model.module import Module
    from coroscope.rules import coroutine_used_as_value

    def check(module: Module) -> None:
        raise ValueError("no idea")

    monkeypatch.setattr(engine, "STRICT", False)
    monkeypatch.setattr(coroutine_used_as_value, "check", check)
    write("app.py", CODE)
    done = run("check", "--output-format", "json")
    assert (done.status, len(findings(done))) == (1, 1)
    assert done.err.startswith("coroscope: coroutine-used-as-value failed on app.py: ValueError: no idea; ")
    assert done.err.count("\n") == 1


def test_broken_code_is_no_bad_input() -> None:
    write("app.py", CODE + "def broken(:\n")
    done = run("check", "--output-format", "json")
    assert (done.status, len(findings(done))) == (1, 1)


@pytest.mark.parametrize("format_", ["text", "concise"])
@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "utf-8"])
def test_any_text_fits_any_output(format_: str, encoding: str) -> None:
    write("日本.py", CODE.replace("    save()", '    "→日\x1b\u202e"; save()'))
    done = run("check", "--output-format", format_, encoding=encoding)
    assert done.status == 1
    assert "\x1b" not in done.out


def test_a_virtual_environment_answers(folder: Path) -> None:
    packages = folder / "env/lib/python3.12/site-packages"
    if os.name == "nt":
        packages = folder / "env/Lib/site-packages"
    packages.mkdir(parents=True)
    (folder / "env/pyvenv.cfg").write_text("home = /usr/bin\nversion = 3.12.0\n")
    (packages / "client.py").write_text("async def fetch() -> int: ...\n")
    write("app.py", "import client\n\n\ndef main() -> None:\n    client.fetch()\n")
    assert len(findings(run("check", "--output-format", "json", "app.py", "--python", "env"))) == 1


def test_a_failure_of_the_analysis_costs_one_file_only(monkeypatch: pytest.MonkeyPatch) -> None:
    from coroscope import engine
    from coroscope.findings import Finding
    from coroscope.model.module import Module
    from coroscope.project.settings import Settings

    write("app.py", CODE)
    write("worse.py", CODE)
    real = engine.check

    def check(module: Module, settings: Settings) -> list[Finding]:
        if module.source.path == "app.py":
            raise RecursionError("too deep")
        return real(module, settings)

    monkeypatch.setattr(engine, "check", check)
    for arguments in (["check", "--output-format", "json"], ["fix", "--diff"]):
        done = run(*arguments)
        assert done.status == 2
        assert done.err.startswith("coroscope: cannot check app.py: RecursionError: too deep; ")
        assert "worse.py" in done.out


@pytest.mark.skipif(os.name == "nt", reason="no SIGPIPE there")
def test_a_reader_that_leaves_ends_it_quietly(folder: Path) -> None:
    for number in range(40):
        write(f"app{number}.py", CODE)
    for arguments in ("check --output-format text", "check --output-format json", "demo"):
        command = f"{sys.executable} -m coroscope {arguments} | head -n 1"
        done = subprocess.run(command, shell=True, capture_output=True, text=True, check=False)
        assert done.stdout.count("\n") == 1
        assert done.stderr == ""


@pytest.mark.skipif(os.name == "nt", reason="signals are another matter there")
def test_ctrl_c_ends_it_without_a_traceback(folder: Path) -> None:
    for number in range(300):
        write(f"app{number}.py", CODE)
    # A child inherits that a signal is ignored, as a shell has it for what runs in the background.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    process = subprocess.Popen(
        [sys.executable, "-m", "coroscope", "check", "--output-format", "concise"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )  # fmt: skip
    signal.signal(signal.SIGINT, before)
    assert process.stdout
    assert process.stdout.readline()
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (130, "")


@pytest.mark.parametrize("error", [KeyboardInterrupt(), BrokenPipeError()])
def test_an_end_from_outside_leaves_no_traceback(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    write("app.py", CODE)

    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr("coroscope.cli.formats.json.write", fail)
    done = run("check", "--output-format", "json")
    assert done.status == (130 if isinstance(error, KeyboardInterrupt) else 141)
    assert done.out + done.err == ""


def test_json_needs_no_terminal_library(folder: Path) -> None:
    write("app.py", CODE)
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "coroscope", "check", "--output-format", "json", "app.py"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    loaded = {line.rpartition("|")[2].strip().partition(".")[0] for line in done.stderr.splitlines()}
    assert "coroscope" in loaded
    assert not loaded & {"rich", "pygments", "markdown_it", "pygls", "lsprotocol", "libcst"}


def test_version_and_help(capsys: pytest.CaptureFixture[str]) -> None:
    from coroscope import __version__

    assert run("--version") == (0, f"coroscope {__version__}\n", "")
    text = run("--help").out
    assert all(command in text for command in ("check", "fix", "reveal", "explain", "demo", "server"))
    assert "--fail-level" in run("check", "--help").out
    assert "Serve an editor" in run("server", "--help").out


def test_standard_output_may_be_no_file(monkeypatch: pytest.MonkeyPatch) -> None:
    from coroscope.cli.app import run as run_app

    write("app.py", CODE)
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stdout", stream)
    assert run_app(["check"]) == 1
    assert "save()" in stream.getvalue()


def test_modules_of_the_workspace_are_not_taken_for_libraries(folder: Path) -> None:
    for name in ("ast", "bisect", "dataclasses", "difflib", "libcst", "rich", "tokenize", "tomllib", "tomli", "typer"):
        (folder / f"{name}.py").write_text("raise SystemExit('this file was run')")
    (folder / "clean.py").write_text(CLEAN)
    done = subprocess.run(
        [sys.executable, "-m", "coroscope", "check", "clean.py"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
