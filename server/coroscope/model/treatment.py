"""Whether code treats a value that nothing awaits in sight as a result, and not as an awaitable that somebody will run.

    checksum = crc32(response.content)      # a property that is awaited wherever else it is read
    return response.content

To hand an awaitable on is no mistake: it is stored, put into a container, given to what runs it. But what is awaited
wherever else it is read is no matter for a function that takes plain values.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from coroscope.knowledge import last_names
from coroscope.model.callees import qualified_names
from coroscope.model.life import LOST, Fate, Life, Use, asks_if_awaitable
from coroscope.model.types import UNKNOWN, Instance, SpecialForm, members
from coroscope.nodes import last_name, parent_of

if TYPE_CHECKING:
    from coroscope.model.module import Module

_KEEPERS = frozenset({"add", "append", "appendleft", "extend", "insert", "put", "put_nowait", "setdefault"})
"""The methods by which containers and queues take what others will run."""


_TEXT = ("str", "bytes", "int", "float")


def is_returned(module: Module, life: Life) -> bool:
    """Whether an async function returns a value whose result it means to return, as far as it says nothing else."""
    function = module.function_around(life.origin)
    return isinstance(function, ast.AsyncFunctionDef) and function.returns is None and _is_just_returned(function, life)


def is_returned_as_any(module: Module, life: Life) -> bool:
    """The same of a function that says no more than `Any`, so that only what is returned can tell what it means."""
    function = module.function_around(life.origin)
    if not isinstance(function, ast.AsyncFunctionDef) or not _is_just_returned(function, life):
        return False
    return function.returns is None or module.type_of(function.returns) == SpecialForm("Any")


def is_returned_by_wrapper(module: Module, life: Life) -> bool:
    """Whether an async function returns it that stands for what makes it, and does not say what it returns."""
    function = module.function_around(life.origin)
    if not isinstance(function, ast.AsyncFunctionDef) or not is_wrapped(module, function, life.origin):
        return False
    is_open = function.returns is None or module.type_of(function.returns) == SpecialForm("Any")
    return is_open and bool(life.ends(Fate.RETURNED)) and life.only(Fate.RETURNED, Fate.MISUSED, *LOST)


def is_wrapped(module: Module, function: ast.AsyncFunctionDef, made: ast.expr) -> bool:
    """Whether `@wraps(f)` says that a function stands for what is called: what awaiting that gives, it gives."""
    return isinstance(made, ast.Call) and any(
        isinstance(one, ast.Call)
        and is_wraps(module, one)
        and [module.text(argument) for argument in one.args] == [module.text(made.func)]
        for one in function.decorator_list
    )


def is_wraps(module: Module, decorator: ast.Call) -> bool:
    """Whether a decorator is `functools.wraps(…)`."""
    return bool(qualified_names(module.type_of(decorator.func)) & {"functools.wraps"})


def _is_just_returned(function: ast.AsyncFunctionDef, life: Life) -> bool:
    is_kept = not life.only(Fate.RETURNED, Fate.MISUSED, *LOST)
    return bool(life.ends(Fate.RETURNED)) and not is_kept and not function.decorator_list


def is_given_away(module: Module, life: Life) -> bool:
    """Whether a value goes to functions that take plain values, as far as their names tell, or is returned or lost."""
    if life.ends(Fate.AWAITED) or life.only(Fate.LOOKED_AT) or asks_if_awaitable(module, life):
        return False
    return all(_is_plain(module, use) for use in life.uses)


def gets_results(module: Module, target: ast.Subscript) -> bool:
    """Whether an item is set to results: another statement of the function sets it to one, and nothing awaits it.

    That is what an `await` gives, at once or by a name, or, under a key that is known, a number or a piece of text.
    """
    text = module.text(target)
    others = (one for one in module.tree.block(target).nodes_of((ast.Assign,)) if isinstance(one, ast.Assign))
    values = (one.value for one in others if target not in one.targets and text in map(module.text, one.targets))
    is_key_known = isinstance(target.slice, ast.Constant)
    if not any(_is_awaited(module, value) or (is_key_known and _is_text(module, value)) for value in values):
        return False
    is_awaited = any(
        module.text(one.value) == text for one in module.tree.walk(ast.Await) if isinstance(one, ast.Await)
    )
    return not is_awaited and not module.is_guarded(target)


def _is_awaited(module: Module, value: ast.expr) -> bool:
    """Whether a value is what an `await` gives, at once or by a name."""
    if not isinstance(value, ast.Name):
        return isinstance(value, ast.Await)
    scope = module.bodies.scope_of(value)
    reaching = scope.graph.reaching(value, value.id, scope.names)
    return bool(reaching) and all(isinstance(one.value, ast.Await) and not one.path for one in reaching)


def _is_text(module: Module, value: ast.expr) -> bool:
    """Whether a value surely is a number or a piece of text, and none that says that there is nothing yet: `""`."""
    if isinstance(value, ast.Constant) and not value.value:
        return False
    type_ = module.type_of(value)
    return all(
        isinstance(one, Instance) and any(one.cls.is_("builtins", name) for name in _TEXT) for one in members(type_)
    )


def may_run(call: ast.Call) -> bool:
    """Whether what is called runs awaitables, or keeps them to be run, as far as its name tells."""
    name = last_name(call.func)
    return name in _KEEPERS or name in last_names("takers", "all", "first")


def _is_plain(module: Module, use: Use) -> bool:
    """Whether a use neither runs an awaitable nor keeps it to be run, nor asks it for what futures and tasks have."""
    above = parent_of(use.node)
    if use.fate is Fate.MISUSED:
        return not isinstance(above, ast.Attribute) or not _has_future(module, above.attr)
    if use.fate is not Fate.ESCAPED:
        return True
    match above:
        case ast.Call() | ast.keyword():
            call = parent_of(above) if isinstance(above, ast.keyword) else above
            return not _is_contained(module, use.node) and not (isinstance(call, ast.Call) and may_run(call))
        case ast.Assign():
            return all(_is_set_to_awaited(module, target) for target in above.targets)
    return False


def _is_contained(module: Module, node: ast.AST) -> bool:
    """Whether an expression is of a known type, and so a container that the value of unknown type was put into."""
    return not isinstance(node, ast.expr) or UNKNOWN not in members(module.type_of(node))


def _has_future(module: Module, name: str) -> bool:
    """Whether futures and tasks have an attribute of that name."""
    task = module.program.class_named("_asyncio", "Task") or module.program.class_named("asyncio.tasks", "Task")
    return task is None or task.member(name) is not None


def _is_set_to_awaited(module: Module, target: ast.expr) -> bool:
    """Whether another statement of the file sets the same item to what an `await` gives."""
    text = module.text(target)
    return isinstance(target, ast.Subscript) and any(
        isinstance(one, ast.Assign) and isinstance(one.value, ast.Await) and text in map(module.text, one.targets)
        for one in module.tree.walk(ast.Assign)
    )
