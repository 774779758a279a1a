"""What a call makes: results by annotation or by body, type variables bound by arguments."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator

from coroscope.model.constructors import construct
from coroscope.model.overloads import call_overloads
from coroscope.model.returns import inferred_result, receiver_given, words_of
from coroscope.model.scopes import Scope
from coroscope.model.signatures import Arguments, ParameterScope, header, matched, parameter_type, parameters_of
from coroscope.model.substitution import settled, solved, substitute, variables
from coroscope.model.summary import Function
from coroscope.model.types import (
    NEVER,
    SELF,
    UNKNOWN,
    CallableType,
    ClassObject,
    FunctionObject,
    Instance,
    MethodWrapper,
    NeverType,
    Overloads,
    Type,
    TypeVariable,
    Union,
    each,
    members,
    result_text,
    union,
    without_none,
)
from coroscope.model.unifying import unify
from coroscope.syntax import parse_expression

Lazy = Callable[[], Type]
_OF_GENERATORS = (
    ("typing", "AsyncIterable"),
    ("typing", "AsyncIterator"),
    ("typing", "AsyncGenerator"),
    ("typing", "AsyncContextManager"),
    ("contextlib", "AbstractAsyncContextManager"),
)
_SINGLE = ("positional", "normal", "keyword")
_CONSTANTS = ("None", "True", "False")
_DEEPEST = 4


def call(function: Type, arguments: Arguments, scope: Scope) -> Type:
    """What calling a value makes; Unknown if it cannot be called or nothing can be said."""
    match function:
        case Union():
            return each(without_none(function), lambda member: call(member, arguments, scope))
        case FunctionObject():
            return call_function(function, arguments)
        case Overloads():
            return call_overloads(function, arguments, call_function)
        case ClassObject():
            return construct(function, arguments)
        case CallableType():
            return _call_callable(function, arguments)
        case MethodWrapper():
            return call(function.function, arguments, scope)
        case TypeVariable(bound=bound) if bound is not None:
            return call(bound, arguments, scope)
        case NeverType():
            return NEVER
        case Instance():
            from coroscope.model.attributes import special_method

            method = special_method(function, "__call__", scope.program)
            return UNKNOWN if method is None or isinstance(method, Instance) else call(method, arguments, scope)
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
    if receiver is None and function.owner is not None and SELF in open_ and arguments.positional:
        receiver = arguments.positional[0]()  # a method got from its class, or `__new__`
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
    return solved(result, bindings)


def _result_by_arguments(function: FunctionObject, arguments: Arguments) -> Type | None:
    """What an un-annotated function makes of these very arguments; None where its declaration tells as much."""
    declaration, program = function.declaration, function.scope.program
    if declaration.returns is not None or declaration.is_generator or not declaration.results:
        return None
    words = words_of(declaration)
    if words.isdisjoint(p.name for p in parameters_of(function) if p.annotation is None):
        return None
    if program.depth_of_calls >= _DEEPEST:
        program.cut_short()
        return None
    program.depth_of_calls += 1
    try:
        given = {name: type_ for name, type_ in _given(function, arguments, words) if type_ != UNKNOWN}
        if not given:
            return None
        key = ("result of", function.scope, declaration, *receiver_given(function).values(), *given.items())
        return program.remember(key, lambda: _wrapped(function, inferred_result(function, given)), UNKNOWN)
    finally:
        program.depth_of_calls -= 1


def _given(function: FunctionObject, arguments: Arguments, words: set[str]) -> Iterator[tuple[str, Type]]:
    """What a call gives to the un-annotated parameters of these names; to those that it leaves out, their defaults."""
    from coroscope.model.infer import infer_text

    passed = set()
    for parameter, argument in matched(function, arguments):
        passed.add(parameter.name)
        if parameter.annotation is None and parameter.name in words and parameter.kind in _SINGLE:
            yield parameter.name, argument()
    if arguments.spread or arguments.spread_keywords:
        return
    for parameter in parameters_of(function):
        if parameter.default in _CONSTANTS and parameter.annotation is None and parameter.name in words - passed:
            yield parameter.name, infer_text(parameter.default, function.scope)


def signature_text(function: FunctionObject) -> str:
    """A function as type checkers print it: `(x: int, *args: Any) -> str`."""
    shown = []
    for parameter in parameters_of(function):
        star = {"rest": "*", "keywords": "**"}.get(parameter.kind, "")
        annotated = parameter_type(function, parameter)
        text = star + parameter.name + (f": {annotated}" if annotated is not None else "")
        shown.append(text + (" = ..." if parameter.default is not None else ""))
    result = call_function(function, Arguments(spread=True, spread_keywords=True))
    return f"({', '.join(shown)}) -> {result_text(result)}"


def declared_result(function: FunctionObject) -> Type:
    """What a call makes as the function itself tells it, type variables open."""
    key = ("result", function.scope, function.declaration, *receiver_given(function).values())
    return function.scope.program.remember(key, lambda: _declared_result(function), UNKNOWN)


def _declared_result(function: FunctionObject) -> Type:
    from coroscope.model.annotations import annotation_text

    declaration = function.declaration
    if declaration.returns is not None:
        result = annotation_text(declaration.returns, header(function))
        if result == UNKNOWN and declaration.results and not declaration.is_async:
            result = _hidden_awaitable(function)
    else:
        result = inferred_result(function, {})
    return _wrapped(function, result)


def _hidden_awaitable(function: FunctionObject) -> Type:
    """What a function annotated with `Any` returns, if that is always an awaitable; else Unknown."""
    from coroscope.model.protocols import is_lazy

    result = inferred_result(function, {})
    return result if is_lazy(result) else UNKNOWN


def _wrapped(function: FunctionObject, result: Type) -> Type:
    """The result as a caller has it: in a coroutine, if the function is `async def`.

    In stubs, `async def f() -> AsyncIterator[int]: ...` is often meant for an async generator function, which no yield
    shows there, and `AsyncContextManager` for a decorated one: the result may be either.
    """
    if not function.declaration.is_async or function.declaration.is_generator:
        return result
    coroutine = function.scope.program.instance("types", "CoroutineType", UNKNOWN, UNKNOWN, result)
    if function.scope.module.summary.is_stub and _is_for_generators(result):
        return union([coroutine, result])
    return coroutine


def _is_for_generators(result: Type) -> bool:
    """Whether a result is what async generator functions make, or what `asynccontextmanager` makes of them."""
    if not isinstance(result, Instance):
        return False
    return any(result.cls.is_(module, name) for module, name in _OF_GENERATORS)


def made_by_body(callee: Type) -> Type:
    """What the body of a method returns for its very receiver, whatever the annotation says; Unknown for all else."""
    function = callee.items[0] if isinstance(callee, Overloads) else callee
    if not isinstance(function, FunctionObject) or function.owner is None or function.bound is None:
        return UNKNOWN
    last = function.owner.declaration.names.get(function.declaration.name, ())[-1:]
    if not last or not isinstance(last[0], Function) or not last[0].results or not last[0].parameters:
        return UNKNOWN
    body = FunctionObject(last[0], function.scope, function.owner, function.bound, function.bindings)
    return _wrapped(body, settled(inferred_result(body, {last[0].parameters[0].name: function.bound})))


def may_make_awaitable(callee: Type) -> bool:
    """Whether the body of an annotated function returns an awaitable on some path, whatever the annotation says.

    It may as well where a subclass has its own idea of the method that is called there.
    """
    from coroscope.model.infer import infer_text
    from coroscope.model.protocols import can_await

    if not isinstance(callee, FunctionObject) or not callee.declaration.returned:
        return False
    first = callee.declaration.parameters[:1]
    scope = ParameterScope(callee, {first[0].name: callee.bound} if first and callee.bound is not None else {})
    made = [member for text in callee.declaration.returned for member in members(infer_text(text, scope))]
    return any(can_await(member, scope.program) for member in made) or any(_is_overridden(callee))


def _is_overridden(function: FunctionObject) -> Iterator[bool]:
    """For each method of the receiver that a method returns a call of: whether a subclass overrides it."""
    owner, receiver, first = function.owner, function.bound, function.declaration.parameters[:1]
    if owner is None or not isinstance(receiver, Instance) or receiver.cls is owner or not first:
        return
    for text in function.declaration.returned:
        call = parse_expression(text)
        match call:
            case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=attr)) if name == first[0].name:
                own, base = receiver.cls.member(attr), owner.member(attr)
                yield own is not None and base is not None and own.owner is not base.owner


def _call_callable(function: CallableType, arguments: Arguments) -> Type:
    """What its result is: type variables that stand in its parameters, too, are bound by the arguments."""
    result, parameters = function.result, function.parameters
    if not any(True for _ in variables(result)):
        return result
    bindings: dict[TypeVariable, Type] = {}
    own: set[TypeVariable] = set()
    if isinstance(parameters, tuple):
        own.update(variable for wanted in parameters for variable in variables(wanted))
        for wanted, argument in zip(parameters, arguments.positional, strict=False):
            unify(wanted, argument(), bindings)
    elif isinstance(parameters, FunctionObject):
        types = {p: parameter_type(parameters, p) or UNKNOWN for p in parameters_of(parameters)}
        own.update(variable for wanted in types.values() for variable in variables(wanted))
        for parameter, argument in matched(parameters, arguments) if own else ():
            unify(types[parameter], argument(), bindings)
    return substitute(result, {variable: bindings.get(variable, UNKNOWN) for variable in own})


def _constant(type_: Type) -> Lazy:
    return lambda: type_
