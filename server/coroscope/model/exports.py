"""What a module lists in `__all__`, read from the statements that make it.

Read are lists, tuples and sums of them, `__all__ += …`, `append`, `extend` and `remove`, and the `__all__` of other
modules as a part: the forms that the typing specification asks checkers to understand, and a few more.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence

from coroscope.model.static import Target, truth
from coroscope.model.summary import Declaration, Exports, Import

_ALL = "__all__"
_OPEN = Exports(is_open=True)


def read_exports(
    body: list[ast.stmt], names: Mapping[str, Sequence[Declaration]], package: str | None, target: Target
) -> Exports | None:
    """The `__all__` of a module with this body, which declares these names; None if there is none.

    `package` is the module's own name if it is a package: modules in it are attributes of it.
    """
    return _Reader(names, package).read(_statements(body, target))


def _statements(body: list[ast.stmt], target: Target) -> Iterator[ast.stmt]:
    """The statements outside of definitions, without branches that the target rules out."""
    waiting = body[::-1]
    while waiting:
        node = waiting.pop()
        match node:
            case ast.If():
                decided = truth(node.test, target)
                chosen = [*(node.body if decided is not False else []), *(node.orelse if decided is not True else [])]
                waiting += chosen[::-1]
            case ast.Try():
                handlers = [statement for handler in node.handlers for statement in handler.body]
                waiting += [*node.body, *handlers, *node.orelse, *node.finalbody][::-1]
            case ast.With():
                waiting += node.body[::-1]
            case _:
                yield node


class _Reader:
    """Follows `__all__` through the statements of one module."""

    def __init__(self, names: Mapping[str, Sequence[Declaration]], package: str | None) -> None:
        self.names = names
        self.package = package
        self.listed: Exports | None = None

    def read(self, statements: Iterator[ast.stmt]) -> Exports | None:
        """What `__all__` is after these statements."""
        for statement in statements:
            match statement:
                case ast.Assign(targets=[ast.Name(id="__all__")], value=value):
                    self.listed = self.value(value)
                case ast.AnnAssign(target=ast.Name(id="__all__"), value=ast.expr() as value):
                    self.listed = self.value(value)
                case ast.AugAssign(target=ast.Name(id="__all__"), value=value):
                    self.add(self.value(value))
                case ast.Expr(
                    value=ast.Call(func=ast.Attribute(value=ast.Name(id="__all__"), attr=verb), args=[argument])
                ):
                    self.changed(verb, argument)
        return self.listed

    def changed(self, verb: str, argument: ast.expr) -> None:
        """Apply `__all__.append(…)` and its like."""
        if verb == "remove" and isinstance(argument, ast.Constant) and self.listed is not None:
            kept = tuple(name for name in self.listed.names if name != argument.value)
            self.listed = Exports(kept, self.listed.modules, self.listed.is_open)
        elif verb == "append":
            self.add(self.value(ast.List([argument], ast.Load())))
        elif verb == "extend":
            self.add(self.value(argument))

    def add(self, more: Exports) -> None:
        """List these as well."""
        self.listed = _sum([self.listed or Exports(), more])

    def value(self, node: ast.expr) -> Exports:
        """What the value of an expression lists."""
        parts: list[Exports] = []
        waiting = [node]
        while waiting:
            match waiting.pop():
                case ast.List(elts=items) | ast.Tuple(elts=items) | ast.Set(elts=items):
                    waiting += items[::-1]
                case ast.Starred(value=value) | ast.Call(func=ast.Name(id="list" | "tuple" | "sorted"), args=[value]):
                    waiting.append(value)
                case ast.BinOp(left=left, op=ast.Add(), right=right):
                    waiting += [right, left]
                case ast.Constant(value=str() as name):
                    parts.append(Exports((name,)))
                case ast.Name(id="__all__"):
                    parts.append(self.listed or Exports())
                case ast.Name(id=name):
                    parts.append(self.imported(name))
                case ast.Attribute(value=value, attr="__all__"):
                    module = self.module(_dotted(value))
                    parts.append(_OPEN if module is None else Exports(modules=(module,)))
                case _:
                    parts.append(_OPEN)
        return _sum(parts)

    def imported(self, name: str) -> Exports:
        """A list under another name: `from .orders import __all__ as orders_all`."""
        declaration = self.last(name)
        if isinstance(declaration, Import) and declaration.name == _ALL:
            return Exports(modules=(declaration.module,))
        return _OPEN

    def module(self, dotted: str) -> str | None:
        """The absolute name of the module that an expression means here."""
        first, _, rest = dotted.partition(".")
        declaration = self.last(first)
        if declaration is None and self.package is not None and dotted:
            return f"{self.package}.{dotted}"
        if not isinstance(declaration, Import):
            return None
        own = declaration.module if declaration.name is None else f"{declaration.module}.{declaration.name}"
        start = own.partition(".")[0] if declaration.whole else own
        return f"{start}.{rest}" if rest else start

    def last(self, name: str) -> Declaration | None:
        """The last declaration of a name."""
        declarations = self.names.get(name)
        return declarations[-1] if declarations else None


def _dotted(node: ast.expr) -> str:
    """`a.b.c` as text; empty for what is no such name."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return ".".join([node.id, *parts[::-1]]) if isinstance(node, ast.Name) else ""


def _sum(parts: Sequence[Exports]) -> Exports:
    names = dict.fromkeys(name for part in parts for name in part.names)
    modules = dict.fromkeys(module for part in parts for module in part.modules)
    return Exports(tuple(names), tuple(modules), any(part.is_open for part in parts))
