"""Awaits that wait one after the other, though none needs what another gives: statements, and turns of a loop.

    user = await load_user(1)               # `load_user` and `load_orders` are independent (`independence.py`),
    orders = await load_orders(1)           # and the second call does not read `user`

    for name in names:
        pages.append(await load(name))      # no turn needs what another did

To wait is not enough: who calls `asyncio.sleep` itself means to wait. Code that does anything else between the awaits,
or in the turns of the loop, may mean their order.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from coroscope.knowledge import names
from coroscope.model.callees import qualified_names
from coroscope.model.independence import has_plain_arguments, is_independent
from coroscope.nodes import TRIES
from coroscope.syntax import Block

if TYPE_CHECKING:
    from coroscope.model.module import Module

_COMPOUND = (
    ast.If, ast.For, ast.AsyncFor, ast.While, ast.With, ast.AsyncWith, ast.ExceptHandler, ast.match_case, *TRIES,
)  # fmt: skip


@dataclass(frozen=True)
class Run:
    """Statements behind each other that each await one call; `targets` are the names that get the results, or None."""

    statements: list[ast.stmt]
    calls: list[ast.Call]
    targets: list[str | None]


@dataclass(frozen=True)
class Turns:
    """A loop or comprehension that awaits one call a turn; `collected` is the list that a loop appends results to."""

    node: ast.For | ast.ListComp
    call: ast.Call
    collected: str | None = None


def runs(module: Module) -> Iterator[Run]:
    """Every run of independent awaits in async code."""
    for found in module.in_blocks(_runs):
        yield from _independent(module, found)


def turns(module: Module) -> Iterator[Turns]:
    """Every loop of independent awaits in async code."""
    for found in module.in_blocks(_turns):
        if not _only_waits(module, found.call) and is_independent(module, found.call):
            yield found


def _runs(module: Module, block: Block) -> Iterator[Run]:
    """The runs of awaits in a block's statements that read nothing of each other."""
    if not isinstance(block.node, ast.AsyncFunctionDef):
        return
    for suite in _suites(block):
        run: list[tuple[ast.stmt, ast.Call, str | None]] = []
        for statement in [*suite, None]:
            part = None if statement is None else _awaiting(statement)
            if part is not None and has_plain_arguments(part[1]) and not _reads(part[1], {name for _, _, name in run}):
                run.append(part)
                continue
            if len(run) > 1:
                yield _run_of(run)
            run = [part] if part is not None and has_plain_arguments(part[1]) else []


def _run_of(run: list[tuple[ast.stmt, ast.Call, str | None]]) -> Run:
    return Run([one[0] for one in run], [one[1] for one in run], [one[2] for one in run])


def _independent(module: Module, found: Run) -> Iterator[Run]:
    """The parts of a run all of whose calls are independent."""
    run: list[tuple[ast.stmt, ast.Call, str | None]] = []
    parts = zip(found.statements, found.calls, found.targets, strict=True)
    for statement, call, target in [*parts]:
        if not _only_waits(module, call) and is_independent(module, call):
            run.append((statement, call, target))
            continue
        if len(run) > 1:
            yield _run_of(run)
        run = []
    if len(run) > 1:
        yield _run_of(run)


def _suites(block: Block) -> Iterator[list[ast.stmt]]:
    for node in [block.node, *block.nodes_of(_COMPOUND)]:
        for name in ("body", "orelse", "finalbody"):
            suite = getattr(node, name, None)
            if isinstance(suite, list) and len(suite) > 1:
                yield suite


def _awaiting(statement: ast.stmt) -> tuple[ast.stmt, ast.Call, str | None] | None:
    match statement:
        case ast.Assign(targets=[ast.Name(id=name)], value=ast.Await(value=ast.Call() as call)):
            return statement, call, name
        case ast.Expr(value=ast.Await(value=ast.Call() as call)):
            return statement, call, None
    return None


def _reads(call: ast.Call, bound: set[str | None]) -> bool:
    return any(isinstance(node, ast.Name) and node.id in bound for node in ast.walk(call))


def _turns(module: Module, block: Block) -> Iterator[Turns]:
    if not isinstance(block.node, ast.AsyncFunctionDef):
        return
    for node in block.nodes_of((ast.For, ast.ListComp)):
        match node:
            case ast.For(body=[ast.Expr(value=ast.Await(value=ast.Call() as call))], orelse=[]):
                found = Turns(node, call)
            case ast.For(
                body=[
                    ast.Expr(
                        value=ast.Call(
                            func=ast.Attribute(value=ast.Name(id=name), attr="append"),
                            args=[ast.Await(value=ast.Call() as call)],
                            keywords=[],
                        )
                    )
                ],
                orelse=[],
            ):
                found = Turns(node, call, name)
            case ast.ListComp(elt=ast.Await(value=ast.Call() as call), generators=[ast.comprehension(is_async=0)]):
                found = Turns(node, call)
            case _:
                continue
        target = node.target if isinstance(node, ast.For) else node.generators[0].target
        bound = {part.id for part in ast.walk(target) if isinstance(part, ast.Name)}
        if has_plain_arguments(call) and _reads(call, set(bound)) and module.in_async(node):
            if not isinstance(node, ast.ListComp) or not _awaits_elsewhere(node):
                yield found


def _awaits_elsewhere(node: ast.ListComp) -> bool:
    """Whether a comprehension awaits in more than its element."""
    return sum(isinstance(one, ast.Await) for one in ast.walk(node)) > 1


def _only_waits(module: Module, call: ast.Call) -> bool:
    return bool(qualified_names(module.type_of(call.func)) & names("concurrent", "waiting"))
