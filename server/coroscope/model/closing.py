"""What stands in a function, said without its local variables (see `coroscope.model.summary`).

A local variable is replaced by what was bound to it. Where several bindings may be in force, all of them are said
(`(a if ... else b)`), where nothing can be said, `...`, which the model reads as a value of unknown type. What no
expression of Python says is said in the words of `coroscope.model.words`.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from coroscope.model.conditions import conditions, is_question, parameters_around
from coroscope.model.graph import key_of, root_of
from coroscope.model.names import Binding, Names, names_of
from coroscope.model.operators import SIGNS
from coroscope.model.premises import Premises, premises, stores_of
from coroscope.model.reaching import is_replaced_if_none, reaching
from coroscope.nodes import COMPREHENSIONS, FUNCTIONS, FunctionNode, children_of, parent_of
from coroscope.syntax import Tree

_LONGEST = 300
_MOST_VALUES = 5
_DEEPEST = 40
"""Of outlines within outlines."""
_IDENTIFIER = re.compile(r"[^\W\d]\w*")
BARE = re.compile(r"\b(Final|ClassVar)\b")
_UNSAID = "..."
_NOTHING: Mapping[str, str] = {}
_TAKEN = {
    "iterate": "__iterated__",
    "async_iterate": "__async_iterated__",
    "enter": "__entered__",
    "async_enter": "__async_entered__",
}
_OUTLINES: tuple[tuple[tuple[type[ast.expr], ...], str], ...] = (
    ((ast.List, ast.ListComp), "[...]"),
    ((ast.Set, ast.SetComp), "{...}"),
    ((ast.Dict, ast.DictComp), "{**...}"),
    ((ast.JoinedStr,), '""'),
)
"""Displays that are too long to be told, by their kinds."""


class Package(NamedTuple):
    """Where relative imports start: a module's dotted name, and whether it is a package."""

    module: str
    is_package: bool


