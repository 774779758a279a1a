"""What today's asyncio has for policies and child watchers: the `loop_factory` of `asyncio.run`, and nothing at all.

    asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())     # this goes
    asyncio.run(main())                                         # and this gets `loop_factory=uvloop.new_event_loop`

Both know one statement that sets it, which has its lines to itself.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence

from coroscope.findings import Fix, TextEdit
from coroscope.fixes.edits import insert, merged, replace, with_parentheses
from coroscope.fixes.statements import end_of_line, has_lines_to_itself, statement_around
from coroscope.model.callees import qualified_names
from coroscope.model.module import Module
from coroscope.model.uses import dotted
from coroscope.nodes import FUNCTIONS, parent_of

_FACTORIES = {
    "WindowsSelectorEventLoopPolicy": "SelectorEventLoop",
    "WindowsProactorEventLoopPolicy": "ProactorEventLoop",
    "uvloop.EventLoopPolicy": "new_event_loop",
    "winloop.EventLoopPolicy": "new_event_loop",
}
"""What makes the loops of a policy, beside it in its module."""
_SINCE = (3, 12)
"""`asyncio.run` takes a `loop_factory`."""
_OTHER_WAYS = re.compile(r"\b(?:new_event_loop|get_event_loop|Runner|run_until_complete|get_event_loop_policy)\(")
_PLATFORM = re.compile(r"""(?:sys\.platform|os\.name|platform\.system\(\)) *== *["'][\w ]+["']""")


def as_loop_factory(module: Module, setter: ast.expr) -> Iterator[Fix]:
    """`loop_factory` in each `asyncio.run`, for a policy that a statement sets."""
    call = parent_of(setter)
    statement = statement_around(setter)
    factory = _factory(module, call) if isinstance(call, ast.Call) and parent_of(call) is statement else None
    condition = _condition_around(module, statement)
    removed = statement if condition is None else condition
    runs = list(_runs(module))
    if factory is None or not runs or not _is_removable(module, removed):
        return
    if module.program.target.python < _SINCE or _OTHER_WAYS.search(module.source.text):
        return
    if any(run.keywords for run in runs):
        return

    def make() -> Sequence[TextEdit]:
        said = factory if condition is None else f"{factory} if {module.text(condition.test)} else None"
        ends = [with_parentheses(module, run.args[-1]).end for run in runs]
        return merged([_without(module, removed), *(insert(module, end, f", loop_factory={said}") for end in ends)])

    yield Fix("Give `asyncio.run` a `loop_factory`", make, preferred=True)


def left_out(module: Module, setter: ast.expr) -> Iterator[Fix]:
    """Nothing in the place of a statement that sets a child watcher."""
    call, statement = parent_of(setter), statement_around(setter)
    if isinstance(call, ast.Call) and parent_of(call) is statement and _is_removable(module, statement):
        yield Fix("Leave it out", lambda: [_without(module, statement)], preferred=True)


def _factory(module: Module, call: ast.Call) -> str | None:
    policy = call.args[0] if len(call.args) == 1 and not call.keywords else None
    if not isinstance(policy, ast.Call) or policy.args or policy.keywords or not isinstance(policy.func, ast.Attribute):
        return None
    name = dotted(policy.func) or ""
    factory = _FACTORIES.get(name) or _FACTORIES.get(policy.func.attr)
    return factory and f"{module.text(policy.func.value)}.{factory}"


def _condition_around(module: Module, statement: ast.stmt) -> ast.If | None:
    """The condition that asks for the platform, around a statement that is all that depends on it."""
    above = parent_of(statement)
    if not isinstance(above, ast.If) or above.body != [statement] or above.orelse:
        return None
    return above if _PLATFORM.fullmatch(module.text(above.test)) else None


def _runs(module: Module) -> Iterator[ast.Call]:
    for call in module.calls_by_text.get("asyncio.run", []):
        if call.args and "asyncio.runners.run" in qualified_names(module.type_of(call.func)):
            yield call


def _is_removable(module: Module, statement: ast.stmt) -> bool:
    """Whether a statement has its lines, and something beside it in its block."""
    above = parent_of(statement)
    body = getattr(above, "body", [])
    return isinstance(above, (ast.Module, *FUNCTIONS)) and len(body) > 1 and has_lines_to_itself(module, statement)


def _without(module: Module, statement: ast.stmt) -> TextEdit:
    span, starts = module.tree.span(statement), module.source.line_starts
    begin = starts[module.range(statement).start.line - 1]
    line = module.range(statement).end.line
    end = starts[line] if line < len(starts) else end_of_line(module, span.end)
    return replace(module, begin, end, "")
