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
from coroscope.model.types import UNKNOWN, SpecialForm, members
from coroscope.syntax import parent_of

if TYPE_CHECKING:
    from coroscope.model.module import Module

_KEEPERS = frozenset({"add", "append", "appendleft", "extend", "insert", "put", "put_nowait", "setdefault"})
"""The methods by which containers and queues take what others will run."""


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


def _is_plain(module: Module, use: Use) -> bool:
    """Whether a use neither runs an awaitable nor keeps it to be run, nor asks it for what futures and tasks have."""
    above = parent_of(use.node)
    if use.fate is Fate.MISUSED:
        return not isinstance(above, ast.Attribute) or not _has_future(module, above.attr)
    if use.fate is not Fate.ESCAPED:
        return True
    match above:
        case ast.Call() | ast.keyword():
            return not _is_contained(module, use.node) and not _may_run(above)
        case ast.Assign():
            return all(_gets_results(module, target) for target in above.targets)
    return False


def _is_contained(module: Module, node: ast.AST) -> bool:
    """Whether an expression is of a known type, and so a container that the value of unknown type was put into."""
    return not isinstance(node, ast.expr) or UNKNOWN not in members(module.type_of(node))


def _may_run(place: ast.Call | ast.keyword) -> bool:
    """Whether what gets an argument runs awaitables, or keeps them to be run, as far as its name tells."""
    call = parent_of(place) if isinstance(place, ast.keyword) else place
    callee = call.func if isinstance(call, ast.Call) else None
    name = getattr(callee, "attr", getattr(callee, "id", ""))
    return name in _KEEPERS or name in last_names("takers", "all", "first")


def _has_future(module: Module, name: str) -> bool:
    """Whether futures and tasks have an attribute of that name."""
    task = module.program.class_named("_asyncio", "Task") or module.program.class_named("asyncio.tasks", "Task")
    return task is None or task.member(name) is not None


def _gets_results(module: Module, target: ast.expr) -> bool:
    """Whether another statement of the file sets the same item to what an `await` gives."""
    text = module.text(target)
    return isinstance(target, ast.Subscript) and any(
        isinstance(one, ast.Assign) and isinstance(one.value, ast.Await) and text in map(module.text, one.targets)
        for one in module.tree.walk(ast.Assign)
    )
