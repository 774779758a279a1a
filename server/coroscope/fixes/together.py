"""`asyncio.gather` for awaits one after the other."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from coroscope.findings import Fix, TextEdit
from coroscope.fixes.edits import merged, replace
from coroscope.fixes.imports import asyncio_name, import_asyncio
from coroscope.fixes.names import free_name
from coroscope.fixes.statements import indent_unit, indentation
from coroscope.model.module import Module
from coroscope.model.one_by_one import Run, Turns


def gather_run(module: Module, run: Run) -> Fix:
    """One `gather` for a run of statements, with the names that they assigned."""

    def make() -> Sequence[TextEdit]:
        calls = ", ".join(module.text(call) for call in run.calls)
        targets = ", ".join(target or "_" for target in run.targets) + " = " if any(run.targets) else ""
        return _in_place(module, run, f"{targets}await {_said(module, 'gather')}({calls})", "gather")

    return Fix("Wait for them together with `asyncio.gather`", make, preferred=True)


def group_run(module: Module, run: Run) -> Fix:
    """A task group for a run of statements, with the names that they assigned."""

    def make() -> Sequence[TextEdit]:
        first = run.statements[0]
        indent, end = indentation(module, first), module.source.line_end
        inner = indent + indent_unit(module, first)
        group = free_name(module, first, "group")
        lines = [f"async with {_said(module, 'TaskGroup')}() as {group}:"]
        results = []
        for call, target in zip(run.calls, run.targets, strict=True):
            made = f"{group}.create_task({module.text(call)})"
            if target is None:
                lines.append(f"{inner}{made}")
            else:
                task = free_name(module, first, f"{target}_task")
                lines.append(f"{inner}{task} = {made}")
                results.append(f"{indent}{target} = {task}.result()")
        return _in_place(module, run, end.join([*lines, *results]), "TaskGroup")

    return Fix("Wait for them together in an `asyncio.TaskGroup`", make)


def gather_turns(module: Module, found: Turns) -> Fix:
    """One `gather` for all turns of a loop."""

    def make() -> Sequence[TextEdit]:
        node, call = found.node, module.text(found.call)
        span = module.tree.span(node)
        if isinstance(node, ast.For):
            turns = f"for {module.text(node.target)} in {module.text(node.iter)}"
        else:
            source = module.source.text
            turns = source[module.tree.span(node.elt).end : span.end - 1].strip()
        gathered = f"await {_said(module, 'gather')}(*[{call} {turns}])"
        if found.collected is not None:
            gathered = f"{found.collected}.extend({gathered})"
        return merged([*import_asyncio(module, "gather"), replace(module, span.start, span.end, gathered)])

    return Fix("Wait for all turns together with `asyncio.gather`", make, preferred=True)


def text_between(module: Module, run: Run) -> str:
    """The text from the first statement of a run to the end of its last."""
    return module.source.text[module.tree.span(run.statements[0]).start : module.tree.span(run.statements[-1]).end]


def _said(module: Module, name: str) -> str:
    return asyncio_name(module, name) or f"asyncio.{name}"


def _in_place(module: Module, run: Run, text: str, name: str) -> Sequence[TextEdit]:
    start, end = module.tree.span(run.statements[0]).start, module.tree.span(run.statements[-1]).end
    return merged([*import_asyncio(module, name), replace(module, start, end, text)])
