"""Keep a task in a set until it is done, as the documentation of `asyncio.create_task` advises.

background_tasks = set()

task = asyncio.create_task(save())
background_tasks.add(task)
task.add_done_callback(background_tasks.discard)
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from coroscope.findings import Fix, TextEdit
from coroscope.fixes.edits import insert, replace
from coroscope.fixes.imports import asyncio_name
from coroscope.fixes.names import free_name
from coroscope.fixes.statements import end_of_line, has_lines_to_itself, indentation, lines_behind, statement_around
from coroscope.model.module import Module
from coroscope.nodes import FunctionNode

_IMPORTS = (ast.Import, ast.ImportFrom)


def can_keep_in_set(module: Module, node: ast.Call) -> bool:
    """Whether a task is a statement on its own lines, or bound to a name by one, in a file with a place for the set."""
    statement = statement_around(node)
    if not has_lines_to_itself(module, statement) or module.function_around(node) is None:
        return False
    if _kept_set(module, node) is None and _last_import(module) is None:
        return False
    match statement:
        case ast.Expr():
            return statement.value is node or _is_asked(statement.value, node)
        case ast.Assign(targets=[ast.Name()]) | ast.AnnAssign(target=ast.Name()):
            return statement.value is node
    return False


def keep_in_set(module: Module, node: ast.Call) -> Fix:
    """Put the task into a set, and take it out when it is done."""

    def make() -> Sequence[TextEdit]:
        known = _kept_set(module, node)
        name = known or _free_in_file(module)
        define = [] if known else [_definition(module, name)]
        return [*define, *_added(module, node, name)]

    return Fix("Keep it in a set until it is done", make, preferred=True)


def _is_asked(value: ast.expr, node: ast.Call) -> bool:
    """Whether a statement calls a method of the task: `create_task(save()).add_done_callback(report)`."""
    return isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute) and value.func.value is node


def _added(module: Module, node: ast.Call, kept: str) -> Iterator[TextEdit]:
    statement = statement_around(node)
    span = module.tree.span(node)
    start = module.tree.span(statement).start
    separator = module.source.line_end + indentation(module, statement)
    task = free_name(module, node, "task")
    match statement:
        case ast.Assign(targets=[ast.Name(id=name) as target]) | ast.AnnAssign(target=ast.Name(id=name) as target):
            if name == "_":
                place = module.tree.span(target)
                yield replace(module, place.start, place.end, task)
            else:
                task = name
        case ast.Expr(value=value) if value is node:
            yield insert(module, span.start, f"{task} = ")
        case _:
            made = module.source.text[span.start : span.end]
            yield insert(module, start, separator.join([f"{task} = {made}", *_lines(task, kept), ""]))
            yield replace(module, span.start, span.end, task)
            return
    yield lines_behind(module, statement, *_lines(task, kept))


def _lines(task: str, kept: str) -> list[str]:
    return [f"{kept}.add({task})", f"{task}.add_done_callback({kept}.discard)"]


def _kept_set(module: Module, node: ast.Call) -> str | None:
    """A set of tasks that the class or the file has already; None if it has none."""
    function = module.function_around(node)
    around = module.scope_node(function) if function is not None else None
    if function is not None and isinstance(around, ast.ClassDef) and function.args.args:
        receiver = function.args.args[0].arg
        for method in around.body:
            if isinstance(method, ast.FunctionDef) and method.name == "__init__":
                for target in _sets(method.body):
                    if isinstance(target, ast.Attribute) and _is_receiver(target.value, method):
                        return f"{receiver}.{target.attr}"
    return next((target.id for target in _sets(module.tree.root.node.body) if isinstance(target, ast.Name)), None)


def _is_receiver(node: ast.expr, method: FunctionNode) -> bool:
    return isinstance(node, ast.Name) and bool(method.args.args) and node.id == method.args.args[0].arg


def _sets(body: Sequence[ast.stmt]) -> Iterator[ast.expr]:
    """What a suite assigns an empty set to, if its name speaks of tasks."""
    for statement in body:
        match statement:
            case ast.Assign(targets=[target], value=value) | ast.AnnAssign(target=target, value=value):
                name = target.attr if isinstance(target, ast.Attribute) else getattr(target, "id", "")
                if "task" in name and isinstance(value, ast.Call) and not value.args:
                    if isinstance(value.func, ast.Name) and value.func.id == "set":
                        yield target


def _definition(module: Module, name: str) -> TextEdit:
    last = _last_import(module)
    assert last is not None
    task = asyncio_name(module, "Task")
    annotation = f": set[{task}]" if task else ""
    end = module.source.line_end
    offset = end_of_line(module, module.tree.span(last).end)
    return insert(module, offset, f"{end}{end}{name}{annotation} = set()")


def _last_import(module: Module) -> ast.stmt | None:
    """The last import at the top of a file, before its first definition."""
    last: ast.stmt | None = None
    for statement in module.tree.root.node.body:
        if isinstance(statement, _IMPORTS):
            last = statement
        elif isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            break
    return last if last is not None and has_lines_to_itself(module, last) else None


def _free_in_file(module: Module) -> str:
    text, name = module.source.text, "background_tasks"
    while name in text:
        name = f"_{name}"
    return name
