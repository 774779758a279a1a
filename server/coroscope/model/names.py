"""The names that a piece of code binds: `Binding`, and the bindings of each scope of the file under analysis.

Python's own rules decide which scope a name belongs to (language reference, "Naming and binding"): a function, lambda
or comprehension owns what is bound anywhere in it; a class body is seen from within itself alone; `global` and
`nonlocal` send a name elsewhere; `:=` in a comprehension binds around it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Literal, TypeAlias, TypeGuard

from coroscope.nodes import COMPREHENSIONS, FUNCTIONS, FunctionNode, ScopeNode, children_of, parent_of

BindingKind: TypeAlias = Literal[
    "assign",
    "annotate",
    "augment",
    "iterate",
    "async_iterate",
    "enter",
    "async_enter",
    "parameter",
    "import",
    "function",
    "class",
    "except",
    "match",
    "delete",
]


@dataclass(eq=False, slots=True)
class Binding:
    """One place that binds a name.

    `node` is where (a Name, an argument, a `def`, an alias, a handler …), `value` the expression that the value is
    taken from, and `path` the indices that an unpacking takes: `a, (b, c) = value` gives `c` the path (1, 1); None in
    it stands for a starred target.
    """

    name: str
    kind: BindingKind
    node: ast.AST
    value: ast.expr | None = None
    path: tuple[int | None, ...] = ()
    annotation: ast.expr | None = None


@dataclass(slots=True)
class Names:
    """The bindings of one scope by name, and the names that it sends elsewhere.

    `sent` are the bindings of names that `global` and `nonlocal` send elsewhere.
    """

    bindings: dict[str, list[Binding]] = field(default_factory=dict)
    sent: dict[str, list[Binding]] = field(default_factory=dict)
    globals: set[str] = field(default_factory=set)
    nonlocals: set[str] = field(default_factory=set)
    by_node: dict[ast.AST, Binding] = field(default_factory=dict)


def names_of(scope: ScopeNode) -> Names:
    """All bindings of a scope, in the order of the text."""
    names = Names()
    telling = [node for node in own_nodes(scope) if type(node) in _TELLING]
    for binding in _bindings(scope, telling):
        names.by_node[binding.node] = binding
        names.bindings.setdefault(binding.name, []).append(binding)
    for node in telling:
        if type(node) is ast.Global:
            names.globals.update(node.names)
        elif type(node) is ast.Nonlocal:
            names.nonlocals.update(node.names)
    for name in names.globals | names.nonlocals:
        names.sent[name] = names.bindings.pop(name, [])
    return names


def own_nodes(scope: ScopeNode) -> list[ast.AST]:
    """The nodes that are evaluated in a scope, in the order of the text: of inner scopes only what belongs outside.

    That is a function's decorators, defaults and annotations, a class's bases, and what a comprehension iterates over
    first.
    """
    return _evaluated_with(_inside(scope))


def _evaluated_with(nodes: Iterable[ast.AST]) -> list[ast.AST]:
    """Some nodes and those in them that are evaluated in the same scope, in the order of the text."""
    found: list[ast.AST] = []
    stack = list(nodes)[::-1]
    while stack:
        node = stack.pop()
        if type(node) in _FUNCTIONS:
            found += _with_header(node)  # type: ignore[arg-type]  # it is a function's
            continue
        found.append(node)
        if type(node) in _SCOPES:
            stack += list(_outside(node))[::-1]  # type: ignore[arg-type]  # it is a scope's
        elif type(node) not in _CHILDLESS:
            stack += children_of(node)[::-1]
    return found


def _with_header(function: FunctionNode) -> list[ast.AST]:
    """A function's node, and what is evaluated with the definition: kept, for a class asks its methods at each edit."""
    known: list[ast.AST] | None = getattr(function, "header", None)
    if known is None:
        known = function.header = [function, *_evaluated_with(_outside(function))]  # type: ignore[union-attr]
    return known


def is_scope(node: ast.AST) -> TypeGuard[ScopeNode]:
    """Whether a node opens a scope of its own."""
    return type(node) in _SCOPES


def scope_node_of(node: ast.AST) -> ScopeNode:
    """The scope node in which a node is evaluated: headers belong to the scope around what they head."""
    known: ScopeNode | None = getattr(node, "scope", None)
    if known is None:
        known = node.scope = _scope_node_of(node)  # type: ignore[attr-defined]  # it stays the same as long as the node
    return known


