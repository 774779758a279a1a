"""Loading while the client still introduces itself what the first analysis needs."""

from __future__ import annotations

from collections.abc import Callable

from lsprotocol import types as lsp


def warm_up(plain: Callable[[object], object]) -> None:
    """Import the analysis, and let `plain` learn how diagnostics are made plain data; in the worker's thread."""
    import coroscope.engine
    import coroscope.lsp.projects  # noqa: F401

    place = lsp.Location("", lsp.Range(lsp.Position(0, 0), lsp.Position(0, 0)))
    plain(lsp.Diagnostic(place.range, "", related_information=[lsp.DiagnosticRelatedInformation(place, "")]))
