"""A project of a few files that say nothing of their types, for the tests of what files tell each other."""

from __future__ import annotations

from pathlib import Path

from checking import QuickProject
from coroscope import engine

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


def made(root: Path) -> QuickProject:
    """A project with a file that awaits, and `closer.py`, which drops."""
    (root / "pyproject.toml").write_text("", "utf-8")
    write(root, "publisher.py", AWAITING)
    write(root, "closer.py", DROPPING)
    return QuickProject(root)


def write(root: Path, name: str, text: str) -> None:
    """Put a file of the project on disk."""
    (root / name).write_text(text, "utf-8")


def messages(project: QuickProject, name: str = "closer.py") -> list[str]:
    """What is found in a file of the project."""
    module = project.module(project.root / name, shown=name)
    return [finding.message for finding in engine.check(module, project.settings)]
