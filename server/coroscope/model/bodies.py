"""The scopes of the file under analysis: what a name is at the very place where it is read."""

from __future__ import annotations

import ast
from collections.abc import Callable, Hashable, Iterator, Sequence
from typing import TypeVar, cast

from coroscope.model.annotations import annotation
from coroscope.model.classes import ClassInfo
from coroscope.model.closing import Package
from coroscope.model.declarations import declared, decorated, function_object
from coroscope.model.fields import tuple_of
from coroscope.model.flow import Graph, graph_of
from coroscope.model.infer import infer
from coroscope.model.names import Binding, Names, is_scope, names_of
from coroscope.model.narrowing import narrowed
from coroscope.model.passed import passed_inside
from coroscope.model.program import Program
from coroscope.model.protocols import async_entered, async_iterated, entered, iterated
from coroscope.model.scopes import ClassScope, Found, ModuleScope, Scope, alternatives
from coroscope.model.signatures import argument_type, receiver_of
from coroscope.model.summarize import class_declaration, function_declaration, import_declaration
from coroscope.model.summary import Class, Declaration, Function, Summary
from coroscope.model.type_variables import type_parameter
from coroscope.model.types import (
    NEVER,
    UNKNOWN,
    ClassObject,
    FunctionObject,
    Instance,
    SpecialForm,
    TupleType,
    Type,
    TypeVariable,
    each,
    union,
)
from coroscope.syntax import (
    COMPREHENSIONS,
    FUNCTIONS,
    Block,
    Comprehension,
    FunctionNode,
    ScopeNode,
    Tree,
    ancestors,
    parent_of,
)

_Known = TypeVar("_Known")


def bodies_of(program: Program, summary: Summary, tree: Tree) -> Bodies:
    """The scopes of a tree: those that are there already, if nothing but blocks of the tree has changed since."""
    known = tree.kept.get("bodies")
    if not isinstance(known, Bodies) or known.program is not program or known.summary is not summary:
        known = tree.kept["bodies"] = Bodies(program, summary, tree)
    return known


