"""Where async code takes the cancellation of its own task for an ordinary event, and goes on.

    async def worker():
        while True:
            try:
                await asyncio.sleep(1)              # the cancellation arrives here
            except asyncio.CancelledError:          # is taken here
                print("cancelled?")
                                                    # and the loop comes back: `worker` cannot be cancelled

What makes it a mistake is that the code goes on, and that nothing in it knows what it takes. Hence a *swallow* is a
handler, or a `contextlib.suppress`, behind which the code waits again, as a rule in the very place where the
cancellation arrived. Code that catches `CancelledError` as the last thing that it does, or before it cleans up, ends
its task all the same.

What code means by it decides how sure that must be:

    except CancelledError:  was written on purpose. It is a swallow if the cancellation surely was that of the task, not
                            of something that it waited for (`cancellers.py`), and if the code has no way but back to
                            where it waited
    except BaseException:   means to catch errors. It is a swallow if the code waits again anywhere, unless in a loop
                            that just takes one thing after the other, as clean-up code does
    except:                 is nobody's purpose. It is a swallow if the code waits again anywhere

`return`, `break` and `continue` in a `finally` drop whatever exception is on its way, so they are swallows as well.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from coroscope.knowledge import names
from coroscope.model.cancellers import Canceller, canceller, cleans_up, is_cleaning_name
from coroscope.model.catching import Catch, gets_out, handler_of, raises, suppression_of
from coroscope.model.graph import Graph
from coroscope.model.handlers import knows_what_it_takes
from coroscope.model.static import truth
from coroscope.model.suspension import suspensions
from coroscope.nodes import FUNCTIONS, TRIES, ancestors, is_try, last_name, nodes_within
from coroscope.syntax import Block

if TYPE_CHECKING:
    from coroscope.model.module import Module

Jump: TypeAlias = ast.Return | ast.Break | ast.Continue
_Loop: TypeAlias = ast.For | ast.AsyncFor | ast.While
_JUMPS = (ast.Return, ast.Break, ast.Continue)
_ENDS = (ast.Return, ast.Break, ast.Raise)


class Swallow(NamedTuple):
    """Where a cancellation is lost: in a handler, in a call of `suppress`, or by a jump out of a `finally`.

    `caught` is the exception that the handler or the call names, if any; `is_broad` says that it is caught along with
    all others. `arrival` is a place where the cancellation may arrive, and `onward` where the code waits next, if that
    is not left to its caller.
    """

    place: ast.ExceptHandler | ast.Call | Jump
    caught: ast.expr | None
    is_broad: bool
    arrival: ast.AST
    onward: ast.AST | None


def swallows(module: Module) -> Iterator[Swallow]:
    """Every place in a file's async code that swallows the cancellation of its task."""
    for node, catch in module.in_blocks(_catches):
        yield from _taken(module, node, catch)
        if not isinstance(node, ast.With):
            yield from _dropped(module, node, catch)


def _catches(module: Module, block: Block) -> Iterator[tuple[ast.Try | ast.With, Catch | None]]:
    """What catches cancellations in a block's async code, or may drop them; the rest depends on what else is called."""
    if not isinstance(block.node, ast.AsyncFunctionDef):
        return
    for node in block.nodes_of((*TRIES, ast.With)):
        catch = None
        if is_try(node):
            catch = handler_of(module, node)
        elif isinstance(node, ast.With):
            catch = suppression_of(module, node)
        may_drop = is_try(node) and any(isinstance(one, _JUMPS) for one in node.finalbody)
        if (is_try(node) or isinstance(node, ast.With)) and (catch is not None or may_drop):
            if not _asks_about_cancellation(block):
                yield node, catch


def _taken(module: Module, node: ast.Try | ast.With, catch: Catch | None) -> Iterator[Swallow]:
    """What catches cancellations behind which the code goes on."""
    if catch is None or _is_cleaning_up(node):
        return
    arrivals = [one for one in suspensions(node.body) if gets_out(module, one, node)]
    if not arrivals or (isinstance(catch.place, ast.ExceptHandler) and knows_what_it_takes(module, catch.place)):
        return
    own = _own(module, arrivals, catch)
    if not own:
        return
    ways = _Ways(module, node)
    onward = ways.next(ways.behind(catch.place))
    if onward is not None and _goes_on(module, ways, catch, arrivals):
        yield Swallow(catch.place, catch.caught, catch.is_broad, own[0], onward)


def _goes_on(module: Module, ways: _Ways, catch: Catch, arrivals: Sequence[ast.AST]) -> bool:
    """Whether code goes on behind what catches, as sure as it must be."""
    if catch.caught is None:
        return True
    if catch.is_broad:
        return not _takes_one_after_another(module, ways.node)
    return ways.cannot_leave(ways.behind(catch.place), ways.points(arrivals))


def _own(module: Module, arrivals: Sequence[ast.AST], catch: Catch) -> list[ast.AST]:
    """Those of some places to which the cancellation of the task comes, as sure as it must be."""
    if not catch.is_broad:
        return [one for one in arrivals if canceller(module, one) is Canceller.OWN]
    function = module.function_around(arrivals[0])
    if catch.caught is None and function is not None and is_cleaning_name(function.name):
        return []
    return [one for one in _interruptible(module, arrivals) if not cleans_up(one)]


def _dropped(module: Module, node: ast.Try, catch: Catch | None) -> Iterator[Swallow]:
    """What leaves a `finally` whatever is on its way."""
    jump = next((one for one in node.finalbody if isinstance(one, _JUMPS)), None)
    if jump is None:
        return
    is_caught = catch is not None and not raises(catch.place)
    parts: list[ast.AST] = [*node.handlers, *node.orelse, *([] if is_caught else node.body)]
    arrivals = _interruptible(module, [one for one in suspensions(parts) if gets_out(module, one, node)])
    if arrivals and not module.is_dead(jump):
        yield Swallow(jump, None, True, arrivals[0], None)


