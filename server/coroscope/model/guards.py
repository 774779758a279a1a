"""Code that knows better than the types: it asks at run time what a value is, or expects the mistake."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator

from coroscope.model.static import Target, truth
from coroscope.model.types import ClassObject, FunctionObject, Instance, Overloads, Type
from coroscope.nodes import BLOCKS, FUNCTIONS, ancestors, is_try, parent_of
from coroscope.syntax import Tree

_ASKS_IF_AWAITABLE = frozenset(
    {
        "isawaitable",
        "iscoroutine",
        "isfuture",
        "iscoroutinefunction",
        "is_async_callable",
        "is_coroutine_function",
    }
)
_ASKS_FOR_CLASS = frozenset({"isinstance"})
_ASKS = _ASKS_IF_AWAITABLE | _ASKS_FOR_CLASS | {"hasattr", "callable"}


def is_guarded(tree: Tree, node: ast.AST) -> bool:
    """Whether a condition around a node, or an earlier one in its function, asks what the same expression is."""
    return _is_tested(tree, node, _asks)


def is_asked_for_kind(tree: Tree, node: ast.AST) -> bool:
    """Whether such a condition asks a function, as in `isinstance(jobs, list)`; to be true or None is no kind."""
    return _is_tested(tree, node, _asks_function)


def is_asked_for_class(tree: Tree, node: ast.AST) -> bool:
    """Whether such a condition asks of which class it is."""
    return _is_tested(tree, node, lambda test, words: _asks_function(test, words, _ASKS_FOR_CLASS))


def _is_tested(tree: Tree, node: ast.AST, asks: Callable[[ast.expr, set[str]], bool]) -> bool:
    words = _words(node)
    if isinstance(node, ast.Call):
        return False
    for above in ancestors(node):
        test = above.test if isinstance(above, (ast.If, ast.IfExp, ast.While)) else None
        if test is not None and asks(test, words):
            return True
        if isinstance(above, ast.BoolOp) and any(asks(value, words) for value in above.values):
            return True
        if isinstance(above, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            conditions = tree.block(above).nodes_of((ast.If,))
            return any(isinstance(n, ast.If) and asks(n.test, words) for n in conditions)
    return parent_of(node) is None


def is_asked_between(tree: Tree, first: ast.AST, name: ast.Name) -> bool:
    """Whether a condition that stands behind a node, and before a name that is read, mentions the name."""
    begin, end = tree.span(first).end, tree.span(name).start
    for node in tree.block(name).nodes_of((ast.If, ast.IfExp, ast.While, ast.Match, ast.BoolOp, ast.Assert)):
        asked = node.subject if isinstance(node, ast.Match) else getattr(node, "test", node)
        if begin <= tree.span(asked).start and tree.span(asked).end <= end and not any(_parting(asked, first)):
            if any(isinstance(part, ast.Name) and part.id == name.id for part in ast.walk(asked)):
                return True
    return False


def is_told_apart(tree: Tree, node: ast.expr) -> bool:
    """Whether conditions may keep a coroutine from a node to which something else in the same variable comes.

    It comes through `if value is not None:` as any value does, and past an earlier `if value is None:`.
    """
    words = _words(node)
    if any(
        holds is None or holds is not _holds_for_values(test, words) for test, holds in _questions_around(node, words)
    ):
        return True
    earlier = (other for other in _questions_elsewhere(tree, node, words) if other.lineno < node.lineno)
    return any(other.orelse or _holds_for_values(other.test, words) is not False for other in earlier)


def is_handed_to_a_condition(tree: Tree, node: ast.expr) -> bool:
    """Whether a condition in the block around a node hands the same expression to a function: `if is_ready(node):`."""
    return tree.text(node) in _asked_in(tree, node)


def is_conditional(node: ast.AST, other: ast.AST) -> bool:
    """Whether a condition, a case or an exception decides if Python comes to a node, that does not about another."""
    around = dict(way_up(other))
    for above, below in way_up(node):
        if isinstance(above, (ast.If, ast.IfExp)) and below is not above.test:
            if above not in around or is_second(above, below) is not is_second(above, around[above]):
                return True
        if above in around:
            return False
        if isinstance(above, (ast.ExceptHandler, ast.match_case)):
            return True
    return False


def asked_around(tree: Tree, node: ast.AST, *, but_for: ast.AST | None = None) -> set[str]:
    """The names and attributes, as texts, of which the conditions ask that decide whether Python comes to a node.

    Those aside that decide as well whether Python comes to another, `but_for`.
    """
    shared = set() if but_for is None else set(ancestors(but_for))
    around = (above for above in ancestors(node) if above not in shared)
    tests = (above.test for above in around if isinstance(above, (ast.If, ast.IfExp)))
    parts = (part for test in tests for part in ast.walk(test) if isinstance(part, (ast.Name, ast.Attribute)))
    return {tree.text(part) for part in parts if not isinstance(parent_of(part), ast.Attribute)}


def is_before(node: ast.AST, other: ast.AST) -> bool:
    """Whether Python surely came to a node when it comes to another: none is a way around what the other one does."""
    around = set(ancestors(node))
    is_instead = any(isinstance(above, ast.ExceptHandler) and above not in around for above in ancestors(other))
    return not is_instead and not is_conditional(node, other)


def is_parted(node: ast.AST, other: ast.AST) -> bool:
    """Whether a condition that asks if something can be awaited sends Python to one of two nodes or to the other."""
    return any(asks_for_awaitable(condition.test) for condition in _parting(node, other))


def is_parting(node: ast.AST, other: ast.AST) -> bool:
    """Whether a condition sends Python to one of two nodes or to the other."""
    return any(True for _ in _parting(node, other))


def _parting(node: ast.AST, other: ast.AST) -> Iterator[ast.If | ast.IfExp]:
    """The conditions that send Python to one of two nodes or to the other."""
    around = dict(way_up(other))
    for above, below in way_up(node):
        if isinstance(above, (ast.If, ast.IfExp)) and above in around and below is not above.test:
            if is_second(above, below) is not is_second(above, around[above]):
                yield above


def _questions_around(node: ast.AST, words: set[str]) -> Iterator[tuple[ast.expr, bool | None]]:
    """The conditions around a node that ask what an expression of these words is.

    Each with whether it holds where Python comes to the node; None if that cannot be said.
    """
    for above, below in way_up(node):
        if isinstance(above, (ast.If, ast.IfExp, ast.While)) and _asks(above.test, words):
            if below is not above.test or not isinstance(below, ast.BoolOp):
                yield above.test, None if below is above.test else not is_second(above, below)
        if isinstance(above, ast.BoolOp):
            here = next(index for index, value in enumerate(above.values) if value is below)
            for index, value in enumerate(above.values):
                if _asks(value, words):
                    yield value, isinstance(above.op, ast.And) if index < here else None
        if isinstance(above, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            return


def _questions_elsewhere(tree: Tree, node: ast.AST, words: set[str]) -> Iterator[ast.If]:
    """The statements in a node's function, other than those around it, that ask so."""
    around = list(ancestors(node))
    function = next((above for above in around if isinstance(above, (*FUNCTIONS, ast.Lambda))), None)
    for other in () if function is None else tree.block(function).nodes_of((ast.If,)):
        if isinstance(other, ast.If) and other not in around and _asks(other.test, words):
            yield other


