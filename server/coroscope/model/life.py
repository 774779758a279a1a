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
    ignored     handed to a function that does nothing with it
    left        put into a container of the function that nothing takes it out of
    looked at   asked what it is (`isinstance`, `is None`), which changes nothing
    asked       a method of it is called, which only tasks and futures meet (`tasks.py`)
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import TYPE_CHECKING

from coroscope.model.consequences import TRUE
from coroscope.model.misuse import is_of_none
from coroscope.model.names import Binding
from coroscope.model.protocols import is_coroutine
from coroscope.model.types import Type
from coroscope.nodes import parent_of

if TYPE_CHECKING:
    from coroscope.findings import Related
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
    IGNORED = "ignored"
    LEFT = "left"
    LOOKED_AT = "looked at"
    ASKED = "asked"


LOST = frozenset({Fate.DROPPED, Fate.UNUSED, Fate.OVERWRITTEN, Fate.IGNORED, Fate.LEFT, Fate.LOOKED_AT})
"""What leaves a coroutine without ever having run it."""


@dataclass(frozen=True, slots=True)
class Use:
    """One use: the expression that holds the coroutine there, and for a misuse and what ignores it words on that.

    A `fatal` misuse is a mistake whatever becomes of the coroutine elsewhere; one that is a `question` is, unless
    something awaits the coroutine or asks whether it is one. A use is not certain where the name may
    also hold something else; if that is what awaiting such a coroutine gave, it is `ambiguous`. The `name` is that of
    the variable which holds it where it is lost, and of the method where it is asked.
    """

    fate: Fate
    node: ast.AST
    consequence: str = ""
    name: str = ""
    fatal: bool = False
    is_question: bool = False
    is_certain: bool = True
    is_ambiguous: bool = False
    read: ast.Name | None = None


@dataclass(slots=True)
class Life:
    """One coroutine: the expression that makes it, its type, and its uses in the order in which they were found.

    The `places` are the bindings that bind a name to it, or to what it is in, and the names of what it is put into.
    """

    origin: ast.expr
    type: Type
    uses: list[Use] = field(default_factory=list)
    places: frozenset[Binding | ast.Name] = frozenset()

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


def weighed(uses: Iterable[Use]) -> list[Use]:
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


def place_of_loss(module: Module, use: Use) -> list[Related]:
    """Where a variable loses what it holds, if that is what a use is."""
    if use.fate is Fate.OVERWRITTEN:
        return [module.related(use.node, "overwritten here")]
    if use.fate is Fate.UNUSED and use.name != "_":
        return [module.related(use.node, f"`{use.name}` is never used")]
    return []


def asks_if_awaitable(module: Module, life: Life) -> bool:
    """Whether some look at the value asks if it can be awaited; `is None` and `isinstance` of another class do not."""
    return any(_asks(module, life, use.node) for use in life.ends(Fate.LOOKED_AT))


def _asks(module: Module, life: Life, node: ast.AST) -> bool:
    call = parent_of(node)
    if not isinstance(call, ast.Call):
        return False
    if not isinstance(call.func, ast.Name) or call.func.id != "isinstance" or len(call.args) != 2:
        return True
    return not is_of_none(module, life.type, call.args[1])
