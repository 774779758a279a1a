"""The life of a coroutine within one file: where it was made, and every use that it meets.

In

    async def main():
        c = fetch()        # origin: `fetch()`, bound to `c`
        print(c)           # a misuse: `print` gets the coroutine itself
        await c            # awaited

the life of `fetch()` has two uses. A use that runs the coroutine, or takes it out of sight, makes every misuse
harmless; a life without any such use is a mistake, and which mistake depends on the uses that it has:

    awaited     an `await` (or `yield from`) runs it
    escaped     handed to somebody who may run it: stored, captured, yielded, passed on, closed
    returned    returned by the function, so that the caller has it
    misused     something else than a run: subscripted, compared, printed, tested …
    dropped     the value of a statement, or of an expression whose value nobody takes
    unused      bound to a name that is never read
    overwritten bound to a name that is bound again before anybody reads it
    looked at   asked what it is (`isinstance`, `is None`), which changes nothing
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import TYPE_CHECKING

from coroscope.model.bodies import BodyScope
from coroscope.model.calls import declared_result
from coroscope.model.consequences import TRUE, UNPACKED, Consequence, consequence, is_async_place
from coroscope.model.matching import assignable
from coroscope.model.misuse import is_cast, taken_by
from coroscope.model.names import Binding
from coroscope.model.occurrences import occurrences
from coroscope.model.protocols import is_coroutine, is_lazy
from coroscope.model.types import (
    NEVER,
    UNKNOWN,
    CallableType,
    ClassObject,
    FunctionObject,
    Instance,
    Overloads,
    PropertyType,
    TupleType,
    Type,
    members,
)
from coroscope.model.usage import Witness, awaited_around, awaited_elsewhere
from coroscope.syntax import COMPREHENSIONS, Block, parent_of

if TYPE_CHECKING:
    from coroscope.model.module import Module


class Fate(Enum):
    """What a use does to a coroutine."""

    AWAITED = "awaited"
    ESCAPED = "escaped"
    RETURNED = "returned"
    MISUSED = "misused"
    DROPPED = "dropped"
    UNUSED = "unused"
    OVERWRITTEN = "overwritten"
    LOOKED_AT = "looked at"


LOST = frozenset({Fate.DROPPED, Fate.UNUSED, Fate.OVERWRITTEN, Fate.LOOKED_AT})
"""What leaves a coroutine without ever having run it."""


@dataclass(frozen=True, slots=True)
class Use:
    """One use: the expression that holds the coroutine there, and for a misuse what comes of it.

    A `fatal` misuse is a mistake whatever becomes of the coroutine elsewhere. A use is not certain where the name may
    also hold something else.
    """

    fate: Fate
    node: ast.AST
    consequence: str = ""
    name: str = ""
    fatal: bool = False
    is_certain: bool = True


@dataclass(slots=True)
class Life:
    """One coroutine: the expression that makes it, its type, and its uses in the order in which they were found."""

    origin: ast.expr
    type: Type
    uses: list[Use] = field(default_factory=list)

    @property
    def is_coroutine(self) -> bool:
        """Whether it is a coroutine for sure; else only `Awaitable` is known of it, or of one of its types."""
        return is_coroutine(self.type)

    def ends(self, *fates: Fate) -> list[Use]:
        """The uses with one of these fates."""
        return [use for use in self.uses if use.fate in fates]

    def only(self, *fates: Fate) -> bool:
        """Whether all uses have one of these fates."""
        return all(use.fate in fates for use in self.uses)

    @property
    def is_lost(self) -> bool:
        """Whether nothing takes it, or a use raises an exception if it is awaitable, which nothing in sight awaits."""
        if any(use.fatal for use in self.uses) and not self.ends(Fate.AWAITED):
            return True
        return self.only(Fate.MISUSED, *LOST) and not self.only(Fate.LOOKED_AT)


def asks_if_awaitable(module: Module, life: Life) -> bool:
    """Whether some look at the value asks if it can be awaited; `is None` and `isinstance` of another class do not."""
    return any(_asks(module, life, use.node) for use in life.ends(Fate.LOOKED_AT))


def _asks(module: Module, life: Life, node: ast.AST) -> bool:
    call = parent_of(node)
    if not isinstance(call, ast.Call):
        return False
    if not isinstance(call.func, ast.Name) or call.func.id != "isinstance" or len(call.args) != 2:
        return True
    asked = module.type_of(call.args[1])
    classes = asked.items if isinstance(asked, TupleType) else (asked,)
    known = [Instance(cls.cls, cls.args) for cls in classes if isinstance(cls, ClassObject)]
    return len(known) < len(classes) or any(
        assignable(life.type, one, module.bodies.module) is not False for one in known
    )


def lives(module: Module, block: Block) -> Iterator[Life]:
    """The life of every coroutine, and of all that is only known as `Awaitable`, that a block's own code makes."""
    for node in block.nodes_of((ast.Call, ast.Attribute)):
        made = _makes(module, node)
        if made is not None and isinstance(node, ast.expr):
            yield _life(module, node, made)


