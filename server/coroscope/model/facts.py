"""What is known on a path through a function: how the conditions turned out that it came through.

    if verbose:                 # behind this, `verbose` is known to be true
        report = build()
    save()
    if verbose:                 # so a path that built the report does not come by here without sending it
        await send(report)

The same words mean the same thing until a name in them is bound again. That may be wrong where a call changes an
attribute, and then a path is taken to be impossible that is not: whoever asks for a path says nothing, once too often.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from coroscope.model.graph import Graph
from coroscope.model.names import Binding, Names
from coroscope.nodes import unparsed


class Fact(NamedTuple):
    """That a condition holds, or does not; `x is not None` is written `x is None`, which does not hold."""

    words: str
    holds: bool


_NEGATED: dict[type[ast.cmpop], type[ast.cmpop]] = {ast.IsNot: ast.Is, ast.NotEq: ast.Eq, ast.NotIn: ast.In}


def fact_of(test: ast.expr, holds: bool) -> Fact:
    """The fact that a condition turned out so."""
    if isinstance(test, ast.Compare) and len(test.ops) == 1 and type(test.ops[0]) in _NEGATED:
        positive = ast.Compare(test.left, [_NEGATED[type(test.ops[0])]()], test.comparators)
        return Fact(unparsed(positive), not holds)
    return Fact(unparsed(test), holds)


def facts_of(test: ast.expr, holds: bool) -> frozenset[Fact]:
    """The fact that a condition turned out so, and what follows: what is true is not None."""
    fact = fact_of(test, holds)
    name = fact.words.removesuffix(" is None")
    if name != fact.words and fact.holds:
        return frozenset({fact, Fact(name, False)})
    if isinstance(test, (ast.Name, ast.Attribute)) and fact.holds:
        return frozenset({fact, Fact(f"{fact.words} is None", False)})
    return frozenset({fact})


def facts_of_binding(binding: Binding) -> frozenset[Fact]:
    """What is known of a name that was just bound to a constant."""
    if binding.path or not isinstance(binding.value, ast.Constant):
        return frozenset()
    value = binding.value.value
    return frozenset({Fact(binding.name, bool(value)), Fact(f"{binding.name} is None", value is None)})


def contradict(known: frozenset[Fact], new: Iterable[Fact]) -> bool:
    """Whether something is known to be otherwise."""
    return any((fact.words, not fact.holds) in known for fact in new)


def without(known: frozenset[Fact], name: str) -> frozenset[Fact]:
    """What is still known when a name is bound to something else."""
    return frozenset(fact for fact in known if name not in fact.words or name not in _names_in(fact.words))


def decisive_words(graph: Graph, names: Names) -> frozenset[str]:
    """The words of those facts that may rule a path out: of conditions that are asked twice, and of set flags."""
    asked = {condition.test for condition in graph.conditions.values() if isinstance(condition.test, ast.expr)}
    counted = Counter(fact.words for test in asked for fact in facts_of(test, True))
    bound = {fact.words for bindings in names.bindings.values() for b in bindings for fact in facts_of_binding(b)}
    return frozenset(words for words, count in counted.items() if count > 1 or words in bound)


def _names_in(words: str) -> set[str]:
    return {node.id for node in ast.walk(ast.parse(words, mode="eval")) if isinstance(node, ast.Name)}
