"""What a repair says in the framework that the code around it is written for: `trio.sleep` where asyncio has `sleep`.

A repair names what it needs as asyncio has it, and gets a Word for it, or none where the framework has no such thing:
rather no repair than one in the words of another framework.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import NamedTuple

from coroscope.findings import TextEdit
from coroscope.fixes.edits import has_parentheses_of_call, insert, merged, replace, with_parentheses
from coroscope.fixes.imports import import_library, name_of
from coroscope.knowledge import Framework
from coroscope.model.framework import framework_at, framework_of
from coroscope.model.module import Module

_SINCE = {"asyncio.TaskGroup": (3, 11)}


class Word(NamedTuple):
    """Something of a framework: its dotted name, how the file can say it, and the imports that it lacks for that.

    What runs or starts something takes a coroutine, or else a function with its positional arguments.
    """

    name: str
    said: str
    imports: list[TextEdit]
    takes_functions: bool


def word(module: Module, node: ast.AST, name: str) -> Word | None:
    """What the framework around a node has for something of asyncio; None if it, or the target's Python, has none."""
    framework = framework_at(module, node)
    found = framework.equivalent(f"asyncio.{name}")
    if found is None or _SINCE.get(found, (3, 0)) > module.program.target.python:
        return None
    return _word(module, node, found, framework)


def word_for_running(module: Module, made: ast.expr) -> Word | None:
    """What runs a coroutine, in the framework that the function which makes it is written for."""
    framework = framework_of(module, made)
    found = framework.equivalent("asyncio.run")
    return None if found is None else _word(module, made, found, framework)


def path_class(module: Module, node: ast.AST) -> Word | None:
    """The class of paths that the framework around a node has; None if it has none."""
    framework = framework_at(module, node)
    found = framework.equivalent("pathlib.Path")
    return None if found is None or found == "pathlib.Path" else _word(module, node, found, framework)


def called_by(word: Word, function: str, arguments: Sequence[str]) -> str:
    """What a word takes to run a function: `f(1)`, or `f, 1`."""
    if word.takes_functions:
        return ", ".join([function, *arguments])
    return f"{function}({', '.join(arguments)})"


def can_be_handed(module: Module, word: Word, node: ast.expr) -> bool:
    """Whether a word can take what an expression makes: any coroutine, or a function that is called there."""
    if not word.takes_functions:
        return True
    return isinstance(node, ast.Call) and not any(has_parentheses_of_call(module, argument) for argument in node.args)


def handed_to(module: Module, node: ast.expr, word: Word, start: int | None = None) -> list[TextEdit]:
    """The edits that make `asyncio.run(f(1))` of `f(1)`, or `trio.run(f, 1)`; a function takes keywords by `partial`.

    They take away what stands between a `start` and the expression.
    """
    span = module.tree.span(node)
    start = span.start if start is None else start
    opening = replace(module, start, span.start, f"{word.said}(")
    if not word.takes_functions or not isinstance(node, ast.Call):
        return merged([*word.imports, opening, insert(module, span.end, ")")])
    if not node.keywords:
        return merged([*word.imports, opening, function_apart(module, node)])
    partial = name_of(module, "functools", "partial", node) or "functools.partial"
    imports = [*word.imports, *import_library(module, "functools", "partial")]
    opening = replace(module, start, span.start, f"{word.said}({partial}(")
    return merged([*imports, opening, function_apart(module, node), insert(module, span.end, ")")])


def function_apart(module: Module, call: ast.Call) -> TextEdit:
    """A comma for the parenthesis behind what is called, so that it becomes an argument of what stands around."""
    text, start = module.source.text, with_parentheses(module, call.func).end
    opening = text.index("(", start) + 1
    if not call.args and not call.keywords:
        return replace(module, start, opening, "")
    return replace(module, start, opening, "," if text[opening].isspace() else ", ")


def _word(module: Module, node: ast.AST, found: str, framework: Framework) -> Word:
    library, _, last = found.partition(".")
    said = name_of(module, library, last, node)
    imports = [] if said else import_library(module, library, last)
    return Word(found, said or found, imports, framework.takes_functions)
