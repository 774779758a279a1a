"""`async with` for `with`, `async for` for `for`, and the other way round."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence

from coroscope.findings import Fix, TextEdit
from coroscope.fixes.edits import insert, replace
from coroscope.fixes.make_async import can_be_async, make_async
from coroscope.model.counterparts import Loop
from coroscope.model.module import Module
from coroscope.model.types import Type
from coroscope.nodes import parent_of


def enter_async(module: Module, entered: ast.expr) -> Iterator[Fix]:
    """`async with`, if all that the statement enters can be entered so."""
    statement = _with_around(entered)
    if isinstance(statement, ast.With) and all(map(module.can_async_enter, _entered(module, statement))):
        yield from use_async(module, statement)


def enter_plain(module: Module, entered: ast.expr) -> Iterator[Fix]:
    """`with`, if all that the statement enters can be entered so."""
    statement = _with_around(entered)
    if isinstance(statement, ast.AsyncWith) and all(map(module.can_enter, _entered(module, statement))):
        yield use_plain(module, statement)


def use_async(module: Module, statement: ast.With | Loop) -> Iterator[Fix]:
    """The asynchronous form of a statement or comprehension; in a plain function, with the function made async."""
    word = "with" if isinstance(statement, ast.With) else "for"
    if isinstance(statement, ast.comprehension) and isinstance(parent_of(statement), ast.GeneratorExp):
        return  # which would become an asynchronous generator, that its user would have to know
    edits = _putting(module, statement, word)
    if module.in_async(_keyword_of(statement)):
        yield Fix(f"Use `async {word}`", edits, preferred=True)
        return
    function = module.function_around(_keyword_of(statement))
    if function is not None and can_be_async(module, function):
        both = make_async(module, function)
        title = f"Use `async {word}`, and make `{function.name}` async"
        yield Fix(title, lambda: [*both.edits(), *edits()], preferred=True)


def use_plain(module: Module, statement: ast.AsyncWith | Loop) -> Fix:
    """The plain form of a statement or comprehension."""
    word = "with" if isinstance(statement, ast.AsyncWith) else "for"

    def make() -> Sequence[TextEdit]:
        end = _keyword(module, statement, word)
        return [replace(module, module.source.text.rindex("async", 0, end), end, "")]

    return Fix(f"Use `{word}`", make, preferred=True)


def collect_async(module: Module, call: ast.Call) -> Iterator[Fix]:
    """A comprehension with `async for` for a call that makes a list, set or tuple of an asynchronous iterable."""
    name = call.func.id if isinstance(call.func, ast.Name) else ""
    if name not in ("list", "set", "sorted", "tuple", "sum", "min", "max", "any", "all") or not module.in_async(call):
        return
    argument = module.tree.span(call.args[0])

    def make() -> Sequence[TextEdit]:
        before, after = {"list": ("[", "]"), "set": ("{", "}")}.get(name, (f"{name}([", "])"))
        text = module.source.text[argument.start : argument.end]
        whole = module.tree.span(call)
        return [replace(module, whole.start, whole.end, f"{before}item async for item in {text}{after}")]

    if len(call.args) == 1 and not call.keywords:
        yield Fix("Collect it with `async for`", make, preferred=True)


def _with_around(entered: ast.expr) -> ast.AST | None:
    item = parent_of(entered)
    return parent_of(item) if isinstance(item, ast.withitem) else None


def _entered(module: Module, statement: ast.With | ast.AsyncWith) -> list[Type]:
    return [module.type_of(item.context_expr) for item in statement.items]


def _keyword_of(statement: ast.With | Loop) -> ast.AST:
    """A node that runs in the frame of a statement; a comprehension's first iterable runs in the one around."""
    return statement.target if isinstance(statement, ast.comprehension) else statement


def _putting(module: Module, statement: ast.With | Loop, word: str) -> Callable[[], Sequence[TextEdit]]:
    return lambda: [insert(module, _keyword(module, statement, word), "async ")]


def _keyword(module: Module, statement: ast.With | ast.AsyncWith | Loop, word: str) -> int:
    """The 0-based offset of the word `with` or `for`."""
    text = module.source.text
    if isinstance(statement, ast.comprehension):
        return text.rindex(word, 0, module.tree.span(statement.target).start)
    return text.index(word, module.tree.span(statement).start)
