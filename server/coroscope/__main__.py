"""The way in, for `coroscope` and `python -m coroscope`: the server and the command line never load each other."""

from __future__ import annotations

import gc
import sys

OBJECTS_BETWEEN_COLLECTIONS = 100_000
"""A syntax tree is very many objects that live and die together: to look through them often finds nothing."""

HELP = {"--help", "-h"}


def main() -> int:
    """Run the command line that `sys.argv` holds and answer its exit status."""
    gc.set_threshold(OBJECTS_BETWEEN_COLLECTIONS)
    arguments = sys.argv[1:]
    try:
        if arguments[:1] == ["server"] and not HELP.intersection(arguments):
            from coroscope.lsp import server

            return server.main() or 0
        from coroscope.cli.app import run

        return run(arguments)
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
