"""An edited file answers as one that was opened as it is now: whatever is kept from version to version still holds.

So it is wherever the text parses; of broken text less is lost where it was whole before.

The texts are the pages' examples, two at a time, edited by hypothesis as people edit: a word typed or taken out, a line
doubled or moved, an `await` lost. The run is derandomized: a failure is the same on every machine.
"""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import given, settings
from hypothesis import strategies as st
from test_properties import NAME, QUICK, SNIPPETS, TOKENS, parses, workspace

WORDS = [*TOKENS, "await ", "async ", "return ", "pass\n", "x = 1\n", "    await later()\n", "self.", "None", "()"]


@st.composite
def versions(draw: st.DrawFn) -> list[str]:
    """A text of two snippets, and what becomes of it by a few edits; each is a version that an editor would send."""
    text = "\n\n".join(draw(st.lists(st.sampled_from(SNIPPETS), min_size=2, max_size=2)))
    found = [text]
    edits: list[Callable[[st.DrawFn, str], str]] = [taken_out, typed, doubled, moved]
    for _ in range(draw(st.integers(1, 5))):
        text = draw(st.sampled_from(edits))(draw, text)
        found.append(text)
    return found


def taken_out(draw: st.DrawFn, text: str) -> str:
    words = [word for word in ("await ", "async ", "return ", "self.", "()", "    ") if word in text]
    if not words:
        return text
    word: str = draw(st.sampled_from(words))
    before, _, after = text.partition(word)
    if word in after and draw(st.booleans()):
        middle, _, after = after.partition(word)
        return before + word + middle + after
    return before + after


def typed(draw: st.DrawFn, text: str) -> str:
    at = draw(st.integers(0, len(text)))
    word: str = draw(st.sampled_from(WORDS))
    return text[:at] + word + text[at:]


def doubled(draw: st.DrawFn, text: str) -> str:
    lines = text.splitlines(keepends=True) or [""]
    at = draw(st.integers(0, len(lines) - 1))
    return "".join([*lines[: at + 1], *lines[at:]])


def moved(draw: st.DrawFn, text: str) -> str:
    lines = text.splitlines(keepends=True) or [""]
    line = lines.pop(draw(st.integers(0, len(lines) - 1)))
    lines.insert(draw(st.integers(0, len(lines))), line)
    return "".join(lines)


@settings(QUICK, max_examples=150)
@given(versions())
def test_an_edited_file_answers_as_a_new_one(texts: list[str]) -> None:
    with workspace(texts[0]) as edited:
        edited.findings()
        for text in texts[1:]:
            edited.project.change(edited.root / NAME, text)
            found = edited.findings()
            if parses(text):
                with workspace(text) as opened:
                    assert found == opened.findings(), text
