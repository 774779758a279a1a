"""Documents under edits, and the base protocol's frames."""

from __future__ import annotations

from collections.abc import Iterator

from coroscope.lsp.documents import Document, Documents
from coroscope.lsp.positions import Columns, Units
from coroscope.lsp.transport import frames
from coroscope.source import Source, Span
from hypothesis import given
from hypothesis import strategies as st
from lsprotocol import types as lsp

TEXT = st.text(st.sampled_from("ab é😋\n\r\f"), max_size=20)


def document(text: str) -> Document:
    return Document.opened(lsp.TextDocumentItem("file:///x.py", "python", 1, text))


def edit(source: Source, span: Span, text: str, columns: Columns) -> lsp.TextDocumentContentChangePartial:
    return lsp.TextDocumentContentChangePartial(columns.range_out(source, source.range(span)), text)


@given(TEXT, st.data(), TEXT, st.sampled_from(["utf-8", "utf-16", "utf-32"]))
def test_an_edit_gives_the_text_and_lines_that_opening_it_gives(
    text: str, data: st.DataObject, inserted: str, units: Units
) -> None:
    before, columns = Source(text), Columns(units)
    ends = st.integers(1, len(before.line_starts)).flatmap(
        lambda line: st.integers(0, len(before.line(line))).map(lambda column: before.line_starts[line - 1] + column)
    )
    span = Span(*sorted((data.draw(ends), data.draw(ends))))
    after = document(text).changed(2, [edit(before, span, inserted, columns)], columns)
    assert after.version == 2
    assert after.source.text == text[: span.start] + inserted + text[span.end :]
    assert after.source.line_starts == Source(after.source.text).line_starts


def test_changes_apply_one_after_the_other() -> None:
    def at(start: int, end: int, text: str) -> lsp.TextDocumentContentChangePartial:
        return lsp.TextDocumentContentChangePartial(lsp.Range(lsp.Position(0, start), lsp.Position(0, end)), text)

    first = document("abc\n")
    assert first.changed(2, [at(0, 0, "xy"), at(2, 3, "")], Columns()).source.text == "xybc\n"
    whole = lsp.TextDocumentContentChangeWholeDocument("new")
    assert first.changed(3, [at(0, 1, ""), whole, at(3, 3, "er")], Columns()).source.text == "newer"
    assert first.source.text == "abc\n"


def test_only_the_newest_version_is_current() -> None:
    documents, first = Documents(), document("a")
    documents.put(first)
    second = first.changed(2, [], Columns())
    documents.put(second)
    assert documents.current(second)
    assert not documents.current(first)
    documents.remove(second.uri)
    documents.remove(second.uri)
    assert not documents.current(second)
    assert documents.all() == []


def in_pieces(data: bytes, size: int) -> Iterator[bytes]:
    yield from (data[start : start + size] for start in range(0, len(data), size))
    while True:
        yield b""


@given(st.lists(st.binary(max_size=40), max_size=5), st.integers(1, 50))
def test_frames_are_found_however_the_bytes_arrive(bodies: list[bytes], size: int) -> None:
    data = b"".join(b"Content-Length: %d\r\n\r\n%b" % (len(body), body) for body in bodies)
    pieces = in_pieces(data, size)
    assert list(frames(lambda: next(pieces))) == bodies


def test_a_header_may_say_more_or_nonsense() -> None:
    data = b"Content-Type: x\r\nCONTENT-LENGTH:2\r\n\r\n{}hello\r\n\r\nContent-Length: -1\r\n\r\n"
    data += b"Content-Length: 1\r\n\r\n7"
    pieces = in_pieces(data, 1000)
    assert list(frames(lambda: next(pieces))) == [b"{}", b"7"]


def test_a_frame_cut_off_is_none() -> None:
    pieces = in_pieces(b"Content-Length: 10\r\n\r\n{}", 1000)
    assert list(frames(lambda: next(pieces))) == []