def lives_by_usage(module: Module, block: Block) -> Iterator[tuple[Life, Witness]]:
    """The life of every value of unknown type that a block's async code makes and loses, if usage says that it wants
    an `await`.

    With it comes a place where another call of the same callee is awaited.
    """
    for node in block.nodes_of((ast.Call,)):
        if not isinstance(node, ast.Call) or isinstance(parent_of(node), ast.Await) or not module.in_async(node):
            continue
        type_ = module.type_of(node)
        if UNKNOWN not in members(type_) or module.is_chosen(node) or module.is_dead(node):
            continue
        life = _life(module, node, type_)
        witness = awaited_elsewhere(module, node) or awaited_around(module, node) if life.is_lost else None
        if witness is not None:
            yield life, witness


def _life(module: Module, origin: ast.expr, type_: Type) -> Life:
    """The life that begins at an expression."""
    return Life(origin, type_, _weighed(dict.fromkeys(_Follower(module, type_).follow(origin))))


def _weighed(uses: Iterable[Use]) -> list[Use]:
    """The uses of one life, a truth test being a mistake for sure unless something awaits the coroutine in sight.

    Nobody asks whether what an `async def` makes is true, but code for sometimes a coroutine may.
    """
    found = list(uses)
    if any(use.fate is Fate.AWAITED for use in found):
        return found
    return [replace(use, fatal=True) if use.consequence == TRUE.words and use.is_certain else use for use in found]


def _makes(module: Module, node: ast.AST) -> Type | None:
    """The type of the coroutine or `Awaitable` that an expression makes; None if it makes none."""
    if isinstance(parent_of(node), ast.Await) or not isinstance(node, ast.expr):
        return None
    if isinstance(parent_of(node), ast.Return) and not module.in_async(node):
        return None  # which is never a mistake: whoever calls has it
    if isinstance(node, ast.Attribute) and not _is_property(module, node):
        return None
    made = module.type_of(node)
    if not is_lazy(made) or module.is_chosen(node) or module.is_dead(node):
        return None
    if isinstance(node, ast.Call):
        if _decorates(module, node) or (not is_coroutine(made) and module.may_make_another(node)):
            return None
        if _is_handed_out(module, node):
            return None
    return made


def _is_handed_out(module: Module, call: ast.Call) -> bool:
    """Whether a call gives back what a container was given before, as `waiting.pop()` does: it was made elsewhere."""
    callee = module.type_of(call.func)
    for function in callee.items if isinstance(callee, Overloads) else (callee,):
        if isinstance(function, FunctionObject) and function.owner is not None and function.declaration.returns:
            parameters = function.owner.parameters
            if parameters and not set(members(declared_result(function))).isdisjoint(parameters):
                return True
    return False


def _decorates(module: Module, call: ast.Call) -> bool:
    """Whether a call applies a decorator that another call made, as in `app.get("/")(show)`.

    If that says `Callable[..., Coroutine]`, it means the function that it takes and gives back.
    """
    if not isinstance(call.func, ast.Call) or len(call.args) != 1 or call.keywords:
        return False
    callee = module.type_of(call.func)
    is_vague = isinstance(callee, CallableType) and not isinstance(callee.parameters, tuple)
    return is_vague and isinstance(module.type_of(call.args[0]), FunctionObject)


