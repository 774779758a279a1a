"""What the calls of other files tell of methods of which nobody says the type, and how that follows changes."""

from __future__ import annotations

from pathlib import Path

import pytest
from checking import QuickProject
from coroscope import engine
from coroscope.project import index
from coroscope.project.index import keys_of
from neighbours import AWAITING, DROPPING, messages, write

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
