"""What other files of a project tell about values whose type nobody says: usage, and how it follows changes."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from checking import QuickProject
from coroscope import engine
from coroscope.project import index
from coroscope.project.index import keys_of

AWAITING = """
class Publisher:
    def __init__(self, channel):
        self._channel = channel

    async def publish(self, message):
        await self._channel.send(message)
"""

DROPPING = """
async def close(channel):
    channel.send("bye")
"""


@pytest.fixture
def project(tmp_path: Path) -> QuickProject:
    root = tmp_path.resolve()
    (root / "pyproject.toml").write_text("", "utf-8")
    write(root, "publisher.py", AWAITING)
    write(root, "closer.py", DROPPING)
    return QuickProject(root)


def write(root: Path, name: str, text: str) -> None:
    (root / name).write_text(text, "utf-8")


def messages(project: QuickProject, name: str = "closer.py") -> list[str]:
    module = project.module(project.root / name, shown=name)
    return [finding.message for finding in engine.check(module, project.settings)]


AWAITED = ['nothing awaits `channel.send("bye")`, which is awaited elsewhere, as in `Publisher.publish`']


def test_what_another_file_awaits(project: QuickProject) -> None:
    assert messages(project) == AWAITED
    (finding,) = engine.check(project.module(project.root / "closer.py"), project.settings)
    (place,) = finding.related
    assert Path(place.path).name == "publisher.py"
    assert (place.range.start.line, place.message) == (7, "awaited here")


def test_one_call_that_is_not_awaited_ends_it(project: QuickProject) -> None:
    write(project.root, "another.py", "def test(channel):\n    channel.send('x')\n")
    assert messages(project) == []


def test_what_is_handed_to_a_task_says_nothing_against_it(project: QuickProject) -> None:
    write(
        project.root,
        "another.py",
        "import asyncio\n\nasync def f(channel):\n    asyncio.create_task(channel.send('x'))\n",
    )
    assert messages(project) == AWAITED


def test_a_plain_method_of_that_name_ends_it(project: QuickProject) -> None:
    write(project.root, "another.py", "class Channel:\n    def send(self, message): ...\n")
    assert messages(project) == []
    write(project.root, "another.py", "class Channel:\n    async def send(self, message): ...\n\ndef send(): ...\n")
    assert messages(QuickProject(project.root)) == AWAITED


def test_a_file_that_awaits_every_such_call_is_for_the_asynchronous_kind(project: QuickProject) -> None:
    write(project.root, "plain.py", "class Channel:\n    def send(self, message): ...\n")
    calls = "".join(f"async def f{number}(channel):\n    await channel.send({number})\n\n" for number in range(3))
    write(project.root, "closer.py", DROPPING + calls)
    assert messages(project) == []  # as nothing here is of that kind
    write(project.root, "later.py", "class Channel:\n    async def send(self, message): ...\n")
    found = ['nothing awaits `channel.send("bye")`, which is awaited elsewhere, as in `f0`']
    assert messages(QuickProject(project.root)) == found
    write(project.root, "closer.py", DROPPING + calls.replace("await channel.send(2)", "channel.send(2)"))
    assert messages(QuickProject(project.root)) == []
    write(project.root, "closer.py", DROPPING + calls.partition("async def f2")[0])
    assert messages(QuickProject(project.root)) == []


def test_every_method_of_that_name_is_async(project: QuickProject) -> None:
    write(project.root, "closer.py", "async def close(link):\n    link.wait_until_sent()\n")
    write(
        project.root,
        "links.py",
        "class Link:\n    async def wait_until_sent(self): ...\n    async def close(self): ...\n",
    )
    words = "and every `wait_until_sent` of the project is an `async def`, as `Link.wait_until_sent` is"
    assert messages(project) == [f"nothing awaits `link.wait_until_sent()`, {words}"]
    (finding,) = engine.check(project.module(project.root / "closer.py"), project.settings)
    assert [(place.range.start.line, place.range.start.column, place.message) for place in finding.related] == [
        (2, 15, "defined here")
    ]


def test_a_method_that_hands_its_own_work_on_proves_nothing(project: QuickProject) -> None:
    code = "class Link:\n    async def wait_until_sent(self):\n        self.inner().wait_until_sent()\n"
    write(project.root, "closer.py", code)
    assert messages(project) == []


@pytest.mark.parametrize(
    "method",
    [
        "def wait_until_sent(self): ...",
        "@contextmanager\n    async def wait_until_sent(self): ...",
        "async def wait_until_sent(self):\n        yield 1",
    ],
)
def test_a_method_of_that_name_that_makes_something_else_ends_it(project: QuickProject, method: str) -> None:
    write(project.root, "closer.py", "async def close(link):\n    link.wait_until_sent()\n")
    write(project.root, "links.py", "class Link:\n    async def wait_until_sent(self): ...\n")
    write(project.root, "others.py", f"class Other:\n    {method}\n")
    assert messages(project) == []


def test_names_that_everybody_uses_are_not_enough(project: QuickProject) -> None:
    write(project.root, "closer.py", "async def close(link):\n    link.close()\n")
    write(project.root, "links.py", "class Link:\n    async def close(self): ...\n")
    assert messages(project) == []


def test_most_calls_of_methods_of_that_name_are_awaited(project: QuickProject) -> None:
    write(project.root, "closer.py", "async def close(link):\n    link.wait_until_sent()\n")
    write(project.root, "links.py", "class Link:\n    async def wait_until_sent(self): ...\n")
    write(project.root, "another.py", "async def f(one, two):\n    two.wait_until_sent()\n")
    assert messages(project) == []
    write(project.root, "third.py", "async def f(one, two):\n    await one.wait_until_sent()\n" * 2)
    assert len(messages(QuickProject(project.root))) == 1


def test_the_transport_of_a_transport(project: QuickProject) -> None:
    """Names that everybody uses tell nothing, even if all that the project defines by them is async."""
    link = "    def __init__(self, transport):\n        self._transport = transport\n\n"
    close = "    async def close(self):\n        self._transport.close()\n"
    write(project.root, "closer.py", f"class Link:\n{link}{close}")
    write(project.root, "another.py", "async def f(link):\n    await link.close()\n")
    assert messages(project) == []


def test_a_receiver_that_is_none(project: QuickProject) -> None:
    """Functions that others make methods of: their first parameter is as unknown as any other."""
    write(project.root, "links.py", "class Link:\n    async def wait_until_sent(self): ...\n")
    write(project.root, "closer.py", "async def close(self):\n    self.wait_until_sent()\n")
    assert len(messages(project)) == 1


@pytest.mark.parametrize(
    "code",
    [
        "async def f(text, channel):\n    return channel.send(text)\n",
        "async def f(text, channel):\n    got = channel.send(text)\n    return got\n",
    ],
)
def test_what_an_async_function_returns(project: QuickProject, code: str) -> None:
    write(project.root, "closer.py", code)
    (message,) = messages(project)
    assert message == "nothing awaits `channel.send(text)`, which is awaited elsewhere, as in `Publisher.publish`"


@pytest.mark.parametrize(
    "code",
    [
        "def f(text, channel):\n    return channel.send(text)\n",
        "@wrapped\nasync def f(text, channel):\n    return channel.send(text)\n",
        "async def f(text, channel) -> object:\n    return channel.send(text)\n",
        "async def f(text, channel, jobs):\n    jobs.start(channel.send(text))\n",
        "async def f(text, channel, jobs):\n    job = channel.send(text)\n    jobs.log(job)\n    return job\n",
        "async def f(text, channel, jobs):\n    job = channel.send(text)\n    jobs.log(job)\n    jobs.append(job)\n",
    ],
)
def test_what_is_handed_on_or_said_to_be_returned(project: QuickProject, code: str) -> None:
    write(project.root, "closer.py", code)
    assert messages(project) == []


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


def test_another_receiver_is_another_thing(project: QuickProject) -> None:
    write(project.root, "closer.py", "async def close(socket):\n    socket.send('bye')\n")
    assert messages(project) == []


@pytest.mark.parametrize(
    "text",
    [
        "from nowhere import Channel\n\nasync def close(channel: Channel):\n    channel.send('bye')\n",
        "import nowhere\n\nasync def close():\n    channel = nowhere.channel()\n    channel.send('bye')\n",
        "from nowhere import channel\n\nasync def close():\n    channel.send('bye')\n",
        "async def close(queues: dict):\n    for channel in queues.values():\n        channel.send('bye')\n",
    ],
)
def test_what_somebody_declared_is_not_learnt_from_usage(project: QuickProject, text: str) -> None:
    write(project.root, "closer.py", text)
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


def test_a_copy_of_what_nobody_declared(project: QuickProject) -> None:
    text = "import copy\n\nasync def close(origin):\n    channel = copy.copy(origin)\n    channel.send('bye')\n"
    write(project.root, "closer.py", text)
    assert len(messages(project)) == 1


def test_an_attribute_of_a_declared_object_that_nobody_declared(project: QuickProject) -> None:
    text = (
        "class Link:\n    def __init__(self, channel):\n        self.channel = channel\n\n\n"
        "class Closer:\n    def __init__(self, link: Link):\n        self._channel = link.channel\n\n"
        "    async def close(self):\n        self._channel.send('bye')\n"
    )
    write(project.root, "closer.py", text)
    assert len(messages(project)) == 1


def test_edits_of_the_other_file_count_at_once(project: QuickProject) -> None:
    closer, publisher = project.root / "closer.py", project.root / "publisher.py"
    project.open(closer, DROPPING)
    project.open(publisher, AWAITING)
    assert messages(project) == AWAITED
    project.change(publisher, AWAITING.replace("await self", "self"))
    assert messages(project) == []
    project.change(publisher, AWAITING)
    assert messages(project) == AWAITED
    project.change(publisher, AWAITING + "\n    def stop(self):\n        self._channel.send('stop')\n")
    assert messages(project) == []
    project.close(publisher)
    assert messages(project) == AWAITED


def test_changes_on_disk_count_once_they_are_told(project: QuickProject) -> None:
    assert messages(project) == AWAITED
    write(project.root, "publisher.py", AWAITING.replace("await self", "self"))
    project.invalidate(project.root / "publisher.py")
    assert messages(project) == []
    write(project.root, "publisher.py", AWAITING)
    write(project.root, "third.py", AWAITING.replace("await self", "self"))
    project.invalidate(project.root / "publisher.py")
    project.invalidate(project.root / "third.py")
    assert messages(project) == []
    (project.root / "third.py").unlink()
    project.invalidate(project.root / "third.py")
    assert messages(project) == AWAITED


def test_loose_files_are_no_project(project: QuickProject) -> None:
    (project.root / "pyproject.toml").unlink()
    loose = QuickProject(project.root)
    assert messages(loose) == []
    write(project.root, "__init__.py", "")
    assert messages(QuickProject(project.root)) == AWAITED


TEXT = b"self._channel.send(x) + Envelope(y) + _shapes.Box() + a.b.c.d() + self.go() + f().g() + f().h.i() + my_x.j()"
TEXT += b"\n@b.cached\n"


def test_the_keys_of_a_text() -> None:
    found = {b"channel.send", b"Envelope", b"shapes.Box", b"c.d", b"self.go", b"f", b".g", b"h.i", b"my_x.j"}
    found |= {b".send", b".Box", b".d", b".go", b".i", b".j", b"@cached"}
    assert keys_of(TEXT) == found


@pytest.mark.parametrize("searches", [0, 200])
def test_an_index_finds_the_same_in_both_ways(monkeypatch: pytest.MonkeyPatch, searches: int) -> None:
    monkeypatch.setattr(index, "_MOST_SEARCHES", searches)
    texts = {"a.py": TEXT, "b.py": b"channel.send()", "c.py": b""}
    files = index.Index(iter(texts), texts.get)
    steps = [files.is_complete]
    for count in (2, None):
        files.advance(count)
        steps.append(files.is_complete)
    assert steps == [False, False, True]
    expected = {"channel.send": {"a.py", "b.py"}, "c.d": {"a.py"}, "h.i": {"a.py"}, "@cached": {"a.py"}}
    expected |= {key: set() for key in ("b.c", "x.j", "d", "@b", "@cach")}
    assert {key: files.paths(key) for key in expected} == expected
    texts["c.py"] = b"await self.__c.d(1)"
    files.add("c.py")
    assert files.paths("c.d") == {"a.py", "c.py"}


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
