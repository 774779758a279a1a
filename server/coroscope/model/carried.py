"""What belongs to the event loop of one run, and gets into the loop of another one.

    session = asyncio.run(connect())        # made in the loop of this run, which is closed at its end
    asyncio.run(main(session))              # `main` asks it for something that only its own loop can do

    condition = asyncio.Condition()
    asyncio.run(wait())                     # made in no loop: it belongs to the first that has to wait for it
    asyncio.run(wait())

Only runs tell that stand in the same code, one behind the other, and only what the second one surely uses. What has
another value at any time may have it then.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from coroscope.knowledge import Bound, bound, names
from coroscope.model.callees import callee_name, qualified_names
from coroscope.model.certain import may_be_caught
from coroscope.model.mentions import has_names
from coroscope.model.reached import Reached, Thing, reached, seen_within, thing_at
from coroscope.model.threads import own_function
from coroscope.model.types import Instance, Type, members, without_none
from coroscope.model.values import maker, values_of
from coroscope.nodes import FUNCTIONS, FunctionNode, parent_of

if TYPE_CHECKING:
    from coroscope.model.module import Module

_RUNNING = frozenset({"run", "run_until_complete"})
_SHARING = frozenset({"nest_asyncio", "loop_factory"})
"""What a file mentions whose runs may share a loop."""


class Carried(NamedTuple):
    """An object where a run gets or reads it, the earlier run whose loop it belongs to, and this one."""

    use: ast.expr
    first: ast.Call
    second: ast.Call

    @property
    def loop(self) -> str:
        """The name of the loop that it belongs to, if the code has one for it."""
        receiver = self.first.func.value if isinstance(self.first.func, ast.Attribute) else None
        is_loop = callee_name(self.first) == "run_until_complete" and isinstance(receiver, ast.Name)
        return receiver.id if is_loop and isinstance(receiver, ast.Name) else ""


class _Made(NamedTuple):
    """An object that is there once a run has ended, and what made it."""

    thing: Thing
    type: Type
    value: ast.expr


def carried(module: Module) -> Iterator[Carried]:
    """Every object that surely belongs to the loop of one run, and is needed in another."""
    runs = [] if has_names(module, _SHARING) else list(_runs(module))
    seen: set[ast.expr] = set()
    for second in runs:
        earlier = [first for first in runs if _comes_before(module, first, second)]
        for use in _uses(module, second) if earlier else ():
            first = next((one for one in earlier if _belongs_to(module, use, one, second)), None)
            if first is not None and use.thing.node not in seen and not may_be_caught(use.at):
                seen.add(use.thing.node)
                yield Carried(use.thing.node, first, second)


def _runs(module: Module) -> Iterator[ast.Call]:
    """The calls that run a coroutine which they make themselves, in a loop of their own or one that the code made."""
    if not has_names(module, _RUNNING):
        return
    for call in module.tree.walk(ast.Call):
        if callee_name(call) in _RUNNING and len(call.args) == 1 and not module.in_async(call):
            if isinstance(call.args[0], ast.Call) and not may_be_caught(call) and not module.is_dead(call):
                if _is_own_run(module, call) or _loop_of(module, call) is not None:
                    yield call


def _is_own_run(module: Module, call: ast.Call) -> bool:
    """Whether a call makes an event loop, runs it, and closes it: `asyncio.run(main())`."""
    return "asyncio.runners.run" in qualified_names(module.type_of(call.func))


def _loop_of(module: Module, run: ast.Call) -> ast.Call | None:
    """The call that makes the loop of which a method runs it."""
    thing = thing_at(module, run.func.value) if isinstance(run.func, ast.Attribute) else None
    made = maker(module, thing) if thing is not None and callee_name(run) == "run_until_complete" else None
    is_new = made is not None and bool(qualified_names(module.type_of(made.func)) & names("loops", "making"))
    return made if is_new else None


def _comes_before(module: Module, first: ast.Call, second: ast.Call) -> bool:
    """Whether the second run may come behind the first one in the same code, with another loop."""
    code = module.code_around(first)
    if code is not module.code_around(second) or not isinstance(code, (ast.Module, *FUNCTIONS)):
        return False
    if not _is_own_run(module, first) and _loop_of(module, first) is _loop_of(module, second):
        return False
    return module.bodies.scope_of(first).frame.graph.follows(first, [second])


def _uses(module: Module, run: ast.Call) -> list[Reached]:
    coroutine = run.args[0]
    assert isinstance(coroutine, ast.Call)
    return list(reached(module, coroutine))


def _belongs_to(module: Module, use: Reached, first: ast.Call, second: ast.Call) -> bool:
    """Whether the second run needs an object that is of the loop of the first."""
    for made in _made_by(module, first) if use.waits and first is not second else ():
        if made.thing.key == use.thing.key:
            known = _known(made.type)
            is_needed = known is not None and known.made and use.method in known.needs
            return is_needed and known is not None and _is_only(module, use.thing, made, known)
    return use.waits and _is_bound_first(module, use, first, second)


def _is_bound_first(module: Module, use: Reached, first: ast.Call, second: ast.Call) -> bool:
    """Whether the first run surely binds an object to its loop that was made before both, and the second needs it."""
    made = maker(module, use.thing)
    known = None if made is None else _known(module.type_of(made))
    if known is None or known.made or _may_be_freed(module, use.thing, known):
        return False
    if _is_made_between(module, use.thing, first, second):
        return False
    before = _uses(module, first)
    has_waited = any(_has_to_wait(module, one, use.thing, known, before) for one in before)
    return has_waited and _has_to_wait(module, use, use.thing, known, _uses(module, second))


def _is_made_between(module: Module, thing: Thing, first: ast.Call, second: ast.Call) -> bool:
    """Whether the code of two runs may make an object anew behind the first one."""
    made = maker(module, thing.root)
    if made is None or module.code_around(made) is not module.code_around(first):
        return False
    graph = module.bodies.scope_of(first).frame.graph
    return graph.follows(first, [made]) and graph.follows(made, [second])


def _may_be_freed(module: Module, thing: Thing, known: Bound) -> bool:
    """Whether a file may make an object fit for another loop."""
    words = (f"with {thing.path.rpartition('.')[2]}", *(f".{word}" for word in known.frees))
    return bool(known.frees) and any(word in module.source.text for word in words)


def _has_to_wait(module: Module, use: Reached, thing: Thing, known: Bound, among: list[Reached]) -> bool:
    """Whether one use of an object among all those of a run surely binds it to the loop."""
    if use.thing.key != thing.key or not use.waits or use.method not in known.needs:
        return False
    before = [one for one in among if one.thing.key == thing.key and one.method in known.if_also]
    return not known.if_also or any(_is_next(module, one, use) for one in before)


def _is_next(module: Module, before: Reached, use: Reached) -> bool:
    """Whether nothing gives way in a function between two uses of an object."""
    function = module.function_around(use.at)
    if function is None or module.function_around(before.at) is not function or before.at.lineno >= use.at.lineno:
        return False
    waits = module.tree.block(function).nodes_of((ast.Await, ast.AsyncFor, ast.AsyncWith))
    lines = [getattr(node, "lineno", 0) for node in waits if getattr(node, "value", None) is not before.at]
    return not any(before.at.lineno <= line < use.at.lineno for line in lines)


def _made_by(module: Module, run: ast.Call) -> Iterator[_Made]:
    """What a run leaves behind: its result, and what its coroutine binds for others in any case."""
    above, coroutine = parent_of(run), run.args[0]
    if isinstance(above, ast.Assign) and len(above.targets) == 1:
        target = above.targets[0]
        for part in target.elts if isinstance(target, (ast.Tuple, ast.List)) else [target]:
            thing = thing_at(module, part)
            if thing is not None:
                yield _Made(thing, module.type_of(part), run)
    function = own_function(module, module.type_of(coroutine.func)) if isinstance(coroutine, ast.Call) else None
    if isinstance(coroutine, ast.Call) and isinstance(function, ast.AsyncFunctionDef):
        if _is_called_once(module, function):
            yield from _bound_by(module, coroutine, function)


def _bound_by(module: Module, coroutine: ast.Call, function: ast.AsyncFunctionDef) -> Iterator[_Made]:
    """What the statements of a function bind in any case that is not its own."""
    within = seen_within(module, coroutine, function)
    for statement in function.body:
        if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
            thing = within(statement.targets[0])
            if thing is not None:
                yield _Made(thing, module.type_of(statement.value), statement.value)
        if any(isinstance(node, ast.Return) for node in ast.walk(statement)):
            return


def _is_called_once(module: Module, function: FunctionNode) -> bool:
    names = module.tree.walk(ast.Name, ast.Attribute)
    return sum(function.name == getattr(node, "id", getattr(node, "attr", "")) for node in names) == 1


def _known(type_: Type) -> Bound | None:
    """What is known of an object of exactly this class."""
    found = [bound().get(_class_name(member)) for member in members(without_none(type_))]
    return found[0] if len(found) == 1 else None


def _class_name(type_: Type) -> str:
    return f"{type_.cls.module_name}.{type_.cls.qualname}" if isinstance(type_, Instance) else ""


def _is_only(module: Module, thing: Thing, made: _Made, known: Bound) -> bool:
    """Whether an object can be no other than the one that a run made, and is still what it was."""
    if _may_be_freed(module, thing, known):
        return False
    if "__await__" in known.needs and not _is_plain_future(module, made.value):
        return False
    return values_of(module, thing) == [made.value]


def _is_plain_future(module: Module, value: ast.expr) -> bool:
    """Whether code makes a future, or has it from a function that makes one and does nothing but return it."""
    if not isinstance(value, ast.Call) or callee_name(value) == "create_future":
        return isinstance(value, ast.Call)
    coroutine = value.args[0] if value.args else None
    function = own_function(module, module.type_of(coroutine.func)) if isinstance(coroutine, ast.Call) else None
    last = function.body[-1] if function is not None else None
    made = last.value if isinstance(last, ast.Return) else None
    return isinstance(made, ast.Call) and callee_name(made) == "create_future"
