"""The modules of one world, and every answer that was worked out about them.

A question is asked once: `Program.remember` keeps its answer. A question that depends on itself gets Unknown where its
circle closes, and so does one that goes deeper than Python's stack allows, or takes more work than users would wait
for. An answer that was cut short in such a way is *provisional*: it stands as long as the question that cut it is being
worked out, and is then forgotten, so that answers do not depend on the order of questions.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import TypeVar

from coroscope.model.classes import ClassInfo
from coroscope.model.moderation import moderate
from coroscope.model.scopes import ModuleScope, Scope
from coroscope.model.static import Target
from coroscope.model.summary import Class, Summary
from coroscope.model.types import COMPOUND, UNKNOWN, ClassObject, Instance, Type
from coroscope.model.world import World

_Answer = TypeVar("_Answer")
_UNCUT = 1 << 30
_DEEPEST = 80
"""Steps within steps: each takes half a dozen of the thousand frames that Python gives us."""

_MOST_WORK = 2_000
"""Steps for one question; questions about real code take a few hundred, seldom 700."""

_MISSING = object()
_COMPOUND = frozenset(COMPOUND)


class Program:
    """All that the model knows of one world."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.target = Target(world.python, world.platform)
        self._modules: dict[str, ModuleScope] = {}
        self._imports: dict[tuple[str, str], ModuleScope | None] = {}
        """What an import of a name means, by the name and the path of the importer: the world makes a new Program when
        that changes."""
        self._answers: dict[Hashable, object] = {}
        self._classes: dict[tuple[Scope, str], list[ClassInfo]] = {}
        self._active: dict[Hashable, int] = {}
        self._cut = _UNCUT
        """How deep the outermost question was that cut the present one short; below 0 for a limit."""
        self._provisional: dict[Hashable, tuple[object, int, int]] = {}
        self._provisional_at: dict[int, list[Hashable]] = {}
        """The answers that were cut short, with the cut and the least steps of those who may have them; and which of
        them hold while the question at a depth is being worked out."""
        self._steps = 0
        self._work = 0
        """How many steps deep the present question is from the first one, and how many were taken since that."""
        self.depth_of_calls = 0
        """How many un-annotated functions are being worked out for their very arguments, one in the other."""
        self.comparing: set[tuple[ClassInfo, Type]] = set()
        """The pairs of protocol and value that are being compared, since protocols may refer to themselves."""

    def module(self, name: str, importer: str) -> ModuleScope | None:
        """The module of that absolute dotted name as seen from the file at path `importer`."""
        key = (name, importer)
        if key not in self._imports:
            summary = self.world.resolve(name, importer)
            self._imports[key] = None if summary is None else self.scope(summary)
        return self._imports[key]

    def scope(self, summary: Summary) -> ModuleScope:
        """The scope of a module."""
        known = self._modules.get(summary.path)
        if known is None or known.summary is not summary:
            known = self._modules[summary.path] = ModuleScope(self, summary)
        return known

    def remember(
        self,
        key: Hashable,
        compute: Callable[[], _Answer],
        otherwise: _Answer,
        answers: dict[Hashable, object] | None = None,
    ) -> _Answer:
        """The answer to a question, worked out once; `otherwise` where the question depends on itself.

        The answer is kept in `answers`, or with the program's own.
        """
        answers = self._answers if answers is None else answers
        remembered = answers.get(key, _MISSING)
        if remembered is not _MISSING:
            return remembered  # type: ignore[return-value]  # put there below
        if key in self._active:
            self._cut = min(self._cut, self._active[key])
            return otherwise
        if self._provisional and key in self._provisional:
            known, cut, least = self._provisional[key]
            if self._steps >= least:
                self._cut = min(self._cut, cut)
                return known  # type: ignore[return-value]  # put there below
        if not self.descend():
            return otherwise
        before, self._cut = self._cut, _UNCUT
        depth = self._active[key] = len(self._active)
        try:
            answer = compute()
        finally:
            del self._active[key]
            self.ascend()
            cut, self._cut = self._cut, before
            if self._provisional_at:
                for other in self._provisional_at.pop(depth, ()):
                    self._provisional.pop(other, None)
        if type(answer) in _COMPOUND:
            answer = moderate(answer)  # type: ignore[assignment, arg-type]  # a type as before
        if cut >= depth:
            answers[key] = answer
        elif depth:
            self._cut = min(before, cut)
            self._provisional[key] = answer, cut, self._steps if cut < 0 else 0
            self._provisional_at.setdefault(max(cut, 0), []).append(key)
        return answer

    def descend(self) -> bool:
        """Go one step deeper, which `ascend` must undo; False where it is deep enough: the answer is Unknown."""
        if self._steps >= _DEEPEST or self._work >= _MOST_WORK:
            self._cut = -1
            return False
        self._steps += 1
        self._work += 1
        return True

    def cut_short(self) -> None:
        """Say that the present question gets less than its whole answer, which then stands for this question only."""
        self._cut = -1

    def ascend(self) -> None:
        """Come back from a step."""
        self._steps -= 1
        if not self._steps:
            self._work = 0

    @property
    def is_cut(self) -> bool:
        """Whether the present question was cut short, so that what was found so far may not be all."""
        return self._cut != _UNCUT

    def class_named(self, module: str, name: str) -> ClassInfo | None:
        """A class of a library module, such as `builtins.str`."""
        return self.remember(("class", module, name), lambda: self._class_named(module, name), None)

    def _class_named(self, module: str, name: str) -> ClassInfo | None:
        scope = self.module(module, "")
        found = scope.lookup(name) if scope else None
        return found.cls if isinstance(found, ClassObject) else None

    def instance(self, module: str, name: str, *args: Type) -> Type:
        """An instance of a library class; Unknown if there is no such class."""
        cls = self.class_named(module, name)
        return UNKNOWN if cls is None else Instance(cls, args)

    def class_info(self, declaration: Class, scope: ModuleScope, outer: Scope) -> ClassInfo:
        """The one ClassInfo of a class declaration."""
        key = (outer, declaration.qualname)
        for known in self._classes.setdefault(key, []):
            if known.declaration is declaration:
                return known
        made = ClassInfo(declaration, scope, outer)
        self._classes[key].append(made)
        return made