def _holds_for_values(test: ast.expr, words: set[str]) -> bool | None:
    """Whether a condition that asks if something is None, or true, holds for a coroutine; None if it asks for more."""
    match test:
        case ast.Name() | ast.Attribute() if _is_mentioned(test, words):
            return True
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            holds = _holds_for_values(operand, words)
            return None if holds is None else not holds
        case ast.BoolOp(op=op, values=values):
            decisive = isinstance(op, ast.Or)
            asked = [_holds_for_values(value, words) for value in values if _asks(value, words)]
            return decisive if decisive in asked else None if None in asked else not decisive
        case ast.Compare(left=left, ops=[op], comparators=[ast.Constant(value=None)]) if _is_mentioned(left, words):
            return isinstance(op, ast.IsNot) if isinstance(op, (ast.Is, ast.IsNot)) else None
    return None


def _words(node: ast.AST) -> set[str]:
    """The names and attributes in an expression."""
    names = {name.id for name in ast.walk(node) if isinstance(name, ast.Name)}
    return names | {name.attr for name in ast.walk(node) if isinstance(name, ast.Attribute)}


def asks_for_awaitable(test: ast.expr) -> bool:
    """Whether a condition calls a function that tells awaitables, or what makes them, from other values."""
    calls = (part for part in ast.walk(test) if isinstance(part, ast.Call))
    return any(getattr(call.func, "attr", getattr(call.func, "id", "")) in _ASKS_IF_AWAITABLE for call in calls)


