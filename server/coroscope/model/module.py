"""`Module`: one file in its world, as rules see it."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from functools import cached_property
from typing import TypeVar, cast

from coroscope.cells import line_of, place_in_cell
from coroscope.collected import Collected
from coroscope.findings import Finding, Level, Related
from coroscope.model import protocols
from coroscope.model.around import callback_awaited_around
from coroscope.model.bodies import Bodies, bodies_of
from coroscope.model.calls import call, made_by_body, may_make_awaitable
from coroscope.model.guards import is_asked_for_kind, is_chosen, is_dead, is_expected, is_guarded
from coroscope.model.life import Life
from coroscope.model.lifecycle import lives
from coroscope.model.names import scope_node_of
from coroscope.model.program import Program
from coroscope.model.protocols import is_lazy, is_refused
from coroscope.model.signatures import Arguments
from coroscope.model.summarize import summarize
from coroscope.model.summary import Summary
from coroscope.model.targets import declared_target
from coroscope.model.tasks import future_lives, task_lives
from coroscope.model.top_level import TopLevel, top_level
from coroscope.model.types import FunctionObject, Instance, MethodWrapper, Overloads, Type, members, union
from coroscope.model.usage import Witness, awaited_elsewhere
from coroscope.model.uses import calls_by, dotted
from coroscope.model.world import World
from coroscope.nodes import FUNCTIONS, FunctionNode, ScopeNode, names_around
from coroscope.source import Range, Source
from coroscope.syntax import Block, Tree, parse

_Answer = TypeVar("_Answer")

_LONGEST = 40


class Module:
    """One version of one file in one world. Everything is worked out when it is first asked for.

    `path` is what findings call the file, `file` what the world calls it.
    """

    def __init__(
        self,
        source: Source,
        name: str,
        world: World,
        *,
        tree: Tree | None = None,
        is_package: bool = False,
        file: str | None = None,
        summary: Summary | None = None,
    ) -> None:
        self.source = source
        self.path = source.path
        self.name = name
        self.world = world
        self.file = file or source.path
        self.is_package = is_package
        self._tree = tree
        self._summary = summary
        self._known: dict[Hashable, object] = {}

    # Syntax

    @cached_property
    def tree(self) -> Tree:
        """The syntax of the file."""
        return self._tree or parse(self.source)

    def text(self, node: ast.AST) -> str:
        """A node's text as the user wrote it."""
        return self.tree.text(node)

    def range(self, node: ast.AST) -> Range:
        """Where a node stands."""
        return self.tree.range(node)

    def short(self, node: ast.AST) -> str:
        """A node's text on one line, for a message: a long call without its arguments, what is still long cut off."""
        whole = self.text(node)
        text = " ".join(whole.split())
        if isinstance(node, ast.Call) and (len(text) > _LONGEST or "\n" in whole):
            text = f"{' '.join(self.text(node.func).split())}(…)"
        return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"

    def expression_at(self, range_: Range) -> ast.expr | None:
        """The outermost expression with exactly this range."""
        node = self.tree.node_at(range_)
        if isinstance(node, ast.Expr):
            return node.value
        return node if isinstance(node, ast.expr) else None

    def node_at(self, range_: Range) -> ast.AST | None:
        """The outermost expression or statement with exactly this range."""
        return self.tree.node_at(range_)

    def scope_node(self, node: ast.AST) -> ScopeNode:
        """The function, class, lambda, comprehension or module in which a node is evaluated."""
        return scope_node_of(node)

    def code_around(self, node: ast.AST) -> ScopeNode:
        """The function, class, lambda or module whose frame a node runs in: comprehensions are looked through.

        A generator expression runs in a frame of its own.
        """
        scope = scope_node_of(node)
        while isinstance(scope, (ast.ListComp, ast.SetComp, ast.DictComp)):
            scope = scope_node_of(scope)
        return scope

    def function_around(self, node: ast.AST) -> FunctionNode | None:
        """The function that a node runs in, comprehensions looked through; None outside, in a lambda or class body."""
        scope = self.code_around(node)
        return scope if isinstance(scope, FUNCTIONS) else None

    def qualname(self, node: ast.AST) -> str:
        """The names of the classes and functions around a node, joined by dots; the module's name outside of all."""
        return names_around(node) or self.name

    def in_async(self, node: ast.AST) -> bool:
        """Whether `await` may stand where a node stands."""
        return self.takes_await(self.code_around(node))

    def takes_await(self, code: ScopeNode) -> bool:
        """Whether `await` may stand in some code: in an async function, and in the cells of a notebook."""
        is_cells = isinstance(code, ast.Module) and self.top_level is TopLevel.CELLS
        return is_cells or isinstance(code, ast.AsyncFunctionDef)

    @cached_property
    def top_level(self) -> TopLevel:
        """What runs the module level."""
        return top_level(self.tree)

    # Meaning

    @cached_property
    def summary(self) -> Summary:
        """What the file tells the outside: the world's own Summary of it, where the world has one."""
        if self._summary is not None:
            return self._summary
        python, platform = self.world.python, self.world.platform
        return summarize(self.tree, self.name, self.file, is_package=self.is_package, python=python, platform=platform)

    @cached_property
    def program(self) -> Program:
        """All that is known of the world."""
        return self.world.program

    @cached_property
    def bodies(self) -> Bodies:
        """The file's scopes."""
        return bodies_of(self.program, self.summary, self.tree)

    def type_of(self, node: ast.expr) -> Type:
        """What an expression of the file is."""
        return self.bodies.type_of(node)

    @cached_property
    def async_names(self) -> frozenset[str]:
        """The names of the async functions of the file, and those that it imports, which may mean such functions."""
        own = {node.name for node in self.tree.walk(ast.AsyncFunctionDef)}
        imports = self.tree.walk(ast.Import, ast.ImportFrom)
        return frozenset(own | {alias.asname or alias.name.partition(".")[0] for n in imports for alias in n.names})

    @cached_property
    def calls_by_text(self) -> Mapping[str, list[ast.Call]]:
        """The calls of dotted names, by the text of what they call."""
        found: dict[str, list[ast.Call]] = {}
        for block in self.tree.blocks:
            for text, calls in calls_by(block, dotted).items():
                found.setdefault(text, []).extend(calls)
        return found

    def known(self, key: Hashable, work: Callable[[], _Answer]) -> _Answer:
        """What follows from this version of the file, worked out once for each key."""
        if key not in self._known:
            self._known[key] = work()
        return cast("_Answer", self._known[key])

    def coroutines(self) -> list[Life]:
        """The life of every coroutine that the file makes."""
        return self._lives

    @cached_property
    def _lives(self) -> list[Life]:
        return self.in_blocks(Module.lives_in)

    def in_blocks(self, ask: Callable[[Module, Block], Iterable[_Answer]]) -> list[_Answer]:
        """What a function answers about each block, in their order.

        The answers are kept from version to version, so they have to follow from the text of the block and the world
        around the file.
        """
        collected = cast("Collected[Block, _Answer]", self.bodies.collected(ask))
        return collected.of(self.tree.version, self.tree.blocks_since, lambda block: ask(self, block))

    def lives_in(self, block: Block) -> list[Life]:
        """The life of every coroutine that a block's own code makes."""
        answers = self.bodies.answers(block)
        found = answers.get(lives)
        if found is None:
            found = answers[lives] = list(lives(self, block))
        return found  # type: ignore[return-value]  # put there one line above

    def tasks(self) -> Iterator[Life]:
        """The life of every task that the file makes and no `TaskGroup` holds."""
        return iter(self.in_blocks(task_lives))

    def futures(self) -> Iterator[Life]:
        """The life of every future that the file makes and somebody is to set."""
        return iter(self.in_blocks(future_lives))

    def can_await(self, type_: Type) -> bool | None:
        """Whether a value can be awaited; None if it cannot be said."""
        return protocols.can_await(type_, self.program)

    def result_of(self, type_: Type) -> Type:
        """What awaiting a value gives."""
        return protocols.awaited(type_, self.program)

    def can_enter(self, type_: Type) -> bool | None:
        """Whether `with` takes a value; None if it cannot be said."""
        return protocols.can_enter(type_, self.program)

    def can_async_enter(self, type_: Type) -> bool | None:
        """Whether `async with` takes a value; None if it cannot be said."""
        return protocols.can_async_enter(type_, self.program)

    def can_iterate(self, type_: Type) -> bool | None:
        """Whether `for` takes a value; None if it cannot be said."""
        return protocols.can_iterate(type_, self.program)

    def can_async_iterate(self, type_: Type) -> bool | None:
        """Whether `async for` takes a value; None if it cannot be said."""
        return protocols.can_async_iterate(type_, self.program)

    def is_left_open(self, call: ast.Call) -> bool:
        """Whether a method is called that leaves to overrides what it does: its own body does nothing."""
        callee = self.type_of(call.func)
        if not isinstance(callee, FunctionObject) or callee.owner is None or callee.scope.module.summary.is_stub:
            return False
        return callee.declaration.is_left_open

    def may_be_awaitable(self, call: ast.Call) -> bool:
        """Whether the body of an annotated function returns an awaitable on some path, whatever the annotation says."""
        return may_make_awaitable(self.type_of(call.func))

    def may_make_another(self, call: ast.Call) -> bool:
        """Whether a method that says `Awaitable` may return something else for its receiver, such as a pipeline."""
        made = (made_by_body(callee) for callee in members(self.type_of(call.func)))
        return any(isinstance(one, Instance) and not is_lazy(one) for each in made for one in members(each))

    def awaited_elsewhere(self, call: ast.Call) -> Witness | None:
        """Where another call of the same callee is awaited, if all others in the file are awaited."""
        return awaited_elsewhere(self, call)

    def callback_awaited_around(self, call: ast.Call) -> Witness | None:
        """Where another call of the same local name in the project is awaited, if two are, and all others."""
        return callback_awaited_around(self, call)

    def call_result(self, type_: Type) -> Type:
        """What a call makes whose arguments are not known."""
        items = type_.items if isinstance(type_, Overloads) else (type_,)
        unknown = Arguments(spread=True, spread_keywords=True)
        return union(call(item, unknown, self.bodies.module) for item in items)

    def is_guarded(self, node: ast.AST) -> bool:
        """Whether a condition around a node asks what it is, which types do not follow."""
        return is_guarded(self.tree, node)

    def is_asked_for_kind(self, node: ast.AST) -> bool:
        """Whether a condition around a node asks a function what kind of thing it is."""
        return is_asked_for_kind(self.tree, node)

    def is_chosen(self, node: ast.AST) -> bool:
        """Whether a condition decides at run time if a call makes an awaitable."""
        return isinstance(node, ast.Call) and is_chosen(self.tree, node, self.type_of)

    def is_dead(self, node: ast.AST) -> bool:
        """Whether a constant condition, or one that the target decides, keeps a node from being run."""
        is_left_out = isinstance(node, ast.Call) and not self.bodies.scope_of(node).frame.graph.is_live(node)
        return is_left_out or is_dead(node, self.program.target, self.type_of)

    def is_expected(self, node: ast.AST, *words: str) -> bool:
        """Whether a context manager or call around a node is told of one of these builtin exceptions or warnings."""
        return is_expected(node, self.type_of, *words)

    def is_exported(self, name: str) -> bool:
        """Whether the module lists a name in `__all__`."""
        return self.summary.exports is not None and self.bodies.module.exports(name)

    def refusal_of_target(self, target: ast.expr, value: ast.expr) -> str:
        """Why a target cannot take a value: words that name what it is declared as; empty if it can, or may."""
        declared = declared_target(self.bodies, target)
        if declared is None:
            return ""
        text, type_ = declared
        if not is_refused(self.type_of(value), type_, self.bodies.module):
            return ""
        return f"`{self.short(target)}` is declared `{' '.join(text.split())}`"

    # Findings

    def finding(
        self,
        node: ast.AST,
        message: str,
        *,
        related: Iterable[Related] = (),
        story: str = "",
        range: Range | None = None,
        level: Level = "error",
    ) -> Finding:
        """A finding on a node, or on another range; the engine adds the rule's name and its level, if that is lower."""
        places = tuple(related)
        told = story or self._told(places)
        return Finding("", self.path, range or self.range(node), message, level, related=places, story=told)

    def _told(self, places: Iterable[Related]) -> str:
        """The places that belong to a finding, as a list for the hover."""
        lines = []
        for place in places:
            where = "" if place.path == self.path else f"`{place.path}`, "
            lines.append(f"- {where}{line_of(place_in_cell(self.source, place))}: {place.message}")
        return "\n".join(lines)

    def related(self, node: ast.AST, message: str) -> Related:
        """A place in this file that belongs to a finding."""
        return Related(self.path, self.range(node), message)

    def related_name(self, node: FunctionNode, message: str) -> list[Related]:
        """The name in a definition of this file."""
        return [Related(self.path, self.tree.name_range(node), message)]

    def definition_of(self, origin: ast.expr) -> list[Related]:
        """Where the coroutine function is defined whose call is `origin`."""
        callee = self.type_of(origin.func) if isinstance(origin, ast.Call) else None
        is_async = isinstance(callee, FunctionObject) and callee.declaration.is_async
        return self.definition(callee, "`{name}` is an `async def`") if callee is not None and is_async else []

    def definition(self, callee: Type, message: str) -> list[Related]:
        """Where a function is defined (its name), if that is in a source file; `{name}` in the message is its name."""
        functions = _functions(callee)
        if not functions:
            return []
        function = functions[0]
        summary = function.scope.module.summary
        if summary.is_stub:
            return []
        place = self._name_range(function, summary)
        words = message.format(name=function.declaration.name)
        return [] if place is None else [Related(place[0], place[1], words)]

    def _name_range(self, function: FunctionObject, summary: Summary) -> tuple[str, Range] | None:
        """The path and the range of a function's name in the current text of its file."""
        name, is_async = function.declaration.name, function.declaration.is_async
        own = summary.path == self.summary.path
        source = self.source if own else self.world.source(summary.path)
        line = None if source is None else _line_of(function.declaration.qualname, summary, source)
        if line is None and own:
            alike = [n for n in self.tree.walk(*FUNCTIONS) if n.name == name]
            meant = [n for n in alike if isinstance(n, ast.AsyncFunctionDef) is is_async] or alike
            line = self.range(meant[0]).start.line if meant else None
        if source is None or line is None:
            return None
        column = source.line(line).find(f"def {name}")
        if column < 0:
            return None
        start = column + len("def ") + 1
        return source.path, Range.on_line(line, start, start + len(name))


def _line_of(qualname: str, summary: Summary, source: Source) -> int | None:
    """The line where a function is defined: one in another function is the first of its name there."""
    outer, *inner = qualname.split(".<locals>.")
    line = summary.lines.get(outer)
    for name in inner:
        if line is not None:
            behind = range(line + 1, len(source.line_starts) + 1)
            line = next((at for at in behind if re.match(rf"\s+(async )?def {name}\b", source.line(at))), None)
    return line


def _functions(callee: Type) -> list[FunctionObject]:
    match callee:
        case FunctionObject():
            return [callee]
        case Overloads():
            return list(callee.items)
        case MethodWrapper():
            return _functions(callee.function)
    return []
