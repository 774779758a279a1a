"""What today's asyncio has in the place of what it gave up."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Sequence

from coroscope.findings import Fix, TextEdit
from coroscope.fixes.edits import in_parentheses, insert, merged, replace, with_parentheses
from coroscope.fixes.imports import asyncio_name, import_asyncio, import_library, name_of
from coroscope.fixes.statements import end_of_line
from coroscope.model.module import Module
from coroscope.model.protocols import is_coroutine
from coroscope.model.suspension import loop_run_before
from coroscope.nodes import parent_of

_PRIMARIES = (ast.Name, ast.Attribute, ast.Subscript, ast.Call)
"""What `await` takes without parentheses."""


def renamed(module: Module, node: ast.Attribute, name: str, *, safe: bool) -> Iterator[Fix]:
    """Another dotted name in the place of one: `inspect.iscoroutinefunction`."""
    library, _, last = name.rpartition(".")
    if not library:
        return
    span = module.tree.span(node)

    def make() -> Sequence[TextEdit]:
        said = name_of(module, library, last) or name
        return [*import_library(module, library, last), replace(module, span.start, span.end, said)]

    yield Fix(f"Use `{name}`", make, preferred=True, safe=safe)


def renamed_for_loop(module: Module, node: ast.Attribute, name: str, *, safe: bool) -> Iterator[Fix]:
    """A function that asks the running loop; where none is running, it is told the one that the same code has run."""
    call = parent_of(node)
    if module.in_async(node) or not isinstance(call, ast.Call) or call.args or call.keywords:
        yield from renamed(module, node, name, safe=safe and module.in_async(node))
        return
    loop = loop_run_before(module, call)
    if loop is None:
        yield from renamed(module, node, name, safe=False)
        return
    end, said = module.tree.span(call).end - 1, module.text(loop)
    for fix in renamed(module, node, name, safe=False):
        yield Fix(fix.title, _both(fix, insert(module, end, said)), preferred=True)


def renamed_import(module: Module, alias: ast.alias, name: str, *, safe: bool) -> Iterator[Fix]:
    """An import from another library, where it is all that a statement imports and has the same name there."""
    library, _, last = name.rpartition(".")
    statement = parent_of(alias)
    if not isinstance(statement, ast.ImportFrom) or len(statement.names) != 1 or alias.name != last or not library:
        return
    start = module.tree.span(statement).start
    match = re.compile(r"from\s+([\w.]+)").match(module.source.text, start)
    if match is None:
        return
    begin, end = match.span(1)
    yield Fix(f"Import it from `{library}`", lambda: [replace(module, begin, end, library)], preferred=True, safe=safe)


def without_argument(module: Module, keyword: ast.keyword, *, safe: bool) -> Fix:
    """A call without one of its keyword arguments."""

    def make() -> Sequence[TextEdit]:
        text, span = module.source.text, module.tree.span(keyword)
        behind = re.compile(r"\s*,[ \t]*").match(text, span.end)
        before = re.compile(r",\s*$").search(text[: span.start])
        if before is not None:
            return [replace(module, before.start(), span.end, "")]
        return [replace(module, span.start, behind.end() if behind else span.end, "")]

    return Fix(f"Leave out `{keyword.arg}`", make, preferred=True, safe=safe)


def as_async_def(module: Module, decorator: ast.expr) -> Iterator[Fix]:
    """`async def` for a function that `@asyncio.coroutine` decorates, if it yields from other coroutines only."""
    function = parent_of(decorator)
    if not isinstance(function, ast.FunctionDef):
        return
    own = module.tree.block(function).nodes
    yields = [node for node in own if isinstance(node, ast.YieldFrom) and module.function_around(node) is function]
    if any(isinstance(node, (ast.Yield, ast.Await)) for node in own):
        return

    def make() -> Sequence[TextEdit]:
        line = module.range(decorator).start.line
        starts = module.source.line_starts
        end = starts[line] if line < len(starts) else end_of_line(module, starts[line - 1])
        edits = [
            replace(module, starts[line - 1], end, ""),
            insert(module, module.tree.span(function).start, "async "),
        ]
        return merged([*edits, *(edit for node in yields for edit in _awaiting(module, node))])

    yield Fix("Make it an `async def`", make, preferred=True)


def in_the_place_of_loop(module: Module, call: ast.Call) -> Iterator[Fix]:
    """`asyncio.run(…)` for `get_event_loop().run_until_complete(…)`; else a loop of its own."""
    run = _run(module, call)
    if run is not None:
        span, argument = module.tree.span(run), module.tree.span(run.args[0])

        def make() -> Sequence[TextEdit]:
            text = module.source.text[argument.start : argument.end]
            said = asyncio_name(module, "run") or "asyncio.run"
            return [*import_asyncio(module, "run"), replace(module, span.start, span.end, f"{said}({text})")]

        yield Fix("Run it with `asyncio.run`", make, preferred=True)
    func = module.tree.span(call.func)

    def made() -> Sequence[TextEdit]:
        said = asyncio_name(module, "new_event_loop") or "asyncio.new_event_loop"
        return [*import_asyncio(module, "new_event_loop"), replace(module, func.start, func.end, said)]

    yield Fix("Make a new event loop", made, preferred=run is None)


def as_to_thread(module: Module, call: ast.Call) -> Fix:
    """`asyncio.to_thread(…)` for `run_in_executor(None, …)`."""

    def make() -> Sequence[TextEdit]:
        said = asyncio_name(module, "to_thread") or "asyncio.to_thread"
        start, first = module.tree.span(call).start, with_parentheses(module, call.args[1]).start
        return [*import_asyncio(module, "to_thread"), replace(module, start, first, f"{said}(")]

    return Fix("Use `asyncio.to_thread`", make, preferred=True)


def _both(fix: Fix, edit: TextEdit) -> Callable[[], Sequence[TextEdit]]:
    return lambda: [*fix.make(), edit]


def _run(module: Module, call: ast.Call) -> ast.Call | None:
    """The call that runs a coroutine in the event loop that another one gives."""
    method = parent_of(call)
    run = parent_of(method) if isinstance(method, ast.Attribute) and method.attr == "run_until_complete" else None
    if not isinstance(run, ast.Call) or run.func is not method or len(run.args) != 1 or run.keywords:
        return None
    return run if is_coroutine(module.type_of(run.args[0])) else None


def _awaiting(module: Module, node: ast.YieldFrom) -> Iterator[TextEdit]:
    """`await` in the place of `yield from`, with parentheses around what needs them."""
    start = module.tree.span(node).start
    operand = with_parentheses(module, node.value)
    yield replace(module, start, operand.start, "await ")
    if not isinstance(node.value, _PRIMARIES) and not in_parentheses(module, node.value):
        yield insert(module, operand.start, "(")
        yield insert(module, operand.end, ")")
