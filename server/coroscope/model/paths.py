"""On which paths of its function a coroutine is run: on all of them, on some, or more than once on one.

In

    async def refresh(force):
        c = fetch()             # 1
        if force:               # 2
            await c             # 3
        log("done")             # 4
        return await c          # 5

two uses run the coroutine that `fetch()` makes. *Walking* takes the ways that the graph of `refresh` knows. One leads
from 1, where `c` begins to hold the coroutine, by 2 to 3, where it is run, and by 4 to 5, where the same `c` is awaited
*again*: CPython raises "cannot reuse already awaited coroutine". The other, by 2 and 4 to 5, runs it once. If line 5
were not there, that way would come to the end with the coroutine *lost*: "was never awaited", if `force` is false.

A walk is a chain of *steps*: a point of the graph, the names and attributes that hold the coroutine there, by
themselves or as an element of what they hold, what conditions told on the way (`facts.py`), and the use that has run
it. It ends where the coroutine goes out of sight, and at

    the end of the code     a coroutine that no use has run is lost
    another binding         of the last name or attribute that holds it: lost there, "overwritten"
    its own origin          a new turn of a loop makes another one: lost
    an exception            that nothing in the code catches: it counts against nobody

Where an exception is caught, or a loop has no turn, or no other turn, a loss does not count: who writes `c = f()`, and
awaits it behind a call that may raise, has made no mistake that he would want to hear of.
"""

from __future__ import annotations

import ast
from collections import deque
from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

from coroscope.model.declared import may_be_dropped
from coroscope.model.facts import Fact, contradict, facts_of, facts_of_binding, without
from coroscope.model.gates import lets_through
from coroscope.model.graph import Condition, Graph, key_of, subject_of
from coroscope.model.ground import (
    RUNNING,
    Ground,
    bound_together,
    ground_of,
    ground_of_parameter,
    runner_of,
    sources,
)
from coroscope.model.life import Fate, Life, Use
from coroscope.model.names import Binding
from coroscope.model.narrowing import narrowed
from coroscope.model.types import NEVER, Type
from coroscope.nodes import parent_of, statement_of
from coroscope.syntax import Block

if TYPE_CHECKING:
    from coroscope.model.module import Module

_MOST_STEPS = 4_000
"""After so many steps nobody knows; common functions take less than a hundred."""

_KEEPING = frozenset({"append", "add", "extend", "insert", "count", "index", "keys", "values", "items", "get"})
"""Methods of containers that leave in them what is there."""

_MOST_DOUBTS = 8
"""How many times a lost walk is looked at for conditions that types rule out."""

_SAFE = (ast.Name, ast.arg, ast.Attribute, ast.Subscript, ast.Return, ast.While, ast.IfExp, ast.BoolOp, ast.Lambda)
"""What has a point, and raises no exception that anybody waits for."""


class Loss(NamedTuple):
    """A walk on which nothing runs the coroutine: the condition that decided so, and the binding that overwrote it."""

    condition: Condition | None
    overwritten: ast.AST | None


class Reuse(NamedTuple):
    """Two uses that run one coroutine on one walk; in a loop, these may be one and the same."""

    first: ast.expr
    second: ast.expr


class Paths(NamedTuple):
    """What the walks of one life come to."""

    life: Life
    loss: Loss | None
    reuse: Reuse | None


def coroutine_paths(module: Module, block: Block) -> Iterator[Paths]:
    """What the walks of every coroutine come to that a block's code makes, binds to a name, and runs by some use."""
    for life in module.lives_in(block):
        found = paths_of(module, life)
        if found is not None:
            yield found


def reused_parameters(module: Module, block: Block) -> Iterator[tuple[ast.arg, Reuse]]:
    """The parameters of an async function that it gets a coroutine for, and runs more than once on some path."""
    if not isinstance(block.node, ast.AsyncFunctionDef):
        return
    arguments = block.node.args
    for parameter in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs):
        ground = ground_of_parameter(module, block.node, parameter)
        walks = None if ground is None else _walks(ground, set())
        if walks is not None and walks.reuse is not None:
            yield parameter, walks.reuse


def paths_of(module: Module, life: Life) -> Paths | None:
    """The walks of a coroutine that is bound to a name and that some use runs; None for others, or if nobody knows."""
    ground = ground_of(module, life)
    if ground is None:
        return None
    impossible: set[int] = set()
    for _ in range(_MOST_DOUBTS):
        walks = _walks(ground, impossible)
        if walks is None:
            return None
        ruled_out = _ruled_out(ground, walks.lost)
        if ruled_out is None:
            is_certain = walks.is_run and not ground.is_many  # which may be none
            loss = _loss(ground, walks.lost) if walks.lost is not None and is_certain else None
            if loss is not None and may_be_dropped(life.origin, module.bodies.scope_of(life.origin)):
                loss = None
            return Paths(life, loss, walks.reuse)
        impossible.add(ruled_out)
    return None


