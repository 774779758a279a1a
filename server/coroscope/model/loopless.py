"""Code that needs a running event loop where surely none is running.

    asyncio.create_task(work())                     # at the module level: "no running event loop"

    def main():
        asyncio.create_task(work())                 # the same, if
    main()                                          # the module level calls it

    threading.Thread(target=main).start()           # and in a thread

A plain function that nobody calls in sight may well be called by async code, and that is fine.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from coroscope.knowledge import last_names, names
from coroscope.model.callees import callee_name, qualified_names
from coroscope.model.certain import certain_calls, may_be_caught
from coroscope.model.threads import own_function, threaded
from coroscope.model.top_level import TopLevel
from coroscope.nodes import FunctionNode

if TYPE_CHECKING:
    from coroscope.model.module import Module

_NEEDING = ("needing", "needing_or_given")
_ELSEWHERE = re.compile(
    r"get_ipython|_set_running_loop|^\s*(import|from) (js|pyodide|pyscript|machine|micropython)\b",
    re.MULTILINE,
)
"""What tells that a file runs where a loop runs the module level."""
_DEEPEST = 5


class Loopless(NamedTuple):
    """A call that needs a running loop, the call by which Python comes to it, and the functions on the way.

    Without functions on the way it stands at the module level itself, `start` is None then. A `start` that `threads`
    runs the first function in a thread.
    """

    call: ast.Call
    start: ast.Call | None
    way: tuple[FunctionNode, ...]
    threads: bool = False


def loopless(module: Module) -> Iterator[Loopless]:
    """Every call that needs a running event loop where none is running."""
    seen: set[ast.Call] = set()
    is_program = module.top_level is TopLevel.PROGRAM and not _awaits_at_top(module)
    called = [*(_from_module_level(module) if is_program else ()), *_from_threads(module)]
    if not called or _ELSEWHERE.search(module.source.text):
        return
    for found in called:
        if found.call not in seen and not may_be_caught(found.call) and not module.is_dead(found.call):
            seen.add(found.call)
            yield found


def _awaits_at_top(module: Module) -> bool:
    """Whether a console runs the file that awaits at the module level."""
    return any(module.tree.root.nodes_of((ast.Await, ast.AsyncFor, ast.AsyncWith)))


def _from_module_level(module: Module) -> Iterator[Loopless]:
    for call in _calls_at_top(module):
        if _needs_loop(module, call):
            yield Loopless(call, None, ())
        else:
            function = own_function(module, module.type_of(call.func)) if isinstance(call.func, ast.Name) else None
            if function is not None:
                yield from (found._replace(start=call) for found in _within(module, function, ()))


def _calls_at_top(module: Module) -> list[ast.Call]:
    """The calls that the module level makes in any case."""
    facts = module.tree.root.facts
    if _calls_at_top not in facts:
        facts[_calls_at_top] = list(certain_calls(_top_statements(module.tree.root.node.body)))
    return facts[_calls_at_top]  # type: ignore[return-value]  # put there above


def _top_statements(body: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements of the module level, and those of `if __name__ == "__main__"`."""
    for statement in body:
        match statement:
            case ast.If(test=ast.Compare(left=ast.Name(id="__name__")), body=inner):
                yield from inner
            case _:
                yield statement


def _from_threads(module: Module) -> Iterator[Loopless]:
    for found in module.in_blocks(threaded):
        if isinstance(found.function, ast.Lambda):
            for call in certain_calls([ast.Expr(found.function.body)]):
                if _needs_loop(module, call):
                    yield Loopless(call, found.call, (), threads=True)
        elif isinstance(found.function, (ast.Name, ast.Attribute)):
            function = own_function(module, module.type_of(found.function))
            if function is not None:
                for one in _within(module, function, ()):
                    yield one._replace(start=found.call, threads=True)


def _within(module: Module, function: FunctionNode, way: tuple[FunctionNode, ...]) -> Iterator[Loopless]:
    """The calls that a plain function and those that it calls make in any case."""
    if not isinstance(function, ast.FunctionDef) or function in way or len(way) == _DEEPEST:
        return
    if any(module.tree.block(function).nodes_of((ast.Yield, ast.YieldFrom))):
        return
    for call in certain_calls(function.body):
        if _needs_loop(module, call):
            yield Loopless(call, None, (*way, function))
        elif isinstance(call.func, (ast.Name, ast.Attribute)) and callee_name(call) in _own_names(module):
            further = own_function(module, module.type_of(call.func))
            if further is not None:
                yield from _within(module, further, (*way, function))


def _own_names(module: Module) -> Iterable[str]:
    return {getattr(block.node, "name", "") for block in module.tree.blocks}


def _needs_loop(module: Module, call: ast.Call) -> bool:
    if callee_name(call) not in last_names("loops", *_NEEDING):
        return False
    known = qualified_names(module.type_of(call.func))
    is_given = bool(call.args or call.keywords)
    return bool(known & names("loops", "needing") or (not is_given and known & names("loops", "needing_or_given")))
