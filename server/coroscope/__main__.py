"""The way in, for `coroscope` and `python -m coroscope`: the server and the command line never load each other."""

from __future__ import annotations

import gc
import sys

OBJECTS_IN_SERVER = 100_000
"""New objects between two collections of garbage. A syntax tree is very many objects that live and die together: to
look through them often finds nothing. A collection of so many keeps a keystroke waiting for some 20 ms. When all
objects are looked through, `coroscope.lsp.garbage` decides."""

OBJECTS_IN_COMMAND = 3_000_000
"""A command is over soon, and nobody types: so many are some 300 MB, and a tenth of the time is saved."""

HELP = {"--help", "-h"}


def main() -> int:
    """Run the command line that `sys.argv` holds and answer its exit status."""
    arguments = sys.argv[1:]
    try:
        if arguments[:1] == ["server"] and not HELP.intersection(arguments):
            gc.set_threshold(OBJECTS_IN_SERVER, 10, 1_000_000)
            from coroscope.lsp import server

            return server.main() or 0
        gc.set_threshold(OBJECTS_IN_COMMAND)
        from coroscope.cli.app import run

        return run(arguments)
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