class _Step(NamedTuple):
    """Where a walk has come to, and what is known there.

    `held` are the names that hold the coroutine, None before it is made; `is_made` says that it was made right before,
    `ran` is the use that has run it. A loss does not count if it `is_doubtful`, nor, in the next turn of a loop
    around the origin, if it is not the origin that the walk comes to: `has_turned`.
    """

    point: int
    held: frozenset[str] | None = None
    is_made: bool = False
    facts: frozenset[Fact] = frozenset()
    ran: ast.expr | None = None
    is_doubtful: bool = False
    has_turned: bool = False


class _End(NamedTuple):
    """How a walk ends: `impossible` for a way that nobody goes, `gone` if it is run, or out of sight."""

    how: Literal["impossible", "gone", "lost", "reused"]
    node: ast.AST | None = None


_Chain: TypeAlias = list[_Step]


class _Walks(NamedTuple):
    """All walks: one that counts as lost, with the binding that overwrites the coroutine at its end, the first reuse,
    and whether some walk runs it."""

    lost: tuple[_Chain, ast.AST | None] | None
    reuse: Reuse | None
    is_run: bool


def _walks(ground: Ground, impossible: set[int]) -> _Walks | None:
    """All walks that do not come by some points; None if these are too many."""
    lost: tuple[_Chain, ast.AST | None] | None = None
    reuse: Reuse | None = None
    is_run = False
    start = _Step(Graph.START, ground.held)
    before: dict[_Step, _Step | None] = {start: None}
    waiting = deque([start])
    while waiting:
        step = waiting.popleft()
        here = _arrived(ground, step) if step.point not in impossible else _End("impossible")
        if isinstance(here, _Step):
            for following in _following(ground, here):
                if following not in before:
                    before[following] = step
                    waiting.append(following)
        elif here.how == "reused" and isinstance(here.node, ast.expr) and step.ran is not None:
            reuse = reuse or Reuse(step.ran, here.node)
        elif here.how == "lost" and not step.is_doubtful:
            lost = lost or (_chain(before, step), here.node)
        is_run = is_run or (not isinstance(here, _Step) and here.how == "gone")
        if len(before) > _MOST_STEPS:
            return None
    return _Walks(lost, reuse, is_run or reuse is not None)


def _arrived(ground: Ground, step: _Step) -> _Step | _End:
    """What a point makes of a walk that comes to it."""
    graph, names = ground.frame.graph, ground.frame.names
    if step.point == Graph.END:
        return _ended(step)
    condition, gate = graph.conditions.get(step.point), graph.gates.get(step.point)
    if condition is not None:
        return _met(ground, step, condition)
    if gate is not None:
        return step if lets_through(gate, ground.frame) else _End("impossible")
    node = graph.nodes[step.point]
    if node is None or isinstance(node, (ast.IfExp, ast.BoolOp)):
        return step
    if node is ground.life.origin and not ground.is_many:
        return step._replace(held=frozenset(), is_made=True) if step.held is None else _ended(step, at_origin=True)
    binding = names.by_node.get(node)
    if binding is not None:
        return _bound(ground, step, binding)
    if isinstance(node, ast.Attribute):
        return _stored(ground, step, node)
    if isinstance(node, ast.Name) and _is_held(step, node):
        if node in ground.uses:
            return _used(ground, step, ground.uses[node])
        if _is_changed(node):
            return _End("gone")
    return step._replace(is_made=step.is_made and statement_of(node) is statement_of(ground.life.origin))


def _ended(step: _Step, overwritten: ast.AST | None = None, *, at_origin: bool = False) -> _End:
    """The end of a walk in which the coroutine, if it was made, is not held any more."""
    if step.held is None or (step.has_turned and not at_origin):
        return _End("impossible")
    return _End("lost", overwritten) if step.ran is None else _End("gone")


def _met(ground: Ground, step: _Step, condition: Condition) -> _Step | _End:
    """A condition: it may contradict what is known, or be none that a coroutine meets."""
    if isinstance(condition.test, ast.pattern):
        return step._replace(is_made=False)
    scope = ground.module.bodies.scope_of(condition.test)
    for name in condition.about & (step.held or frozenset()):
        if narrowed(ground.life.type, condition, name, scope) == NEVER:
            return _End("impossible")
    new = {fact for fact in facts_of(condition.test, condition.holds) if fact.words in ground.words}
    if contradict(step.facts, new):
        return _End("impossible")
    return step._replace(facts=step.facts | new, is_made=False)


