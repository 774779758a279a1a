"""Files of code as bytes and as texts: a notebook's text is that of its code cells (see `coroscope.cells`)."""

from __future__ import annotations

import io
import tokenize
from pathlib import Path

from coroscope import notebooks
from coroscope.source import Source, SourceError


def read_source(path: Path, name: str | None = None) -> Source:
    """Read a file of Python, or a notebook; `name` is what the user calls it, if not the path.

    Line ends are kept as they are; a byte order mark is not part of the text. Raises `SourceError` for a file that
    cannot be opened or understood.
    """
    shown = name or str(path)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise SourceError(f"cannot read {shown}: {error.strerror or error}.") from error
    return Source(text_in(path, data, shown), shown)


def text_in(path: Path, data: bytes, name: str) -> str:
    """The text that a file of these bytes has; raises `SourceError` naming it as `name`."""
    if path.suffix != notebooks.SUFFIX:
        return _decoded(data, name)
    return notebooks.text_of(_json_in(data, name), name)


def bytes_with(path: Path, data: bytes, text: str, name: str) -> bytes:
    """The bytes of a file with another text, in the encoding and the form that it has.

    Raises `SourceError` if it cannot be written as it was read.
    """
    if path.suffix == notebooks.SUFFIX:
        document = _json_in(data, name)
        mark = data[: len(data) - len(document.encode("utf-8", "surrogatepass"))]
        return mark + notebooks.put_back(document, text, name).encode("utf-8", "surrogatepass")
    encoding = _encoding(data)
    if _decoded(data, name).encode(encoding) != data:
        raise SourceError(f"cannot write {name}: its {encoding} text does not encode to the same bytes again.")
    try:
        return text.encode(encoding)
    except UnicodeEncodeError as error:
        raise SourceError(f"cannot write {name}: the fix needs a character that {error.encoding} lacks.") from error


def _json_in(data: bytes, name: str) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SourceError(f"cannot read {name}: it is not valid UTF-8 text, which notebooks are.") from error


def _decoded(data: bytes, name: str) -> str:
    """The text of a Python file as CPython reads it, by a byte order mark or an encoding comment (PEP 263)."""
    try:
        return data.decode(_encoding(data))
    except (SyntaxError, UnicodeDecodeError, LookupError) as error:
        declared = getattr(error, "encoding", None)
        reason = f"it is not valid {declared} text" if declared else str(error)
        raise SourceError(f"cannot read {name}: {reason}; save it as UTF-8 or declare its encoding.") from error


def _encoding(data: bytes) -> str:
    return tokenize.detect_encoding(io.BytesIO(data).readline)[0]
