"""What a project answers while an editor and the disk change the files under it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from coroscope.model.blocking import blocking_calls
from coroscope.project.environment import Environment
from coroscope.project.project import NEWEST_PYTHON, Project
from coroscope.project.settings import Settings
from coroscope.project.texts import LARGEST_FILE
from coroscope.source import SourceError


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    # Two writes within one tick of the file system's clock would look like one.
    status = path.stat()
    write.ticks = getattr(write, "ticks", 0) + 1  # type: ignore[attr-defined]
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns + write.ticks * 1_000_000))  # type: ignore[attr-defined]
    return path


def names(project: Project, module: str, importer: Path | None = None) -> set[str] | None:
    summary = project.resolve(module, str(importer) if importer else "")
    return None if summary is None else set(summary.names)


def test_a_summary_is_of_the_file_that_the_import_means(tmp_path: Path) -> None:
    path = write(tmp_path / "app" / "db.py", "async def save(): ...\n")
    write(tmp_path / "app" / "__init__.py", "")
    summary = Project(tmp_path).resolve("app.db", "")
    assert summary is not None
    assert (summary.name, summary.path, summary.is_package) == ("app.db", str(path), False)
    assert set(summary.names) == {"save"}
    package = Project(tmp_path).resolve("app", "")
    assert package is not None
    assert package.is_package
    assert Project(tmp_path).resolve("app.nothing", "") is None


def test_the_standard_library_answers_without_an_environment(tmp_path: Path) -> None:
    assert "sleep" in (names(Project(tmp_path), "asyncio.tasks") or ())


def test_a_summary_is_made_once(tmp_path: Path) -> None:
    write(tmp_path / "a.py", "x = 1\n")
    project = Project(tmp_path)
    assert project.resolve("a", "") is project.resolve("a", str(tmp_path / "b.py"))


def test_an_editors_text_counts_before_the_disks(tmp_path: Path) -> None:
    path = write(tmp_path / "a.py", "x = 1\n")
    project = Project(tmp_path)
    assert names(project, "a") == {"x"}
    project.open(path, "y = 1\n")
    assert names(project, "a") == {"y"}
    project.change(path, "z = 1\n")
    assert names(project, "a") == {"z"}
    source = project.source(str(path))
    assert source is not None
    assert source.text == "z = 1\n"
    project.close(path)
    assert names(project, "a") == {"x"}


def test_a_file_that_is_only_in_an_editor_can_be_imported(tmp_path: Path) -> None:
    project = Project(tmp_path)
    assert names(project, "new") is None
    project.open(tmp_path / "new.py", "x = 1\n")
    assert names(project, "new") == {"x"}
    project.close(tmp_path / "new.py")
    assert names(project, "new") is None


def test_a_file_that_was_only_in_an_editor_hides_nothing_when_it_is_closed(tmp_path: Path) -> None:
    project = Project(tmp_path)
    assert "Queue" in (names(project, "queue") or ())
    project.open(tmp_path / "queue.py", "x = 1\n")
    assert names(project, "queue") == {"x"}
    project.close(tmp_path / "queue.py")
    assert "Queue" in (names(project, "queue") or ())


def test_changes_on_disk_count_when_they_are_told(tmp_path: Path) -> None:
    path = write(tmp_path / "a.py", "x = 1\n")
    project = Project(tmp_path)
    assert names(project, "a") == {"x"}
    write(path, "y = 1\n")
    project.invalidate(path)
    assert names(project, "a") == {"y"}
    path.unlink()
    project.invalidate(path)
    assert names(project, "a") is None
    write(path, "z = 1\n")
    project.invalidate(path)
    assert names(project, "a") == {"z"}


def test_the_text_of_a_file_is_the_newest(tmp_path: Path) -> None:
    path = write(tmp_path / "app.py", "x = 1\n")
    project = Project(tmp_path)
    for text in ("x = 1\n", "x = 2\n", "y = 3\n"):
        write(path, text)
        for _ in range(2):
            source = project.source(str(path))
            assert source is not None
            assert source.text == text
    path.unlink()
    assert project.source(str(path)) is None


def test_a_folder_that_comes_or_goes_is_told_by_itself(tmp_path: Path) -> None:
    project = Project(tmp_path)
    assert names(project, "pack.mod") is None
    write(tmp_path / "pack" / "mod.py", "x = 1\n")
    project.invalidate(tmp_path / "pack")
    assert names(project, "pack.mod") == {"x"}
    (tmp_path / "pack").rename(tmp_path / "other")
    project.invalidate(tmp_path / "pack")
    project.invalidate(tmp_path / "other")
    assert names(project, "pack.mod") is None
    assert names(project, "other.mod") == {"x"}


def test_an_init_that_comes_changes_names(tmp_path: Path) -> None:
    write(tmp_path / "my-dir" / "pack" / "mod.py", "")
    project = Project(tmp_path)
    path = tmp_path / "my-dir" / "pack" / "mod.py"
    assert project.module_name(str(path)) == "mod"
    project.invalidate(write(tmp_path / "my-dir" / "pack" / "__init__.py", ""))
    assert project.module_name(str(path)) == "pack.mod"


def test_refresh_sees_everything_that_nobody_told(tmp_path: Path) -> None:
    write(tmp_path / "a.py", "x = 1\n")
    kept = write(tmp_path / "kept.py", "x = 1\n")
    project = Project(tmp_path)
    assert names(project, "a") == {"x"}
    assert names(project, "b") is None
    before = project.resolve("kept", "")
    write(tmp_path / "a.py", "y = 1\n")
    write(tmp_path / "b.py", "z = 1\n")
    project.refresh()
    assert names(project, "a") == {"y"}
    assert names(project, "b") == {"z"}
    assert project.resolve("kept", "") is before
    kept.unlink()
    project.refresh()
    assert project.resolve("kept", "") is None


def test_a_file_that_cannot_be_read_is_unknown_to_imports_and_an_error_to_a_check(tmp_path: Path) -> None:
    bad = tmp_path / "bad.py"
    bad.write_bytes(b"x = '\xff'\n")
    project = Project(tmp_path)
    assert project.resolve("bad", "") is None
    for path in (bad, tmp_path / "gone.py", tmp_path, tmp_path / "nul\0.py"):
        with pytest.raises(SourceError, match=r"^cannot read shown: .*\.$"):
            project.module(path, "shown")
        assert project.source(str(path)) is None


def test_a_file_that_vanishes_before_it_is_read_is_unknown(tmp_path: Path) -> None:
    path = write(tmp_path / "a.py", "")
    project = Project(tmp_path)
    assert project.resolve("b", "") is None
    path.unlink()
    assert project.resolve("a", "") is None


def test_a_file_of_a_size_that_only_programs_write_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "huge.py"
    with path.open("wb") as file:
        file.truncate(LARGEST_FILE + 1)
    project = Project(tmp_path)
    assert project.resolve("huge", "") is None
    with pytest.raises(SourceError, match=r"10 MB is the most that is read; exclude it"):
        project.module(path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_named_pipe_does_not_block(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.py")
    project = Project(tmp_path)
    assert project.resolve("pipe", "") is None
    with pytest.raises(SourceError, match="it is not a regular file"):
        project.module(tmp_path / "pipe.py")


def test_the_target_version_comes_from_the_settings_then_the_environment(tmp_path: Path) -> None:
    environment = Environment(tmp_path, (), (), {}, (3, 11))
    assert Project(tmp_path).python == NEWEST_PYTHON
    assert Project(tmp_path, None, environment).python == (3, 11)
    assert Project(tmp_path, Settings(requires_python=(3, 10)), environment).python == (3, 10)
    assert Project(tmp_path, Settings(target_version=(3, 13)), environment).python == (3, 13)


def test_stubs_are_read_for_a_python_that_they_know(tmp_path: Path) -> None:
    write(tmp_path / "a.py", "import sys\nif sys.version_info >= (3, 10):\n    new = 1\nelse:\n    old = 1\n")
    project = Project(tmp_path, Settings(target_version=(3, 8)))
    assert names(project, "a") == {"sys", "old"}
    assert names(project, "asyncio.mixins") is not None
    assert "anext" in (names(project, "builtins") or ())


def test_a_module_stands_while_nothing_that_it_may_depend_on_changes(tmp_path: Path) -> None:
    main = write(tmp_path / "main.py", "import a\n")
    a = write(tmp_path / "a.py", "def f(): return 1\n")
    project = Project(tmp_path)
    project.open(a, a.read_text(encoding="utf-8"))
    module = project.module(main)
    assert module.name == "main"
    project.resolve("a", str(main))
    assert project.module(main) is module
    project.change(a, "# a comment\ndef f(): return 1\n")
    assert project.module(main) is module
    project.change(a, "async def f(): return 1\n")
    renewed = project.module(main)
    assert renewed is not module
    project.invalidate(write(main, "import a\n\n"))
    assert project.module(main) is not renewed


def test_a_module_is_called_as_it_is_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "pack" / "main.py", "")
    write(tmp_path / "pack" / "neighbour.py", "x = 1\n")
    project = Project(tmp_path)
    for shown in ("pack/main.py", "<stdin>", None):
        module = project.module(tmp_path / "pack" / "main.py", shown)
        assert module.source.path == (shown or str(tmp_path / "pack" / "main.py"))
        summary = project.resolve("neighbour", module.source.path)
        assert summary is not None


def test_answers_are_forgotten_when_a_file_tells_the_outside_something_else(tmp_path: Path) -> None:
    path = write(tmp_path / "a.py", "def f(): return 1\n")
    project = Project(tmp_path)
    project.open(path, path.read_text(encoding="utf-8"))
    summary = project.resolve("a", "")
    program = project.program
    project.change(path, "\n\ndef f(): return 1\n")
    assert project.program is program
    assert summary is not None
    assert project.resolve("a", "") is summary
    assert summary.lines["f"] == 3
    project.change(path, "\n\nasync def f(): return 1\n")
    assert project.program is not program
    program = project.program
    project.invalidate(write(tmp_path / "b.py", ""))
    assert project.program is not program


def test_what_a_function_calls_counts_for_those_who_asked(tmp_path: Path) -> None:
    text = "import time\n\ndef f():\n    {}\n    return 1\n\ndef g():\n    {}\n    return 1\n"
    path = write(tmp_path / "a.py", text.format("pass", "pass"))
    main = write(tmp_path / "main.py", "import a\n\nasync def main():\n    a.f()\n")
    project = Project(tmp_path)
    project.open(path, path.read_text(encoding="utf-8"))
    module = project.module(main)
    assert list(blocking_calls(module)) == []
    project.change(path, text.format("print()", "time.sleep(1)"))
    assert project.module(main) is module
    project.change(path, text.format("time.sleep(1)", "time.sleep(1)"))
    renewed = project.module(main)
    assert renewed is not module
    assert [found.name for found in blocking_calls(renewed)] == ["time.sleep"]
