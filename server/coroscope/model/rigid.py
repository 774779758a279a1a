"""Type variables as the code sees them that they belong to: its callers chose what they are.

    def in_threads(items: Iterator[T]) -> AsyncIterator[T]:
        async def step() -> AsyncIterator[T]:
            yield loop.run_in_executor(None, next, items)       # a Future, which is no T

Type systems call them rigid there. A variable of which a function says no more than that it returns one is none of
them: what nobody chose means `Any` to those who write it.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from coroscope.model.signatures import parameter_type
from coroscope.model.substitution import variables
from coroscope.model.types import Type, TypeVariable, members
from coroscope.nodes import FUNCTIONS, ancestors

if TYPE_CHECKING:
    from coroscope.model.bodies import Bodies


def rigid_in(type_: Type, bodies: Bodies, node: ast.AST) -> frozenset[Type]:
    """The members of a type that are variables which callers of the functions and classes around a node chose."""
    open_ = {member for member in members(type_) if isinstance(member, TypeVariable) and member.kind == "type"}
    return frozenset(open_ & _chosen_around(bodies, node) if open_ else ())


def _chosen_around(bodies: Bodies, node: ast.AST) -> set[TypeVariable]:
    found: set[TypeVariable] = set()
    for above in ancestors(node):
        if isinstance(above, FUNCTIONS):
            function = bodies.function(above)
            types = [parameter_type(function, parameter) for parameter in function.declaration.parameters]
            found.update(variable for type_ in types if type_ is not None for variable in variables(type_))
        elif isinstance(above, ast.ClassDef):
            found.update(bodies.class_(above).parameters)
    return found
