"""The analysis of one module: rules run, suppressions and levels applied, fixes and hovers made.

Everything that a front end asks is here, in plain data.
"""

from __future__ import annotations

import ast
import logging
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from coroscope.cells import line_of, place_in_cell
from coroscope.findings import LEVELS
from coroscope.rules import Rule, catalogue
from coroscope.source import Position, Range
from coroscope.suppression import suppressed

if TYPE_CHECKING:
    from coroscope.findings import Finding, Fix
    from coroscope.fixes.postfix_await import Awaiting
    from coroscope.model.module import Module
    from coroscope.model.unawaited import Unawaited
    from coroscope.project.settings import Settings

log = logging.getLogger(__name__)

LAST = "unused-ignore"
"""The rule that is asked behind all others, and told which of their findings were silenced, and which rules are on."""


@dataclass(frozen=True, slots=True)
class Hover:
    """What a hover shows: Markdown, and the range that it is about."""

    range: Range
    markdown: str


@dataclass(frozen=True, slots=True)
class Hint:
    """What an editor shows in the text, behind a call: a few words, and a sentence on what they mean."""

    position: Position
    label: str
    story: str


def check(module: Module, settings: Settings) -> list[Finding]:
    """Every finding in a module, in the order of the text, with levels and suppressions applied."""
    found: list[Finding] = []
    silenced: list[Finding] = []
    asked: set[str] = set()
    *rules, last = sorted(catalogue().values(), key=lambda rule: rule.name == LAST)
    for rule in rules:
        findings = _findings(rule, module, settings)
        if findings is not None:
            asked.add(rule.name)
            for finding in findings:
                (silenced if suppressed(module.tree, finding) else found).append(finding)
    found += _findings(last, module, settings, silenced, asked) or []
    return sorted(found, key=lambda finding: (finding.range, finding.rule, finding.message))


def fixes(module: Module, finding: Finding) -> list[Fix]:
    """The repairs of a finding, the preferred one first."""
    rule = catalogue().get(finding.rule)
    if rule is None:
        return []
    try:
        offered = list(rule.fixes(module, finding))
    except Exception:
        _report(f"the fixes of {rule.name} failed on {module.path}")
        return []
    return sorted(offered, key=lambda fix: not fix.preferred)


def reveal(module: Module) -> list[tuple[Range, str]]:
    """What each call makes, in the order of the text: its range and the printed type."""
    calls = sorted(((module.range(node), node) for node in module.tree.walk(ast.Call)), key=lambda call: call[0])
    return [(range_, str(module.type_of(node))) for range_, node in calls]


def reveal_at(module: Module, range_: Range) -> str | None:
    """The printed type of the expression with exactly this range; None if there is none."""
    node = module.node_at(range_)
    if isinstance(node, ast.Expr):
        node = node.value
    return str(module.type_of(node)) if isinstance(node, ast.expr) else None


def describe(module: Module, position: Position) -> Hover | None:
    """On a call of a coroutine function: what the call makes, and where the function is defined."""
    from coroscope.model.protocols import is_coroutine
    from coroscope.nodes import ancestors

    node = module.tree.innermost_at(position)
    chain: list[ast.AST] = [] if node is None else [node, *ancestors(node)]
    call = next((n for n in chain if isinstance(n, (ast.Call, ast.stmt))), None)
    if not isinstance(call, ast.Call) or not any(n is call or n is call.func for n in _name_chain(chain, call)):
        return None
    made = module.type_of(call)
    if not is_coroutine(made):
        return None
    lines = [f"```python\n{module.short(call)}: {made}\n```"]
    callee = module.type_of(call.func)
    for related in module.definition(callee, "`{name}` is defined"):
        line = line_of(place_in_cell(module.source, related))
        lines.append(f"{related.message} in `{related.path}`, {line}.")
    return Hover(module.range(call), "\n\n".join(lines))


def hints(module: Module, range_: Range) -> list[Hint]:
    """What the calls that end in a range make, where that is not awaited at once, in the order of the text."""
    from coroscope.model.unawaited import unawaited

    blocks = [block for block in module.tree.blocks if block.line <= range_.end.line]
    found = ((module.range(one.call).end, one) for block in blocks for one in unawaited(module, block))
    shown = sorted(((end, one) for end, one in found if range_.start <= end <= range_.end), key=lambda pair: pair[0])
    return [_hint(end, one) for end, one in shown]


def await_typed(module: Module, position: Position) -> Awaiting | None:
    """What `.await` stands for behind the expression whose dot, or a word behind it, ends at a position."""
    from coroscope.fixes.postfix_await import await_typed

    return await_typed(module, position)


def _name_chain(chain: list[ast.AST], call: ast.Call) -> Iterator[ast.AST]:
    """The nodes from the innermost up to the call, if they are what is called and not an argument."""
    for node in chain:
        yield node
        if node is call:
            return
        if node in call.args:
            return


def _hint(end: Position, made: Unawaited) -> Hint:
    result = str(made.result)
    is_told = result not in ("None", "Any", "Unknown") and len(result) <= _LONGEST_HINT
    label, story = f"-> {made.kind}", _STORY[made.kind]
    return (
        Hint(end, f"{label} of {result}", f"{story} and gives `{result}`.")
        if is_told
        else Hint(end, label, f"{story}.")
    )


def _findings(rule: Rule, module: Module, settings: Settings, *told: object) -> list[Finding] | None:
    """One rule's findings; None if it is off, or failed: a rule that fails loses only its own."""
    level = settings.level(rule.name, rule.level, module.path)
    if level is None:
        return None
    try:
        found = list(rule.check(module, *told))
    except Exception:
        _report(f"{rule.name} failed on {module.path}")
        return None
    return [replace(f, rule=rule.name, level=max(level, f.level, key=LEVELS.index), url=rule.url) for f in found]


def _report(message: str) -> None:
    if STRICT:
        raise  # noqa: PLE0704  # only called while an exception is handled
    if message not in _REPORTED:
        _REPORTED.add(message)
        log.exception(message)


_LONGEST_HINT = 40

_STORY = {
    "coroutine": "A coroutine that has not begun to run: `await` runs it",
    "task": "A task, which runs beside this code: `await` waits for it",
    "future": "A future, whose result others set: `await` waits for it",
    "awaitable": "It can be awaited: `await` waits for it",
}
"""What is true of what a call has just made."""

STRICT = False
"""Whether a failing rule fails the analysis: the tests set it."""

_REPORTED: set[str] = set()
