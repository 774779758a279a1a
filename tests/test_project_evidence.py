"""What other files of a project tell of attributes, callbacks, arguments and decorators that nobody declares."""

from __future__ import annotations

import ast

import pytest
from checking import QuickProject
from neighbours import messages, write

READING = """
async def show(response):
    print(await response.content)

async def save(response, archive):
    body = await response.content
    archive.append(body)
"""


@pytest.mark.parametrize(
    "text",
    [
        "from zlib import crc32\n\nasync def check(response):\n    return crc32(response.content)\n",
        "async def check(response, parser):\n    body = response.content\n    parser.feed(body)\n    return body\n",
        "async def check(response):\n    if not response.content:\n        return True\n",
        "async def check(response):\n    return response.content\n",
        "async def check(context):\n    return len(context._response.content)\n",
        "async def check(response):\n    return response.content[:4]\n",
        "async def check(response):\n    return response.content.decode()\n",
        "async def check(response):\n    if response is not None:\n        print(response.content)\n",
        "async def check(request, response, told):\n    if request:\n        told['body'] = await request.read()\n"
        "    else:\n        told['body'] = response.content\n",
    ],
)
def test_an_attribute_that_is_awaited_wherever_else_it_is_read(project: QuickProject, text: str) -> None:
    write(project.root, "reader.py", READING)
    write(project.root, "closer.py", text)
    (message,) = messages(project)
    assert message.endswith("`, which is awaited elsewhere, as in `show`")


@pytest.mark.parametrize(
    "text",
    [
        "async def watch(response, pending):\n    pending.append(response.content)\n",
        "async def watch(response, limits):\n    limits.body = response.content\n",
        "async def watch(response, waiting):\n    waiting['body'] = response.content\n",
        "import asyncio\n\nasync def watch(response):\n    await asyncio.wait([response.content])\n",
        "import asyncio\n\nasync def watch(response):\n    await asyncio.shield(response.content)\n",
        "import asyncio\n\nasync def watch(response):\n    body = response.content\n    return await body\n",
        "def give(response):\n    return response.content\n",
        "async def give(response):\n    response.content.cancel()\n",
        "from nowhere import Response\n\nasync def f(response: Response):\n    print(response.content)\n",
        "async def f(page):\n    print(page.content)\n",
        "class Page:\n    content = 'text'\n\nasync def f():\n    response = Page()\n    print(response.content)\n",
    ],
)
def test_an_attribute_that_is_kept_or_means_something_else(project: QuickProject, text: str) -> None:
    write(project.root, "reader.py", READING)
    write(project.root, "closer.py", text)
    assert messages(project) == []


CHECKING = "async def check(response):\n    print(len(response.content))\n"


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("async def once(response):\n    await response.content\n", 1),
        ("async def another(response):\n    print(response.content)\n", 0),
        ("def another(response):\n    return response.content\n", 0),
        ("class Page:\n    @property\n    def content(self):\n        return 'text'\n", 0),
        ("class Page:\n    def content(self):\n        return 'text'\n", 1),
        ("class Page:\n    @property\n    async def content(self):\n        return 'text'\n", 1),
    ],
)
def test_what_speaks_for_and_against_an_attribute(project: QuickProject, text: str, count: int) -> None:
    write(project.root, "reader.py", READING)
    write(project.root, "closer.py", CHECKING)
    write(project.root, "third.py", text)
    assert len(messages(project)) == count


def test_one_that_is_awaited_is_too_few(project: QuickProject) -> None:
    write(project.root, "closer.py", CHECKING)
    write(project.root, "reader.py", "async def once(response):\n    await response.content\n")
    assert messages(project) == []


def test_a_property_that_surely_is_awaitable_needs_no_more_than_most(project: QuickProject) -> None:
    read = "    async def read(self):\n        return b''\n"
    content = "    @property\n    def content(self):\n        return self.read()\n"
    write(project.root, "responses.py", f"class Response:\n{read}\n{content}")
    write(project.root, "reader.py", READING)
    write(project.root, "closer.py", CHECKING)
    write(project.root, "another.py", "async def another(response):\n    print(response.content)\n")
    assert len(messages(project)) == 1


def test_edits_of_a_file_that_reads_an_attribute_count_at_once(project: QuickProject) -> None:
    reader, closer = project.root / "reader.py", project.root / "closer.py"
    write(project.root, "reader.py", "")
    write(project.root, "closer.py", CHECKING)
    project.open(reader, "")
    project.open(closer, CHECKING)
    assert messages(project) == []
    write(project.root, "reader.py", READING)
    project.change(reader, READING)
    project.close(reader)
    assert len(messages(project)) == 1
    project.open(reader, READING)
    project.change(reader, READING + "\ndef last(response):\n    return response.content\n")
    assert messages(project) == []


