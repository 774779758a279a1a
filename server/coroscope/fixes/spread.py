"""Awaitables as arguments where a collection of them is one argument, and in a collection where they are arguments."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from coroscope.findings import Fix, TextEdit
from coroscope.fixes.as_tasks import collection_as_tasks, element_as_task, in_brackets
from coroscope.fixes.edits import has_parentheses_of_call, insert, merged, replace, with_parentheses
from coroscope.model.module import Module
from coroscope.model.takers import refuses_coroutines
from coroscope.model.types import Instance

_DISPLAYS = (ast.List, ast.Tuple, ast.Set)
_PRIMARIES = (ast.Name, ast.Attribute, ast.Subscript, ast.Call, ast.Dict, ast.DictComp)
"""What a dot can follow without parentheses."""


def spread(module: Module, node: ast.expr) -> Fix:
    """Make arguments of what a collection holds that is an argument of a call."""
    if isinstance(node, _DISPLAYS) and node.elts and _stands_alone_on_one_line(module, node):
        return Fix("Take the brackets away", lambda: _without_brackets(module, node), preferred=True)
    return Fix("Spread it with `*`", lambda: _starred(module, node), preferred=True)


def spread_values(module: Module, node: ast.expr) -> Fix:
    """Make arguments of the values of a dictionary that is an argument of a call."""

    def make() -> Sequence[TextEdit]:
        span = with_parentheses(module, node)
        is_whole = isinstance(node, _PRIMARIES) or span != module.tree.span(node)
        before, after = ("*", ".values()") if is_whole else ("*(", ").values()")
        return [insert(module, span.start, before), insert(module, span.end, after)]

    return Fix("Spread its values with `*`", make, preferred=True)


def collect(module: Module, call: ast.Call) -> Fix | None:
    """Make one collection of the arguments that `wait` or `as_completed` gets by position; None if that is no repair.

    A call that takes tasks only gets tasks in it.
    """
    last = max(module.tree.span(argument).end for argument in call.args)
    if any(module.tree.span(keyword.value).start < last for keyword in call.keywords):
        return None
    only = call.args[0] if len(call.args) == 1 else None
    if isinstance(only, ast.Starred) and not _is_generator(module, only.value):
        title, edits = "Drop the `*`", _without_star(module, call, only)
    else:
        title, edits = "Put them in a list" if only is None else "Put it in a list", _in_a_list(module, call)
    return None if edits is None else Fix(title, lambda: edits, preferred=True)


def _stands_alone_on_one_line(module: Module, node: ast.expr) -> bool:
    return "\n" not in module.text(node) and with_parentheses(module, node) == module.tree.span(node)


def _without_brackets(module: Module, node: ast.List | ast.Tuple | ast.Set) -> list[TextEdit]:
    start, end = module.tree.span(node)
    inner = module.source.text[start + 1 : end - 1]
    behind = len(inner) - len(inner.rstrip(", \t"))
    before = len(inner) - len(inner.lstrip())
    return [replace(module, start, start + 1 + before, ""), replace(module, end - 1 - behind, end, "")]


def _starred(module: Module, node: ast.expr) -> list[TextEdit]:
    span = with_parentheses(module, node)
    is_loose = isinstance(node, ast.NamedExpr) and span == module.tree.span(node)
    if is_loose or has_parentheses_of_call(module, node):
        return [
            insert(module, span.start, "(*" if has_parentheses_of_call(module, node) else "*("),
            insert(module, span.end, ")"),
        ]
    return [insert(module, span.start, "*")]


def _without_star(module: Module, call: ast.Call, starred: ast.Starred) -> list[TextEdit] | None:
    start = module.tree.span(starred).start
    edits = [replace(module, start, start + 1, "")]
    made = collection_as_tasks(module, call, starred.value) if refuses_coroutines(module, call) else []
    if made is None:
        return None
    if not made and isinstance(starred.value, ast.GeneratorExp):
        made = in_brackets(module, starred.value)
    return [*edits, *made]


def _in_a_list(module: Module, call: ast.Call) -> list[TextEdit] | None:
    made: list[TextEdit] = []
    if refuses_coroutines(module, call):
        for argument in call.args:
            edits = element_as_task(module, call, argument)
            if edits is None:
                return None
            made += edits
    start = with_parentheses(module, call.args[0]).start
    end = with_parentheses(module, call.args[-1]).end
    return merged([insert(module, start, "["), *made, insert(module, end, "]")])


def _is_generator(module: Module, node: ast.expr) -> bool:
    """Whether a value is a generator that a function makes, which `wait` takes for a coroutine before CPython 3.12."""
    type_ = module.type_of(node)
    return (
        not isinstance(node, ast.GeneratorExp) and isinstance(type_, Instance) and type_.cls.is_("typing", "Generator")
    )
