"""Which calls a plain function makes itself that may keep the thread that it runs in.

    def report(self, url, later=False):
        page = self._load(url)              # `self._load()`
        if later:
            time.sleep(1)                   # not said: the caller decides
        pool.submit(upload, page)           # `pool.submit()`, which runs nothing here
        return subprocess.run(command)      # `subprocess.run(command)`

By the text alone, those are told that may wait by their name, with their arguments closed (see
`coroscope.model.closing`), and those of functions that can be named where nothing but the receiver is known. What only
some calls of the function do is left out, and so are functions that ask whether a loop is running, and generators,
whose code runs later.
"""

from __future__ import annotations

import ast
import builtins

from coroscope.knowledge import waiting_names
from coroscope.model.closing import Closer
from coroscope.nodes import ancestors, last_name

_MOST = 12
_LATER = (ast.Lambda, ast.GeneratorExp)
_BUILTINS = frozenset(vars(builtins))
_KNOWS_LOOPS = frozenset({
    "current_async_library", "from_thread", "get_event_loop", "get_running_loop", "_get_running_loop", "is_running",
    "iscoroutinefunction", "run_coroutine_threadsafe", "run_in_executor", "run_sync", "run_until_complete", "to_thread",
})  # fmt: skip


def calls_made(closer: Closer, declared: frozenset[str]) -> tuple[str, ...]:
    """The calls of a plain function that may keep its thread, closed; those of names alone without arguments.

    What else may wait by its name, users have `declared`.
    """
    function, block = closer.function, closer.block
    if not isinstance(function, ast.FunctionDef) or block.nodes_of((ast.Yield, ast.YieldFrom)):
        return ()
    found: dict[str, None] = {}
    for call in block.nodes_of((ast.Call,)):
        assert isinstance(call, ast.Call)
        name = last_name(call.func)
        if name in _KNOWS_LOOPS:
            return ()
        said = _said(closer, call, name, declared) if name and len(found) < _MOST else None
        if said is not None and said not in found and _is_run(closer, call):
            found[said] = None
    return tuple(found)


def _said(closer: Closer, call: ast.Call, name: str, declared: frozenset[str]) -> str | None:
    """A call that may wait, closed; one of a function that can be named, or is declared, without its arguments."""
    if name in waiting_names():
        return closer.closed(call)
    if name in declared:
        function = closer.closed(call.func)
        return None if function is None else f"{function}()"
    match call.func:
        case ast.Name() if name == closer.receiver or (name not in _BUILTINS and name not in closer.names.bindings):
            return f"{name}()"
        case ast.Attribute(value=ast.Call(func=ast.Name(id="super"), args=[])):
            return f"super().{name}()"
        case ast.Attribute(value=ast.Name(id=root)):
            if root == closer.receiver or root not in closer.names.bindings:
                return f"{root}.{name}()"
    return None


def _is_run(closer: Closer, call: ast.Call) -> bool:
    """Whether a call is surely run with the function, unless an exception ends it before."""
    if any(isinstance(above, _LATER) for above in ancestors(call)) or _is_decided(closer, call, call.func):
        return False
    return not any(getattr(node, "lineno", 0) < call.lineno for node in closer.block.nodes_of((ast.Return,)))


def _is_decided(closer: Closer, node: ast.AST, asked: ast.expr | None = None) -> bool:
    """Whether a condition decides if Python comes to a place, other than that what it calls is there."""
    here = node
    for above in ancestors(node):
        if above is closer.function:
            return False
        match above:
            case ast.ExceptHandler() | ast.Match() | ast.BoolOp() | ast.IfExp():
                return True
            case ast.While(test=test) if here is not test and not isinstance(test, ast.Constant):
                return True
            case ast.If(test=test) if here is not test and not _asks_for(closer, test, asked):
                return True
        here = above
    return False


def _asks_for(closer: Closer, test: ast.expr, asked: ast.expr | None) -> bool:
    """Whether a condition only asks whether there is what a method is called of: `if self.thread is not None`."""
    if not isinstance(asked, ast.Attribute):
        return False
    if isinstance(test, ast.Compare) and len(test.ops) == 1 and isinstance(test.ops[0], ast.IsNot):
        test = test.left
    return closer.tree.text(test) == closer.tree.text(asked.value)