CALLBACKS = """
async def show(scope, receive, send):
    await send({"type": "start"})
    await receive()

class Pages:
    async def __call__(self, scope, receive, send):
        while await receive():
            await send({"type": "page"})
"""


@pytest.mark.parametrize("parameter", ["receive", "receive: Callable", "receive: Callable[[], Any]"])
def test_callbacks_that_are_awaited_by_that_name(project: QuickProject, parameter: str) -> None:
    write(project.root, "pages.py", CALLBACKS)
    header = f"from collections.abc import Callable\nfrom typing import Any\n\nasync def close({parameter}):\n"
    write(project.root, "closer.py", header + "    receive()\n")
    assert messages(project) == ["nothing awaits `receive()`, which is awaited elsewhere, as in `show`"]


@pytest.mark.parametrize(
    "text",
    [
        "async def close(send):\n    return send({})\n",
        "async def close():\n    from nowhere import send\n    send({})\n",
        "from nowhere import Send\n\nasync def close(send: Send):\n    send({})\n",
        "from nowhere import send\n\nasync def close():\n    send({})\n",
        "async def close(send):\n    sending = send({})\n    if sending is not None:\n        await sending\n",
        "def close(send):\n    send({})\n",
    ],
)
def test_callbacks_that_may_be_something_else(project: QuickProject, text: str) -> None:
    write(project.root, "pages.py", CALLBACKS)
    write(project.root, "closer.py", text)
    assert messages(project) == []


def test_a_declared_callback_that_is_awaited_by_that_name(project: QuickProject) -> None:
    write(project.root, "pages.py", CALLBACKS)
    header = "from collections.abc import Awaitable, Callable\nfrom typing import Any\n\n"
    returning = "async def close(receive: Callable[[], Awaitable[Any]]) -> Any:\n    return receive()\n"
    write(project.root, "closer.py", header + returning)
    assert messages(project) == ["`receive()` is returned without `await`: awaiting `close` gives an `Awaitable`"]
    write(project.root, "wrapping.py", "def wrapped(receive):\n    return receive()\n")
    assert len(messages(QuickProject(project.root))) == 1
    write(project.root, "threads.py", "def run(receive):\n    print(receive())\n")
    assert messages(QuickProject(project.root)) == []


def test_one_callback_of_that_name_that_is_not_awaited_ends_it(project: QuickProject) -> None:
    write(project.root, "pages.py", CALLBACKS)
    write(project.root, "threads.py", "def run(send):\n    send({})\n")
    write(project.root, "closer.py", "async def close(send):\n    send({})\n")
    assert messages(project) == []


ENCODING = """
from encoder import encode

class Users:
    async def create(self, item):
        await self.post(body=await encode(item))
"""


def test_what_other_files_give_to_the_same_argument(project: QuickProject) -> None:
    write(project.root, "encoder.py", "async def encode(item) -> bytes: ...\n")
    write(project.root, "users.py", ENCODING)
    write(project.root, "groups.py", ENCODING.replace("Users", "Groups").replace("await encode", "encode"))
    assert messages(project, "groups.py") == []
    write(project.root, "teams.py", ENCODING)
    project = QuickProject(project.root)
    found = ["nothing awaits `encode(item)`, which is awaited elsewhere, as in `Users.create`"]
    assert messages(project, "groups.py") == found
    write(project.root, "roles.py", 2 * ENCODING.replace("await encode", "encode"))
    assert messages(QuickProject(project.root), "groups.py") == []
    write(project.root, "more.py", ENCODING)
    assert messages(QuickProject(project.root), "groups.py") == found


RESOLVING = """
class Join:
    async def resolve(self, client, utils):
        self.channel = utils.get_channel(await client.get_input_entity(self.channel))
"""


def test_what_methods_of_undeclared_things_give_to_the_same_argument(project: QuickProject) -> None:
    resolving = RESOLVING.replace("await client", "client")
    write(project.root, "join.py", RESOLVING)
    write(project.root, "leave.py", resolving)
    assert messages(project, "leave.py") == []
    write(project.root, "more.py", RESOLVING)
    project = QuickProject(project.root)
    found = ["nothing awaits `client.get_input_entity(self.channel)`, which is awaited elsewhere, as in `Join.resolve`"]
    assert messages(project, "leave.py") == found
    write(project.root, "leave.py", resolving.replace("get_channel", "keep"))
    assert messages(QuickProject(project.root), "leave.py") == []
    write(project.root, "leave.py", resolving.replace("client,", "client: Missing,"))
    assert messages(QuickProject(project.root), "leave.py") == []
    write(project.root, "leave.py", resolving + RESOLVING)
    write(project.root, "another.py", resolving)
    assert messages(QuickProject(project.root), "leave.py") == []


