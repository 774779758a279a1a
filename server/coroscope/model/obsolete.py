"""Where a file uses what asyncio gives up: what the target's Python has no more, or will not have for long.

    tasks = asyncio.Task.all_tasks()        # removed in Python 3.9
    await asyncio.sleep(1, loop=loop)       # the argument was removed in Python 3.10

Names are matched by what they stand on: a module of asyncio, or a class, whether the target still has them or not.
Code that asks for the version, or for the name itself, or is ready for its absence, knows what it does.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from coroscope.knowledge import Obsolete, obsolete
from coroscope.model.callees import callee_name
from coroscope.model.guards import is_prepared_for
from coroscope.model.top_level import TopLevel
from coroscope.model.types import ClassObject, FunctionObject, Instance, ModuleObject, Overloads, Type, UnknownType
from coroscope.nodes import BLOCKS, ancestors, is_try, parent_of
from coroscope.syntax import Block

if TYPE_CHECKING:
    from coroscope.model.module import Module

_MAKES_LOOPS = re.compile(r"\b(?:set_event_loop|new_event_loop|nest_asyncio)\b")
_RUNS_LOOP = ("run_until_complete", "run_forever")
_VERSION = re.compile(r"\b(?:version_info|hexversion|python_version\w*|_?(?:is_?|has_?)?py(?:thon)?_?[23]\w*)\b", re.I)
_REFUSALS = ("AttributeError", "ImportError", "ModuleNotFoundError", "TypeError", "NotImplementedError")
_EXPECTED = (*_REFUSALS, "DeprecationWarning", "PendingDeprecationWarning", "RuntimeError")
_SPEAKS_OF_END = re.compile("deprecat", re.IGNORECASE)
_ASKS = ("hasattr", "getattr", "patch", "setattr", "delattr", "object", "importorskip")
"""Functions that are told of a name as a text."""


class Dated(NamedTuple):
    """A use of what asyncio gives up: the node to speak of, its name, what is known of it, and the kind of use."""

    node: ast.AST
    name: str
    api: Obsolete
    kind: str


def dated(module: Module) -> Iterator[Dated]:
    """Every use in a file of what the target's asyncio has no more, or has as deprecated."""
    if "asyncio" not in module.source.text:
        return
    for found in module.in_blocks(_dated):
        if found.kind == "loop" and not _is_surely_without_loop(module, found.node):
            continue
        if not _is_asked_by_name(module, found.name.rpartition(".")[2]):
            yield found


def is_removed(module: Module, api: Obsolete) -> bool:
    """Whether the target's Python has it no more."""
    return api.removed is not None and module.program.target.python >= api.removed


def _dated(module: Module, block: Block) -> Iterator[Dated]:
    told: dict[ast.AST, Obsolete] = {}
    for node in block.nodes_of((ast.ImportFrom, ast.Attribute, ast.Call)):
        for found in dict.fromkeys(_uses(module, node)):
            around = (above.func for above in ancestors(found.node) if isinstance(above, ast.Call))
            if any(told.get(func) == found.api for func in around):
                continue  # the call that gets it says as much
            if _is_over(module, found.api) and not _is_prepared(module, found.node):
                told[found.node] = found.api
                yield found


def _uses(module: Module, node: ast.AST) -> Iterator[Dated]:
    """The uses in a node, whatever the target."""
    match node:
        case ast.ImportFrom(module=str() as home, names=aliases, level=0) if home.partition(".")[0] == "asyncio":
            for alias in aliases:
                name = f"asyncio.{alias.name}"
                if name in obsolete("name"):
                    yield Dated(alias, name, obsolete("name")[name], "name")
        case ast.Attribute(attr=attr, ctx=ast.Load()) if attr in _last_names("name"):
            for name in _stands_for(module.type_of(node.value), attr):
                if name in obsolete("name"):
                    yield Dated(node, name, obsolete("name")[name], "name")
        case ast.Call():
            yield from _calls(module, node)


def _calls(module: Module, call: ast.Call) -> Iterator[Dated]:
    """The calls that a target refuses, or says in fewer words, and the arguments that a call takes no more."""
    last = callee_name(call)
    keywords = [keyword for keyword in call.keywords if keyword.arg in _arguments()]
    if not keywords and not any(last in _last_names(kind) for kind in ("loop", "way", "other")):
        return
    for name in _public_names(module.type_of(call.func)):
        if name in obsolete("loop") and _has_no_loop(module, call):
            yield Dated(call, name, obsolete("loop")[name], "loop")
        if name in obsolete("way") and _is_way_round(module, call):
            yield Dated(call, name, obsolete("way")[name], "way")
        api = obsolete("argument").get(name)
        if api is not None:
            yield from (Dated(keyword, name, api, "argument") for keyword in keywords if keyword.arg == api.detail)
        other = obsolete("other").get(name)
        if other is not None and call.args and _is_other(module.type_of(call.args[0]), other.detail):
            yield Dated(call.args[0], name, other, "other")


def _is_over(module: Module, api: Obsolete) -> bool:
    since = api.deprecated or api.removed
    return since is not None and module.program.target.python >= since


def _stands_for(base: Type, attr: str) -> Iterator[str]:
    """The public names that an attribute of a module of asyncio, of one of its classes or of an instance may mean."""
    if isinstance(base, ModuleObject) and base.name.partition(".")[0] == "asyncio":
        found = {f"{base.name}.{attr}", f"asyncio.{attr}"} & obsolete("name").keys()
        yield from found
    elif isinstance(base, (ClassObject, Instance)):
        for entry in base.cls.mro:
            yield f"{_public(entry.cls.module_name, entry.cls.qualname)}.{attr}"
            if attr in entry.cls.declaration.names:
                return


