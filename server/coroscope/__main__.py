"""The way in, for `coroscope` and `python -m coroscope`: the server and the command line never load each other."""

from __future__ import annotations

import sys

HELP = {"--help", "-h"}


def main() -> int:
    """Run the command line that `sys.argv` holds and answer its exit status."""
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
