"""What a check found in one file, as plain data that can cross processes: `Report`, `Reported`, `Offer`."""

from __future__ import annotations

from dataclasses import dataclass

from coroscope.findings import Finding, Fix, TextEdit
from coroscope.source import Source


@dataclass(frozen=True, slots=True)
class Offer:
    """A fix with its edits made."""

    title: str
    kind: str
    preferred: bool
    safe: bool
    edits: tuple[TextEdit, ...]

    @classmethod
    def of(cls, fix: Fix) -> Offer:
        """The offer that a fix amounts to; this makes its edits."""
        return cls(fix.title, fix.kind, fix.preferred, fix.safe, fix.edits())


@dataclass(frozen=True, slots=True)
class Reported:
    """A finding and the fixes that are offered for it, preferred first."""

    finding: Finding
    offers: tuple[Offer, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """All that was found in one file, in the order of its text; a clean file has a report, too."""

    source: Source
    found: tuple[Reported, ...] = ()
