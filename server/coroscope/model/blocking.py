"""Calls in async code that stop the event loop: no other task runs before they are done.

    async def report(session: requests.Session):
        time.sleep(1)                       # waits in the very thread that runs the loop
        session.get(URL)                    # so does this, as the type of `session` tells
        load(session)                       # and this, if `load` comes to one of these
        await asyncio.to_thread(load)       # but not this

What is called, and whether that waits, is told by its type (see `coroscope.model.waiting`); the arguments may say that
a call does not wait, and so may the code around it.
"""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from coroscope.knowledge import Blocking, blocking_names
from coroscope.model.bodies import BodyScope
from coroscope.model.callees import aliases, callee_name
from coroscope.model.graph import root_of
from coroscope.model.guards import is_second, way_up
from coroscope.model.memory import IN_MEMORY, is_stored_in_memory
from coroscope.model.names import names_of
from coroscope.model.scopes import Scope
from coroscope.model.types import NONE, Instance, members
from coroscope.model.waiting import (
    MOMENT,
    PUTS,
    RESULTS,
    SOCKETS,
    Link,
    chain_of,
    known_call,
    known_import,
    only_tries,
)
from coroscope.nodes import FUNCTIONS, FunctionNode, last_name, parent_of
from coroscope.syntax import Block

if TYPE_CHECKING:
    from coroscope.model.module import Module

_BUILTINS = frozenset(vars(builtins))
_ASKING = {
    "get": frozenset({"empty", "qsize", "full", "poll", "ready"}),
    "put": frozenset({"full", "qsize"}),
    "join": frozenset({"is_alive", "exitcode"}),
    "wait": frozenset({"is_set", "poll", "returncode", "ready"}),
    "communicate": frozenset({"poll", "returncode"}),
    "recv": frozenset({"poll"}),
}
"""By what code asks whether something would wait."""
_WAITS = (ast.Await, ast.AsyncWith, ast.AsyncFor)
_ENDS = frozenset({"subprocess.Popen.wait", "subprocess.Popen.communicate", "multiprocessing.process.BaseProcess.join"})
_ACQUIRES = frozenset({"_thread.lock.acquire", "_thread.LockType.acquire", "threading.Lock.acquire"})
_JOIN = "threading.Thread.join"
_ONLY_BEGINS = re.compile(r"\bP_NOWAITO?\b")
_NEVER_WAITS = re.compile(r"\bsetblocking\(|\bsettimeout\(0|\bBlockingIOError\b|\bSOCK_NONBLOCK\b")
_MAKES_SOCKET = re.compile(r"\b(socket|create_connection|accept|wrap_socket)\(")


class BlockingCall(NamedTuple):
    """A call in async code, the dotted name of what waits, and what is known of that.

    If others call it, which the call comes to, `links` are these.
    """

    call: ast.Call
    name: str
    known: Blocking
    links: tuple[Link, ...] = ()


def blocking_calls(module: Module) -> Iterator[BlockingCall]:
    """Every call in the async functions of a file that does not give way before it is done."""
    for found in module.in_blocks(_blocking_in):
        if not any(decides(module, found) for decides in (_has_room, _keeps_sockets_going, _is_in_memory)):
            yield found


def _blocking_in(module: Module, block: Block) -> Iterator[BlockingCall]:
    """The calls in a block's async code that do not give way, as far as the block itself tells."""
    if not isinstance(block.node, ast.AsyncFunctionDef) or _has_own_thread(module, block):
        return
    spelled = blocking_names() | aliases(block, blocking_names())
    declares = bool(module.world.declared.get("blocks"))
    for call in block.nodes_of((ast.Call,)):
        if isinstance(call, ast.Call) and module.in_async(call) and not isinstance(parent_of(call), ast.Await):
            found = blocking_call(module, call) if declares or callee_name(call) in spelled else None
            found = _through_others(module, call) if found is None else found
            if found is None or _is_ready(block, found) or module.is_dead(call) or _is_without_loop(module, call):
                continue
            yield found


