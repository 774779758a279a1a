"""The name under which a module has a library, and the import that it lacks."""

from __future__ import annotations

import ast

from coroscope.findings import TextEdit
from coroscope.fixes.edits import insert
from coroscope.model.module import Module


def asyncio_name(module: Module, name: str) -> str | None:
    """How the module can say `asyncio.<name>` with the imports at its top level; None if it imports no asyncio."""
    return name_of(module, "asyncio", name)


def framework(module: Module) -> str:
    """The library in whose words the file's async code is written, as the imports at its top level tell."""
    found = {
        alias.name.partition(".")[0] for n in _top_imports(module) if isinstance(n, ast.Import) for alias in n.names
    }
    found |= {(n.module or "").partition(".")[0] for n in _top_imports(module) if isinstance(n, ast.ImportFrom)}
    return next((name for name in ("asyncio", "anyio", "trio") if name in found), "asyncio")


def library_name(module: Module, library: str) -> str | None:
    """What `import anyio` at the top level calls a library; None without such an import."""
    aliases = (alias for n in _top_imports(module) if isinstance(n, ast.Import) for alias in n.names)
    return next((alias.asname or library for alias in aliases if alias.name == library), None)


def import_asyncio(module: Module, name: str) -> list[TextEdit]:
    """The edit that adds `import asyncio` where the file's style puts it; none if the file can say that name of it."""
    return import_library(module, "asyncio", name)


def name_of(module: Module, library: str, name: str) -> str | None:
    """How the module can say `<library>.<name>` with the imports at its top level; None if it does not import it."""
    direct: str | None = None
    for node in _top_imports(module):
        for alias in node.names:
            if isinstance(node, ast.Import) and alias.name == library:
                return f"{alias.asname or library}.{name}"
            if isinstance(node, ast.ImportFrom) and node.module == library and not node.level and alias.name == name:
                direct = alias.asname or name
    return direct


def import_library(module: Module, library: str, name: str) -> list[TextEdit]:
    """The edit that adds `import <library>` where the style puts it; none if the file can say that name of it."""
    if name_of(module, library, name) is not None:
        return []
    statement = f"import {library}"
    end = module.source.line_end
    imports = [
        node for node in _top_imports(module) if not (isinstance(node, ast.ImportFrom) and node.module == "__future__")
    ]
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


def _top_imports(module: Module) -> list[ast.Import | ast.ImportFrom]:
    body = module.tree.root.node.body
    return [node for node in body if isinstance(node, (ast.Import, ast.ImportFrom))]


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
    """The 1-based line behind a shebang, an encoding line, and a comment block that an empty line ends."""
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
