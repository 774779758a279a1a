"""Which files hold tests: there, one piece of async code has its event loop for itself."""

from __future__ import annotations

import re

_FILE = re.compile(r"(?:^|[\\/])(?:test_[^\\/]*|[^\\/]*_test|conftest)\.py$")
_PACKAGE = re.compile(r"(?:^|\.)_?(?:tests?|testing)(?:\.|$)")


def is_test_file(path: str) -> bool:
    """Whether a file has one of the names that pytest looks for, or is a `conftest.py`."""
    return bool(_FILE.search(path))


def is_for_tests(path: str, name: str) -> bool:
    """Whether a file holds tests, or is of a package for them; `name` is the module's dotted name."""
    return is_test_file(path) or bool(_PACKAGE.search(name))
