"""`python -m fuzz KIND`: run cases of a kind, or one again that was kept. `tests/README.md` tells how."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections import Counter
from contextlib import ExitStack
from itertools import count
from pathlib import Path

from coroscope import engine

from fuzz.cases import Case, made
from fuzz.checks import check
from fuzz.client import memory_of
from fuzz.corpus import Corpus
from fuzz.reducing import failure, reduced
from fuzz.server import Server

REPORT_EVERY = 60.0
_MOST_WORDS = 2000
"""About a failure that is not reduced."""


def main() -> int:
    """Run what the command line says; 1 if a case fails."""
    options = _parser().parse_args()
    engine.STRICT = True
    with ExitStack() as stack:
        server = stack.enter_context(Server()) if options.kind == "server" else None
        if options.kind == "again":
            return max(_again(Case.load(path), stack) for path in options.paths)
        return _run(options, server)


def _run(options: argparse.Namespace, server: Server | None) -> int:
    """Run cases until there were enough; say each failure, and at times how it goes."""
    corpus = Corpus(options.paths, options.lines)
    checks = server.check if server else check
    ways: Counter[str] = Counter()
    begun = said = time.monotonic()
    for done in count(1):
        seed = options.seed + (done - 1) % options.cycle
        case = made(options.kind, seed, corpus)
        way, words = failure(case, checks)
        if way:
            ways[way] += 1
            print(f"seed {seed}: {way}", flush=True)
            if ways[way] <= options.each:
                small = reduced(case, checks)
                print(f"{failure(small, checks)[1] or words}\nkept in {small.save(options.keep)}\n", flush=True)
            else:
                print(words[:_MOST_WORDS], flush=True)
        now = time.monotonic()
        is_last = done >= options.count or now - begun > options.minutes * 60
        if is_last or now - said > REPORT_EVERY:
            said = now
            memory = server.memory if server else memory_of(os.getpid())
            print(f"{done} cases in {now - begun:.0f} s, {sum(ways.values())} failed, {memory} MB", flush=True)
        if is_last:
            break
    return 1 if ways else 0


def _again(case: Case, stack: ExitStack) -> int:
    """Run a case that was kept."""
    checks = stack.enter_context(Server()).check if case.kind == "server" else check
    way, words = failure(case, checks)
    for step in case.steps:
        print(f"--- {step.name} {step.look}\n{step.text!r}")
    print(words or "it holds")
    return 1 if way else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m fuzz", description=__doc__)
    parser.add_argument("kind", choices=["texts", "edits", "server", "again"])
    parser.add_argument("paths", nargs="*", type=Path, help="files and folders to mutate; for `again`, kept cases")
    parser.add_argument("--count", type=int, default=1000, help="how many cases")
    parser.add_argument("--minutes", type=float, default=1e9, help="how long at most")
    parser.add_argument("--seed", type=int, default=1, help="the seed of the first case; the next has the next")
    parser.add_argument("--cycle", type=int, default=1 << 30, help="after so many cases, the first one comes again")
    parser.add_argument("--lines", type=int, default=400, help="about how long texts get")
    parser.add_argument("--each", type=int, default=3, help="how many failures of one way are reduced and kept")
    parser.add_argument("--keep", type=Path, default=Path("fuzz-found"), help="the folder that failing cases go to")
    return parser


if __name__ == "__main__":
    sys.exit(main())
