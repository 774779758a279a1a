"""Async tests and fixtures that nothing awaits: by unittest, and by pytest as the project has set it up.

    class Tests(unittest.TestCase):
        async def test_fetch(self): …       # unittest calls it, and drops the coroutine

Whoever decorates a test, or a class of tests, may run it in a way of its own; so may base classes.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from coroscope.model.classes import ClassInfo
from coroscope.model.mentions import has_names
from coroscope.model.test_files import is_test_file
from coroscope.model.types import FunctionObject, Instance, MethodWrapper, Type
from coroscope.syntax import Block

if TYPE_CHECKING:
    from coroscope.model.module import Module

FIXTURES = {"setUp": "asyncSetUp", "tearDown": "asyncTearDown"}
"""The methods that unittest calls around each test, with those that `IsolatedAsyncioTestCase` awaits."""

_UNITTEST = frozenset({"unittest", "TestCase"})
_OF_CLASS = ("setUpClass", "tearDownClass")
_RUNNERS = frozenset(
    {
        *("run", "debug", "_callSetUp", "_callTestMethod", "_callTearDown", "_callAsync", "_callMaybeAsync"),
        *("__init__", "__call__", "__getattribute__", "__init_subclass__"),
    }
)
"""The methods of a `TestCase` with which a class may run its tests in a way of its own."""

_PLAIN_MARKS = ("parametrize", "skip", "skipif", "xfail", "usefixtures", "filterwarnings", "timeout")
_TAKES_OVER = re.compile(r"anyio|trio|twisted|tornado|curio|aiohttp_client|unittest_run_loop|asyncio_cooperative")
"""What in a test file tells that another plugin than pytest-asyncio may run its async tests."""

_HOOKS = re.compile(
    r"pytest_(?:collection_modifyitems|itemcollected|pyfunc_call|pycollect\w+|runtest\w*|fixture_setup|plugins)"
    r"|add_marker|anyio|trio|twisted|tornado|iscoroutinefunction"
)
"""What in a `conftest.py` tells that it may run, or mark, async tests."""

_RIVALS = (
    *("pytest_aiohttp", "pytest_tornasync", "pytest_trio", "pytest_twisted", "pytest_tornado", "pytest_curio"),
    *("asynctest", "alt_pytest_asyncio", "pytest_asyncio_cooperative", "pytest_sanic"),
)
"""Modules of plugins that run async tests as well."""

_RESTRICTED = ("python_functions", "python_classes", "python_files", "anyio_mode", "trio_mode")
_USES_MARKS = re.compile(r"\bmark\.asyncio\b|\bpytest_asyncio\b")


class UnittestMethod(NamedTuple):
    """An async method that unittest calls and does not await; whether its class awaits other methods."""

    method: ast.AsyncFunctionDef
    is_isolated: bool


class PytestFunction(NamedTuple):
    """An async test that lacks the mark, or the decorator that makes a plain fixture of an async function."""

    function: ast.AsyncFunctionDef
    decorator: ast.expr | None


def unittest_methods(module: Module) -> Iterator[UnittestMethod]:
    """Every async test, and every async fixture, of a class whose `TestCase` awaits none of them."""
    if has_names(module, _UNITTEST):
        yield from module.in_blocks(_unittest_methods)


def pytest_functions(module: Module) -> Iterator[PytestFunction]:
    """Every async test and fixture of a test file that pytest-asyncio, in its strict mode, leaves alone."""
    text = module.source.text
    if not is_test_file(module.file) or "async def" not in text or "pytest" not in text:
        return
    found = [*_unmarked(module), *_plain_fixtures(module)]
    if found and _is_strict(module):
        yield from found


def _unittest_methods(module: Module, block: Block) -> Iterator[UnittestMethod]:
    node = block.node
    if not isinstance(node, ast.ClassDef) or not any(isinstance(inner, ast.AsyncFunctionDef) for inner in node.body):
        return
    cls = module.bodies.class_(node)
    case = cls.ancestor("unittest.case", "TestCase")
    if case is None or not _runs_plainly(cls) or any(not _is_of_unittest(module, d) for d in node.decorator_list):
        return
    is_isolated = cls.ancestor("unittest.async_case", "IsolatedAsyncioTestCase") is not None
    for method in node.body:
        if isinstance(method, ast.AsyncFunctionDef) and _is_called(module, method, is_isolated=is_isolated):
            yield UnittestMethod(method, is_isolated)


def _is_called(module: Module, method: ast.AsyncFunctionDef, *, is_isolated: bool) -> bool:
    """Whether unittest calls a method as it stands, and nothing else in the file does."""
    name = method.name
    if name in _OF_CLASS:
        return [module.text(decorator) for decorator in method.decorator_list] == ["classmethod"]
    if not (name in FIXTURES or (name.startswith("test") and not is_isolated)):
        return False
    return all(_is_of_unittest(module, decorator) for decorator in method.decorator_list)


def _runs_plainly(cls: ClassInfo) -> bool:
    """Whether a class and its bases leave it to unittest how its tests are run."""
    if cls.has_unknown_base or (cls.metaclass is not None and not cls.metaclass.is_("builtins", "type")):
        return False
    own = [entry.cls for entry in cls.mro if not entry.cls.module_name.startswith(("unittest", "builtins"))]
    return not any(_RUNNERS & set(one.declaration.names) or one.declaration.decorators for one in own[1:]) and not (
        _RUNNERS & set(cls.declaration.names)
    )


def _is_of_unittest(module: Module, decorator: ast.expr) -> bool:
    """Whether a decorator is one of unittest itself, which calls what it decorates: `skip`, `mock.patch`."""
    type_ = module.type_of(decorator.func if isinstance(decorator, ast.Call) else decorator)
    return _home(type_).startswith("unittest")


def _home(type_: Type) -> str:
    match type_:
        case FunctionObject():
            return type_.scope.module.summary.name
        case MethodWrapper():
            return _home(type_.function)
        case Instance():
            return type_.cls.module_name
    return ""


def _unmarked(module: Module) -> Iterator[PytestFunction]:
    """The async tests without a mark."""
    body = module.tree.root.node.body
    if _TAKES_OVER.search(module.source.text) or not _has_plain_marks(module, body):
        return
    for node in body:
        if isinstance(node, ast.AsyncFunctionDef):
            if _is_unmarked(module, node):
                yield PytestFunction(node, None)
        elif isinstance(node, ast.ClassDef) and node.name.startswith("Test") and not (node.bases or node.keywords):
            methods = [inner for inner in node.body if isinstance(inner, ast.AsyncFunctionDef)]
            is_collected = not any(getattr(inner, "name", "") in ("__init__", "__new__") for inner in node.body)
            is_plain = all(_is_plain_mark(module, decorator) for decorator in node.decorator_list)
            if is_collected and is_plain and _has_plain_marks(module, node.body):
                yield from (PytestFunction(method, None) for method in methods if _is_unmarked(module, method))


def _is_unmarked(module: Module, function: ast.AsyncFunctionDef) -> bool:
    if not function.name.startswith("test") or not all(_is_plain_mark(module, d) for d in function.decorator_list):
        return False
    own = module.tree.block(function).nodes
    return not any(isinstance(node, (ast.Yield, ast.YieldFrom)) for node in own)


def _has_plain_marks(module: Module, body: list[ast.stmt]) -> bool:
    """Whether `pytestmark`, if there is one, holds nothing that may run async tests."""
    for node in body:
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        if any(isinstance(target, ast.Name) and target.id == "pytestmark" for target in targets):
            value = getattr(node, "value", None)
            parts = value.elts if isinstance(value, (ast.List, ast.Tuple)) else [value]
            if not all(part is not None and _is_plain_mark(module, part) for part in parts):
                return False
    return True


def _is_plain_mark(module: Module, node: ast.expr) -> bool:
    """Whether a decorator is a mark that says nothing of how a test is run, or one of `unittest.mock`."""
    func = node.func if isinstance(node, ast.Call) else node
    if isinstance(func, ast.Attribute) and isinstance(func.value, ast.Attribute) and func.value.attr == "mark":
        return func.attr in _PLAIN_MARKS
    return _is_of_unittest(module, node)


def _plain_fixtures(module: Module) -> Iterator[PytestFunction]:
    """The async functions that `pytest.fixture` decorates, and nothing else does."""
    if _TAKES_OVER.search(module.source.text):
        return
    for function in (block.node for block in module.tree.blocks):
        if not isinstance(function, ast.AsyncFunctionDef) or len(function.decorator_list) != 1:
            continue
        decorator = function.decorator_list[0]
        named = decorator.func if isinstance(decorator, ast.Call) else decorator
        if _is_pytest_fixture(module, named):
            yield PytestFunction(function, named)


def _is_pytest_fixture(module: Module, node: ast.expr) -> bool:
    """Whether an expression names `pytest.fixture`, by the imports of the file alone: pytest need not be installed."""
    if isinstance(node, ast.Attribute):
        return node.attr == "fixture" and isinstance(node.value, ast.Name) and node.value.id == "pytest"
    imports = module.tree.walk(ast.ImportFrom)
    aliases = (alias for statement in imports if statement.module == "pytest" for alias in statement.names)
    return isinstance(node, ast.Name) and any(a.name == "fixture" and (a.asname or a.name) == node.id for a in aliases)


def _is_strict(module: Module) -> bool:
    """Whether pytest-asyncio runs the tests of a file, in its strict mode, and nothing else may run them."""
    setup = module.world.pytest_setup(module.file)
    options = setup.options or {}
    mode = options.get("asyncio_mode", "")
    if mode not in ("", "strict") or any(key in options for key in _RESTRICTED) or "-p " in options.get("addopts", ""):
        return False
    if any(_HOOKS.search(text) for text in setup.conftests):
        return False
    if not mode and any("asyncio-mode" in text or "asyncio_mode" in text for text in setup.commands):
        return False
    if any(module.world.resolve(rival, module.file) is not None for rival in _RIVALS):
        return False
    is_used = any(_USES_MARKS.search(text) for text in (module.source.text, *setup.conftests))
    is_installed = module.world.resolve("pytest_asyncio", module.file) is not None
    return bool(mode) or is_used or (setup.options is not None and is_installed)
