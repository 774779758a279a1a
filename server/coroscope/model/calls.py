"""What a call makes: signatures, type variables bound by arguments, overloads, constructors."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from coroscope.model.matching import assignable, unify
from coroscope.model.scopes import ClassScope, HeaderScope, Scope
from coroscope.model.summary import Function, Parameter
from coroscope.model.types import (
    NONE,
    SELF,
    UNKNOWN,
    CallableType,
    ClassObject,
    FunctionObject,
    Instance,
    MethodWrapper,
    Overloads,
    Type,
    TypeVariable,
    Union,
    each,
    settled,
    substitute,
    union,
    variables,
    without_none,
)

if TYPE_CHECKING:
    from coroscope.model.classes import ClassInfo

Lazy = Callable[[], Type]
_WORDS = re.compile(r"[^\W\d]\w*")
_SINGLE = ("positional", "normal", "keyword")
_NOTHING: Mapping[str, Type] = {}
_DEEPEST = 4


@dataclass(frozen=True, slots=True)
class Arguments:
    """The arguments of a call, each worked out only when it matters.

    `spread` and `spread_keywords` tell that `*args` or `**kwargs` add an unknown number.
    """

    positional: tuple[Lazy, ...] = ()
    keywords: Mapping[str, Lazy] = field(default_factory=dict)
    spread: bool = False
    spread_keywords: bool = False


def call(function: Type, arguments: Arguments, scope: Scope) -> Type:
    """What calling a value makes; Unknown if it cannot be called or nothing can be said."""
    match function:
        case Union():
            return each(without_none(function), lambda member: call(member, arguments, scope))
        case FunctionObject():
            return call_function(function, arguments)
        case Overloads():
            return _call_overloads(function, arguments)
        case ClassObject():
            return _construct(function, arguments)
        case CallableType():
            return _call_callable(function, arguments)
        case MethodWrapper():
            return call(function.function, arguments, scope)
        case Instance():
            from coroscope.model.attributes import special_method

            method = special_method(function, "__call__", scope.program)
            return UNKNOWN if method is None or method == function else call(method, arguments, scope)
    return UNKNOWN


def call_with(function: Type, types: list[Type], scope: Scope) -> Type:
    """What calling a value with positional arguments of these types makes."""
    return call(function, Arguments(tuple(_constant(type_) for type_ in types)), scope)


def call_function(function: FunctionObject, arguments: Arguments) -> Type:
    """What calling a function makes, its type variables bound by its receiver and its arguments."""
    result = _result_by_arguments(function, arguments) or declared_result(function)
    open_ = set(variables(result))
    if not open_:
        return result
    bindings = dict(function.bindings)
    receiver = function.bound
    if receiver is not None:
        bindings[SELF] = Instance(receiver.cls, receiver.args) if isinstance(receiver, ClassObject) else receiver
    if open_ - bindings.keys():
        for parameter, argument in matched(function, arguments):
            wanted = parameter_type(function, parameter)
            if wanted is not None and open_ & set(variables(wanted)):
                unify(wanted, argument(), bindings)
        first = function.declaration.parameters[:1]
        if receiver is not None and first and first[0].annotation:
            unify(parameter_type(function, first[0]) or UNKNOWN, receiver, bindings)
    return settled(substitute(result, bindings))


def _result_by_arguments(function: FunctionObject, arguments: Arguments) -> Type | None:
    """What an un-annotated function makes of these very arguments; None where its declaration tells as much."""
    declaration, program = function.declaration, function.scope.program
    if declaration.returns is not None or declaration.is_generator or not declaration.results:
        return None
    words = {word for text in declaration.results if text for word in _WORDS.findall(text)}
    words |= {word for inner in declaration.nested for text in inner.results if text for word in _WORDS.findall(text)}
    bare = {p.name for p in parameters_of(function) if p.annotation is None} & words
    if not bare or program.depth_of_calls >= _DEEPEST:
        return None
    program.depth_of_calls += 1
    try:
        given = {
            p.name: argument() for p, argument in matched(function, arguments) if p.name in bare and p.kind in _SINGLE
        }
        given = {name: type_ for name, type_ in given.items() if type_ != UNKNOWN}
        if not given:
            return None
        return _wrapped(function, _inferred_result(function, given))
    finally:
        program.depth_of_calls -= 1


def signature_text(function: FunctionObject) -> str:
    """A function as type checkers print it: `(x: int, *args: Any) -> str`."""
    shown = []
    for parameter in parameters_of(function):
        star = {"rest": "*", "keywords": "**"}.get(parameter.kind, "")
        annotated = parameter_type(function, parameter)
        text = star + parameter.name + (f": {annotated}" if annotated is not None else "")
        shown.append(text + (" = ..." if parameter.default is not None else ""))
    return f"({', '.join(shown)}) -> {call_function(function, Arguments(spread=True, spread_keywords=True))}"


def declared_result(function: FunctionObject) -> Type:
    """What a call makes as the function itself tells it, type variables open."""
    key = ("result", function.scope, function.declaration)
    return function.scope.program.remember(key, lambda: _declared_result(function), UNKNOWN)


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
    """The parameters that a caller fills: without the receiver of a bound method."""
    every = function.declaration.parameters
    return every[1:] if function.bound is not None and every and every[0].kind in ("positional", "normal") else every


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
    names = {p.name: p for p in parameters if p.kind in ("normal", "keyword")}
    others = next((p for p in parameters if p.kind == "keywords"), None)
    for name, argument in arguments.keywords.items():
        parameter = names.get(name) or others
        if parameter is not None:
            yield parameter, argument


def inside(cls: ClassInfo, method: str) -> Scope | None:
    """The scope of a method's closed expressions: its parameters, then what is around its class."""
    from coroscope.model.declarations import function_object

    declarations = cls.declaration.names.get(method, ())
    function = next((d for d in reversed(declarations) if isinstance(d, Function)), None)
    return None if function is None else ParameterScope(function_object(function, cls.scope))


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
        return receiver_of(self.function)


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
    """What a parameter is inside its function: by annotation, as receiver, or by its default."""
    from coroscope.model.infer import infer_text

    annotated = parameter_type(function, parameter)
    program = function.scope.program
    if parameter.kind == "rest":
        return program.instance("builtins", "tuple", annotated or UNKNOWN)
    if parameter.kind == "keywords":
        return program.instance("builtins", "dict", program.instance("builtins", "str"), annotated or UNKNOWN)
    if index == 0:
        receiver = receiver_of(function)
        if receiver is not None and (annotated is None or isinstance(annotated, TypeVariable)):
            return receiver[1]
    if annotated is not None:
        if parameter.default == "None" and annotated != NONE:
            return union([annotated, NONE])
        return annotated
    if parameter.default is None or parameter.default == "None":
        return UNKNOWN
    return union([infer_text(parameter.default, function.scope), UNKNOWN])


