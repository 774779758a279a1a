"""The scopes of the file under analysis: what a name is at the very place where it is read."""

from __future__ import annotations

import ast
from collections.abc import Callable, Hashable
from functools import cached_property
from typing import TypeVar, cast

from coroscope.collected import Collected
from coroscope.model.bindings import bound, declared_for
from coroscope.model.classes import ClassInfo
from coroscope.model.closing import Package
from coroscope.model.declarations import function_object
from coroscope.model.declaring import function_declaration
from coroscope.model.flow import graph_of
from coroscope.model.graph import Graph
from coroscope.model.infer import infer
from coroscope.model.kept import kept_types, moved_types
from coroscope.model.names import Binding, Names, names_of, scope_node_of
from coroscope.model.program import Program
from coroscope.model.reads import name_at, name_seen_by, reference_at
from coroscope.model.scopes import ClassScope, Found, ModuleScope, Scope, alternatives
from coroscope.model.signatures import receiver_of
from coroscope.model.summarize import class_declaration, import_declaration
from coroscope.model.summary import Class, Declaration, Function, Summary
from coroscope.model.type_variables import type_parameter
from coroscope.model.types import (
    NEVER,
    UNKNOWN,
    FunctionObject,
    Type,
    TypeVariable,
    union,
)
from coroscope.nodes import COMPREHENSIONS, FUNCTIONS, Comprehension, FunctionNode, ScopeNode, ancestors, qualname_of
from coroscope.syntax import Block, Tree

_Known = TypeVar("_Known")
_MOST_ROUNDS = 3


def bodies_of(program: Program, summary: Summary, tree: Tree) -> Bodies:
    """The scopes of a tree: those that are there already, if nothing but blocks of the tree has changed since."""
    known = tree.kept.get("bodies")
    if not isinstance(known, Bodies) or known.program is not program or known.summary is not summary:
        for block in tree.blocks:
            block.earlier = None  # worked out in another world
        known = tree.kept["bodies"] = Bodies(program, summary, tree)
    known.go_on()
    return known


