"""How a Summary is made from a tree."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import replace

from coroscope.model.callers import calls_of_private
from coroscope.model.closing import Closer, Package, absolute_name
from coroscope.model.containers import contents_of_attributes
from coroscope.model.declaring import function_declaration, type_parameters
from coroscope.model.exports import read_exports
from coroscope.model.keeping import calls_made
from coroscope.model.operators import SIGNS
from coroscope.model.running import running_calls
from coroscope.model.static import Target, truth
from coroscope.model.storing import stored_attributes
from coroscope.model.summary import Alias, CallsMade, Class, Declaration, Function, Import, Summary, Variable
from coroscope.model.top_level import statements_by_cell
from coroscope.nodes import FUNCTIONS, DefinitionNode, FunctionNode, parent_of
from coroscope.syntax import Tree

Names = dict[str, list[Declaration]]
_LONGEST = 300
_REPLACED = re.compile(r"\b(\w+)\.(\w+) = lambda\b")


def summarize(
    tree: Tree,
    name: str,
    path: str,
    *,
    is_package: bool,
    python: tuple[int, int],
    platform: str,
    blocking: frozenset[str] = frozenset(),
) -> Summary:
    """The Summary of a file: `name` is the module's dotted name, `python` and `platform` the target.

    `blocking` are the last names of what users declare to stop the event loop.
    """
    return _Summarizer(tree, name, path, is_package, Target(python, platform), blocking=blocking).summary()


def class_declaration(tree: Tree, node: ast.ClassDef, summary: Summary, target: Target) -> Class:
    """A class as a declaration, for one that stands in a function and so not in the Summary."""
    summarizer = _Summarizer(tree, summary.name, summary.path, summary.is_package, target)
    return summarizer.class_declaration(node, "", False)


def import_declaration(alias: ast.alias, summary: Summary) -> Import | None:
    """What one name of an import statement of that module binds."""
    statement = parent_of(alias)
    if isinstance(statement, ast.ImportFrom):
        return Import(absolute_name(Package(summary.name, summary.is_package), statement), alias.name)
    return Import(alias.name, None, alias.asname is None) if isinstance(statement, ast.Import) else None


class _Summarizer:
    """One pass over the statements outside of functions."""

    def __init__(
        self,
        tree: Tree,
        name: str,
        path: str,
        is_package: bool,
        target: Target,
        *,
        blocking: frozenset[str] = frozenset(),
    ) -> None:
        self.tree = tree
        self.name = name
        self.path = path
        self.is_package = is_package
        self.package = Package(name, is_package)
        self.target = target
        self.blocking = blocking
        self.stars: list[str] = []
        self.placed: list[tuple[str, DefinitionNode]] = []
        """The functions and classes that were declared, with their qualified names."""

    def summary(self) -> Summary:
        """Everything that the file tells."""
        names: Names = {}
        module = self.tree.root.node
        rebound: set[str] = set()
        for statements in statements_by_cell(self.tree):
            rebound |= self.cell(statements, names)
        self.placed = [(qualname, node) for qualname, node in self.placed if qualname.split(".")[0] not in rebound]
        self.globals_from_functions(names)
        is_stub = self.path.endswith(".pyi")
        text = self.tree.source.text
        lists = "__all__" in text
        return Summary(
            self.name,
            self.path,
            self.is_package,
            {key: tuple(found) for key, found in names.items()},
            tuple(self.stars),
            read_exports(module.body, names, self.name if self.is_package else None, self.target) if lists else None,
            {} if is_stub else calls_of_private(self.tree, names, self.package),
            {} if is_stub else contents_of_attributes(self.tree, names, self.package),
            frozenset(_REPLACED.findall(text)) if "= lambda" in text else frozenset(),
            CallsMade({} if is_stub else running_calls(self.tree, self.placed, names, self.package)),
            CallsMade({} if is_stub else dict(self.calls_made())),
            {qualname: self.tree.block(node).line_of(node.lineno) for qualname, node in self.placed},
        )

    def calls_made(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """The calls of each plain function that may keep its thread, by its qualified name."""
        for qualname, node in self.placed:
            if isinstance(node, ast.FunctionDef):
                facts = self.tree.block(node).facts
                key = ("calls made", self.package, self.blocking)
                if key not in facts:
                    facts[key] = calls_made(Closer(self.tree, node, self.package), self.blocking)
                if facts[key]:
                    yield qualname, facts[key]  # type: ignore[misc]  # put there above

    def cell(self, statements: list[ast.stmt], names: Names) -> set[str]:
        """Declare what the statements of a cell bind, or those of a file without cells.

        What an earlier cell binds may be in force when it is read, since cells are run one by one, and again when the
        user likes. The answer is which names those are.
        """
        own: Names = {}
        self.suite(statements, own, "", False)
        again = own.keys() & names.keys()
        for name, found in own.items():
            names.setdefault(name, []).extend(replace(one, conditional=True) if name in again else one for one in found)
        return again

    def suite(self, body: list[ast.stmt], names: Names, prefix: str, conditional: bool) -> None:
        """Declare what the statements of a module level or class body bind."""
        waiting = [(statement, conditional) for statement in reversed(body)]
        while waiting:
            statement, is_conditional = waiting.pop()
            inner = list(self.statement(statement, names, prefix, is_conditional))
            waiting += [(each, unsure) for suite, unsure in reversed(inner) for each in reversed(suite)]

    def statement(  # noqa: PLR0912  (one branch for each kind of node)
        self, node: ast.stmt, names: Names, prefix: str, conditional: bool
    ) -> Iterator[tuple[list[ast.stmt], bool]]:
        """Declare what one statement binds; the suites in it, and whether they are conditional, are left to do."""
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                qualname = prefix + node.name
                self.placed.append((qualname, node))
                _declare(names, node.name, self.function(node, qualname, conditional))
            case ast.ClassDef():
                _declare(names, node.name, self.class_(node, prefix, conditional))
            case ast.Import() | ast.ImportFrom():
                self.imports(node, names, conditional)
            case ast.Assign():
                for target in node.targets:
                    self.assigned(target, self.text(node.value), names, conditional)
            case ast.AnnAssign(target=ast.Name(id=name)):
                value = None if node.value is None else self.text(node.value)
                _declare(names, name, Variable(self.text(node.annotation), value, conditional=conditional))
            case ast.AugAssign(target=ast.Name(id=name)) if name != "__all__":
                self.augmented(name, node, names, conditional)
            case ast.Delete(targets=targets) if not conditional:
                for target in targets:
                    if isinstance(target, ast.Name):
                        names.pop(target.id, None)
            case ast.If():
                decided = truth(node.test, self.target)
                if decided is not False:
                    yield node.body, conditional or decided is None
                if decided is not True:
                    yield node.orelse, conditional or decided is None
            case ast.Try():
                yield node.body, conditional
                for handler in node.handlers:
                    yield handler.body, True
                yield [*node.orelse, *node.finalbody], conditional
            case ast.With() | ast.AsyncWith():
                for item in node.items:
                    if item.optional_vars is not None:
                        entered = f"__entered__({self.text(item.context_expr)})"
                        self.assigned(item.optional_vars, entered, names, conditional)
                yield node.body, conditional
            case ast.For() | ast.AsyncFor():
                self.assigned(node.target, f"__iterated__({self.text(node.iter)})", names, True)
                yield [*node.body, *node.orelse], True
            case ast.While():
                yield [*node.body, *node.orelse], True
            case ast.Match():
                for case in node.cases:
                    yield case.body, True
            case _ if type(node).__name__ == "TypeAlias":
                name = node.name.id  # type: ignore[attr-defined]
                value = self.text(node.value)  # type: ignore[attr-defined]
                _declare(names, name, Alias(value, type_parameters(self.tree, node), conditional))

    def function(self, node: FunctionNode, qualname: str, conditional: bool) -> Function:
        """A function's declaration, which depends on nothing but the function's own text and where it stands."""
        facts = self.tree.block(node).facts
        key = ("declaration", qualname, conditional, self.package)
        known = facts.get(key)
        if not isinstance(known, Function):
            known = function_declaration(self.tree, node, qualname, self.package, conditional=conditional)
            facts[key] = known
        return known

    def class_(self, node: ast.ClassDef, prefix: str, conditional: bool) -> Class:
        """A class's declaration, which depends on nothing but the class's whole text and where it stands."""
        known = self.tree.block(node).whole
        key = ("declaration", prefix, conditional, self.package, self.target)
        if key not in known:
            placed, self.placed = self.placed, [(prefix + node.name, node)]
            declaration = self.class_declaration(node, prefix, conditional)
            known[key] = declaration, self.placed
            self.placed = placed
        found: tuple[Class, list[tuple[str, DefinitionNode]]] = known[key]  # type: ignore[assignment]  # put there above
        self.placed += found[1]
        return found[0]

    def attributes(self, method: FunctionNode) -> list[tuple[str, Variable]]:
        """What a method assigns to attributes of its receiver."""
        facts = self.tree.block(method).facts
        key = ("attributes", self.package)
        if key not in facts:
            facts[key] = list(stored_attributes(Closer(self.tree, method, self.package)))
        return facts[key]  # type: ignore[return-value]  # put there one line above

    def text(self, node: ast.expr) -> str:
        """The text of an expression, which stays the same as long as its node."""
        known: str | None = getattr(node, "text", None)
        if known is None:
            known = node.text = self.tree.text(node)  # type: ignore[attr-defined]  # kept for the next version
        return known

    def assigned(self, target: ast.expr, value: str, names: Names, conditional: bool) -> None:
        """Declare the names in an assignment's target; `value` is the text of what is assigned."""
        match target:
            case ast.Name(id=name):
                _declare(names, name, Variable(None, value, conditional=conditional))
            case ast.Tuple(elts=items) | ast.List(elts=items):
                starred = next((i for i, item in enumerate(items) if isinstance(item, ast.Starred)), len(items))
                for index, item in enumerate(items):
                    if isinstance(item, ast.Starred):
                        self.assigned(item.value, f"__item__({value}, None)", names, conditional)
                    else:
                        at = index if index < starred else index - len(items)
                        self.assigned(item, f"__item__({value}, {at})", names, conditional)

    def augmented(self, name: str, node: ast.AugAssign, names: Names, conditional: bool) -> None:
        """Declare what `name += value` makes of the value before, where that is no longer than a line."""
        before = names.get(name, [None])[-1]
        if isinstance(before, Variable) and before.annotation is None and before.value is not None:
            value = f"({before.value}) {SIGNS[type(node.op)]} ({self.tree.text(node.value)})"
            if len(value) < _LONGEST:
                _declare(names, name, Variable(None, value, conditional=conditional))

    def imports(self, node: ast.Import | ast.ImportFrom, names: Names, conditional: bool) -> None:
        """Declare what an import binds."""
        is_stub = self.path.endswith(".pyi")
        if isinstance(node, ast.Import):
            for alias in node.names:
                bound = alias.asname or alias.name.partition(".")[0]
                is_private = is_stub and alias.asname != alias.name
                _declare(names, bound, Import(alias.name, None, alias.asname is None, conditional, is_private))
            return
        module = absolute_name(self.package, node)
        for alias in node.names:
            if alias.name == "*":
                self.stars.insert(len(self.stars) if conditional else 0, module)
            else:
                is_private = is_stub and alias.asname != alias.name and bool(node.module)
                imported = Import(module, alias.name, False, conditional, is_private)
                _declare(names, alias.asname or alias.name, imported)

    def class_declaration(self, node: ast.ClassDef, prefix: str, conditional: bool) -> Class:
        """A class with all that its body and its methods bind."""
        names: Names = {}
        self.suite(node.body, names, f"{prefix}{node.name}.", False)
        attributes: dict[str, list[Variable]] = {}
        for method in _methods(node.body):
            for name, found in self.attributes(method):
                attributes.setdefault(name, []).append(found)
        text = self.tree.text
        return Class(
            name=node.name,
            qualname=prefix + node.name,
            bases=tuple(text(base) for base in node.bases),
            keywords=tuple((k.arg, text(k.value)) for k in node.keywords if k.arg),
            decorators=tuple(text(d) for d in node.decorator_list),
            type_parameters=type_parameters(self.tree, node),
            names={key: tuple(found) for key, found in names.items()},
            attributes={key: tuple(dict.fromkeys(found)) for key, found in attributes.items()},
            conditional=conditional,
        )

    def globals_from_functions(self, names: Names) -> None:
        """Declare what functions assign to their `global` names."""
        for node in self.tree.walk(ast.Global):
            function = self.tree.block(node).node
            if not isinstance(function, FUNCTIONS):
                continue
            for name, value in Closer(self.tree, function, self.package, is_open=False).assigned(node.names):
                _declare(names, name, Variable(None, value, conditional=True))


def _declare(names: Names, name: str, declaration: Declaration) -> None:
    names.setdefault(name, []).append(declaration)


def _methods(body: list[ast.stmt]) -> Iterator[FunctionNode]:
    waiting = body[::-1]
    while waiting:
        node = waiting.pop()
        if isinstance(node, FUNCTIONS):
            yield node
        elif isinstance(node, (ast.If, ast.Try)):
            waiting += [*node.body, *node.orelse][::-1]
