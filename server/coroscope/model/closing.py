"""What a function returns and stores, said without its local variables (see `coroscope.model.summary`)."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from coroscope.model.summary import Variable
from coroscope.syntax import BLOCKS, FUNCTIONS, FunctionNode, Tree, children_of

_LONGEST = 300


class Package(NamedTuple):
    """Where relative imports start: a module's dotted name, and whether it is a package."""

    module: str
    is_package: bool


class Closer:
    """Closes expressions over one function's locals: each local with one assignment is replaced by its value."""

    def __init__(self, tree: Tree, function: FunctionNode, package: Package) -> None:
        self.tree = tree
        self.package = package
        self.function = function
        arguments = function.args
        every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
        every += [arg for arg in (arguments.vararg, arguments.kwarg) if arg]
        self.parameters = {arg.arg for arg in every}
        first = [*arguments.posonlyargs, *arguments.args][:1]
        is_static = any(isinstance(d, ast.Name) and d.id == "staticmethod" for d in function.decorator_list)
        self.receiver = first[0].arg if first and not is_static else None
        self.own = list(_own(function))
        self.shared = {name for node in self.own if isinstance(node, FUNCTIONS) for name in _sent(node)}
        """The names that functions inside bind with `nonlocal`."""
        self._locals: dict[str, str | None] | None = None
        self._bindings: list[str] | None = None

    def results(self) -> tuple[str | None, ...]:
        """What the `return` statements return, closed; `None` as text for a bare `return`, nothing for none."""
        found: list[str | None] = []
        for node in self.own:
            if isinstance(node, ast.Return):
                found.append("None" if node.value is None else self.closed(node.value))
        return tuple(dict.fromkeys(found))

    def attributes(self) -> Iterator[tuple[str, Variable]]:
        """What the method assigns to attributes of its receiver."""
        for node in self.own:
            if isinstance(node, ast.AnnAssign) and self._is_own_attribute(node.target):
                annotation = self.tree.text(node.annotation)
                yield node.target.attr, Variable(annotation, None, self.function.name)  # type: ignore[union-attr]
        for target, value in self.assignments():
            if isinstance(target, ast.Attribute) and self._is_own_attribute(target):
                yield target.attr, Variable(None, value, self.function.name)

    def assignments(self) -> Iterator[tuple[ast.expr, str | None]]:
        """Every name or attribute that the function assigns, with the closed value (None: it cannot be said)."""
        for node in self.own:
            for target, value in _bound(node):
                yield from self._spread(target, value)

    def closed(self, expression: ast.expr) -> str | None:
        """The text of an expression without local variables; None if there is none of a sane length."""
        names = self._values()
        text = self.tree.text(expression)
        start = self.tree.span(expression).start
        replaced: list[tuple[int, int, str]] = []
        for node in _walk(expression):
            if not isinstance(node, ast.Name) or node.id not in names:
                continue
            value = names[node.id]
            if value is None:
                value = "..."  # which the model reads as a value of unknown type
            if value == node.id:
                continue
            span = self.tree.span(node)
            replaced.append((span.start - start, span.end - start, f"({value})"))
        for begin, end, value in sorted(replaced, reverse=True):
            text = text[:begin] + value + text[end:]
        return text if len(text) <= _LONGEST else self._shortened(expression)

    def _shortened(self, expression: ast.expr) -> str | None:
        """A long call without its arguments, which seldom decide what it makes."""
        before = ""
        while isinstance(expression, ast.Await):
            before += "await "
            expression = expression.value
        if not isinstance(expression, ast.Call) or isinstance(expression.func, ast.Call):
            return None
        function = self.closed(expression.func)
        return None if function is None else f"{before}{function}(*(), **{{}})"

    def _values(self) -> dict[str, str | None]:
        """The function's local variables with the closed text of their only value; None for all others."""
        if self._locals is None:
            self._locals = names = dict.fromkeys(self._names_bound())
            for target, value in self.assignments():
                if isinstance(target, ast.Name) and self._is_only(target.id):
                    names[target.id] = value
            for node in self.own:
                if isinstance(node, FUNCTIONS) and self._is_only(node.name):
                    names[node.name] = node.name
                elif isinstance(node, (ast.Import, ast.ImportFrom)):
                    for name, value in _imported(node, self.package):
                        names[name] = value if self._is_only(name) else None
        return self._locals

    def _is_only(self, name: str) -> bool:
        """Whether a local has one binding, so that its value is known wherever it is read."""
        return name not in self.parameters | self.shared and self._names_bound().count(name) == 1

    def nested(self, results: Iterable[str | None]) -> Iterator[FunctionNode]:
        """The functions in this one that its results name."""
        words = " ".join(text for text in results if text)
        for node in self.own:
            if isinstance(node, FUNCTIONS) and self._values().get(node.name) == node.name and node.name in words:
                yield node

    def _names_bound(self) -> list[str]:
        """The names of all local bindings but the parameters, one entry a binding."""
        if self._bindings is None:
            self._bindings = [name for node in self.own for name in _names(node)]
        return self._bindings

    def _spread(self, target: ast.expr, value: _Value | None) -> Iterator[tuple[ast.expr, str | None]]:
        """A target's names and attributes with the text of what each gets."""
        inner = None if value is None else self.closed(value.expression)
        yield from _shared_out(
            target, None if value is None or inner is None else f"{value.before}{inner}{value.after}"
        )

    def _is_own_attribute(self, target: ast.expr) -> bool:
        return (
            isinstance(target, ast.Attribute)
            and isinstance(target.value, ast.Name)
            and target.value.id == self.receiver
        )


