"""What was worked out about a function, and still holds when some statements of it were edited.

    session = self.session()
    task = create_task(session.run())
    await session.close()               # with the `await` gone, nothing above is of another type
    log.info("closed")

The type of an expression follows from the names in it: what they are bound to, what conditions on the way tell of
them, and whether the code comes there. So an edit of plain statements can change the type of what has a *word* in it (a
name, or the last part of an attribute) that the edited statements bind, fill or ask for, or that is bound or asked for
beside such a word; and of everything, if a call that never returns is among them. All else is what it was.
"""

from __future__ import annotations

import ast
from collections.abc import Hashable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from coroscope.model.filling import is_empty
from coroscope.model.gates import lets_through
from coroscope.model.graph import keys_asked
from coroscope.model.reads import tests_of
from coroscope.nodes import ancestors, children_of, last_name
from coroscope.syntax import Alike

if TYPE_CHECKING:
    from coroscope.model.bodies import BodyScope


def kept_types(before: BodyScope, now: BodyScope, edit: Alike) -> dict[Hashable, object]:
    """The types of a function's expressions that hold still, from the scopes of its body before an edit and now."""
    words = set(_words_changed(edit, now))
    touched = _touched(edit.pairs, words) if words else set()
    if touched is None or not _runs_as_before(before, now, edit, touched):
        return {}
    types = before.types
    return {node: types[old] for old, node in edit.pairs if old in types and node not in touched}


def moved_types(types: dict[Hashable, object], edit: Alike) -> dict[Hashable, object]:
    """All types of a module or class in which a function was edited, whose header is worked out there."""
    for old, node in edit.pairs:
        if old in types:
            types[node] = types.pop(old)
    return types


def _words_changed(edit: Alike, now: BodyScope) -> Iterator[str]:
    """The words that the statements which are gone or new bind, fill or ask for."""
    for node in (*edit.gone, *edit.new):
        yield from _bound_by(node)
        yield from _asked_by(node)
        if isinstance(node, ast.Name) and any(is_empty(b.value) for b in now.names.bindings.get(node.id, ())):
            yield node.id  # what is put into a container tells what it holds


def _bound_by(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Name(id=word, ctx=ast.Store()) | ast.Attribute(attr=word, ctx=ast.Store()):
            yield word
        case ast.Subscript(ctx=ast.Store()):
            yield from (_word(part) for part in (node.value, *children_of(node.value)))
        case ast.ExceptHandler(name=str() as word):
            yield word
        case ast.MatchAs(name=str() as word) | ast.MatchStar(name=str() as word) | ast.MatchMapping(rest=str() as word):
            yield word


def _asked_by(node: ast.AST) -> Iterator[str]:
    for test in tests_of(node):
        for key in keys_asked(test):
            yield key.partition("[")[0].rpartition(".")[2]


def _word(node: ast.AST) -> str:
    return last_name(node) if isinstance(node, ast.expr) else ""


def _touched(pairs: Sequence[tuple[ast.AST, ast.AST]], words: set[str]) -> set[ast.AST] | None:
    """The nodes whose types may be others if these words are; None if that may be so of all."""
    by_word: dict[str, list[ast.AST]] = {}
    for _, node in pairs:
        if isinstance(node, (ast.Name, ast.Attribute)):
            by_word.setdefault(last_name(node), []).append(node)
    found: set[ast.AST] = set()
    waiting = list(words)
    while waiting:
        for node in by_word.get(waiting.pop(), ()):
            for above in _up_to_statement(node):
                if above in found:
                    break
                found.add(above)
                if isinstance(above, (ast.With, ast.AsyncWith, ast.Lambda)):
                    return None  # which exceptions it swallows, or what it is given, may be something else
                more = set(_told_by(above)) - words
                words |= more
                waiting += more
    return found


def _up_to_statement(node: ast.AST) -> Iterator[ast.AST]:
    for above in (node, *ancestors(node)):
        yield above
        if isinstance(above, ast.stmt):
            return


def _told_by(node: ast.AST) -> Iterator[str]:
    """The words of what a node binds to parts of it, or asks for."""
    yield from _asked_by(node)
    match node:
        case ast.Assign(targets=targets):
            yield from _bound_in(targets)
        case ast.AnnAssign(target=target) | ast.AugAssign(target=target) | ast.For(target=target):
            yield from _bound_in([target])
        case ast.AsyncFor(target=target) | ast.comprehension(target=target) | ast.NamedExpr(target=target):
            yield from _bound_in([target])
        case ast.Match(cases=cases):
            yield from _bound_in(case.pattern for case in cases)
        case ast.ExceptHandler():
            yield from _bound_by(node)


def _bound_in(targets: Iterable[ast.AST]) -> Iterator[str]:
    for target in targets:
        for node in ast.walk(target):
            yield from _bound_by(node)


def _runs_as_before(before: BodyScope, now: BodyScope, edit: Alike, touched: Iterable[ast.AST]) -> bool:
    """Whether the code comes everywhere that it came to: no call that never returns is gone, new, or another one."""
    were = [gate for gate in before.graph.gates.values() if isinstance(gate, ast.Call)]
    are = {gate for gate in now.graph.gates.values() if isinstance(gate, ast.Call)}
    if not are.isdisjoint(touched):
        return False
    like = dict(edit.pairs) if were else {}
    left = [gate for gate in were if like.get(gate) not in are]
    came = are.difference(like.get(gate) for gate in were)
    return all(lets_through(gate, before) for gate in left) and all(lets_through(gate, now) for gate in came)
