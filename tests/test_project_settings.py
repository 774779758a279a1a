"""Settings: from `pyproject.toml`, laid over one another, and what is said of those that make no sense."""

from __future__ import annotations

from pathlib import Path

import pytest
from coroscope.project.root import find_root
from coroscope.project.settings import Settings, SettingsError, merged
from coroscope.project.settings_files import load_settings, read_settings

RULES = {"coroutine-never-awaited", "await-in-loop", "sequential-awaits"}


def project(folder: Path, text: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "pyproject.toml").write_text(text, encoding="utf-8")
    return folder


def settings(folder: Path, text: str) -> Settings:
    return load_settings(project(folder, text), RULES)


def test_everything_can_be_set(tmp_path: Path) -> None:
    found = settings(
        tmp_path,
        """
        [project]
        requires-python = ">=3.9"

        [tool.coroscope]
        target-version = "3.11"
        environment = "envs/dev"
        ignore = ["sequential-awaits"]
        exclude = ["a"]
        extend-exclude = ["b"]

        [tool.coroscope.levels]
        await-in-loop = "warning"
        coroutine-never-awaited = "off"

        [tool.coroscope.per-file-ignores]
        "tests/**" = ["await-in-loop"]

        [tool.coroscope.declare]
        keeps-task = ["app.tasks.keep"]
        runs = ["app.run"]
        blocks = ["app.wait", "app.Client.wait"]
        may-be-dropped = ["app.fire"]
        """,
    )
    assert found.levels == {"await-in-loop": "warning", "coroutine-never-awaited": "off"}
    assert found.ignore == {"sequential-awaits"}
    assert found.target_version == (3, 11)
    assert found.requires_python == (3, 9)
    assert found.python == (3, 11)
    assert found.environment == tmp_path / "envs" / "dev"
    assert found.excludes(tmp_path / "a")
    assert found.excludes(tmp_path / "b")
    assert not found.excludes(tmp_path / "build")
    assert found.declare["blocks"] == ("app.wait", "app.Client.wait")
    assert found.ignored_in(tmp_path / "tests" / "sub" / "x.py") == {"await-in-loop"}
    assert found.ignored_in(tmp_path / "x.py") == frozenset()


def test_a_level_is_the_rules_own_unless_it_is_set(tmp_path: Path) -> None:
    found = read_settings(
        {
            "levels": {"await-in-loop": "error", "coroutine-never-awaited": "off"},
            "ignore": ["sequential-awaits"],
            "per-file-ignores": {"*_test.py": ["await-in-loop"]},
        },
        "test",
        tmp_path,
        RULES,
    )
    assert found.level("await-in-loop", "hint") == "error"
    assert found.level("await-in-loop", "hint", tmp_path / "a_test.py") is None
    assert found.level("await-in-loop", "hint", tmp_path / "a.py") == "error"
    assert found.level("coroutine-never-awaited", "error") is None
    assert found.level("sequential-awaits", "hint") is None
    assert found.level("another", "warning") == "warning"


@pytest.mark.parametrize(
    ("pattern", "fitting", "unfitting"),
    [
        ("tests/**", ["tests/a.py", "tests/b/c.py"], ["a.py", "sub/tests/a.py", "tests.py"]),
        ("tests/*", ["tests/a.py", "tests/b/c.py"], ["sub/tests/a.py"]),
        ("**/tests/*", ["tests/a.py", "sub/tests/a.py"], ["mytests/a.py"]),
        ("__init__.py", ["__init__.py", "a/__init__.py"], ["a.py"]),
        ("*.{py,pyi}", ["a.py", "b/a.pyi"], ["a.ipynb"]),
        ("tests", ["sub/tests"], ["tests/a.py"]),
        ("!tests/**", ["a.py"], ["tests/a.py"]),
        ("a[0-9].py", ["a1.py"], ["ab.py"]),
        ("a[!0-9].py", ["ab.py"], ["a1.py"]),
        ("a+(b).py", ["a+(b).py"], ["aab.py"]),
    ],
)
def test_per_file_ignores_fit_as_ruffs_do(
    tmp_path: Path, pattern: str, fitting: list[str], unfitting: list[str]
) -> None:
    found = read_settings({"per-file-ignores": {pattern: ["await-in-loop"]}}, "test", tmp_path, RULES)
    for name in fitting:
        assert found.ignored_in(tmp_path / name), name
    for name in unfitting:
        assert not found.ignored_in(tmp_path / name), name


