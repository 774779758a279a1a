"""Databases that are kept in memory, whose calls wait for no disk.

    self.index = sqlite3.connect(":memory:")    # and what is called on `self.index` takes no longer than other code

Told by the call that opens one, or by what the class stores in the attribute that has it.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable

from coroscope.model.types import Instance, Type, members

IN_MEMORY = re.compile(r":memory:|\bmode=memory\b|in_?memory")
"""How a text says that a database is one (SQLite's documentation, "In-Memory Databases"), or may be one, by a name."""


def is_stored_in_memory(receiver: ast.expr, type_of: Callable[[ast.expr], Type]) -> bool:
    """Whether what a method is called on was got from an attribute that holds such a database."""
    attributes = (node for node in ast.walk(receiver) if isinstance(node, ast.Attribute))
    return any(_holds_one(type_of(node.value), node.attr) for node in attributes)


def _holds_one(owner: Type, attribute: str) -> bool:
    classes = (entry.cls for member in members(owner) if isinstance(member, Instance) for entry in member.cls.mro)
    stored = (variable for cls in classes for variable in cls.declaration.attributes.get(attribute, ()))
    return any(IN_MEMORY.search(variable.value or "") for variable in stored)
