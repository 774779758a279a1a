"""Where names are looked up in declarations: modules, class bodies, and the headers of functions.

A scope answers two questions: what is the value of a name (`lookup`), and which declarations stand behind it (`find`),
which annotations ask since a name may be an alias of a type. Scopes over the statements of the file that is being
analysed are in `coroscope.model.bodies`.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple, TypeGuard

from coroscope.model.summary import Alias, Declaration, Function, Import, Summary, Variable
from coroscope.model.type_variables import type_parameter
from coroscope.model.types import UNKNOWN, ClassObject, ModuleObject, SpecialForm, Type, TypeVariable

if TYPE_CHECKING:
    from coroscope.model.classes import ClassInfo
    from coroscope.model.program import Program
    from coroscope.nodes import Comprehension

SPECIAL_MODULES = ("typing", "typing_extensions")
SPECIAL_FORMS = frozenset(
    """
    Optional Union Callable Literal Annotated ClassVar Final Type Tuple Concatenate Unpack Required NotRequired ReadOnly
    Generic Protocol TypeGuard TypeIs NoReturn Never Any Self LiteralString TypeAlias TypedDict
    """.split()  # noqa: SIM905  (a list of words reads better)
)


ALIASES = {
    "List": ("builtins", "list"),
    "Dict": ("builtins", "dict"),
    "Set": ("builtins", "set"),
    "FrozenSet": ("builtins", "frozenset"),
    "DefaultDict": ("collections", "defaultdict"),
    "OrderedDict": ("collections", "OrderedDict"),
    "Counter": ("collections", "Counter"),
    "ChainMap": ("collections", "ChainMap"),
    "Deque": ("collections", "deque"),
}
"""The names of `typing` that mean a class of another module (PEP 585), which the stubs leave to the checkers."""

_DEEPEST = 30
_LONGEST_CHAIN = 20


class Found(NamedTuple):
    """Declarations, and the scope that they stand in."""

    scope: Scope
    declarations: tuple[Declaration, ...]


class Scope:
    """A place where names mean something. `module` is the module around it, `parent` the scope to ask next.

    `program` is the program around, `path` the path of the file around.
    """

    def __init__(self, module: ModuleScope, parent: Scope | None) -> None:
        self.module = module
        self.program: Program = module.program
        self.path: str = module.summary.path
        self.nesting: int = parent.nesting + 1 if parent is not None else 0
        self.parent = parent if self.nesting < _DEEPEST else HiddenScope(module)

    def find(self, name: str) -> Found | None:
        """The declarations behind a name, imports not followed."""
        own = self.own(name)
        if own is not None:
            return own
        return self.parent.find(name) if self.parent else None

    def own(self, name: str) -> Found | None:
        """The declarations of this scope itself."""
        return None

    def lookup(self, name: str) -> Type | None:
        """The value of a name; None if nothing binds it."""
        return self.parent.lookup(name) if self.parent else None

    def type_parameter(self, name: str) -> TypeVariable | None:
        """The type parameter (PEP 695) of that name around here."""
        return self.parent.type_parameter(name) if self.parent else None

    def value_of(self, node: ast.Name) -> Type | None:
        """The value of a name where it is used."""
        return self.lookup(node.id)

    def reference(self, node: ast.Attribute | ast.Subscript, whole: Callable[[], Type]) -> Type:
        """The value of an attribute or item where it is used; `whole` is what its owner's class says of it anywhere."""
        return whole()

    def remembered(self, expression: ast.expr, compute: Callable[[ast.expr, Scope], Type]) -> Type:
        """The type of an expression, worked out by `compute` unless the scope knows it already."""
        return compute(expression, self)

    def inner(self, node: ast.Lambda | Comprehension) -> Scope:
        """The scope of a lambda or comprehension that stands in this one."""
        return InnerScope(node, self)

    def method(self) -> tuple[ClassInfo, Type] | None:
        """The class of the method around and its receiver, for `super()`."""
        return self.parent.method() if self.parent else None


class HiddenScope(Scope):
    """What is around a scope that is nested deeper than anybody writes: a name there may be anything."""

    def __init__(self, module: ModuleScope) -> None:
        super().__init__(module, None)

    def lookup(self, name: str) -> Type | None:
        """Unknown."""
        return UNKNOWN


