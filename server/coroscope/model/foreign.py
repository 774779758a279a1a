"""Tasks and futures of one event loop that are awaited in another one.

    loop = asyncio.new_event_loop()
    task = loop.create_task(work())
    asyncio.run(main(task))             # a loop of its own, in which `main` cannot wait for a task of `loop`

Only loops tell that code makes itself and binds to one name. What is done can be awaited anywhere: nothing is said of
what somebody may set or run before.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from coroscope.knowledge import last_names, names
from coroscope.model.bodies import BodyScope
from coroscope.model.callees import callee_name, qualified_names
from coroscope.model.certain import may_be_caught
from coroscope.model.effects import is_unconditional
from coroscope.model.handing import is_surely_awaited
from coroscope.model.mentions import has_names
from coroscope.model.scopes import Scope
from coroscope.model.threads import own_function

if TYPE_CHECKING:
    from coroscope.model.module import Module


class Foreign(NamedTuple):
    """An awaitable where another loop gets it, the call that made it, and the one that runs the other loop."""

    use: ast.expr
    birth: ast.Call
    run: ast.Call

    @property
    def loop(self) -> str:
        """The name of the loop that it belongs to."""
        assert isinstance(self.birth.func, ast.Attribute)
        assert isinstance(self.birth.func.value, ast.Name)
        return self.birth.func.value.id


def foreign(module: Module) -> Iterator[Foreign]:
    """Every task or future that code surely awaits in another loop than its own."""
    if not all(has_names(module, last_names("loops", key)) for key in ("making", "owned")):
        return
    seen: set[ast.expr] = set()
    for run in module.tree.walk(ast.Call):
        for use in _awaited_by(module, run):
            birth = _birth(module, use)
            if birth is None or use in seen or not _is_another(module, run, birth):
                continue
            found = Foreign(use, birth, run)
            if use is run.args[0] or not _may_be_done(module, found):
                if not may_be_caught(run) and not may_be_caught(use) and not module.is_dead(run):
                    seen.add(use)
                    yield found


def _awaited_by(module: Module, run: ast.Call) -> Iterator[ast.expr]:
    """What a call that runs a loop makes it wait for: its argument, or what the function awaits that it runs."""
    if callee_name(run) not in last_names("loops", "running_one") or len(run.args) != 1 or module.in_async(run):
        return
    if not qualified_names(module.type_of(run.func)) & names("loops", "running_one"):
        return
    coroutine = run.args[0]
    if isinstance(coroutine, ast.Name):
        yield coroutine
    if isinstance(coroutine, ast.Call):
        callee = module.type_of(coroutine.func)
        for given in coroutine.args:
            if isinstance(given, ast.Name) and is_surely_awaited(callee, coroutine, given):
                yield given
        function = own_function(module, callee)
        for node in [] if function is None else module.tree.block(function).nodes_of((ast.Await,)):
            if isinstance(node, ast.Await) and isinstance(node.value, ast.Name) and function is not None:
                if is_unconditional(node.value, function):
                    yield node.value


def _birth(module: Module, use: ast.expr) -> ast.Call | None:
    """The call that makes a variable's value for a loop which the code has made itself."""
    made = _only_value(module, use) if isinstance(use, ast.Name) else None
    if not isinstance(made, ast.Call) or callee_name(made) not in last_names("loops", "owned"):
        return None
    if not isinstance(made.func, ast.Attribute) or not isinstance(made.func.value, ast.Name):
        return None
    is_owned = bool(qualified_names(module.type_of(made.func)) & names("loops", "owned"))
    return made if is_owned and _is_new_loop(module, made.func.value) else None


def _is_another(module: Module, run: ast.Call, birth: ast.Call) -> bool:
    """Whether a call surely runs another loop than that of a task."""
    if not isinstance(run.func, ast.Attribute) or callee_name(run) == "run":
        return "asyncio.runners.run" in qualified_names(module.type_of(run.func))
    other = run.func.value
    assert isinstance(birth.func, ast.Attribute)
    own = birth.func.value
    if not isinstance(other, ast.Name) or not isinstance(own, ast.Name) or not _is_new_loop(module, other):
        return False
    return _only_value(module, other) is not _only_value(module, own)


def _is_new_loop(module: Module, loop: ast.Name) -> bool:
    made = _only_value(module, loop)
    return isinstance(made, ast.Call) and bool(qualified_names(module.type_of(made.func)) & names("loops", "making"))


def _only_value(module: Module, name: ast.Name) -> ast.expr | None:
    """The value of a variable that is bound once, by a plain assignment."""
    scope = _owner(module, name)
    if module.bodies.sent_to(scope, name.id):
        return None
    bindings = scope.names.bindings.get(name.id, [])
    is_plain = len(bindings) == 1 and bindings[0].kind == "assign" and not bindings[0].path
    return bindings[0].value if is_plain else None


def _owner(module: Module, name: ast.Name) -> BodyScope:
    """The function that binds a name, or the module."""
    scope: Scope | None = module.bodies.scope_of(name)
    while isinstance(scope, BodyScope) and name.id not in scope.names.bindings:
        scope = scope.parent
    return scope if isinstance(scope, BodyScope) else module.bodies.body(module.tree.root.node)


def _may_be_done(module: Module, found: Foreign) -> bool:
    """Whether the file may run the loop, or end what belongs to it."""
    name, loop = re.escape(module.text(found.use)), re.escape(found.loop)
    text = re.sub(rf"\bset_event_loop\({loop}\)", "", module.source.text)
    is_run = re.search(rf"\b{loop}\.(run_|_run_|call_|stop)", text)
    is_handed_on = re.search(rf"([(,=]|\breturn|\byield)\s*{loop}\b(?!\s*[.=])", text)
    return bool(is_run or is_handed_on or re.search(rf"\b{name}\.(set_|cancel)", text))
