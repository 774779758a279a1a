"""Comments that silence findings: ours, and those by which other tools are told that the same thing is meant.

    save()  # coroscope: ignore[coroutine-never-awaited]
    # coroscope: ignore-file[coroutine-used-as-value]
    save()  # type: ignore[unused-coroutine]

Without brackets, ours silence every rule; what others say without a code is about their own findings and not ours.
"""

from __future__ import annotations

import re

from coroscope.findings import Finding
from coroscope.source import Source

_UNUSED = frozenset({"awaitable-dropped", "coroutine-never-awaited"})
_MISPLACED = frozenset({"await-outside-async", "await-outside-function"})

_OF_BLOCKING = tuple(f"ASYNC{number}" for number in (210, 211, 212, 220, 221, 222, 230, 232, 240, 250, 251))

_MEANT_BY: dict[str, frozenset[str]] = {
    # mypy and ty
    "unused-coroutine": _UNUSED,
    "unused-awaitable": _UNUSED,
    "await-not-async": frozenset({"await-outside-async"}),
    "top-level-await": frozenset({"await-outside-function"}),
    # pyright and basedpyright
    "reportUnusedCoroutine": _UNUSED,
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

_OWN = re.compile(r"#\s*coroscope:\s*ignore(?:\[([^\]]*)\])?(?![-\w])")
_FILE = re.compile(r"^[ \t]*#\s*coroscope:\s*ignore-file(?:\[([^\]]*)\])?", re.MULTILINE)
_OTHERS = re.compile(r"#\s*(?:type|pyright|ty):\s*ignore\[([^\]]*)\]|#\s*(?i:noqa):\s*([\w, \t]+)")
_CODE = re.compile(r"[\w-]+")


def suppressed(source: Source, finding: Finding) -> bool:
    """Whether a comment on one of the finding's lines, or on the file, silences it."""
    if "coroscope:" in source.text and any(_names(m[1], finding.rule) for m in _FILE.finditer(source.text)):
        return True
    return any(
        _silences(source.line(line), finding.rule)
        for line in range(finding.range.start.line, finding.range.end.line + 1)
    )


def _silences(line: str, rule: str) -> bool:
    if "#" not in line:
        return False
    if any(_names(match[1], rule) for match in _OWN.finditer(line)):
        return True
    codes = (code for match in _OTHERS.finditer(line) for code in _CODE.findall(match[1] or match[2]))
    return any(rule in _MEANT_BY.get(code, ()) for code in codes)


def _names(listed: str | None, rule: str) -> bool:
    return listed is None or rule in (name.strip() for name in listed.split(","))
