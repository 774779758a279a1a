"""What becomes of the parameters of a function, as far as its body tells.

    async def main(job, log, on_end):
        log(job)                         # handed on:   log(__it__)
        await job                        # awaited
        on_end()                         # called:      __it__(), and what that makes is dropped

Only parameters count that may get an awaitable, or a function that makes one: those without an annotation, or with one
that admits it. Each read of such a parameter is followed to what uses it, by the text alone. A parameter that leaves
our sight (stored, yielded, put into a container, bound again) has no effect that could be told; one that is never read
has an effect without any use. What a call does that gets it depends on others: the call is told as a closed expression
(see `coroscope.model.closing`) in which `__it__` stands for the value, and `coroscope.model.handing` answers it.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from coroscope.model.consequences import consequence
from coroscope.model.names import Binding
from coroscope.model.summary import Effect, Ending, Handed, Parameter
from coroscope.nodes import FUNCTIONS, ancestors, parent_of
from coroscope.syntax import Block

if TYPE_CHECKING:
    from coroscope.model.closing import Closer

_ADMITTED = re.compile(r"\b(Any|Awaitable|Callable|Coroutine|CoroutineType|Future|Generator|Task|object)\b")
_TYPE_VARIABLE = re.compile(r"_?[A-Z]{1,3}\d?(_co|_contra)?|\w+T")
_FRAME_READERS = ("locals", "vars", "eval", "exec", "dir", "currentframe", "_getframe", "sys", "inspect")
_FRAMES = frozenset({"currentframe", "_getframe", "stack"})
_OF_FUNCTIONS = frozenset({"__name__", "__qualname__", "__module__", "__doc__"})
_DEEPEST = 4
_MOST_USES = 8
_LONGEST = 200


@dataclass(slots=True)
class _Passed:
    """A call that gets a value, before it is told; `then` is what becomes of what the call makes."""

    call: ast.Call
    node: ast.expr
    then: list[Ending | _Passed] = field(default_factory=list)


def effects_of(closer: Closer, parameters: Iterable[Parameter]) -> tuple[Effect, ...]:
    """What becomes of each parameter of the closer's function of which that can be told."""
    wanted = [parameter.name for parameter in _own(closer, parameters) if _may_be_awaitable(parameter)]
    if not wanted or _reads_its_frame(closer.block):
        return ()
    followers = (_Follower(closer, name) for name in wanted)
    found = ((each, each.uses()) for each in followers)
    return tuple(
        Effect(each.name, uses, uses == ("awaited",) and each.is_surely_awaited())
        for each, uses in found
        if uses is not None
    )


def _own(closer: Closer, parameters: Iterable[Parameter]) -> list[Parameter]:
    """The parameters that take one argument each, without the receiver of a method."""
    single = [p for p in parameters if p.kind in ("positional", "normal", "keyword")]
    is_method = closer.function is not None and isinstance(parent_of(closer.function), ast.ClassDef)
    return single[1:] if is_method and single and single[0].name == closer.receiver else single


def _may_be_awaitable(parameter: Parameter) -> bool:
    said = parameter.annotation
    return said is None or bool(_ADMITTED.search(said)) or bool(_TYPE_VARIABLE.fullmatch(said.strip("'\"")))


def _reads_its_frame(block: Block) -> bool:
    """Whether code may read variables without naming them."""
    words = {word for word in _FRAME_READERS if _named(block, word)}
    if not words <= {"sys", "inspect"}:
        return True
    nodes = block.nodes_of((ast.Attribute,)) if words else []
    return any(isinstance(node, ast.Attribute) and node.attr in _FRAMES for node in nodes)