def way_up(node: ast.AST) -> Iterator[tuple[ast.AST, ast.AST]]:
    """The nodes around a node, inside out, each with its child on the way."""
    below = node
    for above in ancestors(node):
        yield above, below
        below = above


def is_second(condition: ast.If | ast.IfExp | ast.While, child: ast.AST) -> bool:
    """Whether a child of a condition is in the branch for what does not hold."""
    return child is condition.orelse if isinstance(condition, ast.IfExp) else child in condition.orelse


def is_chosen(tree: Tree, call: ast.Call, type_of: Callable[[ast.expr], Type]) -> bool:
    """Whether a condition asks a function about what is called: `if iscoroutinefunction(f): await f()`, `else: f()`.

    Or about the object whose method is called, or another of its methods, if the branches use the call in different
    ways. In the branch for what makes awaitables that is known, and nothing is left to choose.
    """
    callee = tree.text(call.func)
    if _is_found_async(tree, call, callee):
        return False
    receiver = tree.text(call.func.value) if isinstance(call.func, ast.Attribute) else callee
    asked = _asked_in(tree, call)
    if callee in asked:
        return True
    if not any(text == receiver or text.startswith(f"{receiver}.") for text in asked):
        return False
    for above, below in way_up(call):
        if isinstance(above, (ast.If, ast.IfExp)) and below is not above.test:
            others = _ways_of_calling(tree, _branch(above, not is_second(above, below)), callee)
            if others - _ways_of_calling(tree, [below], callee):
                if any(_is_about(tree, arg, receiver, type_of) for arg in _handed(above.test)):
                    return True
        if isinstance(above, BLOCKS):
            break
    return False


def _is_found_async(tree: Tree, call: ast.Call, callee: str) -> bool:
    """Whether a call stands in the branch for what a condition finds to make awaitables: its very callee."""
    for above, below in way_up(call):
        if isinstance(above, (ast.If, ast.IfExp)) and below is not above.test and not is_second(above, below):
            test = above.test
            required = test.values if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And) else [test]
            if any(
                asks_for_awaitable(one) and isinstance(one, ast.Call) and callee in map(tree.text, one.args)
                for one in required
            ):
                return True
        if isinstance(above, BLOCKS):
            break
    return False


def _branch(condition: ast.If | ast.IfExp, is_second: bool) -> list[ast.AST]:
    chosen = condition.orelse if is_second else condition.body
    return [*chosen] if isinstance(chosen, list) else [chosen]


def _asked_in(tree: Tree, node: ast.AST) -> set[str]:
    """The expressions that conditions in the block around a node hand to functions, as texts."""
    block = tree.block(node)
    known: set[str] | None = block.facts.get("asked")  # type: ignore[assignment]  # put there below
    if known is None:
        conditions = block.nodes_of((ast.If, ast.IfExp))
        asked = (arg for n in conditions if isinstance(n, (ast.If, ast.IfExp)) for arg in _handed(n.test))
        known = {tree.text(arg) for arg in asked}
        block.facts["asked"] = known
    return known


def _handed(test: ast.expr) -> Iterator[ast.expr]:
    """The expressions that a condition hands to functions it calls."""
    for call in ast.walk(test):
        if isinstance(call, ast.Call):
            yield from call.args


def _is_about(tree: Tree, node: ast.expr, receiver: str, type_of: Callable[[ast.expr], Type]) -> bool:
    """Whether an expression is an object or one of its methods."""
    if isinstance(node, ast.Attribute) and tree.text(node.value) == receiver:
        return isinstance(type_of(node), (FunctionObject, Overloads))
    return tree.text(node) == receiver


def _ways_of_calling(tree: Tree, branch: list[ast.AST], callee: str) -> set[type]:
    """What the calls of a function within a branch of a condition stand in."""
    nodes = (node for part in branch for node in ast.walk(part) if isinstance(node, ast.Call))
    return {type(parent_of(call)) for call in nodes if tree.text(call.func) == callee}


