"""What catches the cancellation of a task: the handlers of a `try`, and `contextlib.suppress`.

`CancelledError` is no `Exception` (since Python 3.8), so that `except Exception` lets it out. It is caught by its own
name, by that of its base `BaseException`, and by a handler without a name.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from coroscope.knowledge import last_names, names
from coroscope.model.callees import qualified_names
from coroscope.nodes import ancestors, is_try, last_name, nodes_within

if TYPE_CHECKING:
    from coroscope.model.module import Module


class Catch(NamedTuple):
    """What catches the cancellations of a suite: a handler or a call of `suppress`, and the exception that it names.

    `is_broad` says that all other exceptions are caught along with it.
    """

    place: ast.ExceptHandler | ast.Call
    caught: ast.expr | None
    is_broad: bool


def handler_of(module: Module, node: ast.Try) -> Catch | None:
    """The first handler of a statement that catches cancellations."""
    for handler in node.handlers:
        if handler.type is None:
            return Catch(handler, None, True)
        listed = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
        found = _catch(module, handler, listed)
        if found is not None:
            return found
    return None


def suppression_of(module: Module, node: ast.With) -> Catch | None:
    """The `suppress` of a statement that catches cancellations."""
    for item in node.items:
        call = item.context_expr
        if isinstance(call, ast.Call) and last_name(call.func) == "suppress":
            if "contextlib.suppress" in _qualified(module, call.func):
                return _catch(module, call, call.args)
    return None


def gets_out(module: Module, suspension: ast.AST, node: ast.Try | ast.With) -> bool:
    """Whether no other statement between a place in the body of a statement and that one catches what arrives there."""
    below = suspension
    for above in ancestors(suspension):
        if above is node:
            return True
        catch: Catch | None = None
        if is_try(above) and below in above.body:
            catch = handler_of(module, above)
        elif isinstance(above, ast.With):
            catch = suppression_of(module, above)
        if catch is not None and not raises(catch.place):
            return False
        below = above
    return False


def raises(place: ast.ExceptHandler | ast.Call) -> bool:
    """Whether what catches may raise something."""
    return isinstance(place, ast.ExceptHandler) and any(isinstance(one, ast.Raise) for one in nodes_within(place.body))


def _catch(module: Module, place: ast.ExceptHandler | ast.Call, listed: Sequence[ast.expr]) -> Catch | None:
    """The one of some listed exceptions that catches cancellations: `BaseException`, if it is among them."""
    found: Catch | None = None
    for caught in listed:
        if last_name(caught) == "BaseException" and "builtins.BaseException" in _qualified(module, caught):
            return Catch(place, caught, True)
        if _means_cancelled(module, caught):
            found = Catch(place, caught, False)
    return found


def _means_cancelled(module: Module, caught: ast.expr) -> bool:
    """Whether an expression is the exception by which a task learns that it is cancelled."""
    key, named = ("tells_class", caught.func) if isinstance(caught, ast.Call) else ("cancelled", caught)
    if last_name(named) not in last_names("cancelling", key):
        return False
    return not _qualified(module, named).isdisjoint(names("cancelling", key))


def _qualified(module: Module, node: ast.expr) -> set[str]:
    """The dotted names of the class or function that an expression is."""
    return qualified_names(module.type_of(node))