def blocking_call(module: Module, call: ast.Call) -> BlockingCall | None:
    """A call of what is known not to give way."""
    callee = module.type_of(call.func)
    known = known_call(call.func, callee, module.bodies.scope_of(call))
    if known is None and not _is_local(module, call):
        known = known_import(call.func, module.bodies.module)
    if known is None:
        return None
    text = module.text(call)
    if only_tries(call, callee, text):
        return None
    name, told = known
    is_brief = bool(_ONLY_BEGINS.search(text)) or only_tries(call, callee, text, MOMENT)
    return BlockingCall(call, name, Blocking("brief", told.twin) if is_brief else told)


def _through_others(module: Module, call: ast.Call) -> BlockingCall | None:
    """A call of a plain function that comes to such a call."""
    if not isinstance(call.func, (ast.Name, ast.Attribute)) or callee_name(call) in _BUILTINS:
        return None
    chain = chain_of(module.type_of(call.func))
    if chain is None or module.is_expected(call, "RuntimeError"):  # a test that it refuses to wait here
        return None
    return BlockingCall(call, chain.name, Blocking("waits", ""), chain.links)


def _is_local(module: Module, call: ast.Call) -> bool:
    """Whether a function around a call binds the first name of what is called."""
    root = root_of(call.func)
    scope: Scope | None = module.bodies.scope_of(call)
    while root is not None and isinstance(scope, BodyScope):
        if isinstance(scope.node, FUNCTIONS) and root.id in scope.names.bindings:
            return True
        scope = scope.parent
    return root is None


def _has_own_thread(module: Module, block: Block) -> bool:
    """Whether a function is a method of a thread, which runs a loop of its own."""
    around = None if block.parent is None else block.parent.node
    bases = around.bases if isinstance(around, ast.ClassDef) else []
    return any(last_name(base) in ("Thread", "Process") for base in bases)


def _is_without_loop(module: Module, call: ast.Call) -> bool:
    """Whether a condition finds that no event loop is running where a call is made: `if running_loop() is None:`."""
    for above, below in way_up(call):
        if isinstance(above, (ast.If, ast.IfExp)) and below is not above.test:
            if _finds_no_loop(module, above.test) is (not is_second(above, below)):
                return True
        if isinstance(above, FUNCTIONS):
            break
    return False


def _finds_no_loop(module: Module, test: ast.expr) -> bool | None:
    """Whether no event loop is running if a condition holds, or if it does not hold; None if it tells neither."""
    match test:
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            finds = _finds_no_loop(module, operand)
            return None if finds is None else not finds
        case ast.Compare(left=left, ops=[ast.Is() | ast.IsNot() as op], comparators=[ast.Constant(value=None)]):
            return isinstance(op, ast.Is) if _is_asked_for_loop(module, left) else None
        case ast.Name() | ast.Call() if _is_asked_for_loop(module, test):
            return False
    return None


def _is_asked_for_loop(module: Module, node: ast.expr) -> bool:
    """Whether an expression, or what a local variable got, is a call that gives the event loop, if there is one."""
    if isinstance(node, ast.Name):
        function = module.function_around(node)
        bindings = [] if function is None else names_of(function).bindings.get(node.id, [])
        value = bindings[0].value if len(bindings) == 1 and not bindings[0].path else None
    else:
        value = node
    made = module.type_of(value) if isinstance(value, ast.Call) else NONE
    return any(isinstance(one, Instance) and one.cls.name == "AbstractEventLoop" for one in members(made))


def _is_ready(block: Block, found: BlockingCall) -> bool:
    """Whether what is called may be done: the code asks that elsewhere, or does not see where a future comes from."""
    if found.name == _JOIN and _is_heard_of(block, found.call):
        return True
    if found.name in _ENDS and _is_watched(block, found.call):
        return True
    if found.name in _ACQUIRES and _is_new(block, found.call):
        return True
    asking = _ASKING.get(found.name.rpartition(".")[2], frozenset())
    if asking and any(isinstance(n, ast.Attribute) and n.attr in asking for n in block.nodes_of((ast.Attribute,))):
        return True
    return found.name in RESULTS and isinstance(block.node, FUNCTIONS) and _may_be_done(block.node, found.call)


def _is_heard_of(block: Block, join: ast.Call) -> bool:
    """Whether the code waits, between the start of a thread and its join, for what the thread may tell when it ends."""
    thread = join.func.value if isinstance(join.func, ast.Attribute) else join.func
    started = [
        call.lineno
        for call in block.nodes_of((ast.Call,))
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and call.func.attr == "start"
        and ast.dump(call.func.value) == ast.dump(thread)
    ]
    return _waits_between(block, started, join)


