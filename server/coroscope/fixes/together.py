"""`asyncio.gather`, or a task group, for awaits one after the other."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from coroscope.findings import Fix, TextEdit
from coroscope.fixes.await_it import is_bound_tighter
from coroscope.fixes.edits import in_parentheses, merged, replace
from coroscope.fixes.names import free_name
from coroscope.fixes.statements import indent_unit, indentation
from coroscope.fixes.words import Word, word
from coroscope.model.framework import framework_at
from coroscope.model.module import Module
from coroscope.model.one_by_one import Run, Turns


def gather_run(module: Module, run: Run) -> Iterator[Fix]:
    """One `gather` for a run of statements, with the names that they assigned."""
    gather = word(module, run.calls[0], "gather")
    if gather is not None:
        calls = ", ".join(module.text(call) for call in run.calls)
        targets = ", ".join(target or "_" for target in run.targets) + " = " if any(run.targets) else ""
        edits = _in_place(module, run, f"{targets}await {gather.said}({calls})", gather)
        yield Fix(f"Wait for them together with `{gather.name}`", lambda: edits, preferred=True)


def group_run(module: Module, run: Run) -> Iterator[Fix]:
    """A task group for a run of statements, with the names that they assigned, if its tasks tell their results."""
    opens, framework = word(module, run.calls[0], "TaskGroup"), framework_at(module, run.calls[0])
    started = [_started(module, call) for call in run.calls]
    if opens is None or None in started or (any(run.targets) and opens.takes_functions):
        return

    def make() -> Sequence[TextEdit]:
        first = run.statements[0]
        indent, end = indentation(module, first), module.source.line_end
        inner = indent + indent_unit(module, first)
        group = free_name(module, first, framework.variable)
        lines = [f"async with {opens.said}() as {group}:"]
        results = []
        for what, target in zip(started, run.targets, strict=True):
            made = f"{group}.{framework.start}({what})"
            if target is None:
                lines.append(f"{inner}{made}")
            else:
                task = free_name(module, first, f"{target}_task")
                lines.append(f"{inner}{task} = {made}")
                results.append(f"{indent}{target} = {task}.result()")
        return _in_place(module, run, end.join([*lines, *results]), opens)

    yield Fix(f"Wait for them together in {framework.group}", make, preferred=opens.takes_functions)


def gather_turns(module: Module, found: Turns) -> Iterator[Fix]:
    """One `gather` for all turns of a loop."""
    gather = word(module, found.call, "gather")
    if gather is None:
        return

    def make() -> Sequence[TextEdit]:
        node, call = found.node, module.text(found.call)
        span = module.tree.span(node)
        if isinstance(node, ast.For):
            turns = f"for {module.text(node.target)} in {module.text(node.iter)}"
        else:
            source = module.source.text
            turns = source[module.tree.span(node.elt).end : span.end - 1].strip()
        gathered = f"await {gather.said}(*[{call} {turns}])"
        if found.collected is not None:
            gathered = f"{found.collected}.extend({gathered})"
        elif isinstance(node, ast.expr) and is_bound_tighter(node) and not in_parentheses(module, node):
            gathered = f"({gathered})"
        return merged([*gather.imports, replace(module, span.start, span.end, gathered)])

    yield Fix(f"Wait for all turns together with `{gather.name}`", make, preferred=True)


def group_turns(module: Module, found: Turns) -> Iterator[Fix]:
    """A task group around a loop that starts one task a turn, for a framework that has no `gather`."""
    opens, framework = word(module, found.call, "TaskGroup"), framework_at(module, found.call)
    started, node = _started(module, found.call), found.node
    is_plain = isinstance(node, ast.For) and found.collected is None and not node.orelse
    if opens is None or not opens.takes_functions or not is_plain or started is None or not isinstance(node, ast.For):
        return

    def make() -> Sequence[TextEdit]:
        indent, unit = indentation(module, node), indent_unit(module, node)
        group = free_name(module, node, framework.variable)
        lines = [
            f"async with {opens.said}() as {group}:",
            f"{indent}{unit}for {module.text(node.target)} in {module.text(node.iter)}:",
            f"{indent}{unit}{unit}{group}.{framework.start}({started})",
        ]
        span = module.tree.span(node)
        return merged([*opens.imports, replace(module, span.start, span.end, module.source.line_end.join(lines))])

    yield Fix(f"Wait for all turns together in {framework.group}", make, preferred=True)


def text_between(module: Module, run: Run) -> str:
    """The text from the first statement of a run to the end of its last."""
    return module.source.text[module.tree.span(run.statements[0]).start : module.tree.span(run.statements[-1]).end]


def _started(module: Module, call: ast.Call) -> str | None:
    """What starts a call in a task group gets: a coroutine, or a function and its arguments if none has a keyword."""
    if not framework_at(module, call).takes_functions:
        return module.text(call)
    return None if call.keywords else ", ".join(module.text(part) for part in (call.func, *call.args))


def _in_place(module: Module, run: Run, text: str, word: Word) -> Sequence[TextEdit]:
    start, end = module.tree.span(run.statements[0]).start, module.tree.span(run.statements[-1]).end
    return merged([*word.imports, replace(module, start, end, text)])
