"""Conditions that the target version and platform decide."""

from __future__ import annotations

import pytest
from coroscope.model.static import Target, truth
from coroscope.syntax import parse_expression

LINUX = Target((3, 11), "linux")


@pytest.mark.parametrize(
    ("condition", "answer"),
    [
        ("sys.version_info >= (3, 11)", True),
        ("sys.version_info >= (3, 12)", False),
        ("sys.version_info < (3, 11)", False),
        ("sys.version_info >= (3,)", True),
        # It has five items, so it is greater than the tuple of its first two.
        ("sys.version_info > (3, 11)", True),
        ("sys.version_info <= (3, 11)", False),
        ("sys.version_info == (3, 11)", False),
        ("sys.version_info != (3, 11)", True),
        # Nobody knows which bugfix release it is.
        ("sys.version_info >= (3, 11, 0)", True),
        ("sys.version_info >= (3, 11, 4)", None),
        ("sys.version_info < (3, 12, 1)", True),
        ("sys.version_info >= (3, 10, 4)", True),
        ("sys.version_info[:2] == (3, 11)", True),
        ("sys.version_info[:2] > (3, 11)", False),
        ("sys.version_info[:1] >= (3,)", True),
        ("sys.version_info[:3] >= (3, 11, 4)", None),
        ("sys.version_info[0] == 3", True),
        ("sys.version_info[0] < 3", False),
        ("sys.version_info[1] >= 12", False),
        ("sys.version_info[2] >= 1", None),
        ("sys.version_info.major >= 3", True),
        ("sys.version_info.minor > 11", False),
        ("sys.version_info >= NEEDED", None),
        ('sys.platform == "linux"', True),
        ('sys.platform != "win32"', True),
        ('sys.platform in ("win32", "cygwin")', False),
        ('sys.platform not in ("win32", "cygwin")', True),
        ('sys.platform.startswith("win")', False),
        ('os.name == "nt"', False),
        ('os.name == "posix"', True),
        ("TYPE_CHECKING", True),
        ("not typing.TYPE_CHECKING", False),
        ('sys.platform == "win32" or sys.version_info >= (3, 8)', True),
        ('sys.platform == "win32" and anything()', False),
        ('sys.platform == "linux" and anything()', None),
        ("False", False),
        ("anything()", None),
    ],
)
def test_what_the_target_decides(condition: str, answer: bool | None) -> None:
    expression = parse_expression(condition)
    assert expression is not None
    assert truth(expression, LINUX) is answer


def test_windows_is_another_answer() -> None:
    target = Target((3, 10), "win32")
    for condition in ('sys.platform == "win32"', 'os.name == "nt"', 'sys.platform.startswith("win")'):
        expression = parse_expression(condition)
        assert expression is not None
        assert truth(expression, target) is True
