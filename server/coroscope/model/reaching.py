"""Which bindings of a local may be in force where it is read, by the nesting of the text alone.

That is less than `coroscope.model.flow` knows of the file under analysis, and all that a Summary needs: for its sake
functions of a thousand files are read, of which few bind a name twice.
"""

from __future__ import annotations

import ast

from coroscope.model.endings import fallen_off
from coroscope.model.names import Binding
from coroscope.nodes import FUNCTIONS, ancestors, is_try, parent_of, statement_of

_LOOPS = (ast.For, ast.AsyncFor, ast.While)
_WITHS = (ast.With, ast.AsyncWith)
_UNSURE = (ast.BoolOp, ast.IfExp, ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


def reaching(use: ast.expr, bindings: list[Binding]) -> list[Binding]:
    """Those of a name's bindings in a function that may be in force where it is read, in the order of the text."""
    search = _Search(bindings)
    search.climb(use)
    return [binding for binding in bindings if binding in search.found]


class _Search:
    """The way up from a use: `found` are the bindings met, `within` those that stand in each node."""

    def __init__(self, bindings: list[Binding]) -> None:
        self.found: set[Binding] = set()
        self.parameters = [binding for binding in bindings if binding.kind == "parameter"]
        self.within: dict[ast.AST, list[Binding]] = {}
        for binding in bindings:
            node: ast.AST | None = binding.node
            while node is not None and binding.kind != "parameter":
                self.within.setdefault(node, []).append(binding)
                node = parent_of(node)

    def climb(self, use: ast.expr) -> None:
        """From the statement of a use to the function's first one, until some binding surely hides all others."""
        below: ast.AST | None = statement_of(use)
        if below is None or self._tested(below):
            return
        while below is not None:
            around = parent_of(below)
            if self._before(below, around) or self._entered(below, around):
                return
            below = around
            if isinstance(below, FUNCTIONS):
                self.found.update(self.parameters)
                return

    def _before(self, statement: ast.AST, around: ast.AST | None) -> bool:
        """The statements before one in its suite; whether one of them surely binds the name."""
        for name in ("body", "orelse", "finalbody"):
            suite = getattr(around, name, None)
            if isinstance(suite, list) and any(each is statement for each in suite):
                index = next(i for i, each in enumerate(suite) if each is statement)
                return self._suite(suite[:index])
        return False

    def _entered(self, below: ast.AST, around: ast.AST | None) -> bool:
        """What is bound on the way into a suite; whether the name surely is."""
        own = self.within.get(around, ()) if around is not None else ()
        if not own:
            return False
        if isinstance(around, _LOOPS):
            target = () if isinstance(around, ast.While) else self.within.get(around.target, ())
            if target and any(below is each for each in around.body):
                self.found.update(target)
                return True
            self.found.update(own)
        elif isinstance(around, _WITHS):
            return self._all([b for item in around.items for b in self.within.get(item, ())])
        elif isinstance(around, ast.If):
            return any(below is each for each in around.body) and self._tested(around)
        elif isinstance(around, ast.ExceptHandler):
            if any(binding.node is around for binding in own):
                return self._all([binding for binding in own if binding.node is around])
            whole = parent_of(around)
            self._all([b for each in getattr(whole, "body", ()) for b in self.within.get(each, ())])
        elif is_try(around):
            if any(below is each for each in around.orelse):
                return self._suite(around.body)
            if any(below is each for each in around.finalbody):
                self.found.update(own)
        elif isinstance(around, ast.match_case):
            return self._all([*self.within.get(around.pattern, ())])
        return False

    def _tested(self, statement: ast.AST) -> bool:
        """What `:=` binds in the head of a statement, or in a simple one; whether it surely does."""
        heads = (getattr(statement, name, None) for name in ("test", "value", "subject", "iter"))
        own = [b for head in heads if isinstance(head, ast.expr) for b in self.within.get(head, ())]
        self.found.update(own)
        return any(not _is_unsure(binding.node, statement) for binding in own)

    def _all(self, bindings: list[Binding]) -> bool:
        self.found.update(bindings)
        return bool(bindings)

    def _suite(self, body: list[ast.stmt]) -> bool:
        """The statements of a suite that was run to its end; whether one of them surely binds the name."""
        return any(self._statement(each) for each in reversed(body) if each in self.within)

    def _statement(self, node: ast.stmt) -> bool:
        """A statement that was run before; whether it surely binds the name."""
        own = self.within[node]
        if isinstance(node, ast.If):
            return self._if(node)
        if is_try(node):
            return self._try(node)
        if isinstance(node, ast.Match):
            ends = [self._branch(case.body) for case in node.cases]
            self._all([b for case in node.cases for b in self.within.get(case.pattern, ())])
            last = node.cases[-1]
            is_whole = last.guard is None and isinstance(last.pattern, ast.MatchAs) and last.pattern.pattern is None
            return is_whole and all(ends)
        self.found.update(own)
        if isinstance(node, _WITHS):
            return any(binding in self.within.get(item, ()) for item in node.items for binding in own)
        if isinstance(node, _LOOPS):
            return False
        return any(not _is_unsure(binding.node, node) for binding in own)

    def _if(self, node: ast.If) -> bool:
        """`if` with its `elif`s, each of which stands in the one before, and which may be very many."""
        surely = True
        rest: list[ast.stmt] = [node]
        while len(rest) == 1 and isinstance(branch := rest[0], ast.If):
            self._tested(branch)
            surely = self._branch(branch.body) and surely
            rest = branch.orelse
        return self._branch(rest) and surely

    def _branch(self, body: list[ast.stmt]) -> bool:
        """One of several suites: whether it surely binds the name, or what follows it is never reached."""
        return not list(fallen_off(body)) or self._suite(body)

    def _try(self, node: ast.Try) -> bool:
        if self._suite(node.finalbody):
            return True
        handlers = [(list(fallen_off(handler.body)) != [], self._handled(handler)) for handler in node.handlers]
        if any(falls for falls, _ in handlers) or node.finalbody:
            self._all([b for each in node.body for b in self.within.get(each, ())])
        surely = self._suite([*node.body, *node.orelse])
        return surely and all(binds or not falls for falls, binds in handlers)

    def _handled(self, handler: ast.ExceptHandler) -> bool:
        return self._branch(handler.body)


def _is_unsure(node: ast.AST, statement: ast.AST) -> bool:
    """Whether a `:=` stands where it may not be reached."""
    above = parent_of(node)
    while above is not None and above is not statement:
        if isinstance(above, _UNSURE):
            return True
        above = parent_of(above)
    return False


def is_replaced_if_none(parameter: Binding, bindings: list[Binding], use: ast.Name) -> bool:
    """Whether a parameter that is None is replaced before a use: `if loop is None: loop = get_event_loop()`."""
    for binding in bindings:
        statement = parent_of(binding.node) if binding.kind == "assign" else None
        test = parent_of(statement) if isinstance(statement, ast.Assign) else None
        if not isinstance(test, ast.If) or not isinstance(parent_of(test), FUNCTIONS) or statement not in test.body:
            continue
        if _asks_for_none(test.test, parameter.name) and test not in ancestors(use) and use.lineno > test.lineno:
            return True
    return False


def _asks_for_none(test: ast.expr, name: str) -> bool:
    match test:
        case (
            ast.Compare(left=ast.Name(id=asked), ops=[ast.Is() | ast.Eq()], comparators=[ast.Constant(value=None)])
            | ast.UnaryOp(op=ast.Not(), operand=ast.Name(id=asked))
        ):
            return asked == name
    return False
