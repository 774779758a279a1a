"""Finding the user's Python environment from folders and text files."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from coroscope.project.environment import Environment, EnvironmentNotFound, find_environment, read_environment

NOTHING: dict[str, str] = {}


def site_of(prefix: Path, version: str = "3.12") -> Path:
    return prefix / "lib" / f"python{version}" / "site-packages"


def make_venv(prefix: Path, version: str = "3.12", config: str = "") -> Path:
    site_of(prefix, version).mkdir(parents=True)
    (prefix / "bin").mkdir()
    (prefix / "bin" / "python").write_text("", encoding="utf-8")
    text = config or f"home = /usr/bin\nversion = {version}.1\n"
    (prefix / "pyvenv.cfg").write_text(text, encoding="utf-8")
    return prefix


def make_installation(prefix: Path, version: str = "3.12") -> Path:
    site_of(prefix, version).mkdir(parents=True)
    (prefix / "bin").mkdir(exist_ok=True)
    interpreter = prefix / "bin" / f"python{version}"
    interpreter.write_text("", encoding="utf-8")
    return interpreter


def link(path: Path, target: Path | str) -> None:
    try:
        path.symlink_to(target)
    except OSError:
        pytest.skip("this system lets us make no symlinks")


def folders(environment: Environment | None) -> list[Path]:
    assert environment is not None
    return list(environment.folders)


def test_a_virtual_environment_is_found_by_its_folder_and_by_its_interpreter(tmp_path: Path) -> None:
    prefix = make_venv(tmp_path / "env")
    for named in (prefix, prefix / "bin" / "python", str(prefix)):
        environment = read_environment(named)
        assert environment.root == prefix
        assert environment.site_packages == (site_of(prefix),)
        assert environment.python == (3, 12)


def test_the_link_to_the_interpreter_that_made_an_environment_is_not_followed_first(tmp_path: Path) -> None:
    base = make_installation(tmp_path / "base")
    prefix = make_venv(tmp_path / "env")
    (prefix / "bin" / "python").unlink()
    link(prefix / "bin" / "python3", base)
    link(prefix / "bin" / "python", "python3")
    assert read_environment(prefix / "bin" / "python").root == prefix


def test_a_link_into_an_environment_leads_to_it(tmp_path: Path) -> None:
    prefix = make_venv(tmp_path / "env")
    (tmp_path / "shortcuts").mkdir()
    link(tmp_path / "shortcuts" / "python", prefix / "bin" / "python")
    assert read_environment(tmp_path / "shortcuts" / "python").root == prefix


def test_an_installation_is_found_by_its_interpreter(tmp_path: Path) -> None:
    make_installation(tmp_path / "base", "3.9")
    make_installation(tmp_path / "base", "3.12")
    interpreter = make_installation(tmp_path / "base", "3.11")
    assert read_environment(interpreter).python == (3, 11)
    link(tmp_path / "base" / "bin" / "python3", "python3.9")
    environment = read_environment(tmp_path / "base" / "bin" / "python3")
    assert environment.python == (3, 9)
    assert environment.site_packages == (site_of(tmp_path / "base", "3.9"),)


def test_a_folder_with_several_versions_means_the_newest(tmp_path: Path) -> None:
    make_installation(tmp_path, "3.9")
    make_installation(tmp_path, "3.13")
    assert read_environment(tmp_path).python == (3, 13)


def test_debian_keeps_its_packages_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "python3.11").write_text("", encoding="utf-8")
    link(tmp_path / "bin" / "python3", "python3.11")
    local = tmp_path / "local" / "lib" / "python3.11" / "dist-packages"
    shared = tmp_path / "lib" / "python3" / "dist-packages"
    for folder in (local, shared, tmp_path / "lib" / "python3.11"):
        folder.mkdir(parents=True)
    environment = read_environment(tmp_path / "bin" / "python3")
    assert environment.site_packages == (local, shared)
    assert environment.python == (3, 11)


def test_windows_keeps_its_packages_in_one_folder(tmp_path: Path) -> None:
    site = tmp_path / "env" / "Lib" / "site-packages"
    site.mkdir(parents=True)
    (tmp_path / "env" / "Scripts").mkdir()
    (tmp_path / "env" / "Scripts" / "python.exe").write_text("", encoding="utf-8")
    (tmp_path / "env" / "pyvenv.cfg").write_text("version_info = 3.13.0.final.0\r\n", encoding="utf-8")
    environment = read_environment(tmp_path / "env" / "Scripts" / "python.exe")
    assert environment.site_packages == (site,)
    assert environment.python == (3, 13)


def test_a_windows_installation_tells_its_version_by_its_library(tmp_path: Path) -> None:
    (tmp_path / "Lib" / "site-packages").mkdir(parents=True)
    for name in ("python.exe", "python3.dll", "python311.dll"):
        (tmp_path / name).write_text("", encoding="utf-8")
    environment = read_environment(tmp_path / "python.exe")
    assert environment.root == tmp_path
    assert environment.python == (3, 11)


def test_lib64_that_is_a_link_counts_once_and_a_folder_of_its_own_counts(tmp_path: Path) -> None:
    prefix = make_venv(tmp_path / "one")
    link(prefix / "lib64", "lib")
    assert read_environment(prefix).site_packages == (site_of(prefix),)
    other = make_venv(tmp_path / "two")
    (other / "lib64" / "python3.12" / "site-packages").mkdir(parents=True)
    assert len(read_environment(other).site_packages) == 2


def test_system_packages_count_where_the_environment_includes_them(tmp_path: Path) -> None:
    make_installation(tmp_path / "base")
    config = f"home = {tmp_path / 'base' / 'bin'}\ninclude-system-site-packages = TRUE\nversion = 3.12.1\n"
    prefix = make_venv(tmp_path / "with", config=config)
    assert folders(read_environment(prefix)) == [site_of(prefix), site_of(tmp_path / "base")]
    prefix = make_venv(tmp_path / "without", config=config.replace("TRUE", "false"))
    assert folders(read_environment(prefix)) == [site_of(prefix)]


@pytest.mark.parametrize(
    ("config", "version"),
    [
        ("version = 3.11.7", (3, 11)),
        ("version_info = 3.11.7.final.0", (3, 11)),
        ("VERSION=3.11", (3, 11)),
        ("\ufeffversion = 3.11.7", (3, 11)),
        ("nonsense\n= =\n", (3, 11)),
    ],
)
def test_the_version_is_read_from_the_configuration_or_the_folder(
    tmp_path: Path, config: str, version: tuple[int, int]
) -> None:
    assert read_environment(make_venv(tmp_path / "env", "3.11", config)).python == version


def test_environments_are_looked_for_in_order(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    root = tmp_path / "sub" / "project"
    root.mkdir(parents=True)
    conda = tmp_path / "conda"
    make_installation(conda)
    variables = {"CONDA_PREFIX": str(conda)}

    def found(explicit: Path | None = None, environ: dict[str, str] = variables) -> Path | None:
        environment = find_environment(root, explicit, environ)
        return environment.root if environment else None

    assert found(environ=NOTHING) is None
    assert found() == conda
    assert found() == conda
    above = make_venv(tmp_path / "somewhere")
    assert found() == above
    beside = make_venv(root / "any-name")
    assert found() == beside
    usual = make_venv(root / "venv")
    assert found() == usual
    hidden = make_venv(root / ".venv")
    assert found() == hidden
    active = make_venv(tmp_path / "active")
    assert found(environ={**variables, "VIRTUAL_ENV": str(active)}) == active
    assert found(conda, {"VIRTUAL_ENV": str(active)}) == conda


def test_variables_that_lead_nowhere_are_passed_over(tmp_path: Path) -> None:
    prefix = make_venv(tmp_path / ".venv")
    environment = find_environment(tmp_path, None, {"VIRTUAL_ENV": str(tmp_path / "gone"), "CONDA_PREFIX": ""})
    assert environment is not None
    assert environment.root == prefix


def test_environments_above_the_repository_or_above_a_project_without_one_are_not_taken(tmp_path: Path) -> None:
    make_venv(tmp_path / ".venv")
    root = tmp_path / "project"
    root.mkdir()
    assert find_environment(root, None, NOTHING) is None
    (root / ".git").mkdir()
    assert find_environment(root, None, NOTHING) is None


@pytest.mark.parametrize("name", ["nothing-here", "README.md", "python3", "empty"])
def test_what_is_no_environment_is_refused_in_one_sentence(tmp_path: Path, name: str) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "README.md").write_text("", encoding="utf-8")
    (tmp_path / "python3").write_text("", encoding="utf-8")
    with pytest.raises(EnvironmentNotFound, match=r"^`[^\n]*\.$") as caught:
        read_environment(tmp_path / name)
    assert str(tmp_path / name) in str(caught.value)


def test_a_command_is_looked_for_on_the_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if sys.platform == "win32":
        pytest.skip("commands have suffixes here")
    interpreter = make_installation(tmp_path, "3.12")
    interpreter.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.chdir(tmp_path)
    assert read_environment("python3.12").root == tmp_path
    with pytest.raises(EnvironmentNotFound, match="PATH"):
        read_environment("python3.7")


def test_path_files_add_folders_and_run_nothing(tmp_path: Path) -> None:
    prefix = make_venv(tmp_path / "env")
    site = site_of(prefix)
    for name in ("absolute", "env/relative"):
        (tmp_path / name).mkdir()
    flag = tmp_path / "flag"
    lines = [
        "# a comment",
        "",
        str(tmp_path / "absolute"),
        "../../../relative",
        "not-there",
        f"import pathlib; pathlib.Path({str(flag)!r}).touch()",
        "\0",
    ]
    (site / "b.pth").write_text("\n".join(lines), encoding="utf-8")
    (site / "a.pth").write_bytes(b"\xff\xfe\x00broken\n")
    (site / ".hidden.pth").write_text(str(tmp_path), encoding="utf-8")
    (site / "folder.pth").mkdir()
    assert folders(read_environment(prefix)) == [site, tmp_path / "absolute", prefix / "relative"]
    assert not flag.exists()


@pytest.mark.parametrize(
    "text",
    [
        "MAPPING: dict[str, str] = {mapping}\nNAMESPACES: dict[str, list[str]] = {{}}\n",
        "import sys\nMAPPING = {mapping}\n",
        "from editables.redirector import RedirectingFinder as F\nF.install()\nF.map_module('pack', {path!r})\n",
    ],
)
def test_editable_installs_are_read_from_their_finders(tmp_path: Path, text: str) -> None:
    prefix = make_venv(tmp_path / "env")
    site = site_of(prefix)
    source = tmp_path / "checkout" / "pack"
    finder = text.format(mapping=repr({"pack": str(source)}), path=str(source / "__init__.py"))
    (site / "__editable___pack_1_0_finder.py").write_text(finder, encoding="utf-8")
    line = "import __editable___pack_1_0_finder; __editable___pack_1_0_finder.install()"
    (site / "__editable__.pack-1.0.pth").write_text(line, encoding="utf-8")
    assert read_environment(prefix).editable == {"pack": source}


@pytest.mark.parametrize("text", ["MAPPING = dict(a=1)", "MAPPING = {open('x'): 1}", "MAPPING = {", "MAPPING = {1: 2}"])
def test_finders_that_say_nothing_clear_are_passed_over(tmp_path: Path, text: str) -> None:
    prefix = make_venv(tmp_path / "env")
    (site_of(prefix) / "__editable___x_finder.py").write_text(text, encoding="utf-8")
    (site_of(prefix) / "x.pth").write_text("import __editable___x_finder", encoding="utf-8")
    assert read_environment(prefix).editable == {}


def test_the_environment_of_this_very_process_is_found() -> None:
    environment = read_environment(sys.executable)
    assert environment.python == sys.version_info[:2]
    entries = {Path(entry).resolve() for entry in sys.path if entry}
    assert entries & {folder.resolve() for folder in environment.folders}
