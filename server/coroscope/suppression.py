"""Comments that silence findings: ours, and those by which other tools are told that the same thing is meant.

    save()  # coroscope: ignore[coroutine-never-awaited]
    save()  # type: ignore[unused-coroutine]

What others say without a code is about their own findings and not ours; but a type checker that is told to ignore
whatever it finds is told that the types of a line are wrong, on which one of our rules rests alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from coroscope.findings import Finding
from coroscope.ignores import ignores, is_comment
from coroscope.syntax import Tree

_UNUSED = frozenset({"awaitable-dropped", "coroutine-never-awaited"})
_NOT_AWAITABLE = frozenset({"awaiting-non-awaitable"})
_WHATEVER = "ignore"
_MISPLACED = frozenset({"await-outside-async", "await-outside-function"})

_OF_BLOCKING = tuple(f"ASYNC{number}" for number in (210, 211, 212, 220, 221, 222, 230, 232, 240, 250, 251))

_MEANT_BY: dict[str, frozenset[str]] = {
    # mypy and ty
    "unused-coroutine": _UNUSED,
    "unused-awaitable": _UNUSED,
    "await-not-async": frozenset({"await-outside-async"}),
    "top-level-await": frozenset({"await-outside-function"}),
    "misc": _NOT_AWAITABLE,
    "invalid-await": _NOT_AWAITABLE,
    # pyright and basedpyright
    "reportUnusedCoroutine": _UNUSED,
    "reportGeneralTypeIssues": _NOT_AWAITABLE,
    # all of them, without a code
    _WHATEVER: _NOT_AWAITABLE,
    # ruff and pylint
    "RUF006": frozenset({"task-not-kept"}),
    "F704": frozenset({"await-outside-function"}),
    "PLE1142": _MISPLACED,
    # flake8-async and flake8-bugbear
    "ASYNC103": frozenset({"cancellation-swallowed"}),
    "ASYNC104": frozenset({"cancellation-swallowed"}),
    "B012": frozenset({"cancellation-swallowed"}),
    **dict.fromkeys(_OF_BLOCKING, frozenset({"blocking-call-in-async"})),
}
"""Our rules of the same meaning, by the codes of other tools."""

_OTHERS = re.compile(r"#\s*(?:type|pyright|ty):\s*ignore(?:\[([^\]]*)\]|(?![\w\[]))|#\s*(?i:noqa):\s*([\w, \t]+)")
_CODE = re.compile(r"[\w-]+")


def suppressed(tree: Tree, finding: Finding) -> bool:
    """Whether a comment on one of the finding's lines, or on the file, silences it."""
    if any(ignore.silences(finding) for ignore in ignores(tree)):
        return True
    return any(
        finding.rule in _MEANT_BY.get(code, ())
        for line in range(finding.range.start.line, finding.range.end.line + 1)
        for code in _codes(tree, line)
    )


def _codes(tree: Tree, line: int) -> Iterator[str]:
    """The codes of other tools that the comment of a line names."""
    text = tree.source.line(line)
    for match in _OTHERS.finditer(text) if "#" in text else ():
        if is_comment(tree, tree.source.line_starts[line - 1] + match.start()):
            yield from _CODE.findall(match[1] or match[2] or _WHATEVER)
