"""Draw the README's picture: what `coroscope check` says of the example in the package, as an SVG.

    python tests/tools/record_demo.py

writes `server/pictures/check.svg`. The same code and example give the same picture, to the byte, on every machine.
"""

from __future__ import annotations

import io
from pathlib import Path

from coroscope.cli.check import reports
from coroscope.cli.demo import example
from coroscope.cli.formats.text import finding_text, summary_text
from coroscope.cli.session import Choices, Session
from rich.console import Console
from rich.terminal_theme import MONOKAI

ROOT = Path(__file__).parents[2]
PICTURE = ROOT / "server" / "pictures" / "check.svg"
WIDTH = 100


def picture(folder: Path) -> str:
    """The picture of a check of the example, a copy of which is put into an empty folder."""
    for name, text in example().items():
        (folder / name).write_text(text, "utf-8", newline="")
    console = Console(
        record=True,
        file=io.StringIO(),
        width=WIDTH,
        force_terminal=True,
        color_system="truecolor",
        legacy_windows=False,
        highlight=False,
        _environ={},
    )
    console.print("[green]$[/] coroscope check\n")
    checked = list(reports(Session(Choices()), ["."]))
    for report in checked:
        for reported in report.found:
            block = finding_text(reported.finding, report.source, console, offers=reported.offers)
            console.print(block, soft_wrap=True)
    console.print(summary_text(checked), markup=False)
    return console.export_svg(title="coroscope", theme=MONOKAI, unique_id="coroscope")


def main() -> None:
    """Write the picture."""
    import contextlib
    import os
    import tempfile

    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        stack.callback(os.chdir, Path.cwd())
        os.chdir(folder)
        text = picture(Path(folder))
    PICTURE.parent.mkdir(exist_ok=True)
    PICTURE.write_text(text, "utf-8", newline="\n")


if __name__ == "__main__":
    main()
