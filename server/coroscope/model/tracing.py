"""The type that a reference has at a place: what was bound to it on the ways there, and what conditions left of that.

From the place the graph is walked back to where values come from: bindings, the start of the code. If no condition on
these ways speaks of the reference, the answer is the union of their types; else types are carried forward again through
the conditions. On a way where nothing is left of the type, the reference is never read: it adds nothing to the union.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from coroscope.model.graph import Condition, Gate, Graph
from coroscope.model.types import NEVER, Type, union

Lazy: TypeAlias = Callable[[], Type]
_MOST_ROUNDS = 6
"""How often types are carried around loops; each round can only add what the one before left out."""

_MOST_POINTS = 5_000
"""How far a value is looked for; in longer code it may be any that the reference gets somewhere."""


def traced(  # noqa: PLR0917  (the reference, and the two who know types)
    graph: Graph,
    places: Sequence[int],
    sources: Mapping[int, Lazy],
    key: str,
    narrow: Callable[[Type, Condition], Type],
    opens: Callable[[Gate], bool],
) -> dict[int, Type]:
    """The types of a reference with a key behind some points, whose value may come from `sources` by their point.

    With those asked for come those of other points on the way. `narrow` tells what a condition leaves of a type, and
    `opens` whether a gate lets anything through. Whoever asks puts the start of the graph among the sources, if the
    reference has a value there.
    """
    before, is_asked = _region(graph, places, sources, key, opens)
    if len(before) > _MOST_POINTS:
        return dict.fromkeys(places, union(source() for source in list(sources.values())))
    types: dict[int, Type] = {point: sources[point]() for point in before if point in sources}
    if not is_asked:
        return types if len(places) == 1 and places[0] in types else dict.fromkeys(places, union(types.values()))
    order, has_loop = _ordered(before, sources)
    for _ in range(_MOST_ROUNDS):
        changed = False
        for point in order:
            came = [types.get(other, NEVER) for other in before[point]]
            type_ = came[0] if len(came) == 1 else union(came)
            condition = graph.conditions.get(point)
            if condition is not None and key in condition.about and type_ != NEVER:
                type_ = narrow(type_, condition)
            if types.get(point) != type_:
                types[point], changed = type_, True
        if not (changed and has_loop):
            break
    return types


def _region(
    graph: Graph, places: Sequence[int], sources: Mapping[int, Lazy], key: str, opens: Callable[[Gate], bool]
) -> tuple[dict[int, list[int]], bool]:
    """The points on the ways to some places, with the points before each, and whether a condition there matters."""
    before: dict[int, list[int]] = {}
    is_asked = False
    stack = list(places)
    while stack and len(before) <= _MOST_POINTS:
        point = stack.pop()
        if point in before:
            continue
        gate = graph.gates.get(point)
        if point in sources or (gate is not None and not opens(gate)):
            before[point] = []
            continue
        condition = graph.conditions.get(point)
        is_asked = is_asked or (condition is not None and key in condition.about)
        before[point] = graph.before[point]
        stack += before[point]
    return before, is_asked


def _ordered(before: Mapping[int, list[int]], sources: Mapping[int, Lazy]) -> tuple[list[int], bool]:
    """The points that are no sources, each behind those before it as far as loops allow; whether there are loops."""
    after: dict[int, list[int]] = {}
    for point, others in before.items():
        for other in others:
            after.setdefault(other, []).append(point)
    finished: list[int] = []
    seen: set[int] = set()
    stack = [(point, False) for point in before if not before[point]]
    while stack:
        point, is_done = stack.pop()
        if is_done:
            finished.append(point)
        elif point not in seen:
            seen.add(point)
            stack.append((point, True))
            stack += [(other, False) for other in after.get(point, ())]
    order = [point for point in reversed(finished) if point not in sources]
    place = {point: index for index, point in enumerate(order)}
    has_loop = any(place.get(other, -1) >= place[point] for point in order for other in before[point])
    return order, has_loop
