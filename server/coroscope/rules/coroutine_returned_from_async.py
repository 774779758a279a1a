"""An `async def` returns a coroutine, so that its caller's `await` gives a coroutine again."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from coroscope.findings import Finding, Fix
from coroscope.fixes.await_it import await_it
from coroscope.model.annotations import annotation
from coroscope.model.around import awaited_again_around
from coroscope.model.guards import asks_for_awaitable
from coroscope.model.life import LOST, Fate, Life, asks_if_awaitable
from coroscope.model.misuse import is_cast
from coroscope.model.module import Module
from coroscope.model.protocols import is_refused
from coroscope.model.returned import is_returned_among_results, is_returned_in_collection, returned_awaitables
from coroscope.model.takers import taker_of
from coroscope.model.treatment import is_wrapped, is_wraps
from coroscope.model.types import (
    UNKNOWN,
    CallableType,
    ClassObject,
    Instance,
    SpecialForm,
    Type,
    TypeVariable,
    UnknownType,
    members,
)
from coroscope.nodes import BLOCKS, ancestors, last_name, parent_of

_TAKING_APART = (ast.Starred, ast.For, ast.comprehension, ast.AugAssign)


def check(module: Module) -> Iterator[Finding]:
    """Every coroutine that is only returned, by an async function that does not say so."""
    told: set[ast.AST] = set()
    for life in module.coroutines():
        function = module.function_around(life.origin)
        if not isinstance(function, ast.AsyncFunctionDef):
            continue
        if is_returned_in_collection(module, life) and not _is_taken_apart(module, function.name):
            yield _finding(module, life, function.name, "coroutines")
        elif is_returned_among_results(module, life):
            yield _finding(module, life, function.name, "a coroutine among results")
        if not life.ends(Fate.RETURNED):
            continue
        if asks_if_awaitable(module, life):
            continue
        if not (life.only(Fate.RETURNED, Fate.MISUSED, *LOST) or function.returns) or _is_meant(module, function, life):
            continue
        told.update(use.node for use in life.ends(Fate.RETURNED))
        yield _finding(module, life, function.name, "a coroutine" if life.is_coroutine else "an `Awaitable`")
    for node in returned_awaitables(module):
        function = module.function_around(node)
        if function is not None and node not in told and not module.is_expected(node, "RuntimeWarning"):
            what = f"awaiting `{function.name}` gives an awaitable"
            yield module.finding(node, f"`{module.short(node)}` is returned without `await`: {what}")


def fixes(module: Module, finding: Finding) -> Iterator[Fix]:
    """Await it before it is returned."""
    node = module.expression_at(finding.range)
    if node is not None and module.in_async(node):
        yield await_it(module, node, safe=False)


def _finding(module: Module, life: Life, name: str, what: str) -> Finding:
    message = f"`{module.short(life.origin)}` is returned without `await`: awaiting `{name}` gives {what}"
    returned = [use.node for use in life.ends(Fate.RETURNED) if isinstance(use.node, ast.Name)]
    related = [*(module.related(node, "returned here") for node in returned), *module.definition_of(life.origin)]
    return module.finding(life.origin, message, related=related)


def _is_meant(module: Module, function: ast.AsyncFunctionDef, life: Life) -> bool:
    """Whether the function says that it returns an awaitable, or is used as one that does."""
    if function.returns is None and not all(_is_plain_decorator(module, d) for d in function.decorator_list):
        return True
    if function.returns is not None:
        scope = module.bodies.declaring(function)
        said = annotation(function.returns, scope)
        others = [member for member in members(said) if not (member == UNKNOWN or _is_object(member))]
        if any(not (_is_any_type(life, member) or is_refused(life.type, member, scope)) for member in others):
            return True
        if len(others) == len(members(said)):
            return False
        if not _says_anything(module, function.returns):
            return True
    if not (life.is_coroutine or _leaves_a_block(life) or _is_cast(module, life)):
        is_expected = _is_awaited_elsewhere(module, life) or _is_of_callback(module, life)
        if not is_expected and not is_wrapped(module, function, life.origin):
            return True
    if _is_awaited_twice(module, function.name) or awaited_again_around(module, function.name):
        return True
    return _is_handed_on(module, function.name)


def _is_any_type(life: Life, said: Type) -> bool:
    """Whether a coroutine is returned for a type variable, which stands for whatever type the caller means."""
    is_free = isinstance(said, TypeVariable) and said.kind == "type" and said.bound in (None, UNKNOWN)
    return life.is_coroutine and is_free


def _is_awaited_elsewhere(module: Module, life: Life) -> bool:
    """Whether usage tells that the caller wants the result."""
    return isinstance(life.origin, ast.Call) and module.awaited_elsewhere(life.origin) is not None


def _is_cast(module: Module, life: Life) -> bool:
    """Whether the function itself says of what it returns that it can be awaited, and so meant to await it."""
    return isinstance(life.origin, ast.Call) and is_cast(module, life.origin)


def _is_of_callback(module: Module, life: Life) -> bool:
    """Whether it is what a callback makes of which is known what awaiting it gives, or that all others await it."""
    call = life.origin
    if not isinstance(call, ast.Call) or not isinstance(module.type_of(call.func), CallableType):
        return False
    is_known = not any(isinstance(member, UnknownType) for member in members(module.result_of(life.type)))
    return is_known or module.callback_awaited_around(call) is not None


def _leaves_a_block(life: Life) -> bool:
    """Whether what is returned would run after the `with` or `try` block around it, which is there for it."""
    for use in life.ends(Fate.RETURNED):
        below: ast.AST = use.node
        for above in ancestors(use.node):
            if isinstance(above, (ast.With, ast.AsyncWith, ast.Try)) and below in above.body:
                return True
            if isinstance(above, BLOCKS):
                break
            below = above
    return False


def _is_object(said: Type) -> bool:
    return isinstance(said, Instance) and said.cls.is_("builtins", "object")


def _says_anything(module: Module, annotation: ast.expr) -> bool:
    """Whether an annotation is `Any` or `object`, or one beside other types: what is not known has that very reason."""
    match annotation:
        case ast.BinOp(left=left, right=right):
            return _says_anything(module, left) or _says_anything(module, right)
        case ast.Subscript(slice=inside):
            return _says_anything(module, inside)
    type_ = module.type_of(annotation)
    return type_ == SpecialForm("Any") or (isinstance(type_, ClassObject) and type_.cls.is_("builtins", "object"))


def _is_plain_decorator(module: Module, decorator: ast.expr) -> bool:
    """Whether a decorator leaves it to the function what its caller awaits."""
    if isinstance(decorator, ast.Call):
        return is_wraps(module, decorator)
    name = decorator.attr if isinstance(decorator, ast.Attribute) else getattr(decorator, "id", "")
    return name in ("staticmethod", "classmethod", "abstractmethod", "override", "final")


def _is_awaited_twice(module: Module, name: str) -> bool:
    """Whether the module awaits or runs what awaiting a call of that name gives, or asks whether it can be awaited."""
    return any(_is_taken_for_awaitable(module, given) for given in _given_by(module, name))


def _is_taken_for_awaitable(module: Module, given: ast.expr) -> bool:
    above = parent_of(given)
    if isinstance(above, ast.Await) or taker_of(module, given) is not None:
        return True
    return isinstance(above, ast.Call) and given in above.args and asks_for_awaitable(above)


def _is_taken_apart(module: Module, name: str) -> bool:
    """Whether the module takes the items of what awaiting a call of that name gives: jobs to do next, perhaps."""
    places = map(parent_of, _given_by(module, name))
    return any(
        isinstance(place, _TAKING_APART) or (isinstance(place, ast.Call) and last_name(place.func) == "extend")
        for place in places
    )


def _given_by(module: Module, name: str) -> Iterator[ast.expr]:
    """The places that hold what awaiting a call of that name gives: the `await` itself, and a variable bound to it."""
    for node in module.tree.walk(ast.Await):
        assert isinstance(node, ast.Await)
        if not _is_call_of(name, node.value):
            continue
        yield node
        above = parent_of(node)
        if isinstance(above, ast.Assign) and isinstance(above.targets[0], ast.Name):
            target, scope = above.targets[0].id, module.scope_node(node)
            for other in module.tree.walk(ast.Name):
                if isinstance(other, ast.Name) and other.id == target and isinstance(other.ctx, ast.Load):
                    if module.scope_node(other) is scope:
                        yield other


def _is_handed_on(module: Module, name: str) -> bool:
    """Whether sync code runs a function of that name and returns what that gives, for its callers to await."""
    for call in module.tree.walk(ast.Call):
        assert isinstance(call, ast.Call)
        runner = getattr(call.func, "attr", "")
        if runner in ("run", "run_until_complete") and call.args and _is_call_of(name, call.args[0]):
            if _is_returned(module, call):
                return True
    return False


def _is_returned(module: Module, value: ast.expr) -> bool:
    """Whether a value is returned, perhaps by the name of a variable of the function around."""
    above = parent_of(value)
    if isinstance(above, ast.Return):
        return True
    if not isinstance(above, ast.Assign) or not isinstance(above.targets[0], ast.Name):
        return False
    functions = [node for node in ancestors(value) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]
    return any(
        isinstance(node.value, ast.Name) and node.value.id == above.targets[0].id
        for node in module.tree.walk(ast.Return)
        if isinstance(node, ast.Return) and module.function_around(node) in functions
    )


def _is_call_of(name: str, node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and name == getattr(node.func, "attr", getattr(node.func, "id", ""))
