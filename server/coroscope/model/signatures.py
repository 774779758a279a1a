"""What a function takes: its parameters, their types, and which argument of a call goes to which."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from coroscope.model.matching import assignable
from coroscope.model.scopes import ClassScope, HeaderScope, Scope
from coroscope.model.summary import Function, Parameter
from coroscope.model.types import (
    NEVER,
    NONE,
    UNKNOWN,
    CallableType,
    ClassObject,
    FunctionObject,
    Instance,
    Type,
    TypeVariable,
    union,
)

if TYPE_CHECKING:
    from coroscope.model.classes import ClassInfo

Lazy = Callable[[], Type]
_NOTHING: Mapping[str, Type] = {}


@dataclass(frozen=True, slots=True)
class Arguments:
    """The arguments of a call, each worked out only when it matters.

    `spread` and `spread_keywords` tell that `*args` or `**kwargs` add an unknown number; `rest` are the positional
    ones from the first `*args` on, each of which may be there any number of times.
    """

    positional: tuple[Lazy, ...] = ()
    keywords: Mapping[str, Lazy] = field(default_factory=dict)
    spread: bool = False
    spread_keywords: bool = False
    rest: tuple[Lazy, ...] = ()


def parameter_type(function: FunctionObject, parameter: Parameter) -> Type | None:
    """The annotated type of a parameter, type variables open; None if it has no annotation."""
    from coroscope.model.annotations import annotation_text

    if parameter.annotation is None:
        return None
    annotated = parameter.annotation
    key = ("annotation", function.scope, function.declaration, annotated)
    return function.scope.program.remember(key, lambda: annotation_text(annotated, header(function)), UNKNOWN)


def header(function: FunctionObject) -> Scope:
    """The scope in which a function's annotations are read."""
    declaration = function.declaration
    if not declaration.type_parameters:
        return function.scope
    return HeaderScope(declaration, f"{function.scope.path}:{declaration.qualname}", function.scope)


def parameters_of(function: FunctionObject) -> tuple[Parameter, ...]:
    """The parameters that a caller fills: without the receiver of a bound method, and of a class method."""
    every = function.declaration.parameters
    is_bound = function.bound is not None or "classmethod" in function.declaration.decorators
    return every[1:] if is_bound and every and every[0].kind in ("positional", "normal") else every


def matched(function: FunctionObject, arguments: Arguments) -> Iterator[tuple[Parameter, Lazy]]:
    """Pairs of parameter and argument, as far as they can be told."""
    parameters = parameters_of(function)
    by_position = [p for p in parameters if p.kind in ("positional", "normal")]
    rest = next((p for p in parameters if p.kind == "rest"), None)
    for index, argument in enumerate(arguments.positional):
        if index < len(by_position):
            yield by_position[index], argument
        elif rest is not None:
            yield rest, argument
    for argument in arguments.rest:
        for unfilled in by_position[len(arguments.positional) :]:
            if unfilled.default is None and unfilled.name not in arguments.keywords:
                yield unfilled, argument
        if rest is not None:
            yield rest, argument
    names = {p.name: p for p in parameters if p.kind in ("normal", "keyword")}
    others = next((p for p in parameters if p.kind == "keywords"), None)
    for name, argument in arguments.keywords.items():
        parameter = names.get(name) or others
        if parameter is not None:
            yield parameter, argument


def inside(
    cls: ClassInfo, method: str, receiver: Type | None = None, given: Mapping[str, Type] = _NOTHING
) -> Scope | None:
    """The scope of a method's closed expressions: its parameters, then what is around its class.

    `receiver` is what the method is called on, if not just any instance of the class, `given` what other names mean.
    """
    from coroscope.model.declarations import function_object

    declarations = cls.declaration.names.get(method, ())
    function = next((d for d in reversed(declarations) if isinstance(d, Function)), None)
    if function is None:
        return None
    own = {} if receiver is None or not function.parameters else {function.parameters[0].name: receiver}
    return ParameterScope(function_object(function, cls.scope), {**given, **own})


def receiver_of(function: FunctionObject) -> tuple[ClassInfo, Type] | None:
    """The class that a method is defined in and what its first parameter is; None for what has no receiver."""
    owner = function.owner
    if owner is None:
        return None
    kind = decorator_kind(function)
    if kind == "staticmethod":
        return None
    is_class = kind == "classmethod" or function.declaration.name in (
        "__new__",
        "__init_subclass__",
        "__class_getitem__",
    )
    return owner, ClassObject(owner, owner.parameters) if is_class else Instance(owner, owner.parameters)


def decorator_kind(function: FunctionObject) -> str | None:
    """`staticmethod` or `classmethod`, if a method is decorated as one."""
    from coroscope.model.infer import infer_text

    for text in function.declaration.decorators:
        if text in ("staticmethod", "classmethod", "abc.abstractclassmethod", "abc.abstractstaticmethod"):
            return text.rpartition(".")[2].removeprefix("abstract")
        if text.endswith("method"):
            made = infer_text(text, function.scope)
            if isinstance(made, ClassObject) and made.cls.name in ("staticmethod", "classmethod"):
                return made.cls.name
    return None