class _Follower:
    """Follows one parameter to its uses."""

    def __init__(self, closer: Closer, name: str) -> None:
        self.closer = closer
        self.name = name

    def uses(self) -> tuple[Ending | Handed, ...] | None:
        """All uses of the parameter; None if they cannot be told."""
        reads = _reads(self.closer, self.name)
        if not reads:
            return ()
        if self.refuses_first(reads[0]):
            return ("refused",)
        known = [read for read in reads if read is not None]
        if len(known) < len(reads) or len(reads) > _MOST_USES or not self.is_bound_once():
            return None
        met: list[Ending | _Passed] = []
        for one in self.all_met(known, 0):
            if one in ("escaped", "awaited"):
                return ("awaited",) if one == "awaited" else None
            met.append(one)
        if "refused" in met and any(isinstance(one, _Passed) for one in met):
            return None
        said = [self.said(one) for one in met]
        return None if None in said else tuple(dict.fromkeys(one for one in said if one is not None))

    def is_surely_awaited(self) -> bool:
        """Whether the function itself awaits the parameter, whatever it meets before, unless an exception ends it."""
        function, block = self.closer.block.node, self.closer.block
        if not isinstance(function, ast.AsyncFunctionDef):
            return False
        awaits = [one.value for one in block.nodes_of((ast.Await,)) if isinstance(one, ast.Await)]
        first = next((one for one in awaits if isinstance(one, ast.Name) and one.id == self.name), None)
        if first is None or not is_unconditional(first, function):
            return False
        return not any(isinstance(one, ast.Return) and one.lineno < first.lineno for one in block.nodes)

    def is_bound_once(self) -> bool:
        """Whether nothing but the call binds the parameter."""
        names = self.closer.names
        return len(names.bindings.get(self.name, ())) == 1 and self.name not in names.sent

    def refuses_first(self, read: ast.Name | None) -> bool:
        """Whether the first read of the parameter raises for a coroutine, and nothing decides if Python comes there."""
        if read is None or not consequence(read).fatal or self.closer.tree.block(read) is not self.closer.block:
            return False
        return is_unconditional(read, self.closer.block.node)

    def all_met(self, nodes: Iterable[ast.expr], depth: int) -> Iterator[Ending | _Passed]:
        """What the values of several expressions meet."""
        for node in nodes:
            yield from self.met(node, depth)

    def met(self, node: ast.expr, depth: int) -> Iterator[Ending | _Passed]:  # noqa: PLR0912  (one branch for each place)
        """What the value of an expression meets."""
        above = parent_of(node)
        while isinstance(above, ast.IfExp) and above.test is not node:
            node, above = above, parent_of(above)
        match above:
            case ast.Await() | ast.YieldFrom():
                yield "awaited"
            case ast.Expr():
                yield "dropped"
            case ast.Return():
                yield "returned" if self.is_its_own(above) else "escaped"
            case ast.Assign(targets=[ast.Name() as target]) | ast.NamedExpr(target=target):
                yield from self.bound(target, depth)
                if isinstance(above, ast.NamedExpr) and not isinstance(parent_of(above), ast.Expr):
                    yield from self.met(above, depth)
            case ast.BoolOp():
                if node is not above.values[-1]:
                    yield "looked at"
                if node is above.values[-1] or isinstance(above.op, ast.Or):
                    yield from self.met(above, depth)
            case ast.ListComp() | ast.SetComp() | ast.Tuple() | ast.List() | ast.Set() if _holds(above, node):
                is_lost = all(end == "dropped" for end in self.met(above, depth))
                yield "dropped" if is_lost else "escaped"
            case ast.Call():
                yield from self.passed(above, node, depth)
            case ast.keyword() if above.arg is not None:
                call = parent_of(above)
                assert isinstance(call, ast.Call)
                yield from self.passed(call, node, depth)
            case ast.Attribute() if above.attr in _OF_FUNCTIONS:
                yield "asked"
            case _:
                yield self.judged(node)

    def judged(self, node: ast.expr) -> Ending:
        """An end by what stands around it."""
        found = consequence(node)
        if found.fatal:
            return "escaped" if _is_tried(node) else "refused"
        return "asked" if found.neutral else "looked at" if found.words else "escaped"

    def passed(self, call: ast.Call, node: ast.expr, depth: int) -> Iterator[Ending | _Passed]:
        """A call that gets the value, or calls it, and what becomes of what the call makes."""
        if depth >= _DEEPEST:
            yield "escaped"
            return
        then = list(dict.fromkeys(one if isinstance(one, str) else "escaped" for one in self.met(call, depth + 1)))
        yield _Passed(call, node, ["escaped"] if "escaped" in then or "awaited" in then else [*then])

    def bound(self, target: ast.Name, depth: int) -> Iterator[Ending | _Passed]:
        """What a local variable meets that the value is bound to."""
        bindings: list[Binding] = self.closer.names.bindings.get(target.id, [])
        reads = _reads(self.closer, target.id)
        if len(bindings) != 1 or bindings[0].node is not target or None in reads or depth >= _DEEPEST:
            yield "escaped"
            return
        yield from self.all_met((read for read in reads if read is not None), depth + 1)

    def is_its_own(self, statement: ast.Return) -> bool:
        """Whether a plain function's own caller gets what a statement returns."""
        function = self.closer.function
        if self.closer.tree.block(statement).node is not function or isinstance(function, ast.AsyncFunctionDef):
            return False
        return not self.closer.block.nodes_of((ast.Yield, ast.YieldFrom))

    def said(self, met: Ending | _Passed) -> Ending | Handed | None:
        """A use as plain data; None if a call cannot be told."""
        if isinstance(met, str):
            return met
        call, then = met.call, tuple(one for one in met.then if isinstance(one, str))
        if call.func is met.node:
            return Handed("__it__()", then)
        function = self.closer.closed(call.func)
        if function is None or len(function) > _LONGEST:
            return None
        arguments = ["*..." if isinstance(arg, ast.Starred) else _placed(arg, met.node) for arg in call.args]
        arguments += [f"{k.arg}={_placed(k.value, met.node)}" if k.arg else "**..." for k in call.keywords]
        return Handed(f"{function}({', '.join(arguments)})", then)


