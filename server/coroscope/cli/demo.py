"""`coroscope demo`: the real server at work on the example in the package, as an editor would use it.

Each scene prints what an editor would show. The example's files are opened from a copy in a temporary folder, and
edited only there.
"""

from __future__ import annotations

import asyncio
import difflib
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import cast

from rich.console import Console
from rich.markdown import Markdown
from rich.panel import Panel
from rich.text import Text

from coroscope.cli.client import Client, Document
from coroscope.cli.formats.text import finding_text
from coroscope.cli.jsonrpc import JsonObject, ServerError, as_object, as_objects
from coroscope.cli.streams import InputError
from coroscope.cli.terminal import console_for
from coroscope.findings import LEVELS, Finding, Related
from coroscope.source import Range

COMMAND = (sys.executable, "-m", "coroscope", "server")
EXAMPLE = ("store.py", "shop.py")
MOST_FIXES = 10


class DemoFailed(InputError):
    """Something that the demonstration promises did not happen."""


def run(command: Sequence[str] = COMMAND) -> int:
    """Play the demonstration with a server; 0 if all of it happened, else `InputError` says what did not."""
    console = console_for(sys.stdout)
    with tempfile.TemporaryDirectory(prefix="coroscope-demo-") as folder:
        try:
            asyncio.run(Play(console, Path(folder).resolve()).play(command))
        except BrokenPipeError:
            # Nobody watches any more.
            raise
        except (ServerError, OSError) as error:
            raise DemoFailed(f"the demonstration stopped: {error}") from error
    return 0


def example() -> dict[str, str]:
    """The text of each of the example's files by name."""
    folder = files("coroscope") / "demo"
    return {name: (folder / name).read_text("utf-8") for name in EXAMPLE}


@dataclass
class Play:
    """One performance, on a console, in a folder."""

    console: Console
    folder: Path

    async def play(self, command: Sequence[str]) -> None:
        """All scenes, from the server's start to its end."""
        texts = example()
        for name, text in texts.items():
            (self.folder / name).write_text(text, "utf-8", newline="")
        self._title("Starting the language server", "coroscope server")
        async with Client.start(command, self.folder) as client:
            documents = [client.open(self.folder / name, text) for name, text in texts.items()]
            *_, shop = documents
            found = await client.diagnostics(shop)
            self._title(f"Opening shop.py: {len(found)} mistakes underlined")
            if not found:
                raise DemoFailed("the demonstration stopped: the server found no mistake in the example.")
            for diagnostic in found:
                self.console.print(finding_text(self._finding(client, shop, diagnostic), shop.source, self.console))
            await self._hover(client, shop, found[0])
            await self._repair(client, shop)
            for document in documents:
                if await client.diagnostics(document):
                    raise DemoFailed(f"the demonstration stopped: {document.source.path} still has mistakes.")
            self._title("Every squiggle is gone")
            status = await client.stop()
        if status:
            raise DemoFailed(f"the demonstration stopped: the server ended with status {status}.")
        self.console.print("Now in your editor: see README.md, or run `coroscope check` on your own project.")

    async def _hover(self, client: Client, document: Document, diagnostic: JsonObject) -> None:
        place = client.from_wire(document.source, diagnostic["range"]).start
        self._title(f"Hovering over line {place.line}")
        hover = await client.hover(document, place)
        if not hover:
            raise DemoFailed("the demonstration stopped: the server had nothing to say about its own finding.")
        width = min(self.console.width, 100)
        words, fence, _ = hover.partition("\n```")
        page = Markdown(words + ("\n\n*… and the examples of the rule's page.*" if fence else ""))
        self.console.print(Panel(page, border_style="dim", width=width), soft_wrap=False)

    async def _repair(self, client: Client, document: Document) -> None:
        """Take the preferred action of the first diagnostic that is left, until none is."""
        for _ in range(MOST_FIXES):
            found = await client.diagnostics(document)
            if not found:
                return
            actions = await client.code_actions(document, found[0])
            preferred = next((action for action in actions if action.get("isPreferred")), None)
            if preferred is None:
                raise DemoFailed(f'the demonstration stopped: no fix for "{found[0]["message"]}".')
            self._title(f"Code action on line {self._line(found[0])}: {preferred['title']}")
            before = document.source.text
            action = await client.resolve(preferred)
            if document not in client.apply(action.get("edit")):
                raise DemoFailed(f'the demonstration stopped: "{preferred["title"]}" changed nothing.')
            self._difference(before, document.source.text)
        raise DemoFailed("the demonstration stopped: the fixes did not come to an end.")

    def _difference(self, before: str, after: str) -> None:
        lines = difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=1)
        for line in list(lines)[2:]:
            style = {"+": "green", "-": "red", "@": "dim"}.get(line[0], "")
            self.console.print(Text(f"  {line}", style))

    def _title(self, words: str, command: str = "") -> None:
        text = Text("\n» ", "bold blue").append(words, "bold").append(f"  $ {command}" if command else "", "dim")
        self.console.print(text)

    @staticmethod
    def _line(diagnostic: JsonObject) -> int:
        return cast(int, as_object(as_object(diagnostic["range"])["start"])["line"]) + 1

    def _finding(self, client: Client, document: Document, diagnostic: JsonObject) -> Finding:
        """A diagnostic as the finding that it was made from."""
        related = []
        for item in as_objects(diagnostic.get("relatedInformation")):
            location = as_object(item["location"])
            other = client.documents.get(str(location["uri"]))
            if other:
                place: Range = client.from_wire(other.source, location["range"])
                related.append(Related(other.source.path, place, str(item["message"])))
        severity = diagnostic.get("severity")
        return Finding(
            rule=str(diagnostic["code"]),
            path=document.source.path,
            range=client.from_wire(document.source, diagnostic["range"]),
            message=str(diagnostic["message"]),
            level=LEVELS[severity - 1] if isinstance(severity, int) else "error",
            related=tuple(related),
        )