class Bodies:
    """All scopes of one file's tree."""

    def __init__(self, program: Program, summary: Summary, tree: Tree) -> None:
        self.program = program
        self.summary = summary
        self.tree = tree
        self.package = Package(summary.name, summary.is_package)
        self.module = program.scope(summary)
        self._collected: dict[Hashable, Collected[Block, object]] = {}
        self._scopes: dict[ScopeNode, BodyScope] = {}
        self._version = tree.version

    def go_on(self) -> None:
        """Keep what was worked out about the version before and still holds, if the tree has gone on to the next."""
        if self._version == self.tree.version:
            return
        before, version = self._scopes, self._version
        self._scopes = {node: scope for node, scope in before.items() if scope.block.since <= version}
        for block in self.tree.blocks_since(version):
            earlier, block.earlier = block.earlier, None
            if earlier is None or earlier.answers.get("world") is not self:
                continue
            if block.node is earlier.node:
                edited = earlier.edit.pairs[0][1]
                if isinstance(edited, FUNCTIONS) and self._declared(edited, self.declaring(edited)) is not None:
                    self.answers(block)["types"] = moved_types(_types_in(earlier.answers), earlier.edit)
            elif earlier.node in before:
                now = self.body(block.node)
                now.types.update(kept_types(before[earlier.node], now, earlier.edit))
        self._version = self.tree.version

    def answers(self, block: Block) -> dict[Hashable, object]:
        """What was worked out about a block in this very world."""
        if block.answers.get("world") is not self:
            block.answers = {"world": self}
        return block.answers

    def types(self, block: Block) -> dict[Hashable, object]:
        """The types of a block's expressions, as far as they were asked for: also of what is in comprehensions."""
        return _types_in(self.answers(block))

    def collected(self, question: Hashable) -> Collected[Block, object]:
        """What the blocks answered to a question about this very world."""
        known = self._collected.get(question)
        if known is None:
            known = self._collected[question] = Collected()
        return known

    def scope_of(self, node: ast.AST) -> BodyScope:
        """The scope in which an expression or statement is evaluated."""
        return self.body(scope_node_of(node))

    def body(self, node: ScopeNode) -> BodyScope:
        """The scope that a function, class, lambda, comprehension or module opens."""
        scope = self._scopes.get(node)
        if scope is not None:
            return scope
        missing: list[ScopeNode] = []
        around = node
        while not isinstance(around, ast.Module) and around not in self._scopes:
            missing.append(around)
            around = scope_node_of(around)
        for inner in reversed(missing or [node]):  # from the outside in, for code nested deeper than Python's stack
            scope = self._scopes[inner] = BodyScope(self, inner)
        assert scope is not None
        return scope

    def sent_to(self, scope: BodyScope, name: str) -> list[tuple[BodyScope, Binding]]:
        """The bindings of a scope's name that stand in other scopes, which say `global` or `nonlocal`."""
        answers = self.answers(self.tree.root)
        if "sent" not in answers:
            answers["sent"] = self._all_sent()
        known: dict[tuple[ast.AST, str], list[tuple[BodyScope, Binding]]] = answers["sent"]  # type: ignore[assignment]
        return known.get((scope.node, name), [])

    def _all_sent(self) -> dict[tuple[ast.AST, str], list[tuple[BodyScope, Binding]]]:
        """Every binding that `global` or `nonlocal` sends elsewhere, by the scope and the name that it goes to."""
        found: dict[tuple[ast.AST, str], list[tuple[BodyScope, Binding]]] = {}
        for statement in self.tree.walk(ast.Global, ast.Nonlocal):
            within = self.scope_of(statement)
            for name in statement.names:
                owner = self._owner(within, name) if isinstance(statement, ast.Nonlocal) else self.tree.root.node
                bindings = [(within, binding) for binding in within.names.sent.get(name, [])]
                found.setdefault((owner, name), []).extend(bindings)
        return found

    def _owner(self, within: BodyScope, name: str) -> ScopeNode:
        """The scope whose name a `nonlocal` statement means."""
        scope: Scope | None = within.parent
        while isinstance(scope, BodyScope):
            if name in scope.names.bindings:
                return scope.node
            scope = scope.parent
        return within.node

    def type_of(self, node: ast.expr) -> Type:
        """What an expression of the file is."""
        return infer(node, self.scope_of(node))

    def function(self, node: FunctionNode) -> FunctionObject:
        """A function of the file, before its decorators."""
        answers = self.answers(self.tree.block(node))
        known = answers.get("function")
        if not isinstance(known, FunctionObject):
            scope = self.declaring(node)
            qualname = qualname_of(node)
            declaration = self._declared(node, scope)
            if not isinstance(declaration, Function):
                declaration = function_declaration(self.tree, node, qualname, self.package)
            known = answers["function"] = function_object(declaration, scope)
        return known

    def class_(self, node: ast.ClassDef) -> ClassInfo:
        """A class of the file."""
        answers = self.answers(self.tree.block(node))
        known = answers.get("class")
        if not isinstance(known, ClassInfo):
            scope = self.declaring(node)
            declaration = self._declared(node, scope)
            if not isinstance(declaration, Class):
                declaration = class_declaration(self.tree, node, self.summary, self.program.target)
            known = answers["class"] = self.program.class_info(declaration, self.module, scope)
        return known

    def declaring(self, node: FunctionNode | ast.ClassDef) -> Scope:
        """The scope that a definition's header is evaluated in, as declarations have it."""
        around = scope_node_of(node)
        if isinstance(around, ast.Module):
            return self.module
        return self.class_(around).scope if isinstance(around, ast.ClassDef) else self.body(around)

    def _declared(self, node: FunctionNode | ast.ClassDef, scope: Scope) -> Function | Class | None:
        """The declaration that the Summary has of a definition, where it has just one of that name."""
        if not isinstance(scope, (ModuleScope, ClassScope)):
            return None
        names = scope.summary.names if isinstance(scope, ModuleScope) else scope.cls.declaration.names
        found = names.get(node.name, ())
        wanted = Class if isinstance(node, ast.ClassDef) else Function
        same = [declaration for declaration in found if isinstance(declaration, wanted)]
        return same[0] if len(same) == 1 else None