def _scope_node_of(node: ast.AST) -> ScopeNode:
    below, here = node, parent_of(node)
    beneath: ast.AST = node
    while here is not None:
        if type(here) in _SCOPES and _is_inside(here, below, beneath):
            return here  # type: ignore[return-value]  # it is a scope's
        beneath, below, here = below, here, getattr(here, "parent", None)
    assert isinstance(below, ast.Module)
    return below


def binding_of_store(target: ast.expr) -> Binding | None:
    """What a statement assigns to an attribute or item, as a binding that is called by its text; None for others."""
    top: ast.AST = target
    above = parent_of(top)
    while isinstance(above, (ast.Tuple, ast.List, ast.Starred)):
        top, above = above, parent_of(above)
    match above:
        case ast.AugAssign():
            return Binding("", "augment", target, above.value)
        case ast.AnnAssign():
            return Binding("", "annotate", target, above.value, (), above.annotation)
        case ast.Delete():
            return Binding("", "delete", target)
        case None:
            return None
    for kind, whole, value in _assigned(above if not isinstance(above, ast.withitem) else parent_of(above)):
        if whole is top:
            path = next(path for leaf, path in _leaves(whole) if leaf is target)
            return Binding("", kind, target, value, path)
    return None


_ASSIGNING = (ast.Assign, ast.NamedExpr, ast.For, ast.AsyncFor, ast.With, ast.AsyncWith)
_BINDERS = frozenset((
    *_ASSIGNING, ast.AnnAssign, ast.AugAssign, ast.Import, ast.ImportFrom, ast.FunctionDef, ast.AsyncFunctionDef,
    ast.ClassDef, ast.ExceptHandler, ast.MatchAs, ast.MatchStar, ast.MatchMapping, ast.Delete,
))  # fmt: skip
_COMPREHENSIONS = frozenset(COMPREHENSIONS)
_FUNCTIONS = frozenset(FUNCTIONS)
_TELLING = _BINDERS | _COMPREHENSIONS | {ast.Global, ast.Nonlocal}
_CHILDLESS = frozenset((ast.Name, ast.Constant))
_SCOPES = frozenset((*COMPREHENSIONS, *FUNCTIONS, ast.Lambda, ast.ClassDef, ast.Module))


def _inside(scope: ScopeNode) -> Iterator[ast.AST]:
    """The top nodes that are evaluated inside a scope."""
    match scope:
        case ast.Lambda():
            yield scope.body
        case ast.ListComp() | ast.SetComp() | ast.GeneratorExp():
            yield from _comprehension(scope.generators)
            yield scope.elt
        case ast.DictComp():
            yield from _comprehension(scope.generators)
            yield scope.key
            if scope.value:  # there is none in `{**x for x in y}` (PEP 798)
                yield scope.value
        case _:
            yield from scope.body


def _comprehension(generators: list[ast.comprehension]) -> Iterator[ast.AST]:
    for index, generator in enumerate(generators):
        if index:
            yield generator.iter
        yield generator.target
        yield from generator.ifs


def _outside(node: ScopeNode) -> Iterator[ast.AST]:
    """The children of a scope's node that are evaluated in the same scope as the node itself."""
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            yield from node.decorator_list
            yield from _header(node.args)
            if node.returns is not None:
                yield node.returns
        case ast.Lambda():
            yield from _header(node.args)
        case ast.ClassDef():
            yield from node.decorator_list
            yield from node.bases
            yield from (keyword.value for keyword in node.keywords)
        case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
            yield node.generators[0].iter


def _header(arguments: ast.arguments) -> Iterator[ast.AST]:
    for arg in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg):
        if arg is not None and arg.annotation is not None:
            yield arg.annotation
    yield from arguments.defaults
    yield from (default for default in arguments.kw_defaults if default is not None)


