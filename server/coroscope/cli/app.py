"""The commands and their options. Each command's work is imported when it runs, so that none pays for the others."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from enum import Enum
from typing import Annotated, ParamSpec

import typer

from coroscope import __version__
from coroscope.cli.formats import OutputFormat
from coroscope.cli.streams import guard, prepare
from coroscope.findings import LEVELS, Level

P = ParamSpec("P")

app = typer.Typer(
    name="coroscope",
    help="Find, explain and repair asyncio mistakes: the awaitable that never runs, runs twice or blocks the loop.",
    epilog="`coroscope demo` shows it at work. `coroscope COMMAND --help` has the options of a command.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
)


class FailLevel(str, Enum):
    """The levels that `--fail-level` takes."""

    error = "error"
    warning = "warning"
    information = "information"
    hint = "hint"


class RevealFormat(str, Enum):
    """The formats of `reveal`."""

    text = "text"
    json = "json"


Paths = Annotated[
    list[str] | None,
    typer.Argument(metavar="PATH", help="Files and folders; the working folder if none.", show_default=False),
]
Python = Annotated[
    str | None,
    typer.Option(
        metavar="PATH",
        help="The interpreter or environment whose packages the code imports. It is read, never run. Otherwise a"
        " virtual environment that is active or beside the project.",
        show_default=False,
    ),
]
Fail = Annotated[FailLevel, typer.Option(help="Exit with status 1 if anything of this level or above is found.")]
Select = Annotated[
    list[str] | None,
    typer.Option(metavar="RULE", help="Look for this rule only; may be given several times.", show_default=False),
]
Ignore = Annotated[
    list[str] | None,
    typer.Option(metavar="RULE", help="Leave this rule out; may be given several times.", show_default=False),
]
Levels = Annotated[
    list[str] | None,
    typer.Option(
        metavar="RULE=LEVEL",
        help="Set a rule's level: error, warning, information, hint or off.",
        show_default=False,
    ),
]


def run(arguments: Sequence[str]) -> int:
    """Run one command line and answer its exit status."""
    prepare()
    try:
        app(args=list(arguments), prog_name="coroscope")
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 0
    return 0


def _command(work: Callable[P, int]) -> Callable[P, None]:
    """Make a function that answers an exit status a command."""

    @functools.wraps(work)
    def command(*args: P.args, **kwargs: P.kwargs) -> None:
        raise typer.Exit(guard(lambda: work(*args, **kwargs)))

    return command


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"coroscope {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Take the options that stand before a command."""


@app.command()
@_command
def check(
    paths: Paths = None,
    *,
    output_format: Annotated[OutputFormat, typer.Option(help="For people, lines, or programs.")] = OutputFormat.text,
    python: Python = None,
    fail_level: Fail = FailLevel.warning,
    select: Select = None,
    ignore: Ignore = None,
    level: Levels = None,
) -> int:
    """Look for mistakes in files and folders.

    Exit status: 0 nothing of the fail level or above, 1 something, 2 some input could not be checked; standard error
    then says which and why, and the rest is checked all the same.
    """
    from coroscope.cli.check import run
    from coroscope.cli.session import Choices

    choices = Choices.of(python, select or (), ignore or (), level or ())
    return run(paths or ["."], choices, output_format, _level(fail_level))


@app.command()
@_command
def fix(
    paths: Paths = None,
    *,
    unsafe: Annotated[bool, typer.Option("--unsafe", help="Also apply fixes that may change behaviour.")] = False,
    diff: Annotated[bool, typer.Option("--diff", help="Print what would change and write nothing.")] = False,
    python: Python = None,
    fail_level: Fail = FailLevel.warning,
    select: Select = None,
    ignore: Ignore = None,
    level: Levels = None,
) -> int:
    """Apply the preferred fix of every finding that has a safe one.

    Exit status as for check, about what is left; with --diff it is 1 if anything would change.
    """
    from coroscope.cli.fix import run
    from coroscope.cli.session import Choices

    choices = Choices.of(python, select or (), ignore or (), level or ())
    return run(paths or ["."], choices, unsafe=unsafe, diff=diff, fail_level=_level(fail_level))


@app.command()
@_command
def reveal(
    files: Annotated[list[str], typer.Argument(metavar="FILE", help="Files or folders.", show_default=False)],
    output_format: Annotated[RevealFormat, typer.Option(help="For people or for programs.")] = RevealFormat.text,
    python: Python = None,
) -> int:
    """Print what each call makes: the type of its value."""
    from coroscope.cli.reveal import run
    from coroscope.cli.session import Choices

    return run(files, Choices.of(python), as_json=output_format is RevealFormat.json)


@app.command()
@_command
def explain(
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="RULE|TEXT|-",
            help="A rule's name, a pasted warning or traceback, or - to read one from standard input. Without it,"
            " all rules are listed.",
            show_default=False,
        ),
    ] = None,
) -> int:
    """Explain a rule, or what Python printed; of a traceback, show the line at fault."""
    from coroscope.cli.explain import run

    return run(words or [])


@app.command()
@_command
def demo() -> int:
    """Show the language server at work on a small program with mistakes."""
    from coroscope.cli.demo import run

    return run()


@app.command()
def server(
    stdio: Annotated[bool, typer.Option("--stdio", help="Accepted, since editors pass it.")] = False,
) -> None:
    """Serve an editor: the language server protocol on standard input and output.

    Editors start this; there is nothing to type. README.md tells how to set up yours.
    """


def _level(choice: FailLevel) -> Level:
    return next(level for level in LEVELS if level == choice.value)