class BodyScope(Scope):
    """One scope of the file under analysis: names are answered where they are read, in flow order."""

    def __init__(self, bodies: Bodies, node: ScopeNode) -> None:
        self.bodies = bodies
        self.node = node
        super().__init__(bodies.module, self._around())
        self.block = bodies.tree.block(node)
        self.types = bodies.types(self.block)
        self._bound: dict[Hashable, object] = {}
        self._facts: dict[Hashable, object] = {}
        self._assumed: dict[Hashable, Type] = {}
        self._circular: set[Hashable] = set()

    @cached_property
    def frame(self) -> BodyScope:
        """The scope whose control flow this one is part of: itself, or what is around for a comprehension."""
        scope = self
        while isinstance(scope.node, COMPREHENSIONS):
            scope = scope.bodies.body(scope_node_of(scope.node))
        return scope

    @cached_property
    def names(self) -> Names:
        """The scope's own bindings."""
        facts = self.block.facts
        known = facts.get(("names", self.node))
        if not isinstance(known, Names):
            known = facts["names", self.node] = names_of(self.node)
        return known

    @cached_property
    def graph(self) -> Graph:
        """The scope's control flow."""
        facts = self.block.facts
        key = ("graph", self.node, self.program.target)
        known = facts.get(key)
        if not isinstance(known, Graph):
            known = facts[key] = graph_of(self.node, self.program.target)
        return known

    def _around(self) -> Scope:
        """The next scope that names are looked up in: class bodies are skipped (language reference 4.2.2)."""
        node: ast.AST | None = self.node
        while node is not None and not isinstance(node, ast.Module):
            node = scope_node_of(node)
            if not isinstance(node, (ast.ClassDef, ast.Module)):
                return self.bodies.body(node)
            if isinstance(node, ast.ClassDef) and isinstance(self.node, COMPREHENSIONS):
                return self.bodies.body(node)
        return self.bodies.module

    def known(self, key: Hashable, work: Callable[[], _Known]) -> _Known:
        """What follows from the scope's names and flow alone, worked out once."""
        if key not in self._facts:
            self._facts[key] = work()
        return cast("_Known", self._facts[key])

    def remembered(self, expression: ast.expr, compute: Callable[[ast.expr, Scope], Type]) -> Type:
        """The type of an expression of this scope, worked out once."""
        if expression in self.types:
            return self.types[expression]  # type: ignore[return-value]
        return self._settled(expression, lambda: compute(expression, self), self.types)

    def inner(self, node: ast.Lambda | Comprehension) -> Scope:
        """The scope of a lambda or comprehension of this scope, or of an expression that was given as text."""
        top: ast.AST = node
        for top in ancestors(node):  # noqa: B007
            pass
        return self.bodies.body(node) if isinstance(top, ast.Module) else super().inner(node)

    def value_of(self, node: ast.Name) -> Type | None:
        """The value of a name where it is read: one of the bindings that reach it, after what conditions told."""
        return name_at(node, self)

    def reference(self, node: ast.Attribute | ast.Subscript, whole: Callable[[], Type]) -> Type:
        """The value of an attribute or item where it is read: what was assigned to it before, else any of its."""
        return reference_at(node, self, whole)

    def owner_of(self, name: str) -> BodyScope | None:
        """This scope if it binds a name, else the comprehension or frame around that does; None if none does.

        The names of a class body are not seen by comprehensions in it (language reference 4.2.2).
        """
        scope: BodyScope = self
        while name not in scope.names.bindings:
            if not isinstance(scope.node, COMPREHENSIONS):
                return None
            scope = scope.bodies.body(scope_node_of(scope.node))
        return None if isinstance(scope.node, ast.ClassDef) and scope is not self else scope

    def from_around(self, name: str) -> Type | None:
        """The value of a name that a frame does not bind: of a function around, the module, the builtins."""
        if name in self.names.globals:
            return self.module.lookup(name)
        if isinstance(self.parent, BodyScope):
            return self.parent.seen_by(self.node, name)
        return self.parent.lookup(name) if self.parent else None

    def seen_by(self, inner: ScopeNode, name: str) -> Type | None:
        """The value of a name as a function inside this scope sees it."""
        if name in self.names.bindings:
            found = name_seen_by(inner, name, self)
            return self.lookup(name) if found is None else found
        if isinstance(self.node, COMPREHENSIONS) and isinstance(self.parent, BodyScope):
            around = self.parent.parent if isinstance(self.parent.node, ast.ClassDef) else self.parent
            if isinstance(around, BodyScope):
                return around.seen_by(inner, name)
            return around.lookup(name) if around else None
        return self.from_around(name)

    def lookup(self, name: str) -> Type | None:
        """The value of a name as a scope inside this one sees it: any of its bindings may be in force."""
        bindings = self.names.bindings.get(name)
        if bindings is None:
            return super().lookup(name)
        declaration = declared_for(name, self)
        if declaration is not None:
            return declaration
        here = alternatives([(binding.kind == "import", self.type_of_binding(binding)) for binding in bindings])
        return union([*here, *(scope.type_of_binding(b) for scope, b in self.bodies.sent_to(self, name))])

    def own(self, name: str) -> Found | None:
        """Classes and imports bound here, for annotations."""
        declarations: list[Declaration] = []
        for binding in self.names.bindings.get(name, []):
            if isinstance(binding.node, ast.ClassDef):
                declarations.append(self.bodies.class_(binding.node).declaration)
            elif isinstance(binding.node, ast.alias):
                made = import_declaration(binding.node, self.bodies.summary)
                if made is not None:
                    declarations.append(made)
        return Found(self, tuple(declarations)) if declarations else None

    def type_parameter(self, name: str) -> TypeVariable | None:
        """The type parameter of the function or class, or of what is around."""
        if isinstance(self.node, FUNCTIONS):
            function = self.bodies.function(self.node)
            home = f"{self.path}:{function.declaration.qualname}"
            own = type_parameter(name, function.declaration.type_parameters, home, self)
            return own or function.scope.type_parameter(name)
        if isinstance(self.node, ast.ClassDef):
            return self.bodies.class_(self.node).scope.type_parameter(name)
        return super().type_parameter(name)

    def method(self) -> tuple[ClassInfo, Type] | None:
        """The class and receiver of the method around."""
        if isinstance(self.node, FUNCTIONS):
            own = receiver_of(self.bodies.function(self.node))
            if own is not None:
                return own
        return super().method()

    def type_of_binding(self, binding: Binding) -> Type:
        """What a binding binds its name to."""
        return self._settled(binding, lambda: bound(binding, self), self._bound)

    def _settled(self, key: Hashable, compute: Callable[[], Type], answers: dict[Hashable, object]) -> Type:
        """The answer to a question about this scope, which may depend on itself where code loops.

        Such a question is first answered without what comes round the loop, and then again with the first answer for
        that, until nothing is added; if that does not come to an end, Unknown is.
        """
        if key in answers:
            return answers[key]  # type: ignore[return-value]
        if key in self._assumed:
            self._circular.add(key)
            return self.program.remember(key, compute, self._assumed[key], answers)
        self._assumed[key] = NEVER
        try:
            made = self.program.remember(key, compute, UNKNOWN, answers)
            for _ in range(_MOST_ROUNDS):
                if key not in self._circular or key not in answers:
                    return made
                self._circular.discard(key)
                self._assumed[key] = made
                del answers[key]
                again = union([made, self.program.remember(key, compute, UNKNOWN, answers)])
                if again == made:
                    break
                made = again
            else:
                made = union([made, UNKNOWN])
            made = UNKNOWN if made == NEVER else made
            if key in answers:
                answers[key] = made
            return made
        finally:
            del self._assumed[key]
            self._circular.discard(key)


def _types_in(answers: dict[Hashable, object]) -> dict[Hashable, object]:
    if "types" not in answers:
        answers["types"] = {}
    return answers["types"]  # type: ignore[return-value]  # put there above
