"""Who calls a private function, and with what: for parameters without an annotation, which callers alone tell about.

A function is private where its name says so, a constructor where the name of its class does. If every reference to it
in its module is a call, its parameters are what these calls pass. One reference that is no call (`map(_save, items)`),
or a name that is looked up as text, and nothing is known.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from coroscope.model.closing import Closer, Package, receiver_name
from coroscope.model.names import Names, names_of
from coroscope.model.summary import Call, Class, Declaration, Function
from coroscope.nodes import COMPREHENSIONS, FUNCTIONS, BlockNode, FunctionNode, parent_of
from coroscope.syntax import Block, Tree

_MOST_CALLS = 8
_RUNNERS = ("asyncio.run", "anyio.run", "trio.run")
_BY_CLASS = re.compile(r"\bcls\(|__class__\(|\btype\(self\)\(")
_LONGEST = 120
_HARMLESS = frozenset(
    """
    staticmethod classmethod override typing.override functools.cache functools.lru_cache cache lru_cache
    contextmanager asynccontextmanager contextlib.contextmanager contextlib.asynccontextmanager
    """.split()  # noqa: SIM905  (a list of words reads better)
)
_LOOKED_UP = re.compile(r"""getattr\([^,()]+,\s*[a-z]*["'](\w+)""")


class _Private(NamedTuple):
    """A private function: its qualified name, the word that refers to it, and the class that it is a method of."""

    qualname: str
    word: str
    declaration: Function
    owner: Class | None


class Reference(NamedTuple):
    """A place that refers to a word, and the block that it stands in."""

    node: ast.Name | ast.Attribute
    block: Block


def calls_of_private(
    tree: Tree, names: Mapping[str, list[Declaration]], package: Package
) -> dict[str, tuple[Call, ...]]:
    """The calls of each private function by its qualified name, for those of which all are seen."""
    private = [each for each in _private(names, _is_program(tree)) if not _is_looked_up(each, tree.source.text)]
    if not private:
        return {}
    references = references_to(tree, frozenset(each.word for each in private))
    related = families(names)
    found = {each.qualname: _calls(tree, each, references.get(each.word, []), related, package) for each in private}
    return {qualname: calls for qualname, calls in found.items() if calls}


def references_to(tree: Tree, words: frozenset[str]) -> dict[str, list[Reference]]:
    """All names and attributes of a module that are one of these words."""
    found: dict[str, list[Reference]] = {}
    for block in tree.blocks:
        for node in _references_in(block, words):
            word = node.id if isinstance(node, ast.Name) else node.attr
            found.setdefault(word, []).append(Reference(node, block))
    return found


def closer_of(tree: Tree, around: list[FunctionNode], package: Package) -> Closer:
    """What closes expressions that stand in functions, the innermost first, over all that these bind."""
    closer = Closer(tree, None, package)
    for index, function in enumerate(reversed(around)):
        closer = Closer(tree, function, package, closer if index else None, is_open=not index)
    return closer


def _is_program(tree: Tree) -> bool:
    """Whether importing the module runs it to its end (`asyncio.run(main())` at its top level), so that nobody does."""
    body = tree.root.node.body
    calls = [statement.value for statement in body if isinstance(statement, (ast.Expr, ast.Assign))]
    return any(isinstance(call, ast.Call) and tree.text(call.func) in _RUNNERS for call in calls)


def _private(names: Mapping[str, list[Declaration]], is_program: bool) -> Iterator[_Private]:
    """The private functions, methods and constructors that have parameters to learn about."""
    for name, declarations in names.items():
        if len(declarations) != 1:
            continue
        declaration = declarations[0]
        if isinstance(declaration, Function) and _is_bare(declaration, None) and (is_program or _is_private(name)):
            yield _Private(declaration.qualname, name, declaration, None)
        elif isinstance(declaration, Class):
            yield from _methods(declaration)


def _methods(cls: Class) -> Iterator[_Private]:
    for name, declarations in cls.names.items():
        method = declarations[0]
        if len(declarations) != 1 or not isinstance(method, Function) or not _is_bare(method, cls):
            continue
        if _is_private(name):
            yield _Private(method.qualname, name, method, cls)
        elif name == "__init__" and _is_private(cls.name) and not cls.decorators:
            yield _Private(method.qualname, cls.name, method, cls)


def _is_private(name: str) -> bool:
    return name.startswith("_") and not name.endswith("__") and name != "_"


def _is_bare(function: Function, owner: Class | None) -> bool:
    """Whether a function has a parameter without an annotation, and nothing else calls it with arguments of its own."""
    if any(text.partition("(")[0] not in _HARMLESS for text in function.decorators):
        return False
    own = function.parameters if owner is None or "staticmethod" in function.decorators else function.parameters[1:]
    return any(p.annotation is None and p.kind not in ("rest", "keywords") for p in own)


def _is_looked_up(private: _Private, text: str) -> bool:
    """Whether a module names a function in a text, looks up what begins like it, or calls a class by another name."""
    word = private.word
    if private.owner is not None and word == private.owner.name and _BY_CLASS.search(text):
        return True
    if f'"{word}"' in text or f"'{word}'" in text:
        return True
    return any(word.startswith(beginning) for beginning in _LOOKED_UP.findall(text))


def _references_in(block: Block, words: frozenset[str]) -> list[ast.Name | ast.Attribute]:
    """The block's own references to these words."""
    key = ("references", words)
    if key not in block.facts:
        block.facts[key] = [
            node
            for node in block.nodes_of((ast.Name, ast.Attribute))
            if (node.id if isinstance(node, ast.Name) else node.attr) in words  # type: ignore[attr-defined]
        ]
    return block.facts[key]  # type: ignore[return-value]  # put there above


def families(names: Mapping[str, list[Declaration]]) -> dict[str, str]:
    """For each class of the module one that stands for all that it is related to by inheritance."""
    head: dict[str, str] = {}

    def top(name: str) -> str:
        while head[name] != name:
            name = head[name]
        return name

    classes = [d for declarations in names.values() for d in declarations if isinstance(d, Class)]
    for cls in classes:
        head.setdefault(cls.name, cls.name)
    for cls in classes:
        for base in cls.bases:
            bare = base.partition("[")[0]
            if bare in head:
                head[top(cls.name)] = top(bare)
    return {name: top(name) for name in head}


def _calls(
    tree: Tree, private: _Private, references: list[Reference], families: Mapping[str, str], package: Package
) -> tuple[Call, ...]:
    """All calls of a function; nothing if there is another use of it, or if they are too many."""
    found: list[Call] = []
    for reference in references:
        if not _may_mean(private, reference, families):
            continue
        call = parent_of(reference.node)
        if not isinstance(call, ast.Call) or call.func is not reference.node:
            if private.word == private.qualname.rpartition(".")[2] or not _makes_nothing(reference.node):
                return ()
            continue
        if len(found) == _MOST_CALLS:
            return ()
        one = told(tree, call, reference.block, package, families if private.owner is not None else {})
        if one is None:
            return ()
        found.append(one)
    return tuple(dict.fromkeys(found))


def _may_mean(private: _Private, reference: Reference, families: Mapping[str, str]) -> bool:
    """Whether a reference may mean a function: no other variable of that name, no method of an unrelated class."""
    node, block = reference
    if private.owner is None or private.word == private.owner.name:
        if isinstance(node, ast.Attribute):
            return False
        return not any(node.id in names_in(function).bindings for function in functions_around(block))
    if isinstance(node, ast.Name):
        return isinstance(block.node, ast.ClassDef) and block.node.name == private.owner.name
    if not isinstance(node.value, ast.Name):
        return True
    around = functions_around(block)
    cls = around[-1].block.parent.node if around and around[-1].block.parent is not None else None  # type: ignore[union-attr]
    if not isinstance(cls, ast.ClassDef) or node.value.id != receiver_name(around[-1]):
        return True
    return families.get(cls.name) == families.get(private.owner.name)


def _makes_nothing(node: ast.AST) -> bool:
    """Whether a class is named without making an instance: in an annotation, an `isinstance`, an `except`."""
    below, above = node, parent_of(node)
    while above is not None:
        match above:
            case ast.arg() | ast.ExceptHandler():
                return True
            case ast.AnnAssign() if above.annotation is below:
                return True
            case ast.FunctionDef() | ast.AsyncFunctionDef() if above.returns is below:
                return True
            case ast.Call(func=ast.Name(id="isinstance" | "issubclass")):
                return True
            case ast.stmt():
                return False
        below, above = above, parent_of(above)
    return False


def functions_around(block: Block) -> list[FunctionNode]:
    """The functions that a block is or stands in, up to the outermost, the innermost first."""
    found: list[FunctionNode] = []
    here: Block | None = block
    while here is not None:
        if isinstance(here.node, FUNCTIONS):
            found.append(here.node)
        here = here.parent
    return found


def names_in(scope: BlockNode) -> Names:
    """The names that a block binds."""
    facts = scope.block.facts  # type: ignore[union-attr]
    known = facts.get(("names", scope))
    if not isinstance(known, Names):
        known = facts["names", scope] = names_of(scope)
    return known


def told(tree: Tree, call: ast.Call, block: Block, package: Package, classes: Mapping[str, str]) -> Call | None:
    """A call with its arguments closed; None for one in a class body, whose names nobody else sees."""
    around = functions_around(block)
    outermost = around[-1].block if around else block  # type: ignore[union-attr]
    path = _path(outermost.parent if around else block)
    if path is None or (not around and path):
        return None
    closer = closer_of(tree, around, package)
    known = _bound_around(call, closer)
    arguments = call.args
    is_on_class = isinstance(call.func, ast.Attribute) and getattr(call.func.value, "id", None) in classes
    parts = [_argument(argument, closer, known) for argument in arguments]
    parts += [f"{k.arg}={_argument(k.value, closer, known)}" if k.arg else "**..." for k in call.keywords]
    within = ".".join([*path, around[-1].name]) if around else ""
    return Call(f"_({', '.join(parts)})", within, is_on_class)


def _argument(argument: ast.expr, closer: Closer, known: Mapping[str, str]) -> str:
    if isinstance(argument, ast.Starred):
        return "*..."
    text = closer.closed(argument, known)
    if text is None or len(text) > _LONGEST:
        return "..."
    return f"({text})"


def _path(block: Block | None) -> list[str] | None:
    """The names of the classes from the module down to a block; None in a function."""
    names: list[str] = []
    while block is not None and not isinstance(block.node, ast.Module):
        if not isinstance(block.node, ast.ClassDef):
            return None
        names.insert(0, block.node.name)
        block = block.parent
    return names


def _bound_around(call: ast.Call, closer: Closer) -> dict[str, str]:
    """What the comprehensions and lambdas around a call bind, with what to say for it."""
    around: list[ast.AST] = []
    node = parent_of(call)
    while node is not None and not isinstance(node, ast.stmt):
        around.append(node)
        node = parent_of(node)
    known: dict[str, str] = {}
    for node in reversed(around):
        if isinstance(node, ast.Lambda):
            arguments = node.args
            every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg]
            known.update({arg.arg: "..." for arg in every if arg is not None})
        elif isinstance(node, COMPREHENSIONS):
            for generator in node.generators:
                values = closer.closed(generator.iter, known)
                word = "__async_iterated__" if generator.is_async else "__iterated__"
                known.update(_targets(generator.target, None if values is None else f"{word}({values})"))
    return known


def _targets(target: ast.expr, value: str | None) -> Iterator[tuple[str, str]]:
    match target:
        case ast.Name(id=name):
            yield name, value or "..."
        case ast.Tuple(elts=items) | ast.List(elts=items):
            is_simple = value is not None and not any(isinstance(item, ast.Starred) for item in items)
            for index, item in enumerate(items):
                yield from _targets(item, f"__item__({value}, {index})" if is_simple else None)
        case ast.Starred():
            yield from _targets(target.value, None)
