"""Following one coroutine from the expression that makes it to every use that it meets."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from coroscope.model.ambiguity import Name, alternatives, ambiguous
from coroscope.model.bodies import BodyScope
from coroscope.model.consequences import ESCAPED, NEVER_NONE, TRUE, UNPACKED, Consequence, consequence, is_async_place
from coroscope.model.contents import Taken, other_reads, put_into, taken_from
from coroscope.model.guards import (
    is_told_apart,
)
from coroscope.model.life import LOST, Fate, Life, Use
from coroscope.model.matching import assignable
from coroscope.model.misuse import is_cast, refused_item, taken_by
from coroscope.model.names import Binding
from coroscope.model.occurrences import occurrences
from coroscope.model.protocols import awaited, is_coroutine, is_lazy
from coroscope.model.types import NEVER, NONE, UNKNOWN, Type, members
from coroscope.model.wanted import refused_for_content, wanted_at
from coroscope.syntax import COMPREHENSIONS, parent_of

if TYPE_CHECKING:
    from coroscope.model.module import Module

_COMPARING = (ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE)
_NESTING = (ast.Tuple, ast.List, ast.Set, ast.Dict, *COMPREHENSIONS)
"""What makes a container of containers."""


def followed(module: Module, origin: ast.expr, type_: Type) -> Life:
    """The life that begins at an expression."""
    return Life(origin, type_, _weighed(dict.fromkeys(Follower(module, type_).follow(origin))))


def _weighed(uses: Iterable[Use]) -> list[Use]:
    """The uses of one life, more of them being mistakes for sure unless something awaits the coroutine in sight.

    Nobody asks whether what an `async def` makes is true, or None, but code for sometimes a coroutine may. Nor can a
    use be right both for the coroutine and for the result of another one, which the name holds there as well. What is
    asked of something of which only `Awaitable` is known is asked of its result if nothing else becomes of it.
    """
    found = list(uses)
    if any(use.fate is Fate.AWAITED for use in found):
        return found
    if all(use.fate in (Fate.MISUSED, *LOST) for use in found):
        found = [replace(use, fate=Fate.MISUSED) if use.is_question else use for use in found]
    is_asked = any(use.fate is Fate.LOOKED_AT and isinstance(parent_of(use.node), ast.Call) for use in found)
    return [_without_await(use, is_asked) for use in found]


def _without_await(use: Use, is_asked: bool) -> Use:
    if use.is_ambiguous:
        return replace(use, fate=Fate.MISUSED, fatal=True)
    is_question = use.is_question and use.fate is Fate.MISUSED
    is_fatal = is_question and use.is_certain and (use.consequence == TRUE.words or not is_asked)
    return replace(use, fatal=True) if is_fatal else use


class Follower:
    """Follows one coroutine from expression to expression, through the names that it is bound to.

    What comes of it in a place that does not hand it on, `placed` and `handed` say: these differ for other values.
    """

    def __init__(self, module: Module, type_: Type) -> None:
        self.module = module
        self.type = type_
        self.is_known = is_lazy(type_)
        """Whether the type tells that it is awaitable: then it tells as well if a name may hold something else."""
        self.is_sure = is_coroutine(type_)
        self.may_give_none = any(member in (NONE, UNKNOWN) for member in members(awaited(type_, module.program)))
        """Whether code may ask if the result is None."""
        self.seen: set[Binding] = set()
        self.refused: set[ast.expr] = set()
        """What the containers that it is in, or is part of, are refused for."""
        self.containers: set[ast.Name] = set()

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
            case ast.DictComp() if above.value is node:
                yield from self.contained(above, node)
            case ast.Dict() if all(above.keys) and node in above.values:
                yield from self.contained(above, node)
            case ast.Yield():
                yield self.yielded(node)
            case ast.GeneratorExp() if above.elt is node and put_into(above) is not None:
                yield from self.taken_out(above)
            case ast.Call() | ast.keyword():
                yield from self.argument(above, node)
            case _:
                yield self.placed(node)

    def placed(self, node: ast.expr) -> Use:
        """A value in any other place, by what stands around it."""
        return self.judged(consequence(node), node)

    def walrus(self, node: ast.NamedExpr) -> Iterator[Use]:
        """The value of `(name := f())` itself: as a statement it adds nothing to what the name meets."""
        for use in self.follow(node):
            if use.fate is not Fate.DROPPED:
                yield use

    def judged(self, found: Consequence, node: ast.expr) -> Use:
        """A use by what comes of it; what is awaitable by usage alone may be entered or looped over as well."""
        if found.words and not self.is_known and is_async_place(node):
            return Use(Fate.ESCAPED, node)
        is_surely_lost = self.is_sure or (self.is_known and isinstance(node, ast.Call))  # which nobody else has
        if found.ignored:
            return Use(Fate.IGNORED if self.is_known else Fate.ESCAPED, node, found.words)
        if found is NEVER_NONE and not self.may_give_none:
            return Use(Fate.LOOKED_AT, node)
        if found.words and found.neutral and not (is_surely_lost and self.module.in_async(node)):
            is_question = self.is_known and self.module.in_async(node)
            return Use(Fate.LOOKED_AT, node, found.words if is_question else "", is_question=is_question)
        if found.words:
            is_question = found.neutral or found is TRUE or self.is_compared(node)
            return Use(Fate.MISUSED, node, found.words, fatal=found.fatal, is_question=is_question)
        return Use(Fate.LOOKED_AT if found.neutral else Fate.ESCAPED, node)

    def is_compared(self, node: ast.expr) -> bool:
        """Whether a coroutine is compared with something else than awaitables, other than by identity."""
        above = parent_of(node)
        if not self.is_sure or not isinstance(above, ast.Compare):
            return False
        others = [operand for operand in (above.left, *above.comparators) if operand is not node]
        return all(isinstance(op, _COMPARING) for op in above.ops) and not any(
            self.module.can_await(self.module.type_of(other)) is True for other in others
        )

    def bool_op(self, above: ast.BoolOp, node: ast.expr) -> Iterator[Use]:
        """An operand of `and` or `or`: all but the last are tested for truth; `or` hands a true one on."""
        if node is above.values[-1]:
            yield from self.follow(above)
            return
        if isinstance(above.op, ast.And):
            yield Use(Fate.MISUSED, node, TRUE.words, is_question=True)
            return
        yield Use(Fate.MISUSED, node, TRUE.words, is_question=True)
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
            yield from self.handed(call, node)

    def handed(self, call: ast.Call, node: ast.expr) -> Iterator[Use]:
        """A value that a call gets, or that is itself called."""
        found = taken_by(self.module, call, node, self.type)
        whole = put_into(node)
        if found.returned and not is_lazy(self.module.type_of(call)):
            yield from self.follow(call)  # else the life of what the call makes begins there
        elif found == ESCAPED and whole is not None:
            yield from self.put(whole, node)
        else:
            yield self.judged(found, node)

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
        """A value in a container: lost with it, left in it, misused where only results are taken, or out of sight."""
        found: list[Use] = []
        for use in self.follow(container):
            if use.fate in (Fate.DROPPED, Fate.UNUSED, Fate.OVERWRITTEN, Fate.LEFT):
                found.append(use if use.fate is not Fate.DROPPED else Use(Fate.DROPPED, node))
            elif container in self.refused:
                self.refused.add(node)
                found.append(use)
            elif words := refused_for_content(self.module, container, use.node):
                self.refused.add(node)
                found.append(Use(Fate.MISUSED, node, words, fatal=True))
            elif isinstance(use.node, ast.expr) and not isinstance(parent_of(container), _NESTING):
                found += self.taken_out(use.node)
            else:
                found.append(Use(Fate.ESCAPED, node))
        yield from found or [Use(Fate.LEFT, container)]

    def taken_out(self, container: ast.expr) -> Iterator[Use]:
        """What happens to the elements of a container where it is read: what a loop does with one, is told there."""
        whole, target = put_into(container), taken_from(container)
        if whole is not None:
            yield from self.put(whole, container)
        elif isinstance(target, ast.Name):
            found = list(self.bound(target, container))
            is_lost = bool(found) and all(use.fate is Fate.UNUSED for use in found)
            yield from found if is_lost else [Use(Fate.ESCAPED, container)]
        elif target is not Taken.NOTHING:
            yield Use(Fate.ESCAPED, container)

    def put(self, container: ast.Name, node: ast.expr) -> Iterator[Use]:
        """A value that is put into a container: what the other places do with its elements that read it."""
        reads = other_reads(container, self.module.bodies)
        if reads is None:
            yield Use(Fate.ESCAPED, node)
            return
        if container in self.containers:
            return
        self.containers.add(container)
        found = [use for read in reads for use in self.taken_out(read)]
        yield from found or [Use(Fate.LEFT, container, name=container.id)]

    def yielded(self, node: ast.expr) -> Use:
        """A value that a generator yields."""
        wanted = wanted_at(self.module, node) if self.is_known else None
        if wanted is not None and wanted.refuses(self.type):
            return Use(Fate.MISUSED, node, wanted.words, fatal=True)
        return Use(Fate.ESCAPED, node)

    def assigned(self, target: ast.expr, node: ast.expr) -> Iterator[Use]:
        """A value assigned to a target."""
        if isinstance(target, (ast.Tuple, ast.List)):
            is_container = isinstance(node, (ast.Tuple, ast.List, *COMPREHENSIONS))
            yield Use(Fate.ESCAPED, node) if is_container else self.judged(UNPACKED, node)
            return
        if isinstance(target, ast.Subscript):
            refused = refused_item(self.module, target, node)
        else:
            refused = self.module.refusal_of_target(target, node)
        if refused:
            yield Use(Fate.MISUSED, node, refused, fatal=True)
        elif isinstance(target, ast.Name):
            yield from self.bound(target, node)
        else:
            whole = put_into(node)
            yield from [Use(Fate.ESCAPED, node)] if whole is None else self.put(whole, node)

    def bound(self, target: ast.expr, node: ast.expr) -> Iterator[Use]:
        """A value bound to a name: the uses of the name where this binding is in force."""
        scope = self.module.bodies.scope_of(target)
        while isinstance(scope.node, COMPREHENSIONS) and target not in scope.names.by_node:
            if not isinstance(scope.parent, BodyScope):
                break
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
        reads = scope.known(("reads", binding.name), lambda: occurrences(scope, binding.name))
        here, elsewhere, reached_by, bindings_at = reads
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
            others = [] if is_certain else [b for b, uses in reached_by.items() if b is not binding and use in uses]
            others += [] if is_certain else alternatives(binding)
            name = Name(use, binding, others)
            for met in self.follow(use):
                if is_certain or met.fate is not Fate.MISUSED:
                    found = met
                elif met.is_question and met.consequence != TRUE.words:
                    found = Use(Fate.LOOKED_AT, met.node)
                elif met.fatal and not is_told_apart(self.module.tree, use):
                    found = replace(met, fatal=False, is_certain=False)
                else:
                    found = Use(Fate.ESCAPED, use)
                yield ambiguous(self.module, self.type, name, found, met) if others else found

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