def _bindings(scope: ScopeNode, telling: list[ast.AST]) -> Iterator[Binding]:
    if isinstance(scope, (*FUNCTIONS, ast.Lambda)):
        arguments = scope.args
        every = (*arguments.posonlyargs, *arguments.args, arguments.vararg, *arguments.kwonlyargs, arguments.kwarg)
        for arg in every:
            if arg is not None:
                yield Binding(arg.arg, "parameter", arg)
    if isinstance(scope, COMPREHENSIONS):
        for generator in scope.generators:
            kind: BindingKind = "async_iterate" if generator.is_async else "iterate"
            yield from _targets(generator.target, kind, generator.iter)
        return
    for node in telling:
        if type(node) in _BINDERS:
            yield from _bound_by(node)
        elif type(node) in _COMPREHENSIONS:
            yield from _walruses(node)


def _walruses(comprehension: ast.AST) -> Iterator[Binding]:
    """What `:=` in a comprehension, or in one inside it, binds around it."""
    for node in own_nodes(comprehension):  # type: ignore[arg-type]
        if isinstance(node, ast.NamedExpr):
            yield from _targets(node.target, "assign", node.value)
        elif isinstance(node, COMPREHENSIONS):
            yield from _walruses(node)


def _bound_by(node: ast.AST) -> Iterator[Binding]:  # noqa: PLR0912  (one branch for each kind of node)
    if isinstance(node, _ASSIGNING):
        for kind, target, value in _assigned(node):
            yield from _targets(target, kind, value)
        return
    match node:
        case ast.AnnAssign(target=ast.Name(id=name)):
            yield Binding(name, "annotate", node.target, node.value, (), node.annotation)
        case ast.AugAssign(target=ast.Name(id=name)):
            yield Binding(name, "augment", node.target, node.value)
        case ast.Import() | ast.ImportFrom():
            for alias in node.names:
                if alias.name != "*":
                    yield Binding(alias.asname or alias.name.partition(".")[0], "import", alias)
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            yield Binding(node.name, "function", node)
        case ast.ClassDef():
            yield Binding(node.name, "class", node)
        case ast.ExceptHandler(name=str() as name):
            yield Binding(name, "except", node, node.type)
        case ast.MatchAs(name=str() as name) | ast.MatchStar(name=str() as name):
            yield Binding(name, "match", node)
        case ast.MatchMapping(rest=str() as name):
            yield Binding(name, "match", node)
        case ast.Delete():
            for target in node.targets:
                for leaf, _ in _leaves(target):
                    if isinstance(leaf, ast.Name):
                        yield Binding(leaf.id, "delete", leaf)


def _assigned(node: ast.AST | None) -> Iterator[tuple[BindingKind, ast.expr, ast.expr]]:
    """What a statement or expression assigns: each target with the expression that its value is taken from."""
    match node:
        case ast.Assign():
            for target in node.targets:
                yield "assign", target, node.value
        case ast.NamedExpr():
            yield "assign", node.target, node.value
        case ast.For():
            yield "iterate", node.target, node.iter
        case ast.AsyncFor():
            yield "async_iterate", node.target, node.iter
        case ast.With() | ast.AsyncWith():
            for item in node.items:
                if item.optional_vars is not None:
                    kind: BindingKind = "enter" if isinstance(node, ast.With) else "async_enter"
                    yield kind, item.optional_vars, item.context_expr


def _targets(target: ast.expr, kind: BindingKind, value: ast.expr) -> Iterator[Binding]:
    for leaf, path in _leaves(target):
        if isinstance(leaf, ast.Name):
            yield Binding(leaf.id, kind, leaf, value, path)


def _leaves(target: ast.expr, path: tuple[int | None, ...] = ()) -> Iterator[tuple[ast.expr, tuple[int | None, ...]]]:
    """The names, attributes and items in a target, each with the indices that its unpacking takes."""
    if isinstance(target, (ast.Tuple, ast.List)):
        items = target.elts
        starred = next((i for i, item in enumerate(items) if isinstance(item, ast.Starred)), len(items))
        for index, item in enumerate(items):
            if isinstance(item, ast.Starred):
                yield from _leaves(item.value, (*path, None))
            else:
                yield from _leaves(item, (*path, index if index < starred else index - len(items)))
    else:
        yield target, path


def _is_inside(scope: ast.AST, child: ast.AST, grandchild: ast.AST) -> bool:
    if isinstance(scope, ast.Lambda):
        return child is scope.body
    if isinstance(scope, COMPREHENSIONS):
        return not (child is scope.generators[0] and grandchild is scope.generators[0].iter)
    return isinstance(child, ast.stmt)