class Closer:
    """Closes expressions over one function's locals; without a function, over none.

    `outer` closes what is around a nested function. `is_open` tells that the parameters may be named in what is said,
    as in the results of a function; what a nested function stores is said where its parameters mean nothing.
    """

    def __init__(
        self,
        tree: Tree,
        function: FunctionNode | None,
        package: Package,
        outer: Closer | None = None,
        *,
        is_open: bool = True,
    ) -> None:
        self.tree = tree
        self.package = package
        self.function = function
        self.outer = outer
        self.is_open = is_open
        self.block = tree.root if function is None else tree.block(function)
        self.receiver = None if function is None or outer is not None else receiver_name(function)
        self._said: dict[Binding, str] = {}
        self._shared: set[str] | None = None
        self._depth = 0

    @property
    def names(self) -> Names:
        """The function's own bindings."""
        if self.function is None:
            return Names()
        known = self.block.facts.get(("names", self.function))
        if not isinstance(known, Names):
            known = self.block.facts["names", self.function] = names_of(self.function)
        return known

    def when(self, said: str, statement: ast.stmt) -> str:
        """What a statement returns or defines, on the conditions about parameters that decide whether it does."""
        parameters = set() if self.function is None else parameters_around(self.function)
        asked = []
        for test, holds in conditions(statement):
            closed = self.closed(test)
            if closed is not None and is_question(test, closed, parameters):
                asked.append(f"({closed})" if holds else f"(not ({closed}))")
        text = f"__when__({said}, {' and '.join(asked)})" if asked else said
        return text if len(text) <= _LONGEST else said

    def assigned(self, names: Iterable[str]) -> Iterator[tuple[str, str | None]]:
        """The closed values that the function binds to names which are not its own (`global`)."""
        for name in names:
            for binding in self.names.sent.get(name, ()):
                said = self._say(binding)
                yield name, None if said == _UNSAID else said

    def closed(self, expression: ast.expr, known: Mapping[str, str] = _NOTHING) -> str | None:
        """The text of an expression without local variables; None if there is none of a sane length.

        `known` are names that comprehensions and lambdas around the expression bind, with what to say for them.
        """
        replaced = [(node, value) for node, value in self._replacements(expression, known) if value != node.id]
        text = self.tree.text(expression)
        if replaced:
            start = self.tree.span(expression).start
            spans = [(self.tree.span(node), value) for node, value in replaced]
            for span, value in sorted(spans, reverse=True):
                text = f"{text[: span.start - start]}{_enclosed(value)}{text[span.end - start :]}"
        return text if len(text) <= _LONGEST else self.outline(expression)

    def read(self, expression: ast.expr) -> str | None:
        """An expression without local variables, and what the text before tells of it if it is a reference."""
        closed, key = self.closed(expression), key_of(expression)
        root = None if key is None else root_of(expression)
        if key is None or root is None or closed is None:
            return closed
        bindings = self.names.bindings.get(root.id, ())
        if len(bindings) > 1 or (root is not expression and root.id in self.names.sent):
            return closed
        if root is expression:
            stores = [b.node for b in self.names.sent.get(root.id, ()) if isinstance(b.node, ast.expr)]
        else:
            stores = stores_of(key, self.block)
        told = premises(expression, key, stores)
        return closed if told is None else self._told(told, closed, root.id if root is expression else "") or closed

    def _told(self, told: Premises, closed: str, name: str) -> str | None:
        """A reference as far as conditions hold, or one of the values that it got instead."""
        known = {name: "__it__"} if name in self.names.bindings else _NOTHING
        tests = [(self.closed(test, known), holds) for test, holds in told.conditions]
        said = [text if holds else f"not ({text})" for text, holds in tests if text is not None]
        itself = f"__narrowed__({', '.join([closed, *said])})" if said else closed
        values = [self.closed(value) for value in told.values]
        if None in values:
            return None
        every = [*([itself] if told.keeps else []), *(f"({value})" for value in values)]
        text = " if ... else ".join(every)
        return text if len(text) <= _LONGEST else None

    def value(self, name: str) -> str:
        """What a local of the function may be whenever a function inside reads it; the name itself for all others."""
        bindings = self.names.bindings.get(name)
        if bindings is None:
            return name if self.outer is None or name in self.names.globals else self.outer.value(name)
        return _UNSAID if name in self._names_shared() else self._one_of(bindings)

    def nested(self, results: Iterable[str | None]) -> Iterator[tuple[str, FunctionNode]]:
        """The functions in this one that its results name, with the name that they have there."""
        words = {word for text in results if text for word in _IDENTIFIER.findall(text)}
        for bindings in self.names.bindings.values() if words else ():
            for binding in bindings:
                if isinstance(binding.node, FUNCTIONS) and self._name_of(binding) in words:
                    yield self._name_of(binding), binding.node

    def _name_of(self, binding: Binding) -> str:
        """The name of a function in this one; with a number, if several are bound to the same name."""
        bindings = self.names.bindings[binding.name]
        return binding.name if len(bindings) == 1 else f"{binding.name}__{bindings.index(binding)}"

    def _replacements(
        self, expression: ast.expr, known: Mapping[str, str] = _NOTHING
    ) -> Iterator[tuple[ast.Name, str]]:
        """The names in an expression that mean a variable of this function or of one around it, with what to say."""
        stack: list[tuple[ast.AST, frozenset[str]]] = [(expression, frozenset())]
        while stack:
            node, hidden = stack.pop()
            if isinstance(node, ast.Name):
                if isinstance(node.ctx, ast.Load) and node.id not in hidden:
                    value = known[node.id] if node.id in known else self._read(node)
                    is_captured = bool(hidden) and not hidden.isdisjoint(_IDENTIFIER.findall(value))
                    yield node, _UNSAID if is_captured and value != node.id else value
            elif not isinstance(node, (ast.JoinedStr, ast.Constant)):
                stack += _inside(node, hidden)

    def _read(self, node: ast.Name) -> str:
        """What a name is where it is read."""
        bindings = self.names.bindings.get(node.id)
        if bindings is None or node.id in self._names_shared():
            return self.value(node.id)
        if len(bindings) == 1:
            return self._one_of(bindings)
        return self._one_of(reaching(node, bindings), node)

    def _one_of(self, bindings: list[Binding], use: ast.Name | None = None) -> str:
        """One of several bindings, of which nothing more is known."""
        said: dict[str, None] = {}
        for binding in bindings:
            if binding.kind == "delete":
                continue
            if binding.kind == "parameter" and use is not None and is_replaced_if_none(binding, bindings, use):
                said[f"__present__({self._say(binding)})"] = None
            else:
                said[self._say(binding)] = None
            if len(said) > _MOST_VALUES:
                return _UNSAID
        if not said:
            return _UNSAID
        *first, last = said
        text = "".join(f"{_enclosed(value)} if ... else " for value in first) + (_enclosed(last) if first else last)
        return text if len(text) <= _LONGEST else _UNSAID

    def _say(self, binding: Binding) -> str:
        """What a binding binds its name to; `...` where its circle closes."""
        if binding not in self._said:
            self._said[binding] = _UNSAID
            self._said[binding] = self._bound(binding) or _UNSAID
        return self._said[binding]

    def _bound(self, binding: Binding) -> str | None:
        node = binding.node
        match binding.kind:
            case "parameter":
                return binding.name if self.is_open else None
            case "annotate" if binding.annotation is not None:
                return self._annotated(binding.annotation, binding.value)
            case "assign" | "iterate" | "async_iterate" | "enter" | "async_enter" if binding.value is not None:
                return self.taken(binding.kind, binding.value, binding.path)
            case "augment":
                statement = parent_of(node)
                if isinstance(statement, ast.AugAssign) and isinstance(node, ast.Name):
                    return self.augmented(self._read(node), statement)
            case "import" if isinstance(node, ast.alias):
                return _imported(node, self.package)
            case "function" if isinstance(node, FUNCTIONS):
                return self.when(self._name_of(binding), node) if self.is_open else None
            case "except" if binding.value is not None:
                caught = binding.value.elts if isinstance(binding.value, ast.Tuple) else [binding.value]
                closed = [self.closed(each) for each in caught[: _MOST_VALUES + 1]]
                if len(closed) <= _MOST_VALUES and None not in closed:
                    return " if ... else ".join(f"({each})()" for each in closed) or None
        return None

    def _annotated(self, annotation: ast.expr, value: ast.expr | None) -> str | None:
        if all(node.id == said for node, said in self._replacements(annotation)):
            text = self.tree.text(annotation)
            if not BARE.search(text):
                return f"__annotated__({text})" if len(text) < _LONGEST else None
        return None if value is None else self.closed(value)

    def taken(self, kind: str, value: ast.expr, path: Iterable[int | None]) -> str | None:
        """What an assignment, a loop or a `with` takes from an expression."""
        path = list(path)
        while path and kind not in _TAKEN and (item := _displayed(value, path[0])) is not None:
            value = item
            del path[0]
        text = self.closed(value)
        if text is None:
            return None
        if kind in _TAKEN:
            text = f"{_TAKEN[kind]}({text})"
        for index in path:
            text = f"__item__({text}, {index})"
        return text if len(text) <= _LONGEST else None

    def augmented(self, before: str, statement: ast.AugAssign) -> str | None:
        """What an augmented assignment makes of what was there before."""
        value = self.closed(statement.value)
        return None if value is None else f"({before}) {SIGNS[type(statement.op)]} ({value})"

    def outline(self, expression: ast.expr) -> str | None:
        """A long call without its arguments, which seldom decide what it makes, and the like of other expressions."""
        if self._depth == _DEEPEST:
            return None
        self._depth += 1
        try:
            return self._outlined(expression)
        finally:
            self._depth -= 1

    def _outlined(self, expression: ast.expr) -> str | None:
        match expression:
            case ast.Await():
                return self._around("await ", expression.value, "")
            case ast.Call() if not isinstance(expression.func, ast.Call):
                return self._around("", expression.func, "(*(), **{})")
            case ast.Attribute():
                return self._around("(", expression.value, f").{expression.attr}")
            case ast.Tuple(elts=items) if len(items) < _LONGEST // 30:
                short = [
                    text if text and len(text) < _LONGEST // len(items) else _UNSAID for text in self._every(items)
                ]
                return f"({', '.join(short)},)"
            case ast.IfExp():
                return " if ... else ".join(
                    f"({text})" if text and len(text) < _LONGEST // 2 else _UNSAID
                    for text in self._every([expression.body, expression.orelse])
                )
        return next((text for kinds, text in _OUTLINES if isinstance(expression, kinds)), None)

    def _around(self, before: str, expression: ast.expr, after: str) -> str | None:
        text = self.closed(expression)
        return f"{before}{text}{after}" if text and len(text) < _LONGEST else None

    def _every(self, expressions: list[ast.expr]) -> list[str | None]:
        return [self.closed(expression) for expression in expressions]

    def _names_shared(self) -> set[str]:
        """The names that functions inside bind with `nonlocal`."""
        if self._shared is None:
            self._shared = set()
            waiting = list(self.block.children)
            while waiting:
                block = waiting.pop()
                waiting += block.children
                for node in block.nodes_of((ast.Nonlocal,)):
                    self._shared.update(node.names)  # type: ignore[attr-defined]
        return self._shared