def argument_type(function: FunctionObject, parameter: Parameter, index: int) -> Type:
    """What a parameter is inside its function: by annotation, as receiver, by its callers, or by its default."""
    from coroscope.model.infer import infer_text
    from coroscope.model.passed import passed, passed_around

    annotated = parameter_type(function, parameter)
    program = function.scope.program
    if parameter.kind == "rest":
        return program.instance("builtins", "tuple", annotated or UNKNOWN)
    if parameter.kind == "keywords":
        if annotated is not None and (parameter.annotation or "").lstrip("'\"").partition("[")[0].endswith("Unpack"):
            return annotated  # a typed dictionary of all of them (PEP 692)
        return program.instance("builtins", "dict", program.instance("builtins", "str"), annotated or UNKNOWN)
    if index == 0:
        receiver = receiver_of(function)
        if receiver is not None and (annotated is None or _stands_for_receiver(annotated)):
            return receiver[1]
    if annotated is not None:
        if parameter.default == "None" and annotated != NONE:
            return union([annotated, NONE])
        return annotated
    if (known := passed(function, parameter)) is not None:
        return known
    around = passed_around(function, parameter) or UNKNOWN
    if parameter.default is None or parameter.default == "None":
        return union([around, UNKNOWN])
    return union([infer_text(parameter.default, function.scope), around, UNKNOWN])


def _stands_for_receiver(annotated: Type) -> bool:
    """Whether it is `T` or `type[T]`, as in `def copy(self: T) -> T`."""
    result = annotated.result if isinstance(annotated, CallableType) and annotated.parameters is None else annotated
    return isinstance(result, TypeVariable)


class ParameterScope(Scope):
    """The inside of a function as far as its declaration tells: its parameters, then what is around it."""

    def __init__(self, function: FunctionObject, given: Mapping[str, Type] = _NOTHING) -> None:
        around = header(function)
        while isinstance(around, ClassScope):
            around = around.parent or around.module
        super().__init__(around.module, around)
        self.function = function
        self.given = given

    def lookup(self, name: str) -> Type | None:
        """The type of a parameter, a function in this one, or the value of a name around."""
        if name in self.given:
            return self.given[name]
        for nested in self.function.declaration.nested:
            if nested.name == name:
                from coroscope.model.declarations import decorated

                return decorated(nested, self)
        for index, parameter in enumerate(self.function.declaration.parameters):
            if parameter.name == name:
                return argument_type(self.function, parameter, index)
        return super().lookup(name)

    def own(self, name: str) -> None:
        """Parameters are no declarations that annotations could name."""
        return

    def method(self) -> tuple[ClassInfo, Type] | None:
        """The class around and the receiver, for `super()`."""
        around, first = receiver_of(self.function), self.function.declaration.parameters[:1]
        if around is None or not first or first[0].name not in self.given:
            return around
        return around[0], self.given[first[0].name]


def suits_receiver(function: FunctionObject) -> bool | None:
    """Whether the receiver of a method suits the annotation of `self`; True for what has neither."""
    first = function.declaration.parameters[:1]
    wanted = parameter_type(function, first[0]) if function.bound is not None and first else None
    if function.bound is None or wanted is None:
        return True
    return _suits_receiver(function.bound, wanted, function.scope)


def _suits_receiver(receiver: Type, wanted: Type, scope: Scope) -> bool | None:
    """Whether a receiver suits the annotation of `self`, which may ask for type arguments (`self: Box[int]`)."""
    answer = assignable(receiver, wanted, scope)
    if answer and isinstance(receiver, Instance) and isinstance(wanted, Instance) and receiver.cls is wanted.cls:
        for mine, theirs in zip(receiver.args, wanted.args, strict=False):
            if theirs == NEVER and mine not in (NEVER, UNKNOWN):
                return False
            one = True if isinstance(theirs, TypeVariable) else assignable(mine, theirs, scope)
            if one is False:
                return False
            answer = answer and one
    return answer


def fits_in_number(function: FunctionObject, arguments: Arguments) -> bool:
    """Whether a function takes as many arguments, under these names."""
    parameters = parameters_of(function)
    kinds = {p.kind for p in parameters}
    by_position = [p for p in parameters if p.kind in ("positional", "normal")]
    given = len(arguments.positional)
    if given > len(by_position) and "rest" not in kinds:
        return False
    names = {p.name for p in parameters if p.kind in ("normal", "keyword")}
    if "keywords" not in kinds and any(name not in names for name in arguments.keywords):
        return False
    missing = [p for p in parameters if p.default is None and p.name not in arguments.keywords]
    if not arguments.spread_keywords and any(p.kind == "keyword" for p in missing):
        return False
    if arguments.spread or arguments.spread_keywords:
        return True
    return not any(p in missing for p in by_position[given:])
