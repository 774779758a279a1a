"""Functions that make coroutines and are handed to what only calls them, so that nobody awaits what they make.

async def work(): …

threading.Thread(target=work).start()          # a library's function that drops the coroutine
await asyncio.to_thread(work)                  # one that gives it back, to code that does not await it either
each(items, work)                              # the project's own, by what it does with its parameter
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from coroscope.knowledge import callbacks, callers, names
from coroscope.model.annotations import annotation
from coroscope.model.callees import callback_of, called, qualified_names, taken_function
from coroscope.model.contents import EACH, taken_from
from coroscope.model.declared import is_any_declared
from coroscope.model.following import Follower, followed
from coroscope.model.handing import endings_of_calls
from coroscope.model.life import LOST, Fate, Life, Use
from coroscope.model.protocols import is_coroutine, is_refused
from coroscope.model.summary import Ending
from coroscope.model.types import UNKNOWN, FunctionObject, Instance, Overloads, SpecialForm, Type, members
from coroscope.nodes import parent_of
from coroscope.syntax import Block

if TYPE_CHECKING:
    from coroscope.model.module import Module

_LOSING: frozenset[Ending] = frozenset({"dropped", "looked at", "refused"})
_NOTHING: frozenset[Ending] = frozenset()
_COLLECTIONS = frozenset({"builtins.list", "builtins.tuple", "builtins.set", "collections.deque"})
_HOLDERS = (ast.ListComp, ast.SetComp, ast.GeneratorExp, ast.List, ast.Tuple, ast.Set, ast.Starred)
_FUTURES_OWN = frozenset({"cancel", "done", "exception", "cancelled", "running"})


@dataclass(frozen=True, slots=True)
class LostCallback:
    """A function as it is handed over, what gets it, and what that does with the coroutines (`use`).

    That is a use of `knowledge.Callback`; of a function that `is_own` to the project, `dropped` or `tested`. What
    gets it is called in `call`; a decorator is not called in the text, nor is the function named before it.
    """

    node: ast.expr
    call: ast.Call
    use: str
    is_own: bool = False
    decorated: ast.AsyncFunctionDef | None = None


def lost_callbacks(module: Module, block: Block) -> Iterator[LostCallback]:
    """Every function that a block's code hands to what calls it and loses the coroutine that it makes."""
    for node in block.nodes_of((ast.Call,)):
        found = _by_call(module, node) if isinstance(node, ast.Call) else None
        if found is not None and not _is_guarded(module, found):
            yield found
    decorated = _by_decorator(module, block.node)
    if decorated is not None and not _is_guarded(module, decorated):
        yield decorated


def _by_call(module: Module, call: ast.Call) -> LostCallback | None:
    """The coroutine function that a call hands over."""
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    found = _by_knowledge(module, call, name) if name in callers() else None
    return _by_effects(module, call) if found is None and (call.args or call.keywords) else found


def _by_decorator(module: Module, function: ast.AST) -> LostCallback | None:
    """An async function whose innermost decorator makes a function of it that calls it and drops the coroutine."""
    if not isinstance(function, ast.AsyncFunctionDef) or not function.decorator_list:
        return None
    decorator = function.decorator_list[-1]
    name = ast.Name(function.name, ast.Load())
    call = ast.Call(decorator, [name], [])
    undecorated = module.bodies.function(function)
    made = module.call_result(undecorated)
    found = endings_of_calls(module.type_of(decorator), call, name, undecorated) if is_coroutine(made) else _NOTHING
    return LostCallback(decorator, call, "dropped", True, function) if found and found <= {"dropped"} else None


def _by_knowledge(module: Module, call: ast.Call, name: str) -> LostCallback | None:
    """The coroutine function that a library's function gets and whose coroutines are lost with it."""
    if not any(_may_be_function(node) for one in callers()[name] if (node := taken_function(one, call)) is not None):
        return None
    callee = module.type_of(call.func)
    known = next((entry for name in qualified_names(callee) if (entry := callbacks().get(name))), None)
    node = None if known is None else taken_function(known, call)
    if known is None or node is None or not _may_be_function(node) or _made_by(module, node) is None:
        return None
    if is_any_declared("runs", called(callee)):
        return None
    if known.use == "given" and not (_is_lost(module, call) or _are_items_lost(module, call, node)):
        return None
    if known.use == "folded" and not _is_lost_itself(module, call):
        return None
    return LostCallback(node, call, known.use)


def _by_effects(module: Module, call: ast.Call) -> LostCallback | None:
    """The coroutine function that a function gets which calls it, directly or not, and loses what it makes."""
    for node in (*call.args, *(keyword.value for keyword in call.keywords)):
        made = _made_by(module, node) if _may_be_async(module, node) else None
        if made is None:
            continue
        callee = module.type_of(call.func)
        if callback_of(callee, call, node) is not None:
            continue
        found = endings_of_calls(callee, call, node, module.type_of(node))
        if found and found <= _LOSING:
            return LostCallback(node, call, "dropped" if "dropped" in found else "tested", is_own=True)
    return None