def _declared_result(function: FunctionObject) -> Type:
    from coroscope.model.annotations import annotation_text

    declaration, program = function.declaration, function.scope.program
    if declaration.returns is not None:
        result = annotation_text(declaration.returns, header(function))
    elif declaration.is_generator:
        name = "AsyncGenerator" if declaration.is_async else "Generator"
        return program.instance("typing", name, *[UNKNOWN] * (2 if declaration.is_async else 3))
    else:
        result = _inferred_result(function, {})
    return _wrapped(function, result)


def _wrapped(function: FunctionObject, result: Type) -> Type:
    """The result as a caller has it: in a coroutine, if the function is `async def`."""
    if function.declaration.is_async and not function.declaration.is_generator:
        return function.scope.program.instance("types", "CoroutineType", UNKNOWN, UNKNOWN, result)
    return result


def _inferred_result(function: FunctionObject, given: Mapping[str, Type]) -> Type:
    """What the `return` statements return, with these types for some parameters."""
    from coroscope.model.infer import infer_text

    declaration = function.declaration
    if declaration.hollow or declaration.raises is not None or function.scope.module.summary.is_stub:
        return UNKNOWN
    if not declaration.results:
        return NONE
    scope = ParameterScope(function, given)
    return settled(union(UNKNOWN if text is None else infer_text(text, scope) for text in declaration.results))


def made_by_body(callee: Type) -> Type:
    """What the body of a method returns for its very receiver, whatever the annotation says; Unknown for all else."""
    function = callee.items[0] if isinstance(callee, Overloads) else callee
    if not isinstance(function, FunctionObject) or function.owner is None or function.bound is None:
        return UNKNOWN
    last = function.owner.declaration.names.get(function.declaration.name, ())[-1:]
    if not last or not isinstance(last[0], Function) or not last[0].results or not last[0].parameters:
        return UNKNOWN
    body = FunctionObject(last[0], function.scope, function.owner, function.bound, function.bindings)
    return _wrapped(body, _inferred_result(body, {last[0].parameters[0].name: function.bound}))


def _call_overloads(function: Overloads, arguments: Arguments) -> Type:
    possible: list[Type] = []
    for item in function.items:
        fits = _fits(item, arguments)
        if fits is False:
            continue
        possible.append(call_function(item, arguments))
        if fits:
            break
    if len(set(possible)) > 1:
        return union([*possible, UNKNOWN])
    return possible[0] if possible else UNKNOWN


