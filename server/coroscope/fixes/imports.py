"""The name under which a module has a library, and the import that it lacks."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from coroscope.cells import is_notebook
from coroscope.findings import TextEdit
from coroscope.fixes.edits import insert
from coroscope.model.module import Module
from coroscope.nodes import FUNCTIONS, ancestors

_IMPORTS = (ast.Import, ast.ImportFrom)


def asyncio_name(module: Module, name: str) -> str | None:
    """How the module can say `asyncio.<name>` with the imports at its top level; None if it imports no asyncio."""
    return name_of(module, "asyncio", name)


def import_asyncio(module: Module, name: str) -> list[TextEdit]:
    """The edit that adds `import asyncio` where the file's style puts it; none if the file can say that name of it."""
    return import_library(module, "asyncio", name)


def name_of(module: Module, library: str, name: str, node: ast.AST | None = None) -> str | None:
    """How the module can say `<library>.<name>` with the imports at its top level; None if it does not import it.

    Of a node, the imports before it in the functions around it count, too.
    """
    first, dot, rest = name.partition(".")
    direct: str | None = None
    for statement in _imports_before(module, node):
        for alias in statement.names:
            if isinstance(statement, ast.Import) and alias.name == library:
                return f"{alias.asname or library}.{name}"
            if _is_from(statement, library) and alias.name == first:
                direct = f"{alias.asname or first}{dot}{rest}"
    return direct


def _is_from(statement: ast.Import | ast.ImportFrom, library: str) -> bool:
    return isinstance(statement, ast.ImportFrom) and statement.module == library and not statement.level


def _imports_before(module: Module, node: ast.AST | None) -> Iterator[ast.Import | ast.ImportFrom]:
    """The imports at the top level, and those before a node in the functions around it; those that are tried, too."""
    yield from _top_imports(module)
    if node is None:
        return
    tried = (inner for one in module.tree.root.node.body if isinstance(one, ast.Try) for inner in one.body)
    yield from (one for one in tried if isinstance(one, _IMPORTS))
    place = module.range(node).start
    for above in ancestors(node):
        if isinstance(above, FUNCTIONS):
            yield from (one for one in above.body if isinstance(one, _IMPORTS) and module.range(one).start < place)


def import_library(module: Module, library: str, name: str) -> list[TextEdit]:
    """The edit that adds `import <library>` where the style puts it; none if the file can say that name of it."""
    if name_of(module, library, name) is not None:
        return []
    statement = f"import {library}"
    end = module.source.line_end
    imports = _beside(module, library)
    plain = [node for node in imports if isinstance(node, ast.Import)]
    if not imports:
        return [_after_opening(module, statement, end)]
    smaller = [node for node in plain if node.names[0].name < library]
    larger = [node for node in plain if node.names[0].name > library]
    if larger:
        return [insert(module, _line_start(module, larger[0]), f"{statement}{end}")]
    if smaller:
        return [_behind(module, smaller[-1], statement, end)]
    return [insert(module, _line_start(module, imports[0]), f"{statement}{end}")]


def _beside(module: Module, library: str) -> list[ast.Import | ast.ImportFrom]:
    """The imports among which one of the library belongs: those of it with their neighbours, if there are any."""
    imports = [one for one in _top_imports(module) if not _is_from(one, "__future__")]
    groups: list[list[ast.Import | ast.ImportFrom]] = []
    for one in imports:
        if not groups or module.range(groups[-1][-1]).end.line + 1 < module.range(one).start.line:
            groups.append([])
        groups[-1].append(one)
    own = (group for group in groups if any(_is_of(one, library) for one in group))
    return next(own, imports)


def _is_of(statement: ast.Import | ast.ImportFrom, library: str) -> bool:
    """Whether an import is one of a library or of something in it."""
    if isinstance(statement, ast.ImportFrom):
        return not statement.level and (statement.module or "").partition(".")[0] == library
    return any(alias.name.partition(".")[0] == library for alias in statement.names)


def _top_imports(module: Module) -> list[ast.Import | ast.ImportFrom]:
    body = module.tree.root.node.body
    return [node for node in body if isinstance(node, _IMPORTS)]


def _line_start(module: Module, node: ast.AST) -> int:
    return module.source.line_starts[module.range(node).start.line - 1]


def _behind(module: Module, node: ast.AST, statement: str, end: str) -> TextEdit:
    line = module.range(node).end.line
    starts = module.source.line_starts
    if line < len(starts):
        return insert(module, starts[line], f"{statement}{end}")
    return insert(module, len(module.source.text), f"{end}{statement}")


def _after_opening(module: Module, statement: str, end: str) -> TextEdit:
    """Behind the comments at the top, the docstring and the `__future__` imports of a file without other imports."""
    body = list(module.tree.root.node.body)
    opening: ast.stmt | None = None
    while body and ((_is_docstring(body[0]) and opening is None) or _is_future(body[0])):
        opening = body.pop(0)
    starts = module.source.line_starts
    line = module.range(opening).end.line + 1 if opening is not None else _after_comments(module)
    offset = starts[line - 1] if line <= len(starts) else len(module.source.text)
    before = end if opening is not None else ""
    if opening is not None and line > len(starts):
        before = end * 2
    follows = _gap_before_code(module, line, end)
    return insert(module, offset, f"{before}{statement}{end}{follows}")


def _gap_before_code(module: Module, line: int, end: str) -> str:
    """The empty lines between the new import and what follows at that 1-based line."""
    count = len(module.source.line_starts)
    if line > count or (line == count and not module.source.line(line)):
        return ""
    if not module.source.line(line).strip():
        return ""
    here = line
    while here < count and module.source.line(here).lstrip().startswith("#"):
        here += 1
    is_definition = module.source.line(here).startswith(("def ", "class ", "async def ", "@"))
    return end * (2 if is_definition else 1)


def _after_comments(module: Module) -> int:
    """The 1-based line behind a shebang, an encoding line, and a comment block that an empty line ends.

    In a notebook it is that of the first statement: what is above that may be no Python.
    """
    body = module.tree.root.node.body
    if body and is_notebook(module.source.text):
        return module.range(body[0]).start.line
    line = 1
    while module.source.line(line).startswith("#"):
        line += 1
    if line > 1 and not module.source.line(line).strip() and line <= len(module.source.line_starts):
        return line + 1
    special = 1
    while special <= 2 and (
        module.source.line(special).startswith("#!")
        or ("coding" in module.source.line(special)[:30] and module.source.line(special).startswith("#"))
    ):
        special += 1
    return special


def _is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def _is_future(node: ast.stmt) -> bool:
    return isinstance(node, ast.ImportFrom) and node.module == "__future__"
