"""Path patterns as ruff reads them: `Pattern`.

`*` and `?` match a folder separator too, `**/` any folders or none, `[ab]`, `[!ab]` and `{one,two}` what they do in a
shell. A pattern is held against the path relative to the folder of the settings that it stands in, and against the
bare name.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

_TOKEN = re.compile(r"(?P<folders>\*\*+/)|(?P<any>\*+)|(?P<set>\[[!^]?.[^\]]*\])|(?P<escaped>\\.)", re.DOTALL)
_FLAGS = re.IGNORECASE if os.name == "nt" else 0


_WILDCARDS = frozenset("*?[{\\")


class PatternError(ValueError):
    """A pattern that cannot be read; the message is a clause that says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """A pattern and the absolute folder that its relative paths start from."""

    text: str
    folder: Path = Path()

    def fits_file(self, path: Path) -> bool:
        """Whether an absolute path of a file, or its bare name, fits; a leading `!` turns the answer round."""
        text = self.text.removeprefix("!")
        fits = _compiled(text).fullmatch(path.name) is not None or self._fits_path(text, path)
        return fits != self.text.startswith("!")

    def fits_excluded(self, path: Path) -> bool:
        """Whether a walk leaves out this file or folder; here a pattern with a separator never means a bare name."""
        is_name = "/" not in self.text and os.sep not in self.text
        if is_name and _compiled(self.text).fullmatch(path.name):
            return True
        # A name without wildcards fits no path but those that end with it, as was asked before.
        return not (is_name and _WILDCARDS.isdisjoint(self.text)) and self._fits_path(self.text, path)

    def check(self) -> None:
        """Raise `PatternError` if the text is no pattern."""
        _compiled(self.text.removeprefix("!"))

    def _fits_path(self, text: str, path: Path) -> bool:
        if Path(text).is_absolute():
            return _compiled(text).fullmatch(path.as_posix()) is not None
        try:
            relative = path.relative_to(self.folder)
        except ValueError:
            return False
        return _compiled(text).fullmatch(relative.as_posix()) is not None


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> re.Pattern[str]:
    """The regular expression of a pattern; raises `PatternError` if there is none."""
    text = pattern.replace(os.sep, "/") if os.sep != "/" else pattern
    text = text.removeprefix("./").rstrip("/") or text
    try:
        return re.compile(_translate(text), re.DOTALL | _FLAGS)
    except re.error as error:
        raise PatternError(f"is no pattern ({error})") from error


def _translate(text: str) -> str:
    out: list[str] = []
    braces = 0
    at = 0
    while at < len(text):
        token = _TOKEN.match(text, at)
        part = token[0] if token else text[at]
        kind = token.lastgroup if token else None
        if kind == "folders" and (at == 0 or text[at - 1] == "/"):
            out.append("(?:.*/)?")
        elif kind in {"folders", "any"}:
            out.append(".*/" if part.endswith("/") else ".*")
        elif kind == "set":
            out.append(_set(part))
        elif kind == "escaped":
            out.append(re.escape(part[1]))
        elif part == "?":
            out.append(".")
        elif part == "{":
            braces += 1
            out.append("(?:")
        elif part in {",", "}"} and braces:
            braces -= part == "}"
            out.append("|" if part == "," else ")")
        elif part == "[":
            raise PatternError("is no pattern (a `[` is not closed)")
        else:
            out.append(re.escape(part))
        at += len(part)
    if braces:
        raise PatternError("is no pattern (a `{` is not closed)")
    return "".join(out)


def _set(part: str) -> str:
    inside = part[1:-1]
    sign = "^" if inside[0] in "!^" else ""
    escaped = re.sub(r"([^0-9A-Za-z_-])", r"\\\1", inside[len(sign) :])
    return f"[{sign}{escaped}]"