class ModuleScope(Scope):
    """A module's names, then the builtins."""

    def __init__(self, program: Program, summary: Summary) -> None:
        self.program = program
        self.summary = summary
        self.meanings: dict[str, Type] = {}
        """What the module's own names mean in annotations, which one after the other asks."""
        super().__init__(self, None)

    def own(self, name: str) -> Found | None:
        """The module's own declarations of a name, or those of a module that it imports with `*`."""
        declarations = self.summary.names.get(name)
        if declarations is not None:
            return Found(self, declarations)
        return self.program.remember(("star", self.path, name), lambda: self._starred(name), None)

    def _starred(self, name: str) -> Found | None:
        for star in self.summary.stars:
            module = self.program.module(star, self.path)
            if module is None or module is self:
                continue
            if module.exports(name):
                found = module.own(name) or module.listed_module(name)
                if found is not None:
                    return found
        return None

    def listed_module(self, name: str) -> Found | None:
        """A module of this package that `__all__` lists, which `from package import *` then imports."""
        listed, full = self.summary.exports, f"{self.summary.name}.{name}"
        if listed is None or name not in listed.names or not self.summary.is_package:
            return None
        return None if self.program.module(full, self.path) is None else Found(self, (Import(full),))

    def exports(self, name: str) -> bool:
        """Whether `from module import *` takes a name."""
        listed = self.summary.exports
        if listed is None:
            return not name.startswith("_") and not self.summary.hides(name)
        if listed.is_open or name in listed.names:
            return True
        if not listed.modules:
            return False
        return self.program.remember(("exports", self.path, name), lambda: self._exported_by_part(name), False)

    def _exported_by_part(self, name: str) -> bool:
        listed = self.summary.exports
        parts = [self.program.module(part, self.path) for part in (listed.modules if listed else ())]
        return any(part is None or (part is not self and part.exports(name)) for part in parts)

    def find(self, name: str) -> Found | None:
        """The module's declarations of a name, else those of the builtins."""
        own = self.own(name)
        if own is not None or self.summary.name == "builtins":
            return own
        builtins = self.program.module("builtins", "")
        return builtins.own(name) if builtins else None

    def lookup(self, name: str) -> Type | None:
        """The value of a name in this module or the builtins."""
        found = self.member(name)
        if found is not None or self.summary.name == "builtins":
            return found
        builtins = self.program.module("builtins", "")
        return builtins.member(name) if builtins else None

    def member(self, name: str) -> Type | None:
        """The value of a name that this module itself binds."""
        otherwise: Type | None = UNKNOWN
        return self.program.remember(("member", self.path, name), lambda: self._member(name), otherwise)

    def _member(self, name: str) -> Type | None:
        from coroscope.model.declarations import type_of

        if self.summary.name in SPECIAL_MODULES:
            if name in SPECIAL_FORMS:
                return SpecialForm(name)
            if name in ALIASES:
                cls = self.program.class_named(*ALIASES[name])
                return UNKNOWN if cls is None else ClassObject(cls)
        found = self.own(name)
        if found is not None:
            return type_of(found)
        if self.is_complete:
            return None
        return UNKNOWN

    @property
    def is_complete(self) -> bool:
        """Whether every module that this one imports with `*` was found."""
        return all(self.program.module(star, self.path) is not None for star in self.summary.stars)

    def type_parameter(self, name: str) -> TypeVariable | None:
        """A module has none."""
        return None


class ClassScope(Scope):
    """A class body as its own statements and headers see it."""

    def __init__(self, cls: ClassInfo, parent: Scope) -> None:
        super().__init__(parent.module, parent)
        self.cls = cls

    def own(self, name: str) -> Found | None:
        """The class body's declarations of a name, for annotations: a variable of a declared type is none of a type."""
        declarations = self.cls.declaration.names.get(name)
        if declarations is None or all(_says_type(d) and not _is_alias(d) for d in declarations):
            return None
        return Found(self, declarations)

    def lookup(self, name: str) -> Type | None:
        """The value of a name that the class body binds, or of one around it."""
        declarations = self.cls.declaration.names.get(name, ())
        is_bound = any(not _says_type(declaration) or declaration.value is not None for declaration in declarations)
        found = self.cls.own_member(name) if is_bound else None
        return found if found is not None else super().lookup(name)

    def type_parameter(self, name: str) -> TypeVariable | None:
        """The type parameter of the class, or of what is around."""
        parameters = self.cls.declaration.type_parameters
        own = type_parameter(name, parameters, f"{self.path}:{self.cls.qualname}", self) if parameters else None
        return own or super().type_parameter(name)


def _says_type(declaration: Declaration) -> TypeGuard[Variable]:
    return isinstance(declaration, Variable) and declaration.annotation is not None


def _is_alias(variable: Variable) -> bool:
    return (variable.annotation or "").endswith(("TypeAlias", "Final", "ClassVar"))


class EarlierScope(Scope):
    """A class body as one of its statements sees it: only the names that were bound before."""

    def __init__(self, around: ClassScope, names: frozenset[str]) -> None:
        super().__init__(around.module, around)
        self.around = around
        self.names = names

    def find(self, name: str) -> Found | None:
        """The declarations behind a name that was bound before, or around the class."""
        return self._seen(name).find(name)

    def lookup(self, name: str) -> Type | None:
        """The value of a name that was bound before, or around the class."""
        return self._seen(name).lookup(name)

    def _seen(self, name: str) -> Scope:
        return self.around if name in self.names else self.around.parent or self.around.module


