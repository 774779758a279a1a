"""Special methods under the name, or with the `async`, that Python wants; and what stands for `yield from`."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence

from coroscope.findings import Fix, TextEdit
from coroscope.fixes.edits import insert, merged, replace
from coroscope.fixes.statements import has_lines_to_itself, indent_unit, indentation
from coroscope.model.module import Module
from coroscope.model.names import own_nodes
from coroscope.nodes import COMPREHENSIONS, parent_of

_TWINS = {"__enter__": "__aenter__", "__exit__": "__aexit__"}
_WAITS = (ast.Await, ast.AsyncFor, ast.AsyncWith)


def rename(module: Module, function: ast.AsyncFunctionDef) -> Iterator[Fix]:
    """The asynchronous twin's name for a method that was written for it."""
    twin = _TWINS.get(function.name)
    if function.name == "__iter__" and any(isinstance(node, ast.Yield) for node in own_nodes(function)):
        twin = "__aiter__"
    if twin is not None:
        range_ = module.tree.name_range(function)
        yield Fix("Give it its asynchronous name", lambda: [TextEdit(module.path, range_, twin)], preferred=True)


def make_plain(module: Module, function: ast.AsyncFunctionDef) -> Iterator[Fix]:
    """`def` for `async def`, where nothing in the function needs the `async`."""
    if any(isinstance(node, _WAITS) or _is_async_comprehension(node) for node in own_nodes(function)):
        return
    start = module.tree.span(function).start
    end = module.source.text.index("def", start)
    yield Fix("Make it a plain `def`", lambda: [replace(module, start, end, "")], preferred=True)


def make_special_async(module: Module, function: ast.FunctionDef) -> Fix:
    """`async def` for `def`."""
    return Fix(
        f"Make `{function.name}` async",
        lambda: [insert(module, module.tree.span(function).start, "async ")],
        preferred=True,
    )


def instead_of_yield_from(module: Module, node: ast.YieldFrom) -> Iterator[Fix]:
    """`await` for `yield from` on an awaitable; a loop for a statement that hands on the items of an iterable."""
    value = module.tree.span(node.value)
    type_ = module.type_of(node.value)
    if module.can_await(type_) is True:
        start = module.tree.span(node).start
        yield Fix("Use `await`", lambda: [replace(module, start, value.start, "await ")], preferred=True)
        return
    statement = parent_of(node)
    if not isinstance(statement, ast.Expr) or not has_lines_to_itself(module, statement):
        return
    if module.can_async_iterate(type_) is True:
        yield Fix("Use `async for`", _loop(module, statement, node, "async for"), preferred=True)
    elif module.can_iterate(type_) is True:
        yield Fix("Use `for`", _loop(module, statement, node, "for"), preferred=True)


def _loop(module: Module, statement: ast.Expr, node: ast.YieldFrom, words: str) -> Callable[[], Sequence[TextEdit]]:
    def make() -> Sequence[TextEdit]:
        whole, value = module.tree.span(statement), module.tree.span(node.value)
        indent = indentation(module, statement)
        body = f":{module.source.line_end}{indent}{indent_unit(module, statement)}yield item"
        return merged([replace(module, whole.start, value.start, f"{words} item in "), insert(module, value.end, body)])

    return make


def _is_async_comprehension(node: ast.AST) -> bool:
    return isinstance(node, COMPREHENSIONS) and any(generator.is_async for generator in node.generators)
