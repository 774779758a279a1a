"""What coroscope says: `Finding`, `Related`, `Fix` and `TextEdit`, the plain data that every front end shows.

Positions are 1-based lines and columns, columns counting characters (`coroscope.source.Range`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from coroscope.source import Range

Level = Literal["error", "warning", "information", "hint"]
"""How loud a finding is; `off` in a configuration silences a rule."""

LEVELS: tuple[Level, ...] = ("error", "warning", "information", "hint")


@dataclass(frozen=True, slots=True)
class Related:
    """Another place that belongs to a finding, with what happened there; `cell` as for a finding."""

    path: str
    range: Range
    message: str
    cell: int | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """A mistake, where its repair goes.

    `message` is one line of plain text with code in backquotes. `story` is Markdown for the hover: how this very
    awaitable was lost. `level` is the loudest that it can be, until the engine applies the rule's own and the
    configuration. `url` leads to the page. Outside of the analysis a finding in a notebook has the number of its `cell`
    (counted from 1, cells of prose included), and its range is one within the text of that cell.
    """

    rule: str
    path: str
    range: Range
    message: str
    level: Level = "error"
    related: tuple[Related, ...] = ()
    story: str = ""
    url: str = ""
    cell: int | None = None


@dataclass(frozen=True, slots=True)
class TextEdit:
    """Replace a range of one file, or of one of its cells, by a text."""

    path: str
    range: Range
    text: str
    cell: int | None = None


@dataclass(frozen=True, slots=True)
class Fix:
    """A repair: a verb phrase and the edits it makes, computed when asked.

    `kind` is a code action kind of the language server protocol. `preferred` marks the one that an expert would take;
    `safe` says that nothing but the mistake can change.
    """

    title: str
    make: Callable[[], Sequence[TextEdit]]
    kind: str = "quickfix"
    preferred: bool = False
    safe: bool = False

    def edits(self) -> tuple[TextEdit, ...]:
        """The edits, in the order of the text, not overlapping; empty if the fix has nothing left to do."""
        return tuple(sorted(self.make(), key=lambda edit: (edit.path, edit.cell or 0, edit.range)))