def _bound(ground: Ground, step: _Step, binding: Binding) -> _Step | _End:
    """A binding: its name begins or ends to hold the coroutine."""
    told = {fact for fact in facts_of_binding(binding) if fact.words in ground.words}
    facts = without(step.facts, binding.name) | told
    if ground.is_many and binding.node in ground.births:
        made = step._replace(held=frozenset({binding.name}), facts=facts)
        return made if step.held is None else _ended(step, at_origin=True)
    if step.held is None:
        return step._replace(facts=facts)
    held = step.held
    for bound in bound_together(ground, binding):
        held = held - {key for key in held if key.partition(".")[0] == bound.name}
    for bound in bound_together(ground, binding):
        is_birth = step.is_made and bound.node in ground.births
        is_copy = bound.node in ground.copies and any(_is_held(step, name) for name in sources(bound.value))
        held = held | {bound.name} if is_birth or is_copy else held
    if not held and not step.is_made:
        return _ended(step, binding.node)
    return step._replace(held=held, facts=facts)


def _stored(ground: Ground, step: _Step, target: ast.Attribute) -> _Step | _End:
    """An attribute that is assigned: it begins or ends to hold the coroutine."""
    key = key_of(target)
    if step.held is None or key is None:
        return step
    if (isinstance(target.ctx, ast.Del) and key in step.held) or key.partition(".")[0] in step.held:
        return _End("gone")  # what the name holds has it no more, perhaps
    held = step.held | {key} if step.is_made and target in ground.births else step.held - {key}
    return _ended(step, target) if step.held and not held else step._replace(held=held)


def _is_held(step: _Step, name: ast.Name) -> bool:
    """Whether the value of a name is the coroutine, or has it."""
    return any(key.partition(".")[0] == name.id for key in step.held or ())


def _is_changed(name: ast.Name) -> bool:
    """Whether what a name holds is changed: an item is assigned or deleted, or a method may take some out."""
    above = parent_of(name)
    if isinstance(above, ast.Attribute):
        return above.attr not in _KEEPING
    return isinstance(above, ast.Subscript) and not isinstance(above.ctx, ast.Load)


def _used(ground: Ground, step: _Step, use: Use) -> _Step | _End:
    """A use of a name that holds the coroutine."""
    assert isinstance(use.node, ast.expr)
    call = runner_of(ground.module, use.node) if use.fate is Fate.ESCAPED else None
    if use.fate is Fate.AWAITED or call is not None:
        if step.ran is None:
            return step._replace(ran=use.node, is_doubtful=False)
        is_same = call is not None and runner_of(ground.module, step.ran) is call  # `gather` runs it once, then
        return step if is_same and step.ran is not use.node else _End("reused", use.node)
    if use.fate in RUNNING:
        return _End("gone")
    return _End("impossible") if use.fatal else step


def _following(ground: Ground, step: _Step) -> Iterator[_Step]:
    """Where a walk may go on. An exception in the very call that was to run the coroutine tells nothing."""
    graph = ground.frame.graph
    node = graph.nodes[step.point]
    is_call_of_run = step.ran is not None and node is not None and node is runner_of(ground.module, step.ran)
    is_silent = node is ground.life.origin or isinstance(node, _SAFE) or is_call_of_run
    for point in graph.after[step.point]:
        is_raised = point in graph.catches
        if not (is_raised and is_silent):
            doubts = step.ran is None and (is_raised or node in ground.loops)
            yield step._replace(
                point=point,
                is_doubtful=step.is_doubtful or doubts,
                has_turned=step.has_turned or (step.held is not None and node in ground.turning),
            )


def _chain(before: dict[_Step, _Step | None], step: _Step) -> _Chain:
    """The steps of a walk up to one."""
    chain: _Chain = []
    here: _Step | None = step
    while here is not None:
        chain.append(here)
        here = before[here]
    return chain[::-1]


def _ruled_out(ground: Ground, lost: tuple[_Chain, ast.AST | None] | None) -> int | None:
    """The point of a condition on a lost walk that types rule out; None if there is none."""
    graph, module = ground.frame.graph, ground.module
    left: dict[ast.expr, Type] = {}
    for step in [] if lost is None else lost[0]:
        condition = graph.conditions.get(step.point)
        for asked in [] if condition is None else _asked(condition):
            assert condition is not None
            before = left.get(asked) or module.type_of(asked)
            left[asked] = narrowed(before, condition, key_of(asked) or "", module.bodies.scope_of(asked))
            if left[asked] == NEVER:
                return step.point
    return None


def _asked(condition: Condition) -> Iterator[ast.expr]:
    """The references of which a condition tells something: the subject of a `match` is one for all its cases."""
    if isinstance(condition.test, ast.pattern):
        yield subject_of(condition.test)
        return
    for part in ast.walk(condition.test):
        if isinstance(part, ast.expr) and key_of(part) in condition.about:
            yield part


def _loss(ground: Ground, lost: tuple[_Chain, ast.AST | None]) -> Loss:
    """A lost walk, with the condition behind which no use could be reached any more, or else its last one."""
    graph = ground.frame.graph
    useful = graph.leading_to(ground.uses)
    decisive: Condition | None = None
    for step in lost[0]:
        condition = graph.conditions.get(step.point)
        if step.held is not None:
            decisive = condition or decisive
            if step.point not in useful:
                break
    return Loss(decisive, lost[1])