class Bodies:
    """All scopes of one file's tree."""

    def __init__(self, program: Program, summary: Summary, tree: Tree) -> None:
        self.program = program
        self.summary = summary
        self.tree = tree
        self.package = Package(summary.name, summary.is_package)
        self.module = program.scope(summary)

    def answers(self, block: Block) -> dict[Hashable, object]:
        """What was worked out about a block in this very world."""
        if block.answers.get("world") is not self:
            block.answers = {"world": self}
        return block.answers

    def scope_of(self, node: ast.AST) -> BodyScope:
        """The scope in which an expression or statement is evaluated."""
        return self.body(scope_node_of(node))

    def body(self, node: ScopeNode) -> BodyScope:
        """The scope that a function, class, lambda, comprehension or module opens."""
        scope = self._body(node)
        if scope is not None:
            return scope
        missing: list[ScopeNode] = []
        around = node
        while not isinstance(around, ast.Module) and self._body(around) is None:
            missing.append(around)
            around = scope_node_of(around)
        for inner in reversed(missing or [node]):  # from the outside in, for code nested deeper than Python's stack
            scope = self.answers(self.tree.block(inner))["body", inner] = BodyScope(self, inner)
        assert scope is not None
        return scope

    def _body(self, node: ScopeNode) -> BodyScope | None:
        known = self.answers(self.tree.block(node)).get(("body", node))
        return known if isinstance(known, BodyScope) else None

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
            qualname = _qualname(node)
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
        self._answers: dict[Hashable, object] = {}
        self._facts: dict[Hashable, object] = {}

    @property
    def names(self) -> Names:
        """The scope's own bindings."""
        facts = self.bodies.tree.block(self.node).facts
        known = facts.get(("names", self.node))
        if not isinstance(known, Names):
            known = facts["names", self.node] = names_of(self.node)
        return known

    @property
    def graph(self) -> Graph:
        """The scope's control flow."""
        facts = self.bodies.tree.block(self.node).facts
        known = facts.get(("graph", self.node))
        if not isinstance(known, Graph):
            known = facts["graph", self.node] = graph_of(self.node)
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
        if expression in self._answers:
            return self._answers[expression]  # type: ignore[return-value]
        return self.program.remember(expression, lambda: compute(expression, self), UNKNOWN, self._answers)

    def inner(self, node: ast.Lambda | Comprehension) -> Scope:
        """The scope of a lambda or comprehension of this scope, or of an expression that was given as text."""
        top: ast.AST = node
        for top in ancestors(node):  # noqa: B007
            pass
        return self.bodies.body(node) if isinstance(top, ast.Module) else super().inner(node)

    def value_of(self, node: ast.Name) -> Type | None:
        """The value of a name where it is read: one of the bindings that reach it."""
        bindings = self.names.bindings.get(node.id)
        if bindings is None:
            return self._from_outside(node)
        is_class = isinstance(self.node, ast.ClassDef)
        if is_class or (len(bindings) > 1 and not isinstance(self.node, (ast.Lambda, *COMPREHENSIONS))):
            bindings = self.graph.reaching(node, node.id, self.names)
            if not bindings and is_class:
                return self._from_outside(node)  # what the class body has not bound yet (language reference 4.2.2)
            if not bindings and not self.bodies.sent_to(self, node.id):
                return NEVER if node in self.graph.at else UNKNOWN
        found = union([*self._bound(bindings), *self._sent_here(node.id)])
        return narrowed(node, found, self)

    def _bound(self, bindings: Sequence[Binding]) -> list[Type]:
        """What a name is that one of these bindings binds."""
        return alternatives([(binding.kind == "import", self.type_of_binding(binding)) for binding in bindings])

    def _sent_here(self, name: str) -> Iterator[Type]:
        """What functions that say `global` or `nonlocal` bind a name of this scope to, whenever they run."""
        for scope, binding in self.bodies.sent_to(self, name):
            yield scope.type_of_binding(binding)

    def _from_outside(self, node: ast.Name) -> Type | None:
        """A name of a scope around; in a comprehension, which runs at once, as it is where the comprehension stands."""
        if isinstance(self.node, COMPREHENSIONS) and isinstance(self.parent, BodyScope):
            parent = self.parent
            bindings = parent.names.bindings.get(node.id)
            if bindings is not None and len(bindings) > 1 and node in parent.graph.at:
                found = [parent.type_of_binding(b) for b in parent.graph.reaching(node, node.id, parent.names)]
                return union([*found, *parent._sent_here(node.id)])
            return parent.value_of(node)
        if node.id in self.names.globals:
            return self.module.lookup(node.id)
        return self.parent.lookup(node.id) if self.parent else None

    def lookup(self, name: str) -> Type | None:
        """The value of a name as a scope inside this one sees it: any of its bindings may be in force."""
        bindings = self.names.bindings.get(name)
        if bindings is not None:
            return union([*self._bound(bindings), *self._sent_here(name)])
        return super().lookup(name)

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
        return self.program.remember(binding, lambda: self._type_of_binding(binding), UNKNOWN, self._answers)

    def _type_of_binding(self, binding: Binding) -> Type:
        match binding.kind:
            case "parameter":
                return self._parameter(binding)
            case "annotate":
                return self._annotated(binding)
            case "import":
                assert isinstance(binding.node, ast.alias)
                declaration = import_declaration(binding.node, self.bodies.summary)
                return UNKNOWN if declaration is None else declared(declaration, self.bodies.module)
            case "function":
                assert isinstance(binding.node, FUNCTIONS)
                function = self.bodies.function(binding.node)
                return decorated(function.declaration, function.scope)
            case "class":
                assert isinstance(binding.node, ast.ClassDef)
                return ClassObject(self.bodies.class_(binding.node))
            case "except":
                return self._caught(binding)
            case "match" | "delete":
                return UNKNOWN
            case "augment":
                return UNKNOWN
        return self._taken(binding)

    def _taken(self, binding: Binding) -> Type:
        """A value that an assignment, a loop or a `with` takes from an expression."""
        assert binding.value is not None
        value = infer(binding.value, self._scope_of_value(binding))
        match binding.kind:
            case "iterate":
                value = iterated(value, self.program)
            case "async_iterate":
                value = async_iterated(value, self.program)
            case "enter":
                value = entered(value, self.program)
            case "async_enter":
                value = async_entered(value, self.program)
        for index in binding.path:
            value = self._item(value, index)
        return value

    def _scope_of_value(self, binding: Binding) -> Scope:
        """The first iterable of a comprehension is evaluated around it."""
        if isinstance(self.node, COMPREHENSIONS) and binding.value is self.node.generators[0].iter:
            return self.bodies.scope_of(binding.value)
        return self if binding.value is None else self.bodies.scope_of(binding.value)

    def _item(self, value: Type, index: int | None) -> Type:
        def one(member: Type) -> Type:
            if isinstance(member, Instance):
                member = tuple_of(member) or member
            if isinstance(member, TupleType) and index is not None:
                return member.items[index] if -len(member.items) <= index < len(member.items) else UNKNOWN
            element = iterated(member, self.program)
            return self.program.instance("builtins", "list", element) if index is None else element

        return each(value, one)

    def _annotated(self, binding: Binding) -> Type:
        said = UNKNOWN if binding.annotation is None else annotation(binding.annotation, self)
        if isinstance(said, SpecialForm) and binding.value is not None:
            return infer(binding.value, self)
        return said

    def _parameter(self, binding: Binding) -> Type:
        if not isinstance(self.node, FUNCTIONS):
            return UNKNOWN
        function = self.bodies.function(self.node)
        for index, parameter in enumerate(function.declaration.parameters):
            if parameter.name == binding.name:
                by_calls = passed_inside(self.node, parameter, self.bodies)
                return by_calls if by_calls is not None else argument_type(function, parameter, index)
        return UNKNOWN

    def _caught(self, binding: Binding) -> Type:
        if binding.value is None:
            return UNKNOWN
        caught = infer(binding.value, self)
        classes = caught.items if isinstance(caught, TupleType) else (caught,)
        return union(Instance(c.cls, c.args) if isinstance(c, ClassObject) else UNKNOWN for c in classes)


def scope_node_of(node: ast.AST) -> ScopeNode:
    """The scope node in which a node is evaluated: headers belong to the scope around what they head."""
    below, here = node, parent_of(node)
    beneath: ast.AST = node
    while here is not None:
        if is_scope(here) and _is_inside(here, below, beneath):
            return here
        beneath, below, here = below, here, parent_of(here)
    assert isinstance(below, ast.Module)
    return below


def _is_inside(scope: ast.AST, child: ast.AST, grandchild: ast.AST) -> bool:
    if isinstance(scope, ast.Lambda):
        return child is scope.body
    if isinstance(scope, COMPREHENSIONS):
        return not (child is scope.generators[0] and grandchild is scope.generators[0].iter)
    return isinstance(child, ast.stmt)


def _qualname(node: FunctionNode | ast.ClassDef) -> str:
    parts = [node.name]
    around = scope_node_of(node)
    while not isinstance(around, ast.Module):
        if isinstance(around, (*FUNCTIONS, ast.ClassDef)):
            parts.append(around.name if isinstance(around, ast.ClassDef) else f"{around.name}.<locals>")
        around = scope_node_of(around)
    return ".".join(reversed(parts))
