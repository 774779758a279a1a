"""Calls in async code that stop the event loop: no other task runs before they are done.

    async def report(session: requests.Session):
        time.sleep(1)                       # waits in the very thread that runs the loop
        session.get(URL)                    # so does this, as the type of `session` tells
        await asyncio.to_thread(load)       # and this does not, whatever `load` calls

What is called is known by its type (`knowledge/blocking.toml`); the arguments may say that a call does not wait, and so
may the code around it.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from coroscope.knowledge import Blocking, blocking, blocking_names
from coroscope.model.callees import aliases, called, callee_name, inherited_names, parameter_of
from coroscope.model.names import names_of
from coroscope.model.types import Type, members, without_none
from coroscope.syntax import Block, FunctionNode, last_name, parent_of

if TYPE_CHECKING:
    from coroscope.model.module import Module

_SAYS_NO = frozenset({"block", "blocking", "wait"})
_TIMES = frozenset({"timeout", "seconds", "secs"})
_ONLY_TRIES = re.compile(r"\bW?NO_?HANG\b|\bNO_?BLOCK\b|\bAI_NUMERICHOST\b|\bDONTWAIT\b")
_ONLY_BEGINS = re.compile(r"\bP_NOWAITO?\b")
_RESULTS = ("concurrent.futures._base.Future.result", "concurrent.futures._base.Future.exception")
_PUTS = ("queue.Queue.put", "multiprocessing.queues.Queue.put")
_SOCKETS = ("socket.socket.", "ssl.SSLSocket.")
_NEVER_WAITS = re.compile(r"\bsetblocking\(|\bsettimeout\(0|\bBlockingIOError\b|\bSOCK_NONBLOCK\b")
_MAKES_SOCKET = re.compile(r"\b(socket|create_connection|accept|wrap_socket)\(")


class BlockingCall(NamedTuple):
    """A call in async code, what it calls by the name under which that is defined, and what is known of it."""

    call: ast.Call
    name: str
    known: Blocking


def blocking_calls(module: Module) -> Iterator[BlockingCall]:
    """Every call in the async functions of a file that does not give way before it is done."""
    for found in module.in_blocks(_blocking_in):
        if not (_is_of_sockets(found.name) and _keeps_sockets_going(module)):
            if found.name not in _PUTS or _has_bound(module, found.call):
                yield found


def known_blocking(callee: Type) -> tuple[str, Blocking] | None:
    """The name of what is called, and what is known of it, if it surely does not give way."""
    found = [
        next(((name, blocking()[name]) for name in inherited_names(one) if name in blocking()), None)
        for one in members(without_none(callee))
    ]
    return found[0] if None not in found else None


def only_tries(call: ast.Call, callee: Type, text: str) -> bool:
    """Whether the arguments of a call say that it does not wait: `block=False`, `timeout=0`, `os.WNOHANG`."""
    given = [(keyword.arg, keyword.value) for keyword in call.keywords]
    given += [(_parameter(callee, call, argument), argument) for argument in call.args]
    for name, value in given:
        is_no = not (isinstance(value, ast.Constant) and value.value)
        if is_no and (name in _SAYS_NO or (name in _TIMES and isinstance(value, ast.Constant) and value.value == 0)):
            return True
    return bool(_ONLY_TRIES.search(text))


def _blocking_in(module: Module, block: Block) -> Iterator[BlockingCall]:
    """The calls in a block's async code that do not give way, as far as the block itself tells."""
    if not isinstance(block.node, ast.AsyncFunctionDef):
        return
    spelled = blocking_names() | aliases(block, blocking_names())
    for call in block.nodes_of((ast.Call,)):
        if isinstance(call, ast.Call) and callee_name(call) in spelled and module.in_async(call):
            found = None if isinstance(parent_of(call), ast.Await) else _blocking(module, call)
            if found is not None and not (found.name in _RESULTS and _may_be_done(block.node, call)):
                if not module.is_dead(call):
                    yield found


def _blocking(module: Module, call: ast.Call) -> BlockingCall | None:
    callee = module.type_of(call.func)
    known = known_blocking(callee)
    if known is None:
        return None
    text = module.text(call)
    if only_tries(call, callee, text):
        return None
    name, told = known
    return BlockingCall(call, name, Blocking("brief", told.twin) if _ONLY_BEGINS.search(text) else told)


def _parameter(callee: Type, call: ast.Call, argument: ast.expr) -> str | None:
    """The name of the parameter that an argument goes to."""
    if isinstance(argument, ast.Starred):
        return None
    found = (parameter_of(function, call, argument) for function in called(callee))
    return next((parameter.name for parameter in found if parameter is not None), None)


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


def _is_of_sockets(name: str) -> bool:
    return name.startswith(_SOCKETS)


def _keeps_sockets_going(module: Module) -> bool:
    """Whether a file has sockets that do not wait, or gets them from others, who may have made them so."""
    text = module.source.text
    return bool(_NEVER_WAITS.search(text)) or not _MAKES_SOCKET.search(text)


def _has_bound(module: Module, call: ast.Call) -> bool:
    """Whether the file makes the queue, and says how much it takes."""
    name = last_name(call.func.value) if isinstance(call.func, ast.Attribute) else ""
    for statement in module.tree.walk(ast.Assign, ast.AnnAssign):
        targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
        made = statement.value
        if isinstance(made, ast.Call) and any(last_name(target) == name for target in targets):
            sizes = [*made.args, *(keyword.value for keyword in made.keywords)]
            if last_name(made.func).endswith("Queue") and sizes:
                return not (isinstance(sizes[0], ast.Constant) and not sizes[0].value)
    return False