CHANGED = """
import functools

def checked(function):
    @functools.wraps(function)
    def wrapper(self, *args):
        return function(self, *args)
    return wrapper

class Conversation:
    client = None

    @checked
    async def send_later(self, message):
        await self.client.send_later(message)

    async def close(self):
        self.client.send_later("bye")
"""


def test_decorated_methods_are_no_plain_ones(project: QuickProject) -> None:
    write(project.root, "conversation.py", CHANGED)
    found = [
        'nothing awaits `self.client.send_later("bye")`, which is awaited elsewhere, as in `Conversation.send_later`'
    ]
    assert messages(QuickProject(project.root), "conversation.py") == found
    write(
        project.root, "conversation.py", CHANGED.replace("async def send_later", "def send_later").replace("await ", "")
    )
    assert messages(QuickProject(project.root), "conversation.py") == []


DECORATOR = """
from functools import wraps

def timed(name=None):
    def decorator(function):
        @wraps(function)
        async def wrapper(*args):
            return function(*args)
        return wrapper
    return decorator
"""

DECORATED = """
from decorator import timed

class Client:
    @timed("get")
    async def get(self): ...
"""


def test_what_a_decorator_decorates(project: QuickProject) -> None:
    write(project.root, "decorator.py", DECORATOR)
    assert messages(project, "decorator.py") == []
    write(project.root, "client.py", DECORATED)
    project = QuickProject(project.root)
    found = ["nothing awaits `function(*args)`, and all that `timed` decorates are `async def`s, as `Client.get` is"]
    assert messages(project, "decorator.py") == found
    write(project.root, "another.py", "import decorator\n\n@decorator.timed()\ndef run(): ...\n")
    assert messages(QuickProject(project.root), "decorator.py") == []
    write(project.root, "another.py", "import decorator\n\nrun = decorator.timed()(print)\n")
    assert messages(QuickProject(project.root), "decorator.py") == []
    write(project.root, "another.py", "from decorator import timed\n\nrun = timed()(print)\n")
    assert messages(QuickProject(project.root), "decorator.py") == []
    write(project.root, "another.py", "from decorator import timed\n\n@timed()\nasync def steps():\n    yield 1\n")
    assert messages(QuickProject(project.root), "decorator.py") == []


PARSER = """
class Parser:
    def __init__(self, client):
        self.client = client

    async def parse(self):
        self.client


def show(store, *, depth: int, label="x"):
    store
    depth
    label
"""

CLIENT = """
from parser_ import Parser, show

class Client:
    def __init__(self):
        self._parser = Parser(self)

    def show(self):
        show(self._parser, depth=1)
"""


def types(project: QuickProject, name: str = "parser_.py") -> list[str]:
    """The types of the expressions that are statements."""
    module = project.module(project.root / name)
    return [str(module.type_of(statement.value)) for statement in module.tree.walk(ast.Expr)]


def test_what_the_project_passes_is_one_possibility(project: QuickProject) -> None:
    write(project.root, "parser_.py", PARSER)
    assert types(project) == ["Unknown", "Unknown", "int", "str | Unknown"]
    write(project.root, "client.py", CLIENT)
    project = QuickProject(project.root)
    assert types(project) == ["Client | Unknown", "Parser | Unknown", "int", "str | Unknown"]
    write(
        project.root,
        "another.py",
        CLIENT.replace("Client", "Session").replace("from parser_ ", "import parser_\nfrom parser_ "),
    )
    write(project.root, "third.py", "import parser_\n\nparser_.show({}, depth=2, label=3)\n")
    project = QuickProject(project.root)
    assert types(project) == [
        "Session | Client | Unknown",
        "Parser | dict[Any, Any] | Unknown",
        "int",
        "str | int | Unknown",
    ]


def test_what_is_passed_follows_edits(project: QuickProject) -> None:
    write(project.root, "parser_.py", PARSER)
    client = project.root / "client.py"
    project.open(client, CLIENT)
    assert types(project)[0] == "Client | Unknown"
    project.change(client, CLIENT.replace("Parser(self)", "Parser(1)"))
    assert types(project)[0] == "int | Unknown"
    project.change(client, CLIENT.replace("Parser(self)", "Parser"))
    assert types(project)[0] == "Unknown"


def test_a_name_that_means_something_else_passes_nothing(project: QuickProject) -> None:
    write(project.root, "parser_.py", PARSER)
    own = "def Parser(x): ...\ndef show(x, **y): ..."
    write(project.root, "client.py", CLIENT.replace("from parser_ import Parser, show", own))
    assert types(project)[:2] == ["Unknown", "Unknown"]