def _fits(function: FunctionObject, arguments: Arguments) -> bool | None:
    """Whether the arguments of a call fit a signature."""
    if not _fits_in_number(function, arguments):
        return False
    answer: bool | None = True
    for parameter, argument in matched(function, arguments):
        wanted = parameter_type(function, parameter)
        if wanted is None:
            continue
        one = assignable(argument(), wanted, function.scope)
        if one is False:
            return False
        if one is None:
            answer = None
    first = function.declaration.parameters[:1]
    if function.bound is not None and first and first[0].annotation:
        wanted = parameter_type(function, first[0])
        one = None if wanted is None else assignable(function.bound, wanted, function.scope)
        if one is False:
            return False
        answer = answer and one
    return None if arguments.spread or arguments.spread_keywords else answer


def _fits_in_number(function: FunctionObject, arguments: Arguments) -> bool:
    parameters = parameters_of(function)
    kinds = {p.kind for p in parameters}
    by_position = [p for p in parameters if p.kind in ("positional", "normal")]
    given = len(arguments.positional)
    if given > len(by_position) and "rest" not in kinds:
        return False
    names = {p.name for p in parameters if p.kind in ("normal", "keyword")}
    if "keywords" not in kinds and any(name not in names for name in arguments.keywords):
        return False
    if arguments.spread or arguments.spread_keywords:
        return True
    needed = [*by_position[given:], *(p for p in parameters if p.kind == "keyword")]
    return all(p.default is not None or p.name in arguments.keywords for p in needed)


def _construct(class_: ClassObject, arguments: Arguments) -> Type:
    """What calling a class makes."""
    cls = class_.cls
    if cls.is_("builtins", "type"):
        return _type_of(arguments)
    made = Instance(cls, class_.args)
    new = cls.member("__new__")
    if (
        new is not None
        and isinstance(new.type, (FunctionObject, Overloads))
        and not new.owner.is_("builtins", "object")
    ):
        other = _made_by_new(new.type, class_, arguments)
        if other is not None:
            return other
    if class_.args or not cls.parameters:
        return made
    init = cls.member("__init__")
    if init is None or init.owner.is_("builtins", "object"):
        init = new
    bindings = {} if init is None else _class_arguments(cls, init.type, arguments)
    return Instance(cls, tuple(settled(substitute(bindings.get(p, UNKNOWN), bindings)) for p in cls.parameters))


def _class_arguments(cls: ClassInfo, init: Type, arguments: Arguments) -> dict[TypeVariable, Type]:
    """What the arguments of a constructor (`__init__` or `__new__`) tell of the class's type parameters."""
    bindings: dict[TypeVariable, Type] = {}
    if not isinstance(init, (FunctionObject, Overloads)):
        return bindings
    functions = init.items if isinstance(init, Overloads) else (init,)
    receiver = Instance(cls, cls.parameters)
    for function in functions:
        bound = FunctionObject(function.declaration, function.scope, function.owner, receiver, function.bindings)
        if len(functions) > 1 and _fits(bound, arguments) is False:
            continue
        first = function.declaration.parameters[0]
        own = parameter_type(function, first) if first.annotation else None
        if isinstance(own, Instance) and own.cls is cls:
            bindings.update(zip(cls.parameters, own.args, strict=False))
        for parameter, argument in matched(bound, arguments):
            wanted = parameter_type(bound, parameter)
            if wanted is not None and any(True for _ in variables(wanted)):
                unify(substitute(wanted, dict(function.bindings)), argument(), bindings)
        break
    return bindings


def _made_by_new(new: FunctionObject | Overloads, class_: ClassObject, arguments: Arguments) -> Type | None:
    """What `__new__` makes, if it says something other than an instance of the class."""
    items = new.items if isinstance(new, Overloads) else (new,)
    functions = tuple(FunctionObject(f.declaration, f.scope, f.owner, class_, f.bindings) for f in items)
    if all(f.declaration.returns is None for f in functions):
        return None
    result = call(Overloads(functions) if len(functions) > 1 else functions[0], arguments, items[0].scope)
    if isinstance(result, Instance) and result.cls is not class_.cls:
        return result
    return result if isinstance(result, Instance) and result.args and not class_.args else None


def _type_of(arguments: Arguments) -> Type:
    if len(arguments.positional) != 1:
        return UNKNOWN
    value = arguments.positional[0]()
    return ClassObject(value.cls, value.args) if isinstance(value, Instance) else UNKNOWN


def _call_callable(function: CallableType, arguments: Arguments) -> Type:
    result = function.result
    if not any(True for _ in variables(result)):
        return result
    bindings: dict[TypeVariable, Type] = {}
    if isinstance(function.parameters, tuple):
        for wanted, argument in zip(function.parameters, arguments.positional, strict=False):
            unify(wanted, argument(), bindings)
    return settled(substitute(result, bindings))


def _constant(type_: Type) -> Lazy:
    return lambda: type_