class HeaderScope(Scope):
    """The type parameters of a function, seen by its annotations."""

    def __init__(self, declaration: Function | Alias, home: str, parent: Scope) -> None:
        super().__init__(parent.module, parent)
        self.declaration = declaration
        self.home = home

    def type_parameter(self, name: str) -> TypeVariable | None:
        """The type parameter of the function, or of what is around."""
        own = type_parameter(name, self.declaration.type_parameters, self.home, self)
        return own or super().type_parameter(name)

    def lookup(self, name: str) -> Type | None:
        """The value of a name around; a type parameter stands for itself."""
        return type_parameter(name, self.declaration.type_parameters, self.home, self) or super().lookup(name)


class InnerScope(Scope):
    """A lambda or comprehension of a declaration: its own names first."""

    def __init__(self, node: ast.Lambda | Comprehension, parent: Scope) -> None:
        super().__init__(parent.module, parent)
        self.node = node

    def lookup(self, name: str) -> Type | None:
        """The type of a parameter or loop variable, or the value of a name around."""
        if isinstance(self.node, ast.Lambda):
            arguments = self.node.args
            every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg]
            return UNKNOWN if any(arg is not None and arg.arg == name for arg in every) else super().lookup(name)
        return self._loop_variable(self.node, name) or super().lookup(name)

    def _loop_variable(self, node: Comprehension, name: str) -> Type | None:
        from coroscope.model.infer import infer
        from coroscope.model.protocols import async_iterated, iterated

        for index, generator in enumerate(node.generators):
            target = generator.target
            if isinstance(target, ast.Name) and target.id == name:
                around = self.parent if index == 0 and self.parent else self
                values = infer(generator.iter, around)
                return (async_iterated if generator.is_async else iterated)(values, self.program)
            if any(isinstance(inner, ast.Name) and inner.id == name for inner in ast.walk(target)):
                return UNKNOWN
        return None


def targets(found: Found) -> list[Found]:
    """The declarations behind a name, imports followed: several where it is imported in branches, none where no import
    leads to a declaration.
    """
    ends: list[Found] = []
    waiting = [found]
    for _ in range(_LONGEST_CHAIN):
        if not waiting:
            break
        here = waiting.pop()
        in_force = effective(here.declarations)
        imports = [declaration for declaration in in_force if isinstance(declaration, Import)]
        if not imports:
            ends.append(here)
            continue
        other = tuple(declaration for declaration in in_force if not isinstance(declaration, Import))
        if other:
            ends.append(Found(here.scope, other))
        nearer = [_imported_by(declaration, here.scope) for declaration in imports]
        waiting += [next_ for next_ in reversed(nearer) if next_ is not None and next_ != here]
    return ends


def _imported_by(declaration: Import, scope: Scope) -> Found | None:
    """The declarations that an import names; None for a module, and for what is not there."""
    module = scope.program.module(declaration.module, scope.path) if declaration.name is not None else None
    if module is None or declaration.name is None or module.summary.hides(declaration.name):
        return None
    own = module.own(declaration.name)
    if own is None and declaration.name in SPECIAL_FORMS and module.summary.name in SPECIAL_MODULES:
        return Found(module, (Variable("_SpecialForm"),))
    return own


def module_member(module: ModuleObject, name: str, program: Program) -> Type:
    """An attribute of a module: a name that it binds, else a submodule."""
    scope = program.module(module.name, module.importer)
    found = scope.member(name) if scope and not scope.summary.hides(name) else None
    if found is not None and found is not UNKNOWN:
        return found
    full = f"{module.name}.{name}"
    if program.module(full, module.importer) is not None or scope is None:
        return ModuleObject(full, module.importer)
    return UNKNOWN if found is not None else made_on_demand(scope)


def made_on_demand(module: ModuleScope) -> Type:
    """What a name is that a module does not bind: what its own `__getattr__` is annotated to make (PEP 562)."""
    from coroscope.model.calls import declared_result
    from coroscope.model.declarations import function_object

    found = module.own("__getattr__")
    last = found.declarations[-1] if found is not None else None
    if found is None or not isinstance(last, Function) or last.returns is None:
        return UNKNOWN
    return declared_result(function_object(last, found.scope))


def alternatives(bound: Sequence[tuple[bool, Type]]) -> list[Type]:
    """What a name can be that is bound in several branches, of each of which is known if it imports.

    Where two import it, one that leads nowhere does not count beside one that does: the module is missing, so the
    program takes the other branch.
    """
    if any(imports and type_ != UNKNOWN for imports, type_ in bound):
        return [type_ for imports, type_ in bound if not imports or type_ != UNKNOWN]
    return [type_ for _, type_ in bound]


def effective(declarations: tuple[Declaration, ...]) -> tuple[Declaration, ...]:
    """The declarations that can be in force at the end of a scope: the last unconditional one and what follows it."""
    start = 0
    for index, declaration in enumerate(declarations):
        if not declaration.conditional:
            start = index
    return declarations[start:]