def _public_names(callee: Type) -> Iterator[str]:
    """The public names of what is called."""
    match callee:
        case FunctionObject():
            yield _public(callee.scope.module.summary.name, callee.declaration.qualname)
        case Overloads():
            yield from _public_names(callee.items[0])
        case ClassObject():
            yield _public(callee.cls.module_name, callee.cls.qualname)


def _public(home: str, qualname: str) -> str:
    """`asyncio.Task` for the class `Task` of `asyncio.tasks`, or of the C module `_asyncio`."""
    top = home.partition(".")[0].lstrip("_")
    return f"asyncio.{qualname}" if top == "asyncio" else f"{home}.{qualname}"


@cache
def _last_names(kind: str) -> frozenset[str]:
    return frozenset(name.rpartition(".")[2] for name in obsolete(kind))


@cache
def _arguments() -> frozenset[str]:
    return frozenset(api.detail for api in obsolete("argument").values())


def _is_other(type_: Type, wanted: str) -> bool:
    """Whether a value surely is an instance of another class than the one of that dotted name."""
    if not isinstance(type_, Instance) or any(isinstance(base, UnknownType) for base in type_.cls.bases):
        return False
    return all(f"{entry.cls.module_name}.{entry.cls.qualname}" != wanted for entry in type_.cls.mro) and not (
        type_.cls.has_unknown_base or type_.cls.module_name == "concurrent.futures._base"
    )


def _is_surely_without_loop(module: Module, node: ast.AST) -> bool:
    """Whether a file makes no event loop by itself, and runs a node at its top level, or calls the function around it.

    A function that others call may find the loop that they have set.
    """
    if module.top_level is not TopLevel.PROGRAM or _MAKES_LOOPS.search(module.source.text):
        return False
    function = module.function_around(node)
    if function is None:
        return True
    calls = (call for call in module.tree.root.nodes_of((ast.Call,)) if isinstance(call, ast.Call))
    named = (call for call in calls if isinstance(call.func, ast.Name) and call.func.id == function.name)
    return isinstance(parent_of(function), ast.Module) and any(module.function_around(call) is None for call in named)


def _has_no_loop(module: Module, call: ast.Call) -> bool:
    """Whether a call of `get_event_loop` runs at the top level, or for the sake of running the loop by hand."""
    if module.in_async(call) or is_prepared_for(call, "RuntimeError"):
        return False
    if isinstance(module.code_around(call), ast.Module):
        return True
    above = parent_of(call)
    if isinstance(above, ast.Attribute):
        return above.attr in _RUNS_LOOP
    if not isinstance(above, ast.Assign) or not isinstance(above.targets[0], ast.Name):
        return False
    name = above.targets[0].id
    return any(
        isinstance(node, ast.Attribute)
        and node.attr in _RUNS_LOOP
        and isinstance(node.value, ast.Name)
        and node.value.id == name
        for node in module.tree.block(call).nodes_of((ast.Attribute,))
    )


def _is_way_round(module: Module, call: ast.Call) -> bool:
    """Whether async code waits for a function in the default executor, `get_event_loop().run_in_executor(None, …)`."""
    receiver = call.func.value if isinstance(call.func, ast.Attribute) else None
    if not isinstance(receiver, ast.Call) or len(call.args) < 2 or call.keywords or not module.in_async(call):
        return False
    executor = call.args[0]
    is_default = isinstance(executor, ast.Constant) and executor.value is None
    is_awaited = isinstance(parent_of(call), ast.Await)
    return is_default and is_awaited and "asyncio.get_event_loop" in _public_names(module.type_of(receiver.func))


def _is_prepared(module: Module, node: ast.AST) -> bool:
    """Whether the code around a node asks for the version, is ready for a refusal, or is never run by the target."""
    if module.is_dead(node) or module.is_expected(node, *_EXPECTED):
        return True
    function = module.function_around(node)
    if function is not None and _SPEAKS_OF_END.search(module.text(function)):
        return True
    for above in ancestors(node):
        if isinstance(above, (ast.If, ast.IfExp, ast.BoolOp)) and _VERSION.search(module.text(_test(above))):
            return True
        if is_try(above) and any(_names_refusal(module, handler) for handler in above.handlers):
            return True
        if isinstance(above, ast.With) and any("warnings" in module.text(item.context_expr) for item in above.items):
            return True
        if isinstance(above, BLOCKS) and not isinstance(above, ast.ClassDef):
            break
    return False


def _test(above: ast.If | ast.IfExp | ast.BoolOp) -> ast.expr:
    return above if isinstance(above, ast.BoolOp) else above.test


def _names_refusal(module: Module, handler: ast.ExceptHandler) -> bool:
    return handler.type is not None and any(word in module.text(handler.type) for word in _REFUSALS)


def _is_asked_by_name(module: Module, name: str) -> bool:
    """Whether a file puts something in the place of a name of asyncio, or asks for it as a text."""
    if any(isinstance(node.ctx, ast.Store) and node.attr == name for node in module.tree.walk(ast.Attribute)):
        return True
    quoted = re.compile(rf"""["'](?:asyncio\.)?(?:\w+\.)*{name}["']""")
    return bool(quoted.search(module.source.text)) and any(
        callee_name(call) in _ASKS and any(quoted.search(module.text(argument)) for argument in call.args)
        for call in module.tree.walk(ast.Call)
    )
