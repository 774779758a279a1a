"""Projects made from what a `pyproject.toml` and an editor say."""

from __future__ import annotations

import sys
from pathlib import Path

from coroscope.lsp.projects import Options, make_project

RULE = "coroutine-never-awaited"


def made(root: Path, options: Options) -> tuple[object, list[str]]:
    complaints: list[str] = []
    project = make_project(root, options, complaints.append)
    settings = project.settings
    return (settings.target_version, dict(settings.levels)), complaints


def test_the_editors_spelling_and_what_it_sends_for_nothing(tmp_path: Path) -> None:
    options = {"targetVersion": "3.11", "levels": {RULE: "hint"}, "environment": "", "exclude": None}
    assert made(tmp_path, options) == (((3, 11), {RULE: "hint"}), [])


def test_what_only_editors_have_is_no_mistake(tmp_path: Path) -> None:
    options = {"logLevel": "debug", "trace": {"server": "off"}, "importStrategy": "useBundled", "interpreter": []}
    assert made(tmp_path, options) == ((None, {}), [])


def test_one_bad_source_leaves_the_others(tmp_path: Path) -> None:
    file = tmp_path / "pyproject.toml"
    file.write_text(f'[tool.coroscope.levels]\n{RULE} = "hint"\n')
    found, complaints = made(tmp_path, {"levels": "loud", "interpreter": str(tmp_path / "no-python")})
    assert found == (None, {RULE: "hint"})
    assert len(complaints) == 2

    file.write_text("[tool.coroscope\n")
    found, complaints = made(tmp_path, {"levels": {RULE: "off"}})
    assert found == (None, {RULE: "off"})
    assert len(complaints) == 1
    assert "pyproject.toml" in complaints[0]


def test_the_editors_interpreter_counts(tmp_path: Path) -> None:
    for interpreter in (sys.executable, [sys.executable, "-E"]):
        project = make_project(tmp_path, {"interpreter": interpreter}, print)
        assert project.environment is not None
        assert project.environment.python == sys.version_info[:2]
