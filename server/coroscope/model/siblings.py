"""Where the failure of one awaitable is caught while those that were to run beside it run on.

    try:
        user, orders = await asyncio.gather(load_user(), load_orders())     # one fails: `gather` raises at once
    except ConnectionError:                                                 # the failure is caught here
        return None                                                         # and the other one still runs

Only what nobody else can get hold of counts: coroutines that are made for `gather` alone. Code behind the handler that
may stop them in some other way, by closing what they work with for example, is taken to do so.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from coroscope.model.callees import qualified_names
from coroscope.model.elements import elements_of
from coroscope.model.gates import lets_through
from coroscope.model.graph import Graph, root_of
from coroscope.model.handlers import is_harmless
from coroscope.model.occurrences import occurrences
from coroscope.model.protocols import is_coroutine
from coroscope.model.takers import calls_taking
from coroscope.model.types import UNKNOWN, ClassObject, FunctionObject, ModuleObject, Overloads, TupleType
from coroscope.nodes import COMPREHENSIONS, ancestors, parent_of, statement_of

if TYPE_CHECKING:
    from coroscope.model.module import Module

_MAKERS = frozenset({"asyncio.tasks.create_task", "asyncio.tasks.ensure_future"})
_RUNNERS = frozenset({"asyncio.runners.run", "asyncio.events.AbstractEventLoop.run_until_complete"})
_SURE = _MAKERS | {"builtins.range", "builtins.enumerate", "builtins.zip", "builtins.len"}
"""Calls that do not raise what awaitables do."""

_NO_FAILURES = ("CancelledError", "KeyboardInterrupt", "SystemExit", "GeneratorExit", "StopAsyncIteration")
"""Exceptions that come from around an awaitable, or say how something ends."""


class Left(NamedTuple):
    """A call of `gather` whose awaitables outlive the failure of one of them, and the handler that catches that."""

    gather: ast.Call
    handler: ast.ExceptHandler


def left_siblings(module: Module) -> Iterator[Left]:
    """Every awaited `gather` of at least two coroutines, a failure in which does not leave the function."""
    for call in calls_taking(module, "all"):
        if not isinstance(parent_of(call), ast.Await) or not _raises_at_once(call) or module.is_dead(call):
            continue
        handlers = list(_handlers(module, call))
        coroutines = _coroutines(module, call) if handlers else []
        if len(coroutines) > 1 and any(_may_fail(module, one) for one in coroutines):
            handler = next((one for one in handlers if _Behind(module, call, one).goes_on()), None)
            if handler is not None:
                yield Left(call, handler)


def is_broad(handler: ast.ExceptHandler) -> bool:
    """Whether a handler catches every failure: `except:`, `except Exception:`."""
    return handler.type is None or getattr(handler.type, "id", "") in ("Exception", "BaseException")


def _raises_at_once(call: ast.Call) -> bool:
    """Whether `gather` raises the first exception: `return_exceptions` is left out, or False as written."""
    return all(
        keyword.arg == "return_exceptions" and isinstance(keyword.value, ast.Constant) and not keyword.value.value
        for keyword in call.keywords
    )


def _coroutines(module: Module, call: ast.Call) -> list[ast.Call]:
    """The calls that make coroutines for `gather` alone; twice what a comprehension or a loop is there to repeat."""
    found: list[ast.Call] = []
    for argument in call.args:
        elements = elements_of(module, argument.value) if isinstance(argument, ast.Starred) else [argument]
        for element in elements or ():
            made = _coroutine_of(module, element)
            if made is not None:
                found += [made] * (2 if element is not argument and _is_repeated(element, call) else 1)
    return found


def _coroutine_of(module: Module, node: ast.expr) -> ast.Call | None:
    """The call that makes a coroutine, or that of a task; None for others, and `sleep`, which harms nobody."""
    if not isinstance(node, ast.Call):
        return None
    called = qualified_names(module.type_of(node.func))
    if called & _MAKERS and len(node.args) == 1:
        return _coroutine_of(module, node.args[0])
    is_own = is_coroutine(module.type_of(node)) and "asyncio.tasks.sleep" not in called
    return node if is_own else None


def _may_fail(module: Module, call: ast.Call) -> bool:
    """Whether an exception may leave the coroutine that a call makes: not all of its function is in a `try`."""
    callee = module.type_of(call.func)
    if not isinstance(callee, FunctionObject):
        return True
    same = (node for node in module.tree.walk(ast.AsyncFunctionDef) if node.name == callee.declaration.name)
    function = next((node for node in same if module.bodies.function(node).declaration is callee.declaration), None)
    if function is None or len(function.body) > 1 + (ast.get_docstring(function) is not None):
        return True
    return not _catches_all(function.body[-1])


def _catches_all(statement: ast.stmt) -> bool:
    if not isinstance(statement, ast.Try):
        return False
    raises = any(isinstance(node, ast.Raise) for handler in statement.handlers for node in ast.walk(handler))
    return not raises and any(is_broad(handler) for handler in statement.handlers)


def _is_repeated(element: ast.expr, call: ast.Call) -> bool:
    """Whether a comprehension makes an element, or a loop that does not also call `gather`."""
    if isinstance(parent_of(element), COMPREHENSIONS):
        return True
    around = set(ancestors(call))
    return any(
        isinstance(above, (ast.For, ast.AsyncFor, ast.While)) and above not in around for above in ancestors(element)
    )


def _handlers(module: Module, call: ast.Call) -> Iterator[ast.ExceptHandler]:
    """The handlers that may catch what the awaitables raise, up to the first that catches all."""
    below: ast.AST = call
    for above in ancestors(call):
        match above:
            case ast.With() | ast.AsyncWith() if lets_through(above, module.bodies.scope_of(call).frame):
                return
            case ast.Try() if below in above.body:
                for handler in above.handlers:
                    if is_broad(handler):
                        yield handler
                        return
                    if _is_alone(module, call, above) and _catches_failures(module, handler):
                        yield handler
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.Lambda():
                return
            case _ if hasattr(above, "handlers") and not isinstance(above, ast.Try):
                return  # `except*`
        below = above


def _is_alone(module: Module, call: ast.Call, around: ast.Try) -> bool:
    """Whether nothing but the awaitables can raise an exception in the body of a `try`."""
    statement = statement_of(call)
    if around.body != [statement] or parent_of(parent_of(call) or call) is not statement:
        return False
    inner = [node for node in ast.walk(call) if isinstance(node, ast.Call) and node is not call]
    return all(is_coroutine(module.type_of(one)) or qualified_names(module.type_of(one.func)) & _SURE for one in inner)


def _catches_failures(module: Module, handler: ast.ExceptHandler) -> bool:
    """Whether one of the exceptions that a handler names is known, and says that something failed."""
    caught = module.type_of(handler.type) if handler.type is not None else UNKNOWN
    each = caught.items if isinstance(caught, TupleType) else (caught,)
    return any(isinstance(one, ClassObject) and one.cls.name not in _NO_FAILURES for one in each)


class _Behind:
    """The code that runs once a handler has caught a failure, up to where it calls the same `gather` again."""

    def __init__(self, module: Module, call: ast.Call, handler: ast.ExceptHandler) -> None:
        self.module = module
        self.frame = module.bodies.scope_of(call).frame
        self.handler = handler
        self.nodes, self.comes_back = _reached(self.frame.graph, handler, set(ast.walk(call)))
        self.shared = set(_shared(module, call))

    def goes_on(self) -> bool:
        """Whether the exception goes no further, nothing may stop the awaitables, and there is more to come."""
        if any(isinstance(node, (ast.Raise, ast.Yield)) or self.may_stop_them(node) for node in self.nodes):
            return False
        is_more = self.comes_back or any(isinstance(node, ast.Await) for node in self.nodes)
        return is_more or not _ends_the_loop(self.module, self.handler)

    def may_stop_them(self, node: ast.AST) -> bool:
        """Whether a step may reach the awaitables: it has what they work with, or nobody knows what it does."""
        match node:
            case ast.Call():
                if isinstance(self.module.type_of(node.func), ClassObject) or is_harmless(self.module, node):
                    return False
                return self.is_close(node) or not self.shared.isdisjoint(_names_in(node))
            case ast.Name(id=name, ctx=ast.Store()):
                is_own = name in self.frame.names.bindings
                return not is_own or self.frame.known(("reads", name), lambda: occurrences(self.frame, name)).captured
            case ast.Attribute(ctx=ast.Store()) | ast.Subscript(ctx=ast.Store()):
                root = root_of(node)
                return root is None or root.id in self.shared
        return False

    def is_close(self, node: ast.AST) -> bool:
        """Whether a node stands in the handler, or in what cleans up behind it."""
        below = node
        for above in ancestors(node):
            if above is self.handler or (isinstance(above, ast.Try) and below in above.finalbody):
                return True
            below = above
        return False


def _reached(graph: Graph, handler: ast.ExceptHandler, stops: set[ast.AST]) -> tuple[list[ast.AST], bool]:
    """The nodes that may run behind a handler, up to some where the search stops, and whether these are reached."""
    found: dict[int, ast.AST | None] = {}
    is_stopped = False
    stack = [after for point in graph.points(handler) for after in graph.after[point]]
    while stack:
        point = stack.pop()
        if graph.nodes[point] in stops:
            is_stopped = True
        elif point not in found:
            found[point] = graph.nodes[point]
            stack += graph.after[point]
    return [node for node in found.values() if node is not None], is_stopped


def _shared(module: Module, call: ast.Call) -> Iterator[str]:
    """The names of what awaitables of a call work with: variables, and receivers of methods."""
    elements = [e for arg in call.args if isinstance(arg, ast.Starred) for e in elements_of(module, arg.value) or ()]
    for part in [call, *elements]:
        for node in ast.walk(part):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
                if not isinstance(module.type_of(node), (FunctionObject, Overloads, ClassObject, ModuleObject)):
                    yield node.id


def _names_in(node: ast.AST) -> set[str]:
    return {inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name)}


def _ends_the_loop(module: Module, node: ast.AST) -> bool:
    """Whether the loop ends with the function around a node, and cancels what is left: a test, or the main function."""
    function = module.function_around(node)
    if function is None or function.name.startswith("test"):
        return True
    for call in module.tree.walk(ast.Call):
        main = call.args[0] if call.args else None
        if isinstance(main, ast.Call) and _last_name(main) == function.name:
            if qualified_names(module.type_of(call.func)) & _RUNNERS:
                return True
    return False


def _last_name(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
