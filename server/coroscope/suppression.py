"""Comments that silence findings: ours, and those of other tools that mean the same."""

from __future__ import annotations

import re

from coroscope.findings import Finding
from coroscope.source import Source

_OWN = re.compile(r"#\s*coroscope:\s*ignore(?:\[([^\]]*)\])?(?![-\w])")
_FILE = re.compile(r"^[ \t]*#\s*coroscope:\s*ignore-file(?:\[([^\]]*)\])?", re.MULTILINE)
_OTHERS = re.compile(
    r"#\s*type:\s*ignore\[[^\]]*\bunused-coroutine\b|#\s*pyright:\s*ignore\[[^\]]*\breportUnusedCoroutine\b"
    r"|#\s*ty:\s*ignore\[[^\]]*\bunused-awaitable\b"
)
_UNUSED = frozenset({"coroutine-never-awaited", "awaitable-dropped"})


def suppressed(source: Source, finding: Finding) -> bool:
    """Whether a comment on one of the finding's lines, or on the file, silences it."""
    if "coroscope:" in source.text and any(_names(m[1], finding.rule) for m in _FILE.finditer(source.text)):
        return True
    for line in range(finding.range.start.line, finding.range.end.line + 1):
        text = source.line(line)
        if "#" not in text:
            continue
        if any(_names(match[1], finding.rule) for match in _OWN.finditer(text)):
            return True
        if finding.rule in _UNUSED and _OTHERS.search(text):
            return True
    return False


def _names(listed: str | None, rule: str) -> bool:
    return listed is None or rule in (name.strip() for name in listed.split(","))