def _holds(container: ast.expr, node: ast.expr) -> bool:
    """Whether an expression is an element of a container."""
    return not isinstance(container, (ast.ListComp, ast.SetComp)) or container.elt is node


def _placed(argument: ast.expr, node: ast.expr) -> str:
    return "__it__" if argument is node else "..."


def _reads(closer: Closer, name: str) -> list[ast.Name | None]:
    """Where a function's variable is read, in the order of the text; None for a place that cannot be told."""
    found: list[ast.Name | None] = []
    for node in _named(closer.block, name):
        if _is_in_header(node, closer.block.node):
            continue
        if isinstance(node.ctx, ast.Load):
            found.append(node)
        elif node not in closer.names.by_node:  # a comprehension's own variable
            found.append(None)
    if _arguments_named(closer.block, name) > 1:  # a lambda's own parameter
        found.append(None)
    for inner in closer.block.children:
        found += _reads_inside(inner, name)
    return found


def _reads_inside(block: Block, name: str) -> Iterator[ast.Name | None]:
    """Where a block that stands in a function reads the function's variable."""
    names = _named(block, name)
    is_own = _arguments_named(block, name) > 0
    if names and (
        is_own or isinstance(block.node, ast.ClassDef) or not all(isinstance(n.ctx, ast.Load) for n in names)
    ):
        yield None
    elif not is_own:
        yield from names
        for inner in block.children:
            yield from _reads_inside(inner, name)


def _named(block: Block, name: str) -> list[ast.Name]:
    """A block's own names of that word."""
    known: dict[str, list[ast.Name]] | None = block.facts.get("named")  # type: ignore[assignment]  # put there below
    if known is None:
        known = {}
        for node in block.nodes_of((ast.Name,)):
            known.setdefault(node.id, []).append(node)  # type: ignore[attr-defined, arg-type]  # it is a Name
        block.facts["named"] = known
    return known.get(name, [])


def _arguments_named(block: Block, name: str) -> int:
    """How many parameters of a function and of the lambdas in it have a name."""
    return sum(isinstance(arg, ast.arg) and arg.arg == name for arg in block.nodes_of((ast.arg,)))


def _is_in_header(node: ast.AST, function: ast.AST) -> bool:
    """Whether a node belongs to a function's decorators, defaults or annotations."""
    below = node
    for above in ancestors(node):
        if above is function:
            return below not in getattr(function, "body", ())
        below = above
    return False


def is_unconditional(use: ast.expr, function: ast.AST) -> bool:
    """Whether Python comes to an expression whatever it meets before, unless it leaves the function."""
    below: ast.AST = use
    for above in ancestors(use):
        if above is function:
            return True
        first: ast.AST | None
        match above:
            case ast.If() | ast.IfExp() | ast.While():
                first = above.test
            case ast.BoolOp():
                first = above.values[0]
            case ast.For() | ast.AsyncFor():
                first = above.iter
            case ast.With() | ast.AsyncWith():
                first = above.items[0]
            case ast.Match():
                first = above.subject
            case ast.Compare():
                first = below if below in (above.left, above.comparators[0]) else None
            case ast.expr() | ast.keyword() | ast.Expr() | ast.Assign() | ast.AnnAssign() | ast.AugAssign():
                first = below
            case ast.Return() | ast.Raise() | ast.comprehension() | ast.withitem():
                first = below
            case _:
                first = None
        if below is not first:
            return False
        below = above
    return False


def _is_tried(use: ast.expr) -> bool:
    """Whether a handler may catch what a use raises."""
    for above in ancestors(use):
        if isinstance(above, FUNCTIONS):
            return False
        if isinstance(above, ast.Try) and above.handlers:
            return True
    return False
