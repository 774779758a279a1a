"""The ground on which the walks of one coroutine go (see `coroscope.model.paths`): the code, and what holds it there.

box.job = fetch()           # the birth: an attribute holds what the origin makes
job = box.job               # a copy: both hold it now
await job                   # a use, by the name `job`
"""

from __future__ import annotations

import ast
from collections.abc import Set
from dataclasses import dataclass
from typing import TYPE_CHECKING

from coroscope.model.bodies import BodyScope
from coroscope.model.facts import decisive_words
from coroscope.model.following import followed_parameter
from coroscope.model.graph import root_of
from coroscope.model.handing import is_surely_awaited
from coroscope.model.life import Fate, Life, Use
from coroscope.model.names import Binding
from coroscope.model.protocols import is_coroutine
from coroscope.model.takers import taker_of
from coroscope.nodes import COMPREHENSIONS, FunctionNode, ancestors, parent_of, statement_of

if TYPE_CHECKING:
    from coroscope.model.module import Module

RUNNING = (Fate.AWAITED, Fate.ESCAPED, Fate.RETURNED)
"""What runs a coroutine, or takes it out of sight."""

_LOOPS = (ast.For, ast.AsyncFor, ast.While, *COMPREHENSIONS)


@dataclass(frozen=True, slots=True)
class Ground:
    """What the walks of one life know of their code.

    `uses` are found by the names through which the coroutine comes there. The nodes that bind what the origin makes,
    or store it in an attribute, are `births`, those that bind it again to another name `copies`. The `words` are of the
    facts that may rule out a way, `loops` those that have a use in them and not the origin, and `turning` those
    around the origin. What is `held` is so from the start: a parameter. If there are `is_many`, a comprehension makes
    any number of coroutines, which its name holds together.
    """

    module: Module
    life: Life
    frame: BodyScope
    uses: dict[ast.AST, Use]
    births: Set[ast.AST]
    copies: Set[ast.AST]
    words: frozenset[str]
    loops: Set[ast.AST]
    turning: Set[ast.AST]
    held: frozenset[str] | None = None
    is_many: bool = False


def ground_of(module: Module, life: Life) -> Ground | None:
    """The ground to walk on; None where walks would tell nothing, or more than is known."""
    if not life.is_coroutine or not any(use.fate in RUNNING for use in life.uses):
        return None
    uses = _by_read(life)
    frame = module.bodies.scope_of(life.origin).frame
    around = set(ancestors(life.origin))
    births = {node for place in life.places if (node := _birth(place, {life.origin, *around})) is not None}
    copies = {node for place in life.places if (node := _copy(place)) is not None} - births
    if uses is None or not births or isinstance(frame.node, ast.ClassDef):
        return None
    if len(births) + len(copies) < len(life.places):
        return None  # it is somewhere else as well
    if not all(frame.graph.points(node) for node in (life.origin, *uses, *births)):
        return None
    words = frame.known("decisive", lambda: decisive_words(frame.graph, frame.names))
    loops = {loop for node in uses for loop in ancestors(node) if isinstance(loop, _LOOPS) and loop not in around}
    turning = {loop for loop in around if isinstance(loop, _LOOPS)}
    is_many = any(isinstance(loop, COMPREHENSIONS) for loop in turning)
    return Ground(module, life, frame, uses, births, copies, words, loops, turning, is_many=is_many)


def ground_of_parameter(module: Module, function: FunctionNode, parameter: ast.arg) -> Ground | None:
    """The ground for a coroutine that a function gets and awaits; None if it gets something else, or nobody knows."""
    awaits = (one.value for one in module.tree.block(function).nodes_of((ast.Await,)) if isinstance(one, ast.Await))
    first = next((one for one in awaits if isinstance(one, ast.Name) and one.id == parameter.arg), None)
    type_ = None if first is None else module.type_of(first)
    if type_ is None or not is_coroutine(type_):
        return None
    life = followed_parameter(module, function, parameter, type_)
    uses, frame = _by_read(life), module.bodies.body(function)
    copies = {node for place in life.places if (node := _copy(place)) is not None}
    if uses is None or len(copies) < len(life.places) or not all(frame.graph.points(node) for node in uses):
        return None
    words = frame.known("decisive", lambda: decisive_words(frame.graph, frame.names))
    loops = {loop for node in uses for loop in ancestors(node) if isinstance(loop, _LOOPS)}
    return Ground(module, life, frame, uses, set(), copies, words, loops, set(), frozenset({parameter.arg}))


def bound_together(ground: Ground, binding: Binding) -> list[Binding]:
    """The bindings of one unpacking, which takes all values before it binds a name."""
    statement = statement_of(binding.node)
    if not binding.path or not isinstance(statement, ast.Assign):
        return [binding]
    by_node = ground.frame.names.by_node
    return [by_node[node] for target in statement.targets for node in ast.walk(target) if node in by_node]


def sources(value: ast.expr | None) -> list[ast.Name]:
    """The names that references begin with which are an expression, or are its elements."""
    if isinstance(value, (ast.Tuple, ast.List)):
        return [name for element in value.elts for name in sources(element)]
    root = None if value is None else root_of(value)
    return [] if root is None else [root]


def runner_of(module: Module, node: ast.expr) -> ast.Call | None:
    """The call that runs what it gets: `create_task(job)`, or a function that awaits it, which is awaited in turn.

    Of a container it runs what is in it: `gather(*jobs)`.
    """
    above = parent_of(node)
    call = taker_of(module, above if isinstance(above, ast.Starred) else node)
    if call is not None or not isinstance(above, ast.Call) or node not in above.args:
        return call
    is_run = isinstance(parent_of(above), ast.Await) or taker_of(module, above) is not None
    return above if is_run and is_surely_awaited(module.type_of(above.func), above, node) else None


def _by_read(life: Life) -> dict[ast.AST, Use] | None:
    """The uses by the names through which they come; None if one comes by none, or perhaps from another element."""
    uses: dict[ast.AST, Use] = {}
    for use in life.uses:
        read = use.read or use.node
        is_other = use.read is not None and not use.is_certain
        if is_other or not isinstance(read, ast.Name) or not isinstance(read.ctx, ast.Load):
            return None
        uses[read] = use
    return uses


def _birth(place: Binding | ast.Name, values: Set[ast.AST]) -> ast.AST | None:
    """The node that binds or stores one of some values, which are an origin and what it is a part of."""
    if isinstance(place, Binding):
        is_plain = place.kind in ("assign", "annotate") and not isinstance(place.value, ast.GeneratorExp)
        return place.node if is_plain and place.value in values else None
    target = parent_of(place)
    statement = None if target is None else parent_of(target)
    is_stored = isinstance(target, ast.Attribute) and isinstance(statement, ast.Assign) and statement.value in values
    return target if is_stored else None


def _copy(place: Binding | ast.Name) -> ast.AST | None:
    """The node that binds a name to what another one holds, to an element of that, or to a display with it."""
    if not isinstance(place, Binding) or place.kind not in ("assign", "annotate"):
        return None
    return place.node if sources(place.value) else None