def _interruptible(module: Module, arrivals: Iterable[ast.AST]) -> list[ast.AST]:
    """Those of some places that surely get the cancellation of the task, or that hardly get another one."""
    found = []
    for one in arrivals:
        who = canceller(module, one)
        if who is Canceller.OWN or (who is Canceller.UNKNOWN and not _cancels(module, one)):
            found.append(one)
    return found


def _cancels(module: Module, node: ast.AST) -> bool:
    """Whether the function around a node cancels something."""
    block = module.tree.block(node)
    return any(isinstance(one, ast.Attribute) and one.attr.startswith("cancel") for one in block.nodes)


def _asks_about_cancellation(block: Block) -> bool:
    asked = names("cancelling", "asked")
    return any(last_name(one) in asked for one in block.nodes if isinstance(one, (ast.Attribute, ast.Name)))


def _is_cleaning_up(node: ast.AST) -> bool:
    """Whether a statement stands in a handler or a `finally`, or is shielded from cancellation."""
    below = node
    for above in ancestors(node):
        if isinstance(above, ast.ExceptHandler) or (is_try(above) and below in above.finalbody):
            return True
        if isinstance(above, (ast.With, ast.AsyncWith)) and _shields(above):
            return True
        if isinstance(above, FUNCTIONS):
            break
        below = above
    return isinstance(node, ast.With) and _shields(node)


def _shields(node: ast.With | ast.AsyncWith) -> bool:
    calls = (item.context_expr for item in node.items if isinstance(item.context_expr, ast.Call))
    return any(keyword.arg == "shield" for call in calls for keyword in call.keywords)


def _takes_one_after_another(module: Module, node: ast.Try | ast.With) -> bool:
    """Whether the loops around a statement end by themselves, when it has been done with everything there is."""
    is_in_loop = False
    for loop in _loops_around(node):
        is_in_loop = True
        if _is_endless(module, loop) or not _uses_what_loop_binds(loop, node):
            return False
    return is_in_loop


def _loops_around(node: ast.AST) -> Iterator[_Loop]:
    """The loops that do a statement again, nearest first."""
    below = node
    for above in ancestors(node):
        if isinstance(above, FUNCTIONS):
            return
        if isinstance(above, (ast.For, ast.AsyncFor, ast.While)) and below in above.body:
            if below is above.body[-1] or not isinstance(above.body[-1], _ENDS):
                yield above
        below = above


def _is_endless(module: Module, loop: _Loop) -> bool:
    if isinstance(loop, ast.While):
        return truth(loop.test, module.program.target) is True
    return isinstance(loop, ast.AsyncFor)


def _uses_what_loop_binds(loop: _Loop, node: ast.Try | ast.With) -> bool:
    """Whether the body of a statement reads a name that the loop around it gives another value each time."""
    inside = set(nodes_within(node.body))
    bound = {
        one.id
        for one in nodes_within([loop])
        if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store) and one not in inside
    }
    return any(isinstance(one, ast.Name) and isinstance(one.ctx, ast.Load) and one.id in bound for one in inside)


class _Ways:
    """The ways of the function that a statement stands in: where it waits, and what comes behind what."""

    def __init__(self, module: Module, node: ast.Try | ast.With) -> None:
        function = module.function_around(node)
        assert function is not None
        self.node = node
        self.graph: Graph = module.bodies.scope_of(node).frame.graph
        self.waits = {point: one for one in suspensions(function.body) for point in self.points([one])}
        again = (loop for loop in _loops_around(node) if not _uses_what_loop_binds(loop, node))
        self.heads = {point for loop in again if isinstance(loop, ast.For) for point in self.graph.points(loop)}

    def points(self, waits: Iterable[ast.AST]) -> set[int]:
        """The points of places where code waits; `async with` has those of what it enters."""
        found: set[int] = set()
        for one in waits:
            parts = nodes_within(item.context_expr for item in one.items) if isinstance(one, ast.AsyncWith) else [one]
            found.update(point for part in parts for point in self.graph.points(part))
        return found

    def behind(self, place: ast.ExceptHandler | ast.Call) -> set[int]:
        """The points that come next when a handler has begun, or when a context manager has swallowed an exception."""
        if isinstance(place, ast.ExceptHandler):
            begun = self.graph.points(place)
        else:
            begun = [point for point, gate in self.graph.gates.items() if gate is self.node]
        return {after for point in begun for after in self.graph.after[point]}

    def next(self, starts: set[int]) -> ast.AST | None:
        """Where code waits first behind some points, other than to clean up."""
        first = min(starts, default=0)
        for point in sorted(self.graph.onward(starts), key=lambda point: (point < first, point)):
            one = self.waits.get(point)
            if one is not None and not cleans_up(one) and not _is_in_finally(one):
                return one
        return None

    def cannot_leave(self, starts: set[int], home: set[int]) -> bool:
        """Whether code has no way but back to where it waited, unless by what it waits for elsewhere.

        A `for` that does the same again may come to its end: nobody who cancels can bring that about.
        """
        stops = self.waits.keys() | self.heads
        reached = self.graph.onward(starts, stops)
        if Graph.END in reached or any(isinstance(self.graph.nodes[point], ast.Raise) for point in reached):
            return False
        paused = reached & stops
        return bool(paused) and all(not home.isdisjoint(self.graph.onward([point])) for point in paused)


def _is_in_finally(node: ast.AST) -> bool:
    below = node
    for above in ancestors(node):
        if is_try(above) and below in above.finalbody:
            return True
        below = above
    return False
