"""Async tests and fixtures that are awaited: the class, the name, the mark or the decorator for it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence

from coroscope.findings import Fix, TextEdit
from coroscope.fixes.edits import insert, merged, replace
from coroscope.fixes.imports import import_library, name_of
from coroscope.fixes.statements import indentation
from coroscope.model.async_tests import FIXTURES
from coroscope.model.framework import equivalent
from coroscope.model.module import Module
from coroscope.model.types import ClassObject
from coroscope.nodes import parent_of

_ISOLATED = "IsolatedAsyncioTestCase"


def as_isolated(module: Module, method: ast.AsyncFunctionDef) -> Iterator[Fix]:
    """`IsolatedAsyncioTestCase` as the base of the class around, with the names of fixtures that it awaits.

    Nothing for a test that it could not run, since it is written for another event loop.
    """
    cls = parent_of(method)
    if not isinstance(cls, ast.ClassDef) or equivalent(module, method, f"unittest.{_ISOLATED}") is None:
        return
    base = next((base for base in cls.bases if _is_test_case(module, base)), None)
    methods = [node for node in cls.body if isinstance(node, ast.AsyncFunctionDef)]
    if base is None or method.name not in (*FIXTURES, *(m.name for m in methods if m.name.startswith("test"))):
        return

    def make() -> Sequence[TextEdit]:
        edits = [edit for one in methods if one.name in FIXTURES for edit in _renaming(module, one)]
        return merged([*_rebasing(module, base), *edits])

    yield Fix(f"Use `{_ISOLATED}`", make, preferred=True)


def renamed(module: Module, method: ast.AsyncFunctionDef) -> Iterator[Fix]:
    """The name of a fixture that is awaited."""
    if method.name in FIXTURES:
        yield Fix(f"Rename it to `{FIXTURES[method.name]}`", lambda: _renaming(module, method), preferred=True)


def marked(module: Module, function: ast.AsyncFunctionDef) -> Fix:
    """A test with the mark of pytest-asyncio."""

    def make() -> Sequence[TextEdit]:
        mark = name_of(module, "pytest", "mark") or "pytest.mark"
        indent = indentation(module, function)
        start = module.tree.span(function).start
        before = f"@{mark}.asyncio{module.source.line_end}{indent}"
        return [*import_library(module, "pytest", "mark"), insert(module, start, before)]

    return Fix("Mark it with `pytest.mark.asyncio`", make, preferred=True)


def as_async_fixture(module: Module, decorator: ast.expr) -> Fix:
    """`pytest_asyncio.fixture` in the place of `pytest.fixture`."""

    def make() -> Sequence[TextEdit]:
        span = module.tree.span(decorator)
        said = name_of(module, "pytest_asyncio", "fixture") or "pytest_asyncio.fixture"
        return [*import_library(module, "pytest_asyncio", "fixture"), replace(module, span.start, span.end, said)]

    return Fix("Use `pytest_asyncio.fixture`", make, preferred=True)


def _is_test_case(module: Module, base: ast.expr) -> bool:
    type_ = module.type_of(base)
    return isinstance(type_, ClassObject) and type_.cls.is_("unittest.case", "TestCase")


def _rebasing(module: Module, base: ast.expr) -> Iterator[TextEdit]:
    """The other base class, and its import where it is imported by name."""
    span = module.tree.span(base)
    if isinstance(base, ast.Attribute):
        yield replace(module, span.end - len(base.attr), span.end, _ISOLATED)
        return
    yield replace(module, span.start, span.end, name_of(module, "unittest", _ISOLATED) or _ISOLATED)
    if name_of(module, "unittest", _ISOLATED) is not None or not isinstance(base, ast.Name):
        return
    is_last_use = len(re.findall(rf"\b{base.id}\b", module.source.text)) == 2
    for statement in module.tree.walk(ast.ImportFrom):
        for alias in statement.names:
            if statement.module == "unittest" and (alias.asname or alias.name) == base.id:
                place = module.tree.span(alias)
                if is_last_use:
                    yield replace(module, place.start, place.end, _ISOLATED)
                else:
                    yield insert(module, place.start, f"{_ISOLATED}, ")


def _renaming(module: Module, method: ast.AsyncFunctionDef) -> list[TextEdit]:
    span = module.source.span(module.tree.name_range(method))
    return [replace(module, span.start, span.end, FIXTURES[method.name])]
