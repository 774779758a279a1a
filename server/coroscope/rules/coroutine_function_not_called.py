"""A coroutine function stands where its coroutine is wanted."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from coroscope.findings import Finding, Fix
from coroscope.fixes.edits import insert
from coroscope.model.module import Module
from coroscope.model.signatures import parameters_of
from coroscope.model.takers import takers
from coroscope.model.types import CallableType, FunctionObject, Instance, MethodWrapper, Overloads, Type
from coroscope.syntax import Block


def check(module: Module) -> Iterator[Finding]:
    """Every function in the place of an awaitable, whose call would make one."""
    for taker, node in module.in_blocks(_uncalled):
        message = f"`{module.short(node)}` is not called: `{taker}` gets the function, not its coroutine"
        related = module.definition(module.type_of(node), "`{name}` is an `async def`")
        yield module.finding(node, message, related=related)


def fixes(module: Module, finding: Finding) -> Iterator[Fix]:
    """Call it, where a call needs no arguments."""
    node = module.expression_at(finding.range)
    if node is None:
        return
    type_ = module.type_of(node)
    if not isinstance(type_, FunctionObject) or _needs_arguments(type_):
        return
    yield Fix("Call it", lambda: [insert(module, module.tree.span(node).end, "()")], preferred=True)


def _uncalled(module: Module, block: Block) -> Iterator[tuple[str, ast.expr]]:
    """What a block has in the place of an awaitable though only a call of it would make one, and what takes it."""
    for taker, node in takers(module, block):
        if isinstance(node, ast.Call) and not _is_partial(module.type_of(node)):
            continue
        if _makes_awaitable(module, module.type_of(node)) and not module.is_expected(node, "TypeError"):
            yield taker, node


def _makes_awaitable(module: Module, type_: Type) -> bool:
    """Whether a call of a function makes an awaitable; only for functions, methods and partials."""
    if not isinstance(type_, (FunctionObject, Overloads, CallableType, MethodWrapper)) and not _is_partial(type_):
        return False
    results = [module.call_result(item) for item in (type_.items if isinstance(type_, Overloads) else (type_,))]
    return all(module.can_await(result) is True for result in results)


def _is_partial(type_: Type) -> bool:
    return isinstance(type_, Instance) and type_.cls.is_("functools", "partial")


def _needs_arguments(function: FunctionObject) -> bool:
    kinds = ("positional", "normal", "keyword")
    return any(p.kind in kinds and p.default is None for p in parameters_of(function))