class _Value(NamedTuple):
    """An expression with the text around it that says what is taken from it."""

    expression: ast.expr
    before: str = ""
    after: str = ""


def _bound(node: ast.AST) -> Iterator[tuple[ast.expr, _Value | None]]:
    """What a statement or expression assigns, as pairs of target and value."""
    match node:
        case ast.Assign():
            for target in node.targets:
                yield target, _Value(node.value)
        case ast.AnnAssign():
            if node.value is not None:
                yield node.target, _Value(node.value)
        case ast.AugAssign():
            yield node.target, None
        case ast.NamedExpr():
            yield node.target, _Value(node.value)
        case ast.For():
            yield node.target, _Value(node.iter, "next(iter(", "))")
        case ast.AsyncFor():
            yield node.target, _Value(node.iter, "(await anext(aiter(", ")))")
        case ast.With() | ast.AsyncWith():
            before, after = ("(", ").__enter__()") if isinstance(node, ast.With) else ("(await (", ").__aenter__())")
            for item in node.items:
                if item.optional_vars is not None:
                    yield item.optional_vars, _Value(item.context_expr, before, after)


def _names(node: ast.AST) -> Iterator[str]:
    """The names that a node itself binds in the function's scope."""
    match node:
        case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
            yield name
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            yield name
        case ast.Import() | ast.ImportFrom():
            for alias in node.names:
                yield alias.asname or alias.name.partition(".")[0]
        case (
            ast.ExceptHandler(name=str() as name) | ast.MatchAs(name=str() as name) | ast.MatchStar(name=str() as name)
        ):
            yield name
        case ast.MatchMapping(rest=str() as name):
            yield name


def _imported(node: ast.Import | ast.ImportFrom, package: Package) -> Iterator[tuple[str, str | None]]:
    """What an import in a function binds, said as `__import__('module').name`, which the model reads as the module."""
    for alias in node.names:
        if isinstance(node, ast.ImportFrom):
            module = absolute_name(package, node)
            yield alias.asname or alias.name, f"__import__({module!r}).{alias.name}" if alias.name != "*" else None
        else:
            yield (
                alias.asname or alias.name.partition(".")[0],
                f"__import__({alias.name if alias.asname else alias.name.partition('.')[0]!r})",
            )


def absolute_name(package: Package, node: ast.ImportFrom) -> str:
    """The dotted name of the module that a `from … import` names."""
    if not node.level:
        return node.module or ""
    parts = package.module.split(".")
    parts = parts[: len(parts) - node.level + (1 if package.is_package else 0)]
    return ".".join([*parts, *([node.module] if node.module else [])])


def _shared_out(target: ast.expr, text: str | None) -> Iterator[tuple[ast.expr, str | None]]:
    if isinstance(target, (ast.Tuple, ast.List)):
        starred = any(isinstance(item, ast.Starred) for item in target.elts)
        for index, item in enumerate(target.elts):
            inner = item.value if isinstance(item, ast.Starred) else item
            yield from _shared_out(inner, None if text is None or starred else f"({text})[{index}]")
    else:
        yield target, text


def _walk(top: ast.AST) -> Iterator[ast.AST]:
    stack = [top]
    while stack:
        node = stack.pop()
        yield node
        stack += children_of(node)[::-1]


def _sent(function: FunctionNode) -> Iterator[str]:
    for node in _walk(function):
        if isinstance(node, ast.Nonlocal):
            yield from node.names


def _own(function: FunctionNode) -> Iterator[ast.AST]:
    """The nodes of a function's body in the order of the text, without those of the functions and classes in it."""
    stack: list[ast.AST] = function.body[::-1]  # type: ignore[assignment]
    while stack:
        node = stack.pop()
        yield node
        if not isinstance(node, (*BLOCKS, ast.Lambda)):
            stack += children_of(node)[::-1]
