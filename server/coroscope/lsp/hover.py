"""What is said about the place under the pointer."""

from __future__ import annotations

import re

from lsprotocol import types as lsp

from coroscope.findings import Finding
from coroscope.lsp.client import Client
from coroscope.lsp.workspace import Analysis
from coroscope.source import Position, Range

_LANGUAGE = {"py": "python", "stderr": "text", "output": "text", "clock": "text"}


def hover(analysis: Analysis, client: Client, where: lsp.HoverParams) -> lsp.Hover | None:
    """The findings at a place, each with its story and its rule's page; else what a coroutine call there makes."""
    document, columns = analysis.document, client.columns
    position = document.position_in(columns, where.text_document.uri, where.position)
    kind = lsp.MarkupKind.Markdown if client.markdown else lsp.MarkupKind.PlainText
    here = [finding for finding in analysis.findings if _within(finding.range, position)]
    if here:
        text = "\n\n---\n\n".join(map(_page, here))
        return lsp.Hover(lsp.MarkupContent(kind, text), document.location(columns, here[-1].range).range)
    from coroscope import engine

    if described := engine.describe(analysis.module, position):
        range_ = document.location(columns, described.range).range
        return lsp.Hover(lsp.MarkupContent(kind, described.markdown), range_)
    return None


def _page(finding: Finding) -> str:
    from coroscope.rules import catalogue

    rule = catalogue().get(finding.rule)
    parts = (finding.message, finding.story, _highlighted(rule.summary) if rule else "")
    return "\n\n".join(part.strip() for part in parts if part.strip())


def _highlighted(page: str) -> str:
    """A page whose examples name languages that editors know; what else stands there is for the page's test."""
    return re.sub(
        rf"^```({'|'.join(_LANGUAGE)})\b.*$", lambda fence: "```" + _LANGUAGE[fence[1]], page, flags=re.MULTILINE
    )


def _within(range_: Range, position: Position) -> bool:
    return range_.start <= position < range_.end or position == range_.start