def _may_be_function(node: ast.expr) -> bool:
    return isinstance(node, (ast.Name, ast.Attribute, ast.Lambda, ast.Call))


def _may_be_async(module: Module, node: ast.expr) -> bool:
    """Whether the text lets an argument be an async function: most arguments are none, and need no type."""
    match node:
        case ast.Name(id=name):
            return name in module.async_names
        case ast.Attribute(value=ast.Name(id=root), attr=name):
            return name in module.async_names or root in module.async_names
        case ast.Lambda(body=ast.Call(func=function)):
            return _may_be_async(module, function)
        case ast.Call(func=ast.Name(id="partial") | ast.Attribute(attr="partial"), args=[first, *_]):
            return _may_be_async(module, first)
    return False


def _made_by(module: Module, node: ast.expr) -> Type | None:
    """The coroutine that a call of this makes; None if it makes something else, or may."""
    type_ = module.type_of(node)
    function = type_.items[0] if isinstance(type_, Overloads) else type_
    if isinstance(function, FunctionObject) and function.declaration.is_left_open and function.owner is not None:
        return None
    made = module.call_result(type_)
    return made if is_coroutine(made) else None


def _is_guarded(module: Module, found: LostCallback) -> bool:
    """Whether the code around knows what it hands over, or never runs, or a test expects the mistake."""
    if module.is_dead(parent_of(found.node) or found.node) or module.is_expected(
        found.node, "TypeError", "RuntimeWarning"
    ):
        return True
    return not isinstance(found.node, ast.Lambda) and module.is_guarded(found.node)


# What becomes of a coroutine that a call gives back in a future, an iterator, or when it is awaited


def _is_lost(module: Module, call: ast.Call) -> bool:
    """Whether the value of a call, in which a coroutine is to be had, surely gives it to nobody who awaits it."""
    above = parent_of(call)
    if isinstance(above, ast.Call) and isinstance(parent_of(above), ast.Expr) and call in above.args:
        if qualified_names(module.type_of(above.func)) & _COLLECTIONS:
            return True
    whole = _gathered(module, call) if module.can_await(module.type_of(call)) else call
    type_ = module.type_of(whole)
    if isinstance(type_, Instance) and type_.cls.is_("builtins", "map"):
        return False  # it calls nothing before somebody asks for its items
    life = followed(module, whole, type_)
    return bool(life.uses) and all(_loses_content(module, use) for use in life.uses)


def _are_items_lost(module: Module, call: ast.Call, function: ast.expr) -> bool:
    """Whether `map` calls a function, since its items are asked for, and nobody awaits what that makes."""
    made = _made_by(module, function)
    if made is None or not isinstance(call.func, ast.Name) or not taken_from(call, (EACH,)):
        return False
    uses = list(Follower(module, call, made).follow(call, (EACH,)))
    return all(use.fate in LOST for use in uses)


def _is_lost_itself(module: Module, call: ast.Call) -> bool:
    """Whether nobody awaits the very value of a call."""
    return all(use.fate in (*LOST, Fate.MISUSED) for use in followed(module, call, module.type_of(call)).uses)


def _gathered(module: Module, node: ast.expr) -> ast.expr:
    """What has the result of an awaitable as its own, or as one of several: `gather(*[to_thread(…) for …])`."""
    above = parent_of(node)
    while isinstance(above, ast.expr):
        if isinstance(above, ast.Call):
            if node not in above.args or not qualified_names(module.type_of(above.func)) & _takers():
                break
        elif not isinstance(above, _HOLDERS):
            break
        node, above = above, parent_of(above)
    return node


def _takers() -> frozenset[str]:
    return names("takers", "all") | names("takers", "first")


def _loses_content(module: Module, use: Use) -> bool:
    """Whether a use of a future, or of a coroutine whose result is one, does not await what it gives."""
    if use.fate in (Fate.DROPPED, Fate.UNUSED, Fate.OVERWRITTEN):
        return True
    if not isinstance(use.node, ast.expr):
        return False
    above = parent_of(use.node)
    if use.fate is Fate.AWAITED and isinstance(above, ast.Await):
        life = followed(module, above, module.type_of(above))
        return all(_loses(module, life, each) for each in life.uses)
    return isinstance(above, ast.Attribute) and above.attr in _FUTURES_OWN


def _loses(module: Module, life: Life, use: Use) -> bool:
    """Whether a use of a coroutine, or of several in a list, loses it.

    A function may also return a coroutine that says that it returns something else.
    """
    is_one = is_coroutine(life.type)
    if use.fate is Fate.MISUSED:
        return is_one or not use.fatal
    return use.fate in LOST or (is_one and _is_refused(module, life, use))


def _is_refused(module: Module, life: Life, use: Use) -> bool:
    function = module.function_around(life.origin)
    if use.fate is not Fate.RETURNED or function is None or function.returns is None:
        return False
    scope = module.bodies.declaring(function)
    said = annotation(function.returns, scope)
    if any(member == UNKNOWN or isinstance(member, SpecialForm) for member in members(said)):
        return False
    return is_refused(life.type, said, scope)
