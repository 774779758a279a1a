"""A comment is to silence findings, and there is nothing that it silences."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from difflib import get_close_matches
from functools import partial

from coroscope.findings import Finding, Fix
from coroscope.fixes.edits import replace
from coroscope.fixes.take_out import without_comment, without_name
from coroscope.ignores import Ignore, Name, ignores
from coroscope.model.module import Module
from coroscope.rules import catalogue
from coroscope.source import Span

_SELF = "unused-ignore"


def check(module: Module, silenced: Sequence[Finding], asked: Collection[str]) -> Iterator[Finding]:
    """Every comment of ours, or rule that one names, without a finding among those `silenced` by comments.

    Of rules that were not `asked` nobody knows what they would find. Nor is it known of a text that does not parse, or
    while the other files are still being read.
    """
    written = ignores(module.tree)
    if not written or module.tree.errors or module.world.is_early:
        return
    if any(_SELF in _texts(one) and one.for_file for one in written):
        return
    for ignore in written:
        if _SELF not in _texts(ignore):
            yield from _unused(module, ignore, [one for one in silenced if ignore.silences(one)], asked)


def fixes(module: Module, finding: Finding) -> Iterator[Fix]:
    """Write the name of the rule that is meant; take out the comment, or the name.

    That is not safe: with other packages installed, or for another version, the comment may silence something.
    """
    for ignore in ignores(module.tree):
        if module.source.range(ignore.span) == finding.range:
            yield Fix("Remove the comment", partial(without_comment, module, ignore), preferred=True)
        for name in ignore.names or ():
            if module.source.range(name.span) == finding.range:
                yield from _of_name(module, ignore, name)


def _unused(module: Module, ignore: Ignore, silenced: Sequence[Finding], asked: Collection[str]) -> Iterator[Finding]:
    """What is told of one comment, by the findings that it silences."""
    known = catalogue()
    used = {finding.rule for finding in silenced}
    names = ignore.names or ()
    idle = [name for name in names if name.text not in used and (name.text in asked or name.text not in known)]
    is_idle = not silenced and set(known) - {_SELF} <= set(asked) if ignore.names is None else len(idle) == len(names)
    comment = f"`{module.source.text[slice(*ignore.span)]}`"
    if ignore.for_file and not ignore.alone:
        yield _finding(module, ignore.span, f"{comment} counts on a line of its own only")
    elif is_idle and all(name.text in known for name in names):
        yield _finding(module, ignore.span, f"{comment} silences nothing")
    else:
        for name in idle:
            yield _finding(module, name.span, _words(name, ignore))


def _finding(module: Module, span: Span, message: str) -> Finding:
    return module.finding(module.tree.root.node, message, range=module.source.range(span))


def _words(name: Name, ignore: Ignore) -> str:
    if name.text in catalogue():
        return f"there is no `{name.text}` {'in this file' if ignore.for_file else 'here'} to silence"
    meant = _meant(name)
    words = f"there is no rule `{name.text}`"
    return words if meant is None else f"{words}: did you mean `{meant}`?"


def _meant(name: Name) -> str | None:
    """The rule whose name is like one that no rule has."""
    return next(iter(get_close_matches(name.text, catalogue(), n=1)), None) if name.text not in catalogue() else None


def _of_name(module: Module, ignore: Ignore, name: Name) -> Iterator[Fix]:
    meant = _meant(name)
    is_found = meant is not None and meant not in _texts(ignore) | {_SELF} and _finds(module, meant, ignore)
    if meant is not None and is_found:
        yield Fix(f"Write `{meant}`", lambda: [replace(module, *name.span, meant)], preferred=True)
    if ignore.names == (name,):
        yield Fix("Remove the comment", partial(without_comment, module, ignore), preferred=not is_found)
    else:
        yield Fix(f"Remove `{name.text}`", partial(without_name, module, ignore, name), preferred=not is_found)


def _finds(module: Module, rule: str, ignore: Ignore) -> bool:
    """Whether a rule finds something where a comment counts."""
    return any(ignore.is_at(finding) for finding in catalogue()[rule].check(module))


def _texts(ignore: Ignore) -> set[str]:
    return {name.text for name in ignore.names or ()}
