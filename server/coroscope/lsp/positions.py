"""Columns as the client counts them.

Coroscope counts 1-based characters. The protocol counts from 0, and in units that both sides agree on when they meet:
UTF-8 bytes, UTF-16 code units or UTF-32 code units, which are characters. `Columns` is the only place that converts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, cast

from lsprotocol import types as lsp
from pygls.capabilities import ServerCapabilitiesBuilder

from coroscope.source import Position, Range, Source

Units = Literal["utf-8", "utf-16", "utf-32"]


def agreed_units(capabilities: lsp.ClientCapabilities) -> Units:
    """The first units that the client offers and we know; UTF-16 if it offers none."""
    chosen = ServerCapabilitiesBuilder.choose_position_encoding(capabilities)
    return cast("Units", chosen.value if isinstance(chosen, lsp.PositionEncodingKind) else chosen)


@dataclass(frozen=True)
class Columns:
    """Converts places in a text between the client's units and ours."""

    units: Units = "utf-16"

    def position_out(self, source: Source, position: Position) -> lsp.Position:
        """Our 1-based position as a 0-based one in the client's units."""
        before = position.column - 1
        if self.units != "utf-32" and not source.is_ascii:
            before = self._length(source.line(position.line)[:before])
        return lsp.Position(position.line - 1, before)

    def position_in(self, source: Source, position: lsp.Position) -> Position:
        """The client's position as ours; a column past the end of its line means the end of the line.

        A column within a character means the start of that character.
        """
        line = source.line(position.line + 1)
        before = min(position.character, self._length(line))
        if self.units != "utf-32" and not line.isascii():
            before = self._characters(line, before)
        return Position(position.line + 1, before + 1)

    def range_out(self, source: Source, range_: Range) -> lsp.Range:
        """Our range as the client counts."""
        return lsp.Range(self.position_out(source, range_.start), self.position_out(source, range_.end))

    def range_in(self, source: Source, range_: lsp.Range) -> Range:
        """The client's range as we count."""
        return Range(self.position_in(source, range_.start), self.position_in(source, range_.end))

    def _length(self, text: str) -> int:
        """How many units a text is long."""
        if self.units == "utf-32" or text.isascii():
            return len(text)
        return sum(map(self._width, text))

    def _characters(self, text: str, units: int) -> int:
        """How many whole characters the first `units` units of a text hold."""
        for index, character in enumerate(text):
            units -= self._width(character)
            if units < 0:
                return index
        return len(text)

    def _width(self, character: str) -> int:
        """How many UTF-8 or UTF-16 units a character takes; one half of a surrogate pair counts like its neighbours."""
        if self.units == "utf-16":
            return 2 if character > "\uffff" else 1
        return 1 + (character > "\x7f") + (character > "\u07ff") + (character > "\uffff")