def _is_property(module: Module, node: ast.Attribute) -> bool:
    """Whether reading an attribute runs a property's getter."""
    if not isinstance(node.ctx, ast.Load) or isinstance(parent_of(node), ast.Call):
        return False
    value = module.type_of(node.value)
    found = value.cls.member(node.attr) if isinstance(value, Instance) else None
    return found is not None and isinstance(found.type, PropertyType)


class _Follower:
    """Follows one coroutine from expression to expression, through the names that it is bound to."""

    def __init__(self, module: Module, type_: Type) -> None:
        self.module = module
        self.type = type_
        self.is_known = is_lazy(type_)
        """Whether the type tells that it is awaitable: then it tells as well if a name may hold something else."""
        self.seen: set[Binding] = set()

    def follow(self, node: ast.expr) -> Iterator[Use]:  # noqa: PLR0912  (one branch for each kind of place)
        """The uses of the value of an expression."""
        above = parent_of(node)
        while isinstance(above, ast.IfExp) and above.test is not node:
            node, above = above, parent_of(above)
        match above:
            case ast.Await() | ast.YieldFrom():
                yield Use(Fate.AWAITED, node)
            case ast.Expr():
                yield Use(Fate.DROPPED, node)
            case ast.Return():
                yield Use(Fate.RETURNED, node)
            case ast.Assign():
                for target in above.targets:
                    yield from self.assigned(target, node)
            case ast.AnnAssign():
                yield from self.assigned(above.target, node)
            case ast.NamedExpr():
                yield from self.bound(above.target, node)
                yield from self.walrus(above)
            case ast.BoolOp():
                yield from self.bool_op(above, node)
            case ast.Tuple() | ast.List() | ast.Set():
                yield from self.element(above, node)
            case ast.ListComp() | ast.SetComp() if above.elt is node:
                yield from self.contained(above, node)
            case ast.Call() | ast.keyword():
                yield from self.argument(above, node)
            case _:
                yield self.judged(consequence(node), node)

    def walrus(self, node: ast.NamedExpr) -> Iterator[Use]:
        """The value of `(name := f())` itself: as a statement it adds nothing to what the name meets."""
        for use in self.follow(node):
            if use.fate is not Fate.DROPPED:
                yield use

    def judged(self, found: Consequence, node: ast.expr) -> Use:
        """A use by what comes of it; what is awaitable by usage alone may be entered or looped over as well."""
        if found.words and not self.is_known and is_async_place(node):
            return Use(Fate.ESCAPED, node)
        if found.words:
            return Use(Fate.MISUSED, node, found.words, fatal=found.fatal)
        return Use(Fate.LOOKED_AT if found.neutral else Fate.ESCAPED, node)

    def bool_op(self, above: ast.BoolOp, node: ast.expr) -> Iterator[Use]:
        """An operand of `and` or `or`: all but the last are tested for truth; `or` hands a true one on."""
        if node is above.values[-1]:
            yield from self.follow(above)
            return
        if isinstance(above.op, ast.And):
            yield Use(Fate.MISUSED, node, TRUE.words)
            return
        yield Use(Fate.MISUSED, node, TRUE.words)
        yield from self.follow(above)

    def argument(self, above: ast.Call | ast.keyword, node: ast.expr) -> Iterator[Use]:
        """An argument of a call, or what is called."""
        call = parent_of(above) if isinstance(above, ast.keyword) else above
        if not isinstance(call, ast.Call):
            yield Use(Fate.ESCAPED, node)
        elif len(call.args) == 2 and call.args[1] is node and is_cast(self.module, call):
            for use in self.follow(call):  # of what the type says that it is cast to, only losing it is a mistake
                yield use if use.fate in (*LOST, Fate.RETURNED) else Use(Fate.ESCAPED, node)
        else:
            yield self.judged(taken_by(self.module, call, node), node)

    def element(self, container: ast.Tuple | ast.List | ast.Set, node: ast.expr) -> Iterator[Use]:
        """An element of a display: unpacked at once, or contained in something."""
        above = parent_of(container)
        if isinstance(above, ast.Assign) and isinstance(container, (ast.Tuple, ast.List)):
            matching = [_matching(target, container, node) for target in above.targets]
            if any(matching):
                for target in matching:
                    yield from self.assigned(target, node) if target else [Use(Fate.ESCAPED, node)]
                return
        yield from self.contained(container, node)

    def contained(self, container: ast.expr, node: ast.expr) -> Iterator[Use]:
        """A value in a container: lost with the container, else out of sight."""
        for use in self.follow(container):
            if use.fate in (Fate.DROPPED, Fate.UNUSED, Fate.OVERWRITTEN):
                yield use if use.fate is not Fate.DROPPED else Use(Fate.DROPPED, node)
            else:
                yield Use(Fate.ESCAPED, node)

    def assigned(self, target: ast.expr, node: ast.expr) -> Iterator[Use]:
        """A value assigned to a target."""
        if isinstance(target, (ast.Tuple, ast.List)):
            is_container = isinstance(node, (ast.Tuple, ast.List, *COMPREHENSIONS))
            yield Use(Fate.ESCAPED, node) if is_container else self.judged(UNPACKED, node)
            return
        refused = self.module.refusal_of_target(target, node)
        if refused:
            yield Use(Fate.MISUSED, node, refused, fatal=True)
        elif isinstance(target, ast.Name):
            yield from self.bound(target, node)
        else:
            yield Use(Fate.ESCAPED, node)

    def bound(self, target: ast.expr, node: ast.expr) -> Iterator[Use]:
        """A value bound to a name: the uses of the name where this binding is in force."""
        scope = self.module.bodies.scope_of(node)
        while isinstance(scope.node, COMPREHENSIONS) and isinstance(scope.parent, BodyScope):
            scope = scope.parent
        binding = scope.names.by_node.get(target)
        if binding is None or not isinstance(target, ast.Name) or isinstance(scope.node, ast.ClassDef):
            yield Use(Fate.ESCAPED, node)
            return
        if target.id in scope.names.globals | scope.names.nonlocals:
            yield Use(Fate.ESCAPED, node)
            return
        if binding in self.seen:
            return
        self.seen.add(binding)
        yield from self.uses_of(binding, scope, target)

    def uses_of(self, binding: Binding, scope: BodyScope, target: ast.Name) -> Iterator[Use]:
        """The uses of a name where one of its bindings is in force."""
        name = binding.name
        here, elsewhere, reached_by, bindings_at = scope.known(("reads", name), lambda: occurrences(scope, name))
        if elsewhere or (isinstance(scope.node, ast.Module) and self.module.is_exported(binding.name)):
            yield Use(Fate.ESCAPED, target)
            return
        reached = reached_by.get(binding, [])
        if not reached:
            others = [b for b in scope.names.bindings[binding.name] if b is not binding]
            later = [b.node for b in others if isinstance(b.node, ast.Name) and b.node.lineno >= target.lineno]
            if binding.name != "_" and here and later:
                yield Use(Fate.OVERWRITTEN, later[0], name=binding.name)
            else:
                yield Use(Fate.UNUSED, target, name=binding.name)
        bound = UNKNOWN if binding.value is None else self.module.type_of(binding.value)
        for use in reached:
            if is_lazy(bound) and self.is_ruled_out(use, bound):
                continue
            is_certain = is_lazy(self.module.type_of(use)) if self.is_known else bindings_at[use] == 1
            for met in self.follow(use):
                if met.fate is not Fate.MISUSED or is_certain:
                    yield met
                elif met.fatal and not self.module.is_guarded(use):
                    yield replace(met, fatal=False, is_certain=False)
                else:
                    yield Use(Fate.ESCAPED, use)

    def is_ruled_out(self, use: ast.Name, bound: Type) -> bool:
        """Whether a name bound to an awaitable holds something else where it is read: `if isinstance(c, bytes): c`."""
        held = self.module.type_of(use)
        scope = self.module.bodies.module
        return held == NEVER or all(assignable(bound, member, scope) is False for member in members(held))


def _matching(target: ast.expr, display: ast.Tuple | ast.List, node: ast.expr) -> ast.expr | None:
    """The part of an unpacking target that gets an element of a display of the same length."""
    if not isinstance(target, (ast.Tuple, ast.List)) or len(target.elts) != len(display.elts):
        return None
    if any(isinstance(item, ast.Starred) for item in (*target.elts, *display.elts)):
        return None
    return target.elts[display.elts.index(node)]
