"""What the place of an expression is declared to take.

    names: list[str] = …        # the target of an assignment
    show(…)                     # a parameter, of `def show(name: str)`
    return …                    # the result of the function around
    yield …                     # an item of the generator around

`wanted_at` answers None where nothing is declared, or where it cannot be said what is.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, NamedTuple

from coroscope.model.annotations import annotation
from coroscope.model.callees import parameters_for
from coroscope.model.generators import item_of
from coroscope.model.guards import is_asked_between
from coroscope.model.matching import assignable
from coroscope.model.misuse import callee_text
from coroscope.model.protocols import is_refused, with_results
from coroscope.model.rigid import rigid_in
from coroscope.model.scopes import Scope
from coroscope.model.signatures import parameter_type
from coroscope.model.targets import declared_target
from coroscope.model.types import UNKNOWN, SpecialForm, Type, members
from coroscope.nodes import parent_of

if TYPE_CHECKING:
    from coroscope.model.module import Module


class Wanted(NamedTuple):
    """What a place takes: one of these types, each as it is understood in its scope; and words that say so.

    `rigid` are the type variables among them of which the code around does not know what they are.
    """

    words: str
    types: tuple[tuple[Type, Scope], ...]
    rigid: frozenset[Type] = frozenset()

    def refuses(self, value: Type) -> bool:
        """Whether the place surely does not take a value that was made there."""
        return all(is_refused(value, type_, scope, self.rigid) for type_, scope in self.types)

    def takes(self, value: Type) -> bool | None:
        """Whether the place takes a value; None if it cannot be said."""
        answers = {assignable(value, type_, scope) for type_, scope in self.types}
        return True if True in answers else None if None in answers else False


def wanted_at(module: Module, node: ast.expr) -> Wanted | None:
    """What the place of an expression is declared to take."""
    above = parent_of(node)
    match above:
        case ast.Assign(targets=[target]) | ast.AnnAssign(target=target):
            declared = declared_target(module.bodies, target)
            return None if declared is None else _declared(module, target, *declared)
        case ast.Return() | ast.Yield():
            return _of_function(module, above)
        case ast.keyword():
            call = parent_of(above)
            return _of_parameter(module, call, node) if isinstance(call, ast.Call) and above.arg else None
        case ast.Call() if above.func is not node:
            return _of_parameter(module, above, node)
    return None


def refused_for_content(module: Module, container: ast.expr, origin: ast.expr) -> str:
    """Why the place of a container does not take it, if it may take one with results in place of what `origin` makes.

    Empty if it may take this one, or if a condition in between asks for what is in it.
    """
    if isinstance(container, ast.Name) and is_asked_between(module.tree, origin, container):
        return ""
    return module.known((refused_for_content, container), lambda: _refused_for_results(module, container))


def _refused_for_results(module: Module, container: ast.expr) -> str:
    """Why the place of a container does not take it, if it may take one with results in place of its coroutines."""
    wanted = wanted_at(module, container)
    if wanted is None:
        return ""
    given = module.type_of(container)
    results = with_results(given, module.program)
    return wanted.words if results != given and wanted.refuses(given) and wanted.takes(results) is not False else ""


def _declared(module: Module, target: ast.expr, text: str, type_: Type) -> Wanted:
    words = f"`{module.short(target)}` is declared `{' '.join(text.split())}`"
    return Wanted(words, ((type_, module.bodies.module),))


def _of_function(module: Module, statement: ast.Return | ast.Yield) -> Wanted | None:
    function = module.function_around(statement)
    if function is None or function.returns is None:
        return None
    is_generator = any(module.tree.block(function).nodes_of((ast.Yield, ast.YieldFrom)))
    if is_generator and isinstance(statement, ast.Return):
        return None
    scope = module.bodies.declaring(function)
    said = annotation(function.returns, scope)
    wanted = item_of(said) if is_generator else said
    if any(member == UNKNOWN or isinstance(member, SpecialForm) for member in members(wanted)):
        return None
    text = " ".join(module.text(function.returns).split())
    # What is kept elsewhere may be a T that a condition found to be an awaitable.
    is_made_here = not isinstance(statement.value, ast.Attribute)
    rigid = rigid_in(wanted, module.bodies, statement) if is_made_here else frozenset()
    return Wanted(f"`{function.name}` is declared `-> {text}`", ((wanted, scope),), rigid)


def _of_parameter(module: Module, call: ast.Call, node: ast.expr) -> Wanted | None:
    if any(isinstance(argument, ast.Starred) for argument in call.args):
        return None
    found = parameters_for(module.type_of(call.func), call, node)
    types = [(parameter_type(function, parameter), function.scope) for function, parameter in found]
    known = tuple((type_, scope) for type_, scope in types if type_ is not None)
    if not known or len(known) < len(types):
        return None
    return Wanted(f"`{callee_text(module, call)}` gets the awaitable, not its result", known)
