"""How a function becomes a declaration, wherever it stands."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import takewhile

from coroscope.model.closing import Closer, Package
from coroscope.model.effects import effects_of
from coroscope.model.holding import holds_something
from coroscope.model.hollow import emptiness
from coroscope.model.outcomes import results_of, returned_calls, yields_of
from coroscope.model.summary import Function, Parameter
from coroscope.nodes import FunctionNode, ancestors
from coroscope.syntax import Tree

_DEEPEST = 3


def function_declaration(
    tree: Tree,
    node: FunctionNode,
    qualname: str,
    package: Package,
    *,
    conditional: bool = False,
    outer: Closer | None = None,
    name: str = "",
    depth: int = 0,
) -> Function:
    """A function as a declaration; `node` may stand anywhere in the tree, `outer` closes over what is around it.

    `name` is what the results of the function around it call it, if not by its own name.
    """
    is_generator = _is_generator(tree, node)
    hollow, raises = emptiness(tree, node)
    returns = None if node.returns is None else _written(node.returns, tree)
    is_silent = hollow or raises is not None or tree.source.path.endswith(".pyi")
    tells_little = returns is None or _may_hide_awaitables(node, returns)
    inferred = tells_little and not is_silent
    closer = Closer(tree, node, package, outer)
    results = results_of(closer) if inferred else ()
    yields = yields_of(closer) if inferred and is_generator else ()
    nested = closer.nested(results + yields) if depth < _DEEPEST else ()
    parameters = tuple(_parameters(tree, node.args))
    return Function(
        name=name or node.name,
        qualname=qualname,
        parameters=parameters,
        returns=returns,
        decorators=tuple(tree.text(d) if outer is None else outer.closed(d) or "..." for d in node.decorator_list),
        type_parameters=type_parameters(tree, node),
        is_async=isinstance(node, ast.AsyncFunctionDef),
        is_generator=is_generator,
        holds=is_generator and holds_something(tree.block(node)),
        results=results,
        yields=yields,
        returned=returned_calls(closer) if node.returns is not None and not (inferred or is_generator) else (),
        hollow=hollow,
        raises=raises,
        conditional=conditional,
        nested=tuple(
            function_declaration(
                tree, inner, f"{qualname}.<locals>.{called}", package, outer=closer, name=called, depth=depth + 1
            )
            for called, inner in nested
        ),
        effects=() if is_silent or _is_cut(tree, node) else effects_of(closer, parameters),
    )


def type_parameters(tree: Tree, node: ast.AST) -> tuple[str, ...]:
    """The type parameters of a function, a class or an alias, as written."""
    return tuple(tree.text(parameter) for parameter in getattr(node, "type_params", ()))


def _written(expression: ast.expr, tree: Tree) -> str:
    """An expression as written; most annotations are a name, whose place need not be looked up."""
    return expression.id if isinstance(expression, ast.Name) else tree.text(expression)


def _parameters(tree: Tree, arguments: ast.arguments) -> Iterator[Parameter]:
    def made(arg: ast.arg, kind: str, default: ast.expr | None) -> Parameter:
        return Parameter(
            arg.arg,
            kind,  # type: ignore[arg-type]
            None if arg.annotation is None else _written(arg.annotation, tree),
            None if default is None else _written(default, tree),
        )

    ordered = [*arguments.posonlyargs, *arguments.args]
    defaults = [None] * (len(ordered) - len(arguments.defaults)) + list(arguments.defaults)
    for index, (arg, default) in enumerate(zip(ordered, defaults, strict=True)):
        yield made(arg, "positional" if index < len(arguments.posonlyargs) else "normal", default)
    if arguments.vararg:
        yield made(arguments.vararg, "rest", None)
    for arg, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        yield made(arg, "keyword", default)
    if arguments.kwarg:
        yield made(arguments.kwarg, "keywords", None)


def _is_generator(tree: Tree, node: FunctionNode) -> bool:
    return any(
        not any(isinstance(above, ast.Lambda) for above in takewhile(lambda above: above is not node, ancestors(found)))
        for found in tree.block(node).nodes_of((ast.Yield, ast.YieldFrom))
    )


def _is_cut(tree: Tree, node: FunctionNode) -> bool:
    """Whether a part of a function was cut out that could not be parsed, and may do anything with the parameters."""
    if not tree.errors:
        return False
    range_ = tree.range(node)
    return any(range_.start.line <= error.line <= range_.end.line for error in tree.errors)


def _may_hide_awaitables(node: FunctionNode, returns: str) -> bool:
    """Whether an annotation leaves it to the body what is returned: `Any`, or something that can be awaited."""
    return "Awaitable" in returns or (isinstance(node, ast.FunctionDef) and returns.rpartition(".")[2] == "Any")
