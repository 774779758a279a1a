"""Which file an import means, and what a file's module is called."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from coroscope import knowledge
from coroscope.project import typeshed
from coroscope.project.environment import Environment
from coroscope.project.search import Search


@pytest.fixture
def site(tmp_path: Path) -> Path:
    return tmp_path / "env" / "lib" / "python3.12" / "site-packages"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "work"
    folder.mkdir()
    return folder


def write(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("", encoding="utf-8")


def search(
    root: Path, *sites: Path, python: tuple[int, int] = (3, 12), editable: dict[str, Path] | None = None
) -> Search:
    environment = Environment(root, tuple(sites), tuple(sites), editable or {}, python) if sites else None
    return Search(str(root), environment, python)


def found(searched: Search, name: str, importer: Path | None = None, base: Path | None = None) -> str | None:
    path = searched.find(name, str(importer) if importer else "")
    if path is None:
        return None
    return Path(path).relative_to(base or searched.root).as_posix()


def test_modules_and_packages_of_the_workspace_are_found(root: Path) -> None:
    write(root, "app/__init__.py", "app/db.py", "tool.py")
    searched = search(root)
    assert found(searched, "app") == "app/__init__.py"
    assert found(searched, "app.db") == "app/db.py"
    assert found(searched, "tool") == "tool.py"
    assert found(searched, "app.nothing") is None
    assert found(searched, "tool.nothing") is None


def test_names_that_no_import_can_have_are_not_found(root: Path) -> None:
    write(root, "app/__init__.py")
    for name in ("", ".", "app.", ".app", "a..b", "app/__init__", "\0", "x" * 10_000, "a." * 2_000 + "a"):
        assert search(root).find(name) is None


def test_a_source_folder_is_searched(root: Path) -> None:
    write(root, "src/app/__init__.py", "src/app/db.py", "tests/test_db.py")
    assert found(search(root), "app.db", root / "tests" / "test_db.py") == "src/app/db.py"


def test_a_package_hides_a_module_of_its_name_and_a_stub_the_source_beside_it(root: Path) -> None:
    write(root, "a/__init__.py", "a.py", "a.pyi", "b.py", "b.pyi", "c/__init__.pyi", "c/__init__.py")
    searched = search(root)
    assert found(searched, "a") == "a/__init__.py"
    assert found(searched, "b") == "b.pyi"
    assert found(searched, "c") == "c/__init__.pyi"


def test_a_module_hides_a_folder_without_init(root: Path) -> None:
    write(root, "a.py", "a/b.py")
    searched = search(root)
    assert found(searched, "a") == "a.py"
    assert found(searched, "a.b") is None


def test_a_namespace_package_has_portions_in_several_places(root: Path, site: Path) -> None:
    write(root, "cloud/ours/__init__.py")
    write(site, "cloud/theirs/client.py", "cloud/theirs/__init__.py")
    searched = search(root, site)
    assert searched.find("cloud") is None
    assert found(searched, "cloud.ours") == "cloud/ours/__init__.py"
    assert found(searched, "cloud.theirs.client", base=site) == "cloud/theirs/client.py"


def test_a_folder_of_data_does_not_hide_an_installed_package_or_the_standard_library(root: Path, site: Path) -> None:
    write(root, "redis/dump.txt", "json/data.txt")
    write(site, "redis/__init__.py")
    searched = search(root, site)
    assert found(searched, "redis", base=site) == "redis/__init__.py"
    assert (searched.find("json.decoder") or "").startswith(typeshed.stdlib_folder())


def test_a_regular_package_hides_others_of_its_name_with_all_their_modules(root: Path, site: Path) -> None:
    write(root, "app/__init__.py")
    write(site, "app/__init__.py", "app/extra.py")
    assert search(root, site).find("app.extra") is None


def test_compiled_modules_are_there_and_cannot_be_read(root: Path, site: Path) -> None:
    write(site, "fast.cpython-312-x86_64-linux-gnu.so", "both.pyd", "both.py", "pack/__init__.abi3.so", "pack/x.py")
    second = root / "second"
    write(second, "fast.py", "pack/__init__.py")
    searched = search(root, site, second)
    assert searched.find("fast") is None
    assert found(searched, "both", base=site) == "both.py"
    assert searched.find("pack") is None
    assert found(searched, "pack.x", base=site) == "pack/x.py"


def test_the_standard_library_is_that_of_the_target_version(root: Path) -> None:
    assert search(root, python=(3, 10)).find("asyncio.taskgroups") is None
    assert search(root, python=(3, 11)).find("asyncio.taskgroups") is not None
    assert search(root, python=(3, 11)).find("distutils.core") is not None
    assert search(root, python=(3, 12)).find("distutils.core") is None
    assert search(root, python=(3, 10)).find("tomllib") is None


def test_a_backport_answers_where_the_standard_library_is_too_old(root: Path, site: Path) -> None:
    write(site, "tomllib.py")
    assert found(search(root, site, python=(3, 10)), "tomllib", base=site) == "tomllib.py"
    assert (search(root, site).find("tomllib") or "").startswith(typeshed.stdlib_folder())


def test_a_workspace_module_hides_one_of_the_standard_library(root: Path) -> None:
    write(root, "queue.py")
    assert found(search(root), "queue") == "queue.py"


def test_what_python_has_built_in_cannot_be_hidden(root: Path) -> None:
    write(root, "sys.py", "builtins.py", "types.py", "asyncio/__init__.py")
    for name in ("sys", "builtins", "types", "asyncio"):
        assert (search(root).find(name) or "").startswith(typeshed.stdlib_folder())


def test_an_installed_module_does_not_hide_one_of_the_standard_library(root: Path, site: Path) -> None:
    write(site, "dataclasses.py", "other/__init__.py")
    path = search(root, site).find("dataclasses", str(site / "other" / "__init__.py"))
    assert (path or "").startswith(typeshed.stdlib_folder())


def test_stub_packages_come_before_sources(root: Path, site: Path) -> None:
    write(site, "yaml/__init__.py", "yaml/loader.py", "yaml-stubs/__init__.pyi", "yaml-stubs/loader.pyi")
    searched = search(root, site)
    assert found(searched, "yaml", base=site) == "yaml-stubs/__init__.pyi"
    assert found(searched, "yaml.loader", base=site) == "yaml-stubs/loader.pyi"


def test_what_a_stub_package_lacks_is_found_in_the_sources(root: Path, site: Path) -> None:
    write(site, "yaml/__init__.py", "yaml/extra.py", "yaml-stubs/loader.pyi")
    (site / "yaml-stubs" / "py.typed").write_text("partial\n", encoding="utf-8")
    searched = search(root, site)
    assert found(searched, "yaml", base=site) == "yaml/__init__.py"
    assert found(searched, "yaml.extra", base=site) == "yaml/extra.py"
    assert found(searched, "yaml.loader", base=site) == "yaml-stubs/loader.pyi"


def test_stubs_in_another_folder_than_the_sources_count(root: Path, site: Path) -> None:
    other = root / "elsewhere"
    write(site, "yaml/__init__.py")
    write(other, "yaml-stubs/__init__.pyi")
    assert found(search(root, site, other), "yaml", base=other) == "yaml-stubs/__init__.pyi"


def test_a_stub_package_answers_without_sources_and_for_a_namespace(root: Path, site: Path) -> None:
    write(site, "yaml-stubs/__init__.pyi", "google-stubs/cloud/storage/__init__.pyi", "google/cloud/storage/blob.py")
    searched = search(root, site)
    assert found(searched, "yaml", base=site) == "yaml-stubs/__init__.pyi"
    assert found(searched, "google.cloud.storage", base=site) == "google-stubs/cloud/storage/__init__.pyi"
    assert found(searched, "google.cloud.storage.blob", base=site) == "google/cloud/storage/blob.py"


def test_carried_stubs_come_before_sources_and_after_the_environments(root: Path, site: Path) -> None:
    carried = Path(knowledge.__file__).parent / "stubs"
    write(site, "aiofiles/__init__.py", "aiofiles/os.py")
    searched = search(root, site)
    assert found(searched, "aiofiles", base=carried) == "aiofiles-stubs/__init__.pyi"
    assert found(searched, "aiofiles.threadpool.text", base=carried) == "aiofiles-stubs/threadpool/text.pyi"
    assert searched.module_name(str(carried / "aiofiles-stubs/base.pyi")) == "aiofiles.base"
    assert found(searched, "aiofiles.os", base=site) == "aiofiles/os.py"
    write(site, "aiofiles-stubs/__init__.pyi")
    assert found(search(root, site), "aiofiles", base=site) == "aiofiles-stubs/__init__.pyi"


def test_sources_are_read_whether_or_not_they_say_that_they_are_typed(root: Path, site: Path) -> None:
    write(site, "typed/__init__.py", "typed/py.typed", "plain/__init__.py", "plain/inner.py")
    searched = search(root, site)
    assert found(searched, "typed", base=site) == "typed/__init__.py"
    assert found(searched, "plain.inner", base=site) == "plain/inner.py"


def test_local_stubs_come_first(root: Path, site: Path) -> None:
    write(root, "typings/redis/__init__.pyi")
    write(site, "redis/__init__.py")
    assert found(search(root, site), "redis") == "typings/redis/__init__.pyi"


def test_a_script_sees_its_neighbours_only_where_nothing_else_has_the_name(root: Path, site: Path) -> None:
    write(root, "scripts/run.py", "scripts/helpers.py", "scripts/redis.py", "scripts/queue.py")
    write(site, "redis/__init__.py")
    script = root / "scripts" / "run.py"
    searched = search(root, site)
    assert found(searched, "helpers", script) == "scripts/helpers.py"
    assert found(searched, "redis", script, base=site) == "redis/__init__.py"
    assert (searched.find("queue", str(script)) or "").startswith(typeshed.stdlib_folder())
    assert searched.find("helpers", str(root / "other.py")) is None


def test_a_package_sees_what_stands_beside_it(root: Path) -> None:
    write(root, "services/api/app/__init__.py", "services/api/app/main.py", "services/api/shared.py")
    importer = root / "services" / "api" / "app" / "main.py"
    assert found(search(root), "app.main", importer) == "services/api/app/main.py"
    assert found(search(root), "shared", importer) == "services/api/shared.py"
    assert search(root).find("shared", str(root / "other.py")) is None


def test_a_project_inside_the_workspace_has_its_own_source_folder(root: Path) -> None:
    for name in ("one", "two"):
        write(root, f"{name}/pyproject.toml", f"{name}/src/app/__init__.py", f"{name}/tests/test_app.py")
    searched = search(root)
    assert found(searched, "app", root / "one" / "tests" / "test_app.py") == "one/src/app/__init__.py"
    assert found(searched, "app", root / "two" / "tests" / "test_app.py") == "two/src/app/__init__.py"
    assert searched.module_name(str(root / "two" / "src" / "app" / "__init__.py")) == "app"


def test_a_root_that_is_a_package_does_not_hide_the_standard_library(tmp_path: Path) -> None:
    root = tmp_path / "pack"
    write(root, "__init__.py", "queue.py", "main.py", "local.py")
    searched = search(root)
    assert (searched.find("queue", str(root / "main.py")) or "").startswith(typeshed.stdlib_folder())
    assert found(searched, "pack.queue", root / "main.py") == "queue.py"
    assert found(searched, "local", root / "main.py") == "local.py"
    assert searched.module_name(str(root / "queue.py")) == "pack.queue"


def test_installed_code_does_not_import_from_the_workspace_what_is_installed(root: Path) -> None:
    site = root / ".venv" / "lib" / "python3.12" / "site-packages"
    write(root, "redis.py", "plugin.py")
    write(site, "redis/__init__.py", "cache/__init__.py")
    searched = search(root, site)
    assert found(searched, "redis", site / "cache" / "__init__.py", base=site) == "redis/__init__.py"
    assert found(searched, "redis", root / "main.py") == "redis.py"
    assert found(searched, "plugin", site / "cache" / "__init__.py") == "plugin.py"


def test_editable_installs_are_followed(root: Path, site: Path, tmp_path: Path) -> None:
    write(tmp_path, "checkout/lib/pack/__init__.py", "checkout/lib/pack/sub.py", "checkout/single.py")
    site.mkdir(parents=True)
    mapped = {"pack": tmp_path / "checkout" / "lib" / "pack", "single": tmp_path / "checkout" / "single"}
    searched = search(root, site, editable=mapped)
    assert found(searched, "pack", base=tmp_path) == "checkout/lib/pack/__init__.py"
    assert found(searched, "pack.sub", base=tmp_path) == "checkout/lib/pack/sub.py"
    assert found(searched, "single", base=tmp_path) == "checkout/single.py"
    assert searched.module_name(str(tmp_path / "checkout" / "lib" / "pack" / "sub.py")) == "pack.sub"


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("app/__init__.py", "app"),
        ("app/db/session.py", "app.db.session"),
        ("app/db/stub.pyi", "app.db.stub"),
        ("scripts/run.py", "scripts.run"),
        ("my-scripts/run.py", "run"),
        ("my-scripts/pack/mod.py", "pack.mod"),
        ("src/lib/mod.py", "lib.mod"),
        ("typings/redis/__init__.pyi", "redis"),
        ("yaml-stubs/loader.pyi", "yaml.loader"),
        ("yaml-stubs/__init__.pyi", "yaml"),
        ("top.py", "top"),
        ("with.dot.py", "with"),
        ("__init__.py", "work"),
    ],
)
def test_every_file_has_a_module_name(root: Path, file: str, name: str) -> None:
    write(root, "app/__init__.py", "app/db/__init__.py", "my-scripts/pack/__init__.py", "src/lib/__init__.py")
    write(root, "yaml-stubs/__init__.pyi", file)
    assert search(root).module_name(str(root / file)) == name


def test_a_found_file_has_the_name_that_finds_it(root: Path, site: Path) -> None:
    write(root, "app/__init__.py", "app/db.py", "space/mod.py")
    write(site, "cloud/storage/__init__.py", "yaml-stubs/loader.pyi")
    searched = search(root, site)
    for name in ("app.db", "space.mod", "cloud.storage", "yaml.loader", "asyncio.tasks", "os.path", "typing"):
        path = searched.find(name)
        assert path is not None
        assert searched.module_name(path) == name


def test_answers_are_kept_until_they_are_forgotten(root: Path) -> None:
    searched = search(root)
    assert searched.find("late") is None
    write(root, "late.py")
    assert searched.find("late") is None
    searched.folders.forget(str(root))
    searched.forget()
    assert found(searched, "late") == "late.py"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_named_pipe_is_no_module(root: Path) -> None:
    os.mkfifo(root / "pipe.py")
    assert search(root).find("pipe") is None


def test_symlink_loops_and_dangling_links_are_survived(root: Path) -> None:
    write(root, "app/__init__.py")
    try:
        (root / "app" / "again").symlink_to(root / "app", target_is_directory=True)
        (root / "self.py").symlink_to(root / "self.py")
        (root / "gone.py").symlink_to(root / "nowhere.py")
    except OSError:
        pytest.skip("this system lets us make no symlinks")
    searched = search(root)
    assert found(searched, "app.again.again") == "app/again/again/__init__.py"
    assert searched.find("self") is None
    assert searched.find("gone") is None


def test_case_counts_on_every_system(root: Path) -> None:
    write(root, "Redis.py")
    assert search(root).find("redis") is None
