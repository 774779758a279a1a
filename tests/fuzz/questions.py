"""What a client asks about a document, at any time, and what has to hold for each answer.

An answer speaks of the document as it was when it was asked about, or refuses because that was edited since. Its ranges
are in the text, in order; its edits do not overlap, and leave what parses if it did before.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from itertools import pairwise
from random import Random
from typing import Any, NamedTuple

from coroscope.lsp.documents import Document
from coroscope.lsp.notebooks import Notebook
from coroscope.lsp.positions import Columns
from coroscope.source import Source
from lsprotocol import types as lsp
from lsprotocol.converters import get_converter

from fuzz.cases import parses
from fuzz.checks import Failed
from fuzz.client import Client, Message

_ALLOWED_ERRORS = {-32601, -32602, -32800, -32801, -32802}
"""An unknown method, parameters that make no sense, cancelled by either side, a document that was edited since."""

_REFUSED_WHEN_LATE = frozenset({
    "textDocument/hover", "textDocument/completion", "textDocument/codeAction", "codeAction/resolve",
    "textDocument/inlayHint", "textDocument/prepareCallHierarchy",
})  # fmt: skip
"""The questions that are not answered when the document was edited since."""

_TOLD = re.compile(r"(?:def |class |await |\.|\()(?=\w|$)", re.MULTILINE)
"""Behind these there may be something to say."""

_STRUCTURE = get_converter().structure
_COLUMNS = Columns()


class _Asked(NamedTuple):
    """A question: about which document, as it was then, and in which of its texts."""

    document: Document
    uri: str
    method: str


class Questions:
    """What was asked and is not answered yet, and what there is to ask further about by the answers before."""

    def __init__(self, client: Client, random: Random, *, pulls: bool) -> None:
        self._client = client
        self._random = random
        self._asked: dict[int, _Asked] = {}
        self._further: list[tuple[Document, str, Message]] = []
        self._reports: dict[str, list[Message]] = {}
        kinds: list[Callable[[Document, str], None]] = [
            self._place, self._place, self._range, self._range, self._ask_again, self._senseless,
        ]  # fmt: skip
        self._kinds = [*kinds, self._pull, self._pull, self._pull_all] if pulls else kinds

    def ask_anything(self, document: Document) -> None:
        """Ask something about a document; at times it is not wanted any more at once."""
        uri = self._random.choice(list(texts_of(document)) or [document.uri])
        uri = uri if self._random.random() < 0.9 else self._random.choice(["untitled:Untitled-1", "file:"])
        count = len(self._asked)
        self._random.choice(self._kinds)(document, uri)
        if len(self._asked) > count and self._random.random() < 0.15:
            self._client.tell("$/cancelRequest", {"id": next(reversed(self._asked))})

    def look(self) -> None:
        """Look at the answers that have come."""
        for identity in list(self._asked):
            if self._client.is_answered(identity):
                self._check(self._asked.pop(identity), self._client.answer(identity))

    def end(self) -> None:
        """Wait for all answers."""
        while self._asked:
            identity = next(iter(self._asked))
            self._check(self._asked.pop(identity), self._client.answer(identity))

    def pulled(self, document: Document, uri: str) -> list[Message] | None:
        """The diagnostics of a text, asked for and waited for; None if nothing is told of it."""
        asked, identity = _Asked(document, uri, "textDocument/diagnostic"), self._ask_for_report(uri)
        found: list[Message] | None = self._check(asked, self._client.answer(identity))
        return found

    # What is asked

    def _ask(self, document: Document, uri: str, method: str, **params: object) -> None:
        params = {"textDocument": {"uri": uri}, **params}
        self._asked[self._client.ask(method, params)] = _Asked(document, uri, method)

    def _place(self, document: Document, uri: str) -> None:
        methods = ["textDocument/hover", "textDocument/completion", "textDocument/prepareCallHierarchy"]
        self._ask(document, uri, self._random.choice(methods), position=self._position(document, uri))

    def _range(self, document: Document, uri: str) -> None:
        range_ = {"start": {"line": 0, "character": 0}, "end": {"line": 1 << 20, "character": 0}}
        if self._random.random() < 0.3:
            range_ = {"start": self._position(document, uri), "end": self._position(document, uri)}
        if self._random.random() < 0.3:
            self._ask(document, uri, "textDocument/inlayHint", range=range_)
        else:
            context: Message = {"diagnostics": []}
            if self._random.random() < 0.2:
                context["only"] = [self._random.choice(["quickfix", "refactor", "source", ""])]
            self._ask(document, uri, "textDocument/codeAction", range=range_, context=context)

    def _position(self, document: Document, uri: str) -> Message:
        """A place in a text, mostly one of which there may be something to say, or somewhere behind its lines."""
        source = texts_of(document).get(uri)
        places = [] if source is None else [match.end() for match in _TOLD.finditer(source.text)]
        if source is None or not places or self._random.random() < 0.2:
            last = 10 if source is None else len(source.line_starts) + 1
            return {"line": self._random.randint(0, last), "character": self._random.randint(0, 90)}
        place = _COLUMNS.position_out(source, source.position(self._random.choice(places)))
        return {"line": place.line, "character": place.character}

    def _ask_again(self, document: Document, uri: str) -> None:
        """Ask further by what was answered some time ago, about any document."""
        if self._further:
            self._ask_further(*self._random.choice(self._further[-8:]))

    def _ask_further(self, document: Document, uri: str, found: Message) -> None:
        """Have the edits made of an action that was offered, or ask who calls a function; both may be too late."""
        if "title" in found:
            self._asked[self._client.ask("codeAction/resolve", found)] = _Asked(document, uri, "codeAction/resolve")
        else:
            method = self._random.choice(["callHierarchy/incomingCalls", "callHierarchy/outgoingCalls"])
            self._asked[self._client.ask(method, {"item": found})] = _Asked(document, uri, method)

    def _senseless(self, document: Document, uri: str) -> None:
        methods = ["textDocument/completion", "textDocument/hover", "textDocument/diagnostic", "nothing", "$/nothing"]
        params: object = self._random.choice([None, {}, {"textDocument": {"uri": uri}}, [1]])
        method = self._random.choice(methods)
        self._asked[self._client.ask(method, params)] = _Asked(document, "", "")

    def _pull(self, document: Document, uri: str) -> None:
        self._asked[self._ask_for_report(uri)] = _Asked(document, uri, "textDocument/diagnostic")

    def _ask_for_report(self, uri: str) -> int:
        params: Message = {"textDocument": {"uri": uri}}
        if self._reports and self._random.random() < 0.7:
            params["previousResultId"] = self._random.choice(list(self._reports)[-4:])
        return self._client.ask("textDocument/diagnostic", params)

    def _pull_all(self, document: Document, uri: str) -> None:
        asked = _Asked(document, "", "workspace/diagnostic")
        self._asked[self._client.ask("workspace/diagnostic", {"previousResultIds": []})] = asked

    # What has to hold for an answer

    def _check(self, asked: _Asked, message: Message) -> Any:
        error, result = message.get("error"), message.get("result")
        if error and error["code"] not in _ALLOWED_ERRORS:
            raise Failed("a request is answered with an error", asked.method, error)
        if error or result is None:
            return None
        _check_ranges(asked, result)
        match asked.method:
            case "textDocument/codeAction" | "textDocument/prepareCallHierarchy":
                self._further += [(asked.document, asked.uri, found) for found in result]
                if result and self._random.random() < 0.7:
                    self._ask_further(asked.document, asked.uri, self._random.choice(result))
            case "codeAction/resolve":
                _check_edit(asked, result["edit"])
            case "textDocument/completion":
                for item in result:
                    edits = [item["textEdit"], *item.get("additionalTextEdits", ())]
                    _check_text(asked, texts_of(asked.document)[asked.uri], edits)
            case "textDocument/hover":
                if not result["contents"]["value"].strip():
                    raise Failed("nothing is said", result)
            case "textDocument/inlayHint":
                if not all(hint["label"] for hint in result):
                    raise Failed("nothing is said", result)
            case "textDocument/diagnostic":
                return self._found(result)
        return result

    def _found(self, report: Message) -> list[Message]:
        """The diagnostics of a report; what it leaves out was told before."""
        if report["kind"] == "full":
            self._reports[report["resultId"]] = report["items"]
        return self._reports[report["resultId"]]


def texts_of(document: Document) -> Mapping[str, Source]:
    """The texts that a client knows a document by."""
    if isinstance(document, Notebook):
        return {uri: document.texts[uri].source for uri in document.versions}
    return {document.uri: document.source}


def _check_edit(asked: _Asked, edit: Message) -> None:
    """The edits are meant for the version that was asked about, and can be made."""
    for change in edit["documentChanges"]:
        identifier = change["textDocument"]
        source = texts_of(asked.document).get(identifier["uri"])
        if source is not None:
            if identifier["version"] != asked.document.versions[identifier["uri"]]:
                raise Failed("an edit is meant for another version", asked.document.versions, change)
            _check_text(asked, source, change["edits"])


def _check_text(asked: _Asked, source: Source, edits: list[Message]) -> None:
    """The edits do not overlap, and what they leave of a text parses if it did."""
    found = sorted((source.span(_COLUMNS.range_in(source, _range(edit["range"]))), edit["newText"]) for edit in edits)
    if any(before[0].end > after[0].start for before, after in pairwise(found)):
        raise Failed("edits overlap", asked.method, edits)
    text = source.text
    for span, new in reversed(found):
        text = text[: span.start] + new + text[span.end :]
    if parses(source.text) and not parses(text):
        raise Failed("an edit leaves what does not parse", asked.method, edits, source.text)


def _check_ranges(asked: _Asked, result: object) -> None:
    """Every range in an answer is in order, and in the text that it speaks of, if it is not newer than the question."""
    texts = texts_of(asked.document) if asked.method in _REFUSED_WHEN_LATE else {}
    for uri, plain in _ranges(result, asked.uri):
        range_ = _range(plain)
        if (range_.start.line, range_.start.character) > (range_.end.line, range_.end.character):
            raise Failed("a range ends before it begins", asked.method, uri, plain)
        source = texts.get(uri)
        if source is not None and _COLUMNS.range_out(source, _COLUMNS.range_in(source, range_)) != range_:
            raise Failed("a range is not in the text", asked.method, uri, plain)


def _ranges(value: object, uri: str) -> Iterator[tuple[str, Message]]:
    """The ranges in an answer, with the URI of the text that each is in."""
    if isinstance(value, list):
        for each in value:
            yield from _ranges(each, uri)
    elif isinstance(value, dict) and "start" in value:
        yield uri, value
    elif isinstance(value, dict):
        owner = value.get("textDocument", value)
        uri = owner.get("uri", uri) if isinstance(owner, dict) else uri
        for key, each in value.items():
            # The keys of `changes` and `relatedDocuments` are URIs.
            yield from _ranges(each, key if ":" in key else uri)


def _range(plain: Message) -> lsp.Range:
    found: lsp.Range = _STRUCTURE(plain, lsp.Range)
    return found
