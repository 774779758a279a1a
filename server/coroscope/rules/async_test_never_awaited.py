"""An async test or fixture that nothing awaits: it passes, whatever it says."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from coroscope.findings import Finding, Fix
from coroscope.fixes.async_tests import as_async_fixture, as_isolated, marked, renamed
from coroscope.model.async_tests import FIXTURES, UnittestMethod, pytest_functions, unittest_methods
from coroscope.model.module import Module


def check(module: Module) -> Iterator[Finding]:
    """Every async test, and every async fixture, that unittest or pytest calls and does not await."""
    for found in unittest_methods(module):
        yield module.finding(found.method, _words(found), range=module.tree.name_range(found.method))
    for one in pytest_functions(module):
        if one.decorator is None:
            message = f"nothing runs `{one.function.name}`: pytest-asyncio, in strict mode, runs marked tests only"
            yield module.finding(one.function, message, range=module.tree.name_range(one.function))
        else:
            message = f"nothing awaits `{one.function.name}`: `{module.text(one.decorator)}` gives tests the coroutine"
            if _is_generator(module, one.function):
                message = message.replace("coroutine", "async generator")
            yield module.finding(one.decorator, message)


def fixes(module: Module, finding: Finding) -> Iterator[Fix]:
    """Let it be awaited: by the class of the test, by the name of the fixture, by a mark or a decorator."""
    for found in unittest_methods(module):
        if module.tree.name_range(found.method) == finding.range:
            yield from renamed(module, found.method) if found.is_isolated else as_isolated(module, found.method)
    for one in pytest_functions(module):
        if one.decorator is not None and module.range(one.decorator) == finding.range:
            yield as_async_fixture(module, one.decorator)
        elif one.decorator is None and module.tree.name_range(one.function) == finding.range:
            yield marked(module, one.function)


def _words(found: UnittestMethod) -> str:
    name = found.method.name
    case = "IsolatedAsyncioTestCase" if found.is_isolated else "TestCase"
    words = f"nothing awaits `{name}`: `{case}` calls it and drops the coroutine"
    if found.is_isolated and name in FIXTURES:
        return f"{words}; what it awaits is `{FIXTURES[name]}`"
    return words


def _is_generator(module: Module, function: ast.AsyncFunctionDef) -> bool:
    return any(isinstance(node, ast.Yield) for node in module.tree.block(function).nodes)