def test_the_nearest_file_with_settings_counts(tmp_path: Path) -> None:
    project(tmp_path, "[tool.coroscope]\nignore = ['await-in-loop']\n[project]\nrequires-python = '>=3.12'\n")
    inner = project(tmp_path / "a", "[project]\nrequires-python = '>=3.10'\n")
    found = load_settings(inner / "x.py", RULES)
    assert found.ignore == {"await-in-loop"}
    assert found.python == (3, 10)
    innermost = project(tmp_path / "a" / "b", "[tool.coroscope]\n")
    assert load_settings(innermost, RULES).ignore == frozenset()


def test_settings_outside_of_the_repository_do_not_count(tmp_path: Path) -> None:
    project(tmp_path, "[tool.coroscope]\nignore = ['await-in-loop']\n")
    (tmp_path / "a" / ".git").mkdir(parents=True)
    assert load_settings(tmp_path / "a", RULES) == Settings()


@pytest.mark.parametrize(
    ("text", "version"),
    [
        (">=3.10", (3, 10)),
        (">= 3.9, <4", (3, 9)),
        ("<3.14,>3.8.1", (3, 8)),
        ("~=3.11", (3, 11)),
        ("==3.12.*", (3, 12)),
        (">=3.8,!=3.9.*,>=3.10", (3, 10)),
        (">=3", (3, 0)),
        ("<4", None),
        ("nonsense", None),
        ("", None),
    ],
)
def test_the_lower_bound_of_requires_python_is_the_target(
    tmp_path: Path, text: str, version: tuple[int, int] | None
) -> None:
    assert settings(tmp_path, f'[project]\nrequires-python = "{text}"\n').python == version


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[tool.coroscope]\nignroe = []", "`tool.coroscope.ignroe` is no setting of coroscope; did you mean `ignore`?"),
        ("[tool.coroscope]\nxyz = 1", "`tool.coroscope.xyz` is no setting of coroscope; there are `declare`, "),
        (
            "[tool.coroscope.levels]\nawait-in-lop = 'off'",
            "`tool.coroscope.levels.await-in-lop` is no rule; did you mean `await-in-loop`?",
        ),
        (
            "[tool.coroscope.levels]\nawait-in-loop = 'info'",
            "`tool.coroscope.levels.await-in-loop` is `info`, which is no level; write one of `error`, `warning`, ",
        ),
        ("[tool.coroscope.levels]\nawait-in-loop = 1", "must be a text in quotes, not a number."),
        ("[tool.coroscope]\nlevels = 1", "`tool.coroscope.levels` must be a table."),
        ("[tool.coroscope]\nignore = 'await-in-loop'", "`tool.coroscope.ignore` must be a list of texts, not a text."),
        (
            "[tool.coroscope]\nignore = [1]",
            "must be a list of texts, and one item is a number.",
        ),
        ("[tool.coroscope]\nignore = ['ASYNC100']", "`tool.coroscope.ignore` names `ASYNC100`, which is no rule; "),
        ("[tool.coroscope]\ntarget-version = 3.11", 'must be a version in quotes such as "3.12", not 3.11.'),
        ("[tool.coroscope]\ntarget-version = 'py311'", 'must be a version in quotes such as "3.12", not "py311".'),
        ("[tool.coroscope]\nexclude = ['a[']", "`tool.coroscope.exclude` holds `a[`, which is no pattern "),
        ("[tool.coroscope.per-file-ignores]\n'{a' = []", "holds `{a`, which is no pattern "),
        ("[tool.coroscope.per-file-ignores]\na = ['x']", "`tool.coroscope.per-file-ignores.a` names `x`, "),
        ("[tool.coroscope.declare]\nkeep-task = []", "is no kind of declaration; did you mean `keeps-task`?"),
        ("[tool.coroscope.declare]\nruns = ['a b']", "holds `a b`, which is no dotted name such as "),
        ("[tool.coroscope.declare]\nruns = 2020-01-01", "must be a list of texts, not a date."),
        ("[tool]\ncoroscope = true", "`tool.coroscope` must be a table."),
        ("tool = 1", "`tool` must be a table."),
        ("[tool.coroscope", "it is not valid TOML: "),
    ],
)
def test_what_makes_no_sense_is_said_in_one_sentence(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(SettingsError) as caught:
        settings(tmp_path, text)
    message = str(caught.value)
    assert said in message
    assert str(tmp_path / "pyproject.toml") in message
    assert "\n" not in message
    assert message.endswith((".", "?"))


def test_a_file_that_is_no_text_is_said_to_be_none(tmp_path: Path) -> None:
    project(tmp_path, "")
    (tmp_path / "pyproject.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SettingsError, match="it is not UTF-8 text; save it as UTF-8"):
        load_settings(tmp_path)


def test_rule_names_are_not_checked_where_they_are_not_known(tmp_path: Path) -> None:
    assert read_settings({"ignore": ["anything"]}, "test", tmp_path).ignore == {"anything"}


def test_an_editors_settings_are_named_in_errors(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"^the editor's settings: `ignore` must be a list of texts, not a text\.$"):
        read_settings({"ignore": "x"}, "the editor's settings", tmp_path)


def test_null_in_an_editors_settings_means_unset(tmp_path: Path) -> None:
    nothing = dict.fromkeys(["ignore", "levels", "per-file-ignores", "declare", "environment", "exclude"])
    assert read_settings(nothing, "the editor's settings", tmp_path) == Settings()


def test_later_layers_go_over_earlier_ones(tmp_path: Path) -> None:
    def layer(**values: object) -> Settings:
        return read_settings({key.replace("_", "-"): value for key, value in values.items()}, "test", tmp_path)

    first = layer(
        levels={"a": "error", "b": "hint"},
        ignore=["x", "y"],
        target_version="3.10",
        exclude=["one"],
        extend_exclude=["two"],
        environment="one",
        declare={"runs": ["f"], "blocks": ["g"]},
        per_file_ignores={"a.py": ["x"]},
    )
    second = layer(
        levels={"b": "warning", "x": "error", "y": "off"},
        ignore=["z"],
        target_version="3.12",
        extend_exclude=["three"],
        declare={"runs": ["h"]},
        per_file_ignores={"b.py": ["x"]},
    )
    both = merged(first, second)
    assert both.levels == {"a": "error", "b": "warning", "x": "error", "y": "off"}
    assert both.ignore == {"y", "z"}
    assert both.python == (3, 12)
    assert both.environment == tmp_path / "one"
    assert [pattern.text for pattern in both.exclude or ()] == ["one"]
    assert [pattern.text for pattern in both.extend_exclude] == ["two", "three"]
    assert both.declare == {"runs": ("f", "h"), "blocks": ("g",)}
    assert both.ignored_in(tmp_path / "a.py") == both.ignored_in(tmp_path / "b.py") == {"x"}
    assert merged(first) == merged(Settings(), first) == merged(first, Settings()) == first


def test_the_root_of_a_project_is_found(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    inner = project(tmp_path / "a" / "b", "")
    package = inner / "pack" / "sub"
    package.mkdir(parents=True)
    for folder in (package, package.parent):
        (folder / "__init__.py").write_text("", encoding="utf-8")
    assert find_root([package / "x.py"]) == inner
    assert find_root([package]) == inner
    assert find_root([package, tmp_path / "a"]) == tmp_path
    (tmp_path / ".git").rmdir()
    (inner / "pyproject.toml").unlink()
    assert find_root([package / "__init__.py"]) == inner
