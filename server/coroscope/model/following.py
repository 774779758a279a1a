"""Following one coroutine from the expression that makes it to every use that it meets."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from coroscope.model.ambiguity import Name, alternatives, ambiguous
from coroscope.model.bodies import BodyScope
from coroscope.model.consequences import ESCAPED, NEVER_NONE, TRUE, UNPACKED, Consequence, consequence, is_async_place
from coroscope.model.contents import EACH, Onward, Step, Way, put_into, steady, taken_from, unpacked
from coroscope.model.declared import may_be_dropped
from coroscope.model.guards import is_told_apart
from coroscope.model.keepers import attribute_for, kept, overwritten, still_there
from coroscope.model.life import LOST, Fate, Life, Use, weighed
from coroscope.model.matching import assignable
from coroscope.model.misuse import is_cast, refused_item, taken_by
from coroscope.model.names import Binding
from coroscope.model.occurrences import Occurrences, occurrences
from coroscope.model.protocols import awaited, is_coroutine, is_lazy
from coroscope.model.treatment import gets_results
from coroscope.model.twice import with_handed_twice
from coroscope.model.types import NEVER, NONE, UNKNOWN, FunctionObject, Type, members
from coroscope.model.wanted import refused_for_content, wanted_at
from coroscope.nodes import COMPREHENSIONS, FunctionNode, parent_of

if TYPE_CHECKING:
    from coroscope.model.module import Module

_COMPARING = (ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE)
_DEEPEST = 4
"""How many containers in containers are followed."""


def followed(module: Module, origin: ast.expr, type_: Type) -> Life:
    """The life that begins at an expression."""
    follower = Follower(module, origin, type_)
    uses = with_handed_twice(module, origin, list(dict.fromkeys(follower.follow(origin))))
    return Life(origin, type_, weighed(spared(module, origin, uses)), frozenset(place for place, _ in follower.seen))


def spared(module: Module, origin: ast.expr, uses: list[Use]) -> list[Use]:
    """The uses of a life without any loss, if it is declared that its kind may be dropped."""
    if any(use.fate in LOST for use in uses) and may_be_dropped(origin, module.bodies.scope_of(origin)):
        return [replace(use, fate=Fate.ESCAPED) if use.fate in LOST else use for use in uses]
    return uses


def followed_parameter(module: Module, function: FunctionNode, parameter: ast.arg, type_: Type) -> Life:
    """The life of what a function gets as an argument, as far as its body goes; the origin is a name for it."""
    name = ast.Name(parameter.arg, ast.Store(), lineno=parameter.lineno, col_offset=parameter.col_offset)
    scope = module.bodies.body(function)
    follower = Follower(module, name, type_)
    uses = follower.uses_of(scope.names.by_node[parameter], scope, name, ())
    return Life(name, type_, list(dict.fromkeys(uses)), frozenset(place for place, _ in follower.seen))


class Follower:
    """Follows one coroutine from expression to expression, through the names that it is bound to.

    Where it is in what an expression makes, the `way` tells (see `coroscope.model.contents`). What comes of it in a
    place that does not hand it on, `placed`, `handed` and `taken` say: these differ for other values.
    """

    def __init__(self, module: Module, origin: ast.expr, type_: Type) -> None:
        self.module = module
        self.origin = origin
        self.type = type_
        self.is_known = is_lazy(type_)
        """Whether the type tells that it is awaitable: then it tells as well if a name may hold something else."""
        self.is_sure = is_coroutine(type_)
        self.may_give_none = any(member in (NONE, UNKNOWN) for member in members(awaited(type_, module.program)))
        """Whether code may ask if the result is None."""
        self.seen: set[tuple[Binding | ast.Name, Way]] = set()

    def follow(self, node: ast.expr, way: Way = ()) -> Iterator[Use]:  # noqa: PLR0912  (one branch for each place)
        """The uses of what the value of an expression is, or has in it on a way."""
        above = parent_of(node)
        while isinstance(above, ast.IfExp) and above.test is not node:
            node, above = above, parent_of(above)
        match above:
            case ast.Await() | ast.YieldFrom():
                yield Use(Fate.ESCAPED if way else Fate.AWAITED, node)
            case ast.Expr():
                yield Use(Fate.DROPPED, node)
            case ast.Return():
                yield self.content(node) if way else Use(Fate.RETURNED, node)
            case ast.Assign():
                for target in above.targets:
                    yield from self.assigned(target, node, way)
            case ast.AnnAssign():
                yield from self.assigned(above.target, node, way)
            case ast.NamedExpr():
                yield from self.bound(above.target, node, way)
                yield from self.walrus(above, way)
            case ast.BoolOp():
                yield from self.bool_op(above, node, way)
            case ast.Tuple() | ast.List() | ast.Set():
                index = _index_of(above, node)
                yield from self.contained(above, (Step("item", index), *way))
            case ast.ListComp() | ast.SetComp() if above.elt is node:
                yield from self.contained(above, (EACH, *way))
            case ast.DictComp() if above.value is node:
                yield from self.contained(above, (Step("value"), *way))
            case ast.Dict() if all(above.keys) and node in above.values:
                key = above.keys[above.values.index(node)]
                step = Step("value", key.value if isinstance(key, ast.Constant) else None)
                yield from self.contained(above, (step, *way))
            case ast.Yield():
                yield self.content(node) if way else self.yielded(node)
            case ast.GeneratorExp() if above.elt is node and taken_from(above, (EACH, *way)):
                yield from self.contained(above, (EACH, *way))
            case ast.GeneratorExp() if above.elt is node and put_into(above, (EACH, *way)):
                yield from self.contained(above, (EACH, *way))
            case ast.Call() | ast.keyword():
                yield from self.argument(above, node, way)
            case _ if way:
                yield from self.taken(node, way)
            case _:
                yield self.placed(node)

    def placed(self, node: ast.expr) -> Use:
        """A value in any other place, by what stands around it."""
        return self.judged(consequence(node), node)

    def walrus(self, node: ast.NamedExpr, way: Way) -> Iterator[Use]:
        """The value of `(name := f())` itself: as a statement it adds nothing to what the name meets."""
        for use in self.follow(node, way):
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

    def bool_op(self, above: ast.BoolOp, node: ast.expr, way: Way) -> Iterator[Use]:
        """An operand of `and` or `or`: all but the last are tested for truth; `or` hands a true one on."""
        is_last = node is above.values[-1]
        if not is_last and not way:
            yield Use(Fate.MISUSED, node, TRUE.words, is_question=True)
        if is_last or isinstance(above.op, ast.Or):
            yield from self.follow(above, way)

    def argument(self, above: ast.Call | ast.keyword, node: ast.expr, way: Way) -> Iterator[Use]:
        """An argument of a call, or what is called."""
        call = parent_of(above) if isinstance(above, ast.keyword) else above
        if not isinstance(call, ast.Call):
            yield Use(Fate.ESCAPED, node)
        elif len(call.args) == 2 and call.args[1] is node and is_cast(self.module, call):
            for use in self.follow(call, way):  # of what the type says that it is cast to, only losing it is a mistake
                yield use if use.fate in (*LOST, Fate.RETURNED) else Use(Fate.ESCAPED, node)
        elif isinstance(above, ast.keyword) and isinstance(call.func, ast.Name) and call.func.id == "dict":
            yield from self.contained(call, (Step("value", above.arg), *way))
        elif way:
            yield from self.taken(node, way)
        else:
            yield from self.handed(call, node)

    def handed(self, call: ast.Call, node: ast.expr) -> Iterator[Use]:
        """A value that a call gets, or that is itself called."""
        found = taken_by(self.module, call, node, self.type)
        if found.returned and not is_lazy(self.module.type_of(call)):
            yield from self.follow(call)  # else the life of what the call makes begins there
        elif found == ESCAPED and put_into(node) is not None:
            yield from self.put(node, ())
        elif found == ESCAPED and (attribute := attribute_for(self.module, call, node)) is not None:
            yield from self.follow(call, (Step("attribute", attribute),))
        else:
            yield self.judged(found, node)

    def contained(self, container: ast.expr, way: Way) -> Iterator[Use]:
        """A value in a display: lost with it, or left in it, or whatever comes of the display."""
        found = list(self.follow(container, way)) if len(way) <= _DEEPEST else [Use(Fate.ESCAPED, container)]
        yield from found or [Use(Fate.LEFT, container)]

    def content(self, container: ast.expr) -> Use:
        """A value in a container that goes out of sight: misused where only results are taken."""
        words = refused_for_content(self.module, container, self.origin)
        return Use(Fate.MISUSED, container, words, fatal=True) if words else Use(Fate.ESCAPED, container)

    def taken(self, container: ast.expr, way: Way) -> Iterator[Use]:
        """What happens to the elements of a container, or to the attributes of an object, where it is read."""
        found = taken_from(container, way)
        if put_into(container, way) is not None:
            yield from self.put(container, way)
        elif found is None or self.is_method(container, way):
            yield self.content(container)
        else:
            yield from self.onward(found, container)

    def onward(self, found: Iterable[Onward], container: ast.expr) -> Iterator[Use]:
        """What takes something out of a container; that may be something else, unless its type tells."""
        for one in found:
            node, way = one.node, one.way
            met = self.unpacked(node, container, way) if one.is_target else self.follow(node, way)
            for use in met:
                if use.fate is Fate.MISUSED and not (way or one.is_target or is_lazy(self.module.type_of(node))):
                    yield Use(Fate.ESCAPED, node)
                else:
                    yield use if one.is_certain else replace(use, is_certain=False)

    def is_method(self, container: ast.expr, way: Way) -> bool:
        """Whether a method is read of an object that keeps the value: it may get at the value."""
        above = parent_of(container)
        if not isinstance(above, ast.Attribute) or way[0].kind != "attribute" or above.attr == way[0].which:
            return False
        return isinstance(self.module.type_of(above), FunctionObject)

    def unpacked(self, target: ast.expr, node: ast.expr, way: Way) -> Iterator[Use]:
        """The target of a loop, or a part of one, which gets what is taken out of a container."""
        if isinstance(target, ast.Name):
            yield from self.bound(target, node, way)
            return
        parts = unpacked(target, way) if way and isinstance(target, (ast.Tuple, ast.List)) else None
        if parts is None:
            yield Use(Fate.ESCAPED, node)
        else:
            yield from self.onward(parts, node)

    def put(self, node: ast.expr, way: Way) -> Iterator[Use]:
        """What is put into something: what the other places do with it where that is read."""
        whole = put_into(node, way)
        found = None if whole is None or len(whole[1]) > _DEEPEST else kept(self.module, *whole)
        if whole is None or found is None:
            yield Use(Fate.ESCAPED, node)
        elif whole not in self.seen:
            self.seen.add(whole)
            uses = [use for read in found.reads for use in self.read(read, found.way)]
            yield from uses or [self.left(whole[0], found.way)]
            call = parent_of(node)
            if isinstance(call, ast.Call) and not isinstance(parent_of(call), ast.Expr):
                yield from self.follow(call, way)

    def left(self, keeper: ast.Name, way: Way) -> Use:
        """What is put into something that nothing takes it out of."""
        name = f"{keeper.id}.{way[0].which}" if way[0].kind == "attribute" else keeper.id
        later = overwritten(self.module.bodies.scope_of(keeper), parent_of(keeper), keeper.id, way)
        return Use(Fate.LEFT, keeper, name=name) if later is None else Use(Fate.OVERWRITTEN, later, name=name)

    def yielded(self, node: ast.expr) -> Use:
        """A value that a generator yields."""
        wanted = wanted_at(self.module, node) if self.is_known else None
        if wanted is not None and wanted.refuses(self.type):
            return Use(Fate.MISUSED, node, wanted.words, fatal=True)
        return Use(Fate.ESCAPED, node)

    def assigned(self, target: ast.expr, node: ast.expr, way: Way) -> Iterator[Use]:
        """A value assigned to a target."""
        if isinstance(target, (ast.Tuple, ast.List)):
            yield from self.unpacked(target, node, way) if way else [self.judged(UNPACKED, node)]
            return
        if way:
            refused = refused_for_content(self.module, node, self.origin)
        elif isinstance(target, ast.Subscript):
            refused = refused_item(self.module, target, node)
        else:
            refused = self.module.refusal_of_target(target, node)
        if refused:
            yield Use(Fate.MISUSED, node, refused, fatal=True)
        elif isinstance(target, ast.Name):
            yield from self.bound(target, node, way)
        else:
            if isinstance(target, ast.Subscript) and not way and self.is_among_results(target):
                words = f"`{self.module.short(target)}` is set to a result elsewhere"
                yield Use(Fate.ESCAPED, node, words, is_ambiguous=True)
            yield from self.put(node, way)

    def is_among_results(self, target: ast.Subscript) -> bool:
        """Whether an item that a coroutine is assigned to is one for results."""
        return self.is_sure and self.module.in_async(target) and gets_results(self.module, target)

    def bound(self, target: ast.expr, node: ast.expr, way: Way = ()) -> Iterator[Use]:
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
        if (binding, way) in self.seen:
            return
        self.seen.add((binding, way))
        yield from self.uses_of(binding, scope, target, way)

    def uses_of(self, binding: Binding, scope: BodyScope, target: ast.Name, way: Way) -> Iterator[Use]:
        """The uses of a name where one of its bindings is in force."""
        reads = scope.known(("reads", binding.name), lambda: occurrences(scope, binding.name))
        if reads.captured or (isinstance(scope.node, ast.Module) and self.module.is_exported(binding.name)):
            yield Use(Fate.ESCAPED, target)
            if self.is_known and not way and not self.module.bodies.sent_to(scope, binding.name):
                yield from (use for use in self.held(binding, reads) if _counts_anyway(use))
            return
        reached = reads.by_binding.get(binding, [])
        if not reached:
            yield _unread(binding, scope, target, reads.here)
        if way:
            way = steady(way, reads.here)
            for use in still_there(scope, target, target.id, way, reached):
                yield from self.read(use, way)
            return
        yield from self.held(binding, reads)

    def held(self, binding: Binding, reads: Occurrences) -> Iterator[Use]:
        """The uses of a name where its scope reads it, and one of its bindings is in force."""
        bound = UNKNOWN if binding.value is None else self.module.type_of(binding.value)
        for use in reads.by_binding.get(binding, ()):
            if is_lazy(bound) and self.is_ruled_out(use, bound):
                continue
            is_certain = is_lazy(self.module.type_of(use)) if self.is_known else reads.bindings_at[use] == 1
            others = [] if is_certain else self.others_at(use, binding, reads)
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

    def read(self, name: ast.Name, way: Way) -> Iterator[Use]:
        """The uses of what is in the value of a name."""
        for use in self.follow(name, way):
            yield use if use.read else replace(use, read=name)

    def others_at(self, use: ast.Name, binding: Binding, reads: Occurrences) -> list[Binding]:
        """The other bindings of a name that may be in force where it is read."""
        return [other for other, uses in reads.by_binding.items() if other is not binding and use in uses]

    def is_ruled_out(self, use: ast.Name, bound: Type) -> bool:
        """Whether a name bound to an awaitable holds something else where it is read: `if isinstance(c, bytes): c`."""
        held = self.module.type_of(use)
        scope = self.module.bodies.module
        return held == NEVER or all(assignable(bound, member, scope) is False for member in members(held))


def _unread(binding: Binding, scope: BodyScope, target: ast.Name, reads: list[ast.Name]) -> Use:
    """A value bound to a name that nothing reads while this binding is in force."""
    others = [b for b in scope.names.bindings[binding.name] if b is not binding]
    later = [b.node for b in others if isinstance(b.node, ast.Name) and b.node.lineno >= target.lineno]
    if binding.name != "_" and reads and later:
        return Use(Fate.OVERWRITTEN, later[0], name=binding.name)
    return Use(Fate.UNUSED, target, name=binding.name)


def _index_of(display: ast.Tuple | ast.List | ast.Set, node: ast.expr) -> int | None:
    """The index of an element of a display; None if it is not known."""
    index = display.elts.index(node)
    is_known = not isinstance(display, ast.Set) and ast.Starred not in map(type, display.elts[:index])
    return index if is_known else None


def _counts_anyway(use: Use) -> bool:
    """Whether a use of a variable counts even if code elsewhere, which captures the variable, may run the coroutine."""
    return use.fate is Fate.AWAITED or (use.fate is Fate.MISUSED and (use.fatal or use.is_ambiguous))