def _is_watched(block: Block, wait: ast.Call) -> bool:
    """Whether others get a process before the code waits for something else: they may see when it ends."""
    receiver = wait.func.value if isinstance(wait.func, ast.Attribute) else wait.func
    if not isinstance(receiver, ast.Name):
        return False
    same = {receiver.id}
    for statement in reversed(block.nodes_of((ast.Assign,))):
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Name(id=other)) if name in same:
                same.add(other)
    given = [n.lineno for n in block.nodes_of((ast.Name,)) if isinstance(n, ast.Name) and n.id in same and _is_given(n)]
    return _waits_between(block, given, wait)


def _is_new(block: Block, acquire: ast.Call) -> bool:
    """Whether a lock was made right before, so that nobody else has it: nothing reads its name in between."""
    lock = acquire.func.value if isinstance(acquire.func, ast.Attribute) else acquire.func
    if not isinstance(lock, ast.Name):
        return False
    same = [node for node in block.nodes_of((ast.Name,)) if isinstance(node, ast.Name) and node.id == lock.id]
    made = parent_of(same[max(same.index(lock) - 1, 0)])
    if not isinstance(made, ast.Assign) or not isinstance(made.value, ast.Call) or len(made.targets) > 1:
        return False
    statement = parent_of(acquire)
    return isinstance(statement, ast.Expr) and parent_of(statement) is parent_of(made)


def _is_given(read: ast.Name) -> bool:
    match parent_of(read):
        case ast.Call(func=function):
            return function is not read
        case ast.Assign(targets=[ast.Attribute() | ast.Subscript()]) | ast.keyword():
            return True
    return False


def _waits_between(block: Block, lines: list[int], end: ast.Call) -> bool:
    """Whether a block's code gives way between one of some lines and a call."""
    waits = [node.lineno for node in block.nodes_of(_WAITS) if isinstance(node, _WAITS)]
    return any(line < wait <= end.lineno for line in lines for wait in waits)


def _may_be_done(function: FunctionNode, call: ast.Call) -> bool:
    """Whether a future may be done when it is asked: it is not one that this code just got, and only asks."""
    receiver = call.func.value if isinstance(call.func, ast.Attribute) else call.func
    if isinstance(receiver, ast.Call):
        return False
    bindings = names_of(function).bindings.get(receiver.id, []) if isinstance(receiver, ast.Name) else []
    if not bindings or any(b.kind != "assign" or not isinstance(b.value, ast.Call) or b.path for b in bindings):
        return True
    reads = (n for n in ast.walk(function) if isinstance(n, ast.Name) and n.id == last_name(receiver))
    return any(isinstance(read.ctx, ast.Load) and not _is_asked(read) for read in reads)


def _is_asked(read: ast.Name) -> bool:
    above = parent_of(read)
    return isinstance(above, ast.Attribute) and above.attr in ("result", "exception", "cancel", "add_done_callback")


def _keeps_sockets_going(module: Module, found: BlockingCall) -> bool:
    """Whether a file has sockets that do not wait, or gets them from others, who may have made them so."""
    text = module.source.text
    return found.name.startswith(SOCKETS) and (bool(_NEVER_WAITS.search(text)) or not _MAKES_SOCKET.search(text))


def _is_in_memory(module: Module, found: BlockingCall) -> bool:
    """Whether a database may be one that no disk has."""
    if "sqlite3" not in found.name or found.links:
        return False  # a chain knows what it comes to
    return bool(IN_MEMORY.search(module.source.text)) or is_stored_in_memory(found.call.func, module.type_of)


def _has_room(module: Module, found: BlockingCall) -> bool:
    """Whether what is put into a queue always finds room there, as far as the file does not tell how much it takes."""
    if found.name not in PUTS or not isinstance(found.call.func, ast.Attribute):
        return False
    name = last_name(found.call.func.value)
    for statement in module.tree.walk(ast.Assign, ast.AnnAssign):
        targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
        made = statement.value
        if isinstance(made, ast.Call) and any(last_name(target) == name for target in targets):
            sizes = [*made.args, *(keyword.value for keyword in made.keywords)]
            if last_name(made.func).endswith("Queue") and sizes:
                return isinstance(sizes[0], ast.Constant) and not sizes[0].value
    return True
