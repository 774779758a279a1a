"""Draw the README's picture: what `coroscope check` and `coroscope fix` say of the example in the package, as an SVG.

    python tests/tools/record_demo.py

writes `server/pictures/check.svg`. The same code and example give the same picture, to the byte, on every machine.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import tempfile
from pathlib import Path

from coroscope.cli import fix
from coroscope.cli.check import reports
from coroscope.cli.demo import example
from coroscope.cli.formats.text import finding_text, summary_text
from coroscope.cli.session import Choices, Session
from rich.cells import cell_len
from rich.console import Console
from rich.terminal_theme import MONOKAI
from rich.text import Text

ROOT = Path(__file__).parents[2]
PICTURE = ROOT / "server" / "pictures" / "check.svg"
NARROWEST = 80


def picture(folder: Path) -> str:
    """The picture of a check and a fix of the example, a copy of which is put into the empty working folder."""
    for name, text in example().items():
        (folder / name).write_text(text, "utf-8", newline="")
    console = Console(
        record=True,
        file=io.StringIO(),
        width=NARROWEST,
        force_terminal=True,
        color_system="truecolor",
        legacy_windows=False,
        highlight=False,
        _environ={},
    )
    checked = list(reports(Session(Choices()), ["."]))
    said = [
        finding_text(reported.finding, report.source, console, offers=reported.offers)
        for report in checked
        for reported in report.found
    ]
    script = Text("\n").join([_prompt("coroscope check"), *said, summary_text(checked)])
    script.append("\n\n").append_text(_prompt("coroscope fix --unsafe")).append(_mended())
    # A glyph of another width would push what follows it away from the carets below, unless it is drawn by itself.
    script.highlight_regex(r"[\U0001F300-\U0001FAFF]", "white")
    console.width = max(NARROWEST, *(cell_len(line) for line in script.plain.splitlines()))
    console.print(script)
    return _offline(console.export_svg(title="coroscope", theme=MONOKAI, unique_id="coroscope"))


def _prompt(command: str) -> Text:
    return Text.assemble(("$", "green"), f" {command}\n")


def _mended() -> str:
    with contextlib.redirect_stdout(io.StringIO()) as output:
        fix.run(["."], Choices(), unsafe=True, diff=False, fail_level="warning")
    return output.getvalue().rstrip("\n")


def _offline(svg: str) -> str:
    """Without the fonts that rich would have the reader's browser fetch."""
    return re.sub(r" *@font-face \{.*?\}\n", "", svg, flags=re.DOTALL).replace("Fira Code, monospace", "monospace")


def main() -> None:
    """Write the picture."""
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        stack.callback(os.chdir, Path.cwd())
        os.chdir(folder)
        text = picture(Path(folder))
    PICTURE.parent.mkdir(exist_ok=True)
    PICTURE.write_text(text, "utf-8", newline="\n")


if __name__ == "__main__":
    main()