def receiver_name(method: FunctionNode) -> str | None:
    """The name of a method's first parameter, which is what the method is called on."""
    first = [*method.args.posonlyargs, *method.args.args][:1]
    is_static = any(isinstance(d, ast.Name) and d.id == "staticmethod" for d in method.decorator_list)
    return first[0].arg if first and not is_static else None


def absolute_name(package: Package, node: ast.ImportFrom) -> str:
    """The dotted name of the module that a `from … import` names; empty for a relative one that leads too far up."""
    if not node.level:
        return node.module or ""
    parts = package.module.split(".")
    kept = len(parts) - node.level + (1 if package.is_package else 0)
    if kept < 0 or (kept == 0 and node.level > 1):
        return ""
    parts = parts[:kept]
    return ".".join([*parts, *([node.module] if node.module else [])])


def _imported(alias: ast.alias, package: Package) -> str | None:
    """What an import in a function binds, said as `__import__('module').name`, which the model reads as the module."""
    statement = parent_of(alias)
    if isinstance(statement, ast.ImportFrom):
        return f"__import__({absolute_name(package, statement)!r}).{alias.name}" if alias.name != "*" else None
    return f"__import__({alias.name if alias.asname else alias.name.partition('.')[0]!r})"


def _inside(node: ast.AST, hidden: frozenset[str]) -> list[tuple[ast.AST, frozenset[str]]]:
    """The children of a node, with the names that lambdas and comprehensions around them bind."""
    if isinstance(node, ast.Lambda):
        arguments = node.args
        every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg]
        around: list[ast.AST] = [*arguments.defaults, *(default for default in arguments.kw_defaults if default)]
        return [*((child, hidden) for child in around), (node.body, hidden | {arg.arg for arg in every if arg})]
    if isinstance(node, COMPREHENSIONS):
        targets = [generator.target for generator in node.generators]
        inner = hidden | {each.id for target in targets for each in ast.walk(target) if isinstance(each, ast.Name)}
        first = node.generators[0].iter
        found: list[tuple[ast.AST, frozenset[str]]] = [(first, hidden)]
        for child in children_of(node):
            parts = children_of(child) if isinstance(child, ast.comprehension) else [child]
            found += [(part, inner) for part in parts if part is not first]
        return found
    return [(child, hidden) for child in children_of(node)]


def _enclosed(value: str) -> str:
    return value if value.isidentifier() else f"({value})"


def _displayed(value: ast.expr, index: int | None) -> ast.expr | None:
    """The item of a tuple or list that is written out."""
    if not isinstance(value, (ast.Tuple, ast.List)) or index is None or index >= len(value.elts):
        return None
    return None if any(isinstance(item, ast.Starred) for item in value.elts) else value.elts[index]
