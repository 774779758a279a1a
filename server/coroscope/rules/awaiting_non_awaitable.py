"""Something is awaited that cannot be."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from coroscope.findings import Finding, Fix, TextEdit
from coroscope.fixes.edits import in_parentheses, replace
from coroscope.fixes.gather_them import can_gather, gather_them, is_thread_future, wrap_future
from coroscope.model.attributes import wrapper_in
from coroscope.model.module import Module
from coroscope.model.takers import is_meant, takers
from coroscope.model.types import (
    CallableType,
    ClassObject,
    FunctionObject,
    Instance,
    MethodWrapper,
    ModuleObject,
    NoneType,
    Overloads,
    TupleType,
    Type,
    UnknownType,
    members,
)
from coroscope.nodes import parent_of
from coroscope.syntax import Block

_FUNCTIONS = (FunctionObject, Overloads, CallableType, MethodWrapper)
_KEYWORD = re.compile(r"await(?:[ \t\f\r\n]|\\\r?\n)*")


def check(module: Module) -> Iterator[Finding]:
    """Every operand no member of whose type can be awaited."""
    for node in module.in_blocks(_unawaitable):
        message = f"`{module.short(node)}` cannot be awaited: it is `{module.type_of(node)}`"
        callee = module.type_of(node.func) if isinstance(node, ast.Call) else None
        related = [] if callee is None else module.definition(callee, "`{name}` is a plain `def`")
        yield module.finding(node, message, related=related)


def fixes(module: Module, finding: Finding) -> Iterator[Fix]:
    """Gather what is a collection of awaitables, wrap a thread's future, else remove the `await`.

    Where an awaitable has to stand anyway, as in the arguments of `gather`, nobody knows what was meant.
    """
    node = module.expression_at(finding.range)
    if node is None:
        return
    above = parent_of(node)
    if not isinstance(above, ast.Await):
        return
    if can_gather(module, node):
        yield from gather_them(module, node)
    elif is_thread_future(module.type_of(node)):
        yield from wrap_future(module, node)
    elif all(taken is not above for _, taken in takers(module, module.tree.block(above))):
        yield Fix("Remove the `await`", lambda: _removed(module, above), preferred=True, safe=True)


def _unawaitable(module: Module, block: Block) -> Iterator[ast.expr]:
    """What a block has in the place of an awaitable that is none."""
    for taker, node in takers(module, block):
        type_ = module.type_of(node)
        if taker != "await" and _is_future_by_duck_typing(type_):
            continue
        if isinstance(node, ast.Attribute) and isinstance(type_, NoneType):
            continue  # what its class never sets to anything else, others do
        if isinstance(type_, NoneType) and isinstance(node, ast.Call) and _is_of_callback(module.type_of(node.func)):
            continue
        if _is_surely_plain(module, type_) and not module.is_guarded(node):
            if not is_meant(module, node, *_errors(taker)):
                yield node


def _is_of_callback(callee: Type) -> bool:
    """Whether what is called is a callback, or hands back what some call gives, and says nothing of its own result.

    That a callback is said to return None often means that nobody looks at what it returns.
    """
    function = wrapper_in(callee) or callee
    if isinstance(function, FunctionObject):
        declaration = function.declaration
        return declaration.returns is None and any(text is None or text.endswith(")") for text in declaration.results)
    return isinstance(function, CallableType)


def _removed(module: Module, node: ast.Await) -> list[TextEdit]:
    whole, inner = module.tree.span(node), module.tree.span(node.value)
    text = module.source.text
    above = parent_of(node)
    chained = isinstance(above, (ast.Attribute, ast.Subscript)) and isinstance(
        node.value, (ast.Call, ast.Name, ast.Attribute, ast.Subscript)
    )
    if chained and in_parentheses(module, node):
        start = text.rindex("(", 0, whole.start)
        end = text.index(")", whole.end) + 1
        return [replace(module, start, end, text[inner.start : inner.end])]
    keyword = _KEYWORD.match(text, whole.start)
    assert keyword, "an `await` begins with this word"
    return [replace(module, whole.start, keyword.end(), "")]


def _is_surely_plain(module: Module, type_: Type) -> bool:
    """Whether a type is known as a whole, and none of its members can be awaited; functions have their own rule."""
    found = members(type_)
    if len(found) == 1 and isinstance(type_, FunctionObject):
        return module.can_await(module.call_result(type_)) is False
    if any(isinstance(member, (UnknownType, *_FUNCTIONS)) for member in found):
        return False
    known = all(isinstance(member, (Instance, NoneType, TupleType, ClassObject, ModuleObject)) for member in found)
    return known and bool(found) and module.can_await(type_) is False


def _is_future_by_duck_typing(type_: Type) -> bool:
    """Whether asyncio takes a value for a future, as `asyncio.isfuture` tells it."""
    return any(isinstance(m, Instance) and m.cls.member("_asyncio_future_blocking") for m in members(type_))


def _errors(taker: str) -> tuple[str, ...]:
    """The builtin exceptions that a value raises where it is to be awaited."""
    return ("TypeError",) if taker == "await" else ("TypeError", "ValueError")