def is_dead(node: ast.AST, target: Target, type_of: Callable[[ast.expr], Type]) -> bool:
    """Whether a constant condition, or one that the target decides, keeps a node from being run."""
    below = node
    for above in ancestors(node):
        if isinstance(above, (ast.If, ast.While)) and below is not above.test:
            answer = _answer(above.test, target, type_of)
            if (answer is False and below in above.body) or (answer is True and below in above.orelse):
                return True
        below = above
    return False


def _answer(test: ast.expr, target: Target, type_of: Callable[[ast.expr], Type]) -> bool | None:
    """Whether a condition holds: by the target, or by names whose only value is True or False."""
    match test:
        case ast.UnaryOp(op=ast.Not(), operand=ast.Name() as name):
            answer = _answer(name, target, type_of)
            return None if answer is None else not answer
        case ast.Name(id=name) if name != "TYPE_CHECKING":
            type_ = type_of(test)
            return type_.literal if isinstance(type_, Instance) and isinstance(type_.literal, bool) else None
        case ast.BoolOp(op=op, values=values):
            answers = [_answer(value, target, type_of) for value in values]
            decisive = isinstance(op, ast.Or)
            return decisive if decisive in answers else None if None in answers else not decisive
    return truth(test, target)


def is_expected(node: ast.AST, type_of: Callable[[ast.expr], Type], *words: str) -> bool:
    """Whether a context manager or a call around a node is told of one of these builtin exceptions or warnings.

    So do tests of mistakes: `with self.assertRaises(TypeError):`, `raises(TypeError, run, gather(jobs))`.
    """
    below = node
    for above in ancestors(node):
        if isinstance(above, (ast.With, ast.AsyncWith)) and below in above.body:
            calls = [item.context_expr for item in above.items if isinstance(item.context_expr, ast.Call)]
            told = [part for call in calls for part in ast.walk(call) if isinstance(part, (ast.Name, ast.Attribute))]
            if any(_names_one(type_of(part), words) for part in told):
                return True
        if isinstance(above, ast.Call) and below in above.args[1:] and _names_one(type_of(above.args[0]), words):
            return True
        if isinstance(above, (*BLOCKS, ast.Lambda)):
            return False
        below = above
    return False


def is_prepared_for(node: ast.AST, name: str) -> bool:
    """Whether a handler or a context manager around a node names an exception: `except asyncio.InvalidStateError`."""
    below = node
    for above in ancestors(node):
        told: list[ast.expr] = []
        if isinstance(above, (ast.With, ast.AsyncWith)) and below in above.body:
            told = [item.context_expr for item in above.items]
        elif is_try(above) and below in above.body:
            told = [handler.type for handler in above.handlers if handler.type]
        if any(_mentions(one, name) for one in told):
            return True
        if isinstance(above, (*BLOCKS, ast.Lambda)):
            return False
        below = above
    return False


def _mentions(node: ast.expr, name: str) -> bool:
    return any(getattr(part, "id", getattr(part, "attr", "")) == name for part in ast.walk(node))


def _names_one(type_: Type, words: tuple[str, ...]) -> bool:
    return isinstance(type_, ClassObject) and type_.cls.module_name == "builtins" and type_.cls.name in words


def _asks(test: ast.expr, words: set[str]) -> bool:
    if _is_mentioned(test, words):
        return True
    for call in ast.walk(test):
        if (
            isinstance(call, ast.Compare)
            and isinstance(call.ops[0], (ast.Is, ast.IsNot))
            and _is_mentioned(call.left, words)
        ):
            return True
    return _asks_function(test, words)


def _asks_function(test: ast.expr, words: set[str], functions: frozenset[str] = _ASKS) -> bool:
    for call in ast.walk(test):
        if isinstance(call, ast.Call):
            name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
            if name in functions and any(
                (isinstance(n, ast.Name) and n.id in words) or (isinstance(n, ast.Attribute) and n.attr in words)
                for argument in call.args
                for n in ast.walk(argument)
            ):
                return True
    return False


def _is_mentioned(node: ast.expr, words: set[str]) -> bool:
    return (isinstance(node, ast.Name) and node.id in words) or (isinstance(node, ast.Attribute) and node.attr in words)
