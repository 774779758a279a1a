"""Conditions that ask at run time what a value is, so that what types say of it does not hold."""

from __future__ import annotations

import ast

from coroscope.syntax import Tree, ancestors, parent_of

_ASKS = frozenset({"isawaitable", "iscoroutine", "isfuture", "iscoroutinefunction", "hasattr", "callable", "isinstance", "is_async_callable", "is_coroutine_function"})


def is_guarded(tree: Tree, node: ast.AST) -> bool:
    """Whether a condition around a node, or an earlier one in its function, asks what the same expression is."""
    words = {name.id for name in ast.walk(node) if isinstance(name, ast.Name)}
    words |= {name.attr for name in ast.walk(node) if isinstance(name, ast.Attribute)}
    if isinstance(node, ast.Call):
        return False
    for above in ancestors(node):
        test = above.test if isinstance(above, (ast.If, ast.IfExp, ast.While)) else None
        if test is not None and _asks(test, words):
            return True
        if isinstance(above, ast.BoolOp) and any(_asks(value, words) for value in above.values):
            return True
        if isinstance(above, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            return any(isinstance(n, ast.If) and _asks(n.test, words) for n in tree.block(above).nodes)
    return parent_of(node) is None


def _asks(test: ast.expr, words: set[str]) -> bool:
    if _is_mentioned(test, words):
        return True
    for call in ast.walk(test):
        if isinstance(call, ast.Compare) and isinstance(call.ops[0], (ast.Is, ast.IsNot)) and _is_mentioned(call.left, words):
            return True
        if isinstance(call, ast.Call):
            name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
            if name in _ASKS and any(
                (isinstance(n, ast.Name) and n.id in words) or (isinstance(n, ast.Attribute) and n.attr in words)
                for argument in call.args
                for n in ast.walk(argument)
            ):
                return True
    return False


def _is_mentioned(node: ast.expr, words: set[str]) -> bool:
    return isinstance(node, ast.Name) and node.id in words or isinstance(node, ast.Attribute) and node.attr in words
