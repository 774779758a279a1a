"""What a name means in an annotation: the declarations behind it may be a class, an import, or an alias of a type."""

from __future__ import annotations

import ast

from coroscope.model.scopes import ALIASES, SPECIAL_MODULES, Found, HeaderScope, Scope, effective, targets
from coroscope.model.substitution import variables
from coroscope.model.summary import Alias, Import, Variable
from coroscope.model.type_variables import type_variable
from coroscope.model.types import NEVER, NONE, UNKNOWN, Type, TypeVariable, union
from coroscope.syntax import parse_expression


def meaning(found: Found, name: str) -> Type:
    """What a name means in an annotation: a class, or an alias of a type; any of them, if it is bound in branches."""
    scope = found.scope
    if found.declarations is not scope.module.summary.names.get(name) or scope is not scope.module:
        return _meaning(found, name)
    known = scope.module.meanings.get(name)
    if known is None:
        known = _meaning(found, name)
        if not scope.program.is_cut:
            scope.module.meanings[name] = known
    return known


def _meaning(found: Found, name: str) -> Type:
    meant = [_meant_by(found, target, name) for target in targets(found)]
    if any(isinstance(declaration, Import) for declaration in effective(found.declarations)):
        meant = [each for each in meant if each != NONE]  # which stands for a module that is missing
    return union(meant or [UNKNOWN])


def alias_parameters(alias: ast.expr, meant: Type, scope: Scope) -> tuple[TypeVariable, ...]:
    """The type parameters of an alias: as it declares them (PEP 695), else the type variables as they stand in it."""
    name = alias.id if isinstance(alias, ast.Name) else ""
    found = scope.find(name)
    for target in [] if found is None else targets(found):
        last = target.declarations[-1]
        if isinstance(last, Alias) and last.type_parameters:
            inside = HeaderScope(last, f"{target.scope.path}:{name}", target.scope)
            names = [text.lstrip("*").partition("=")[0].partition(":")[0].strip() for text in last.type_parameters]
            return tuple(v for v in map(inside.type_parameter, names) if v is not None)
        if isinstance(last, Variable) and "type_params" in (last.value or ""):
            return _listed(last.value or "", target.scope)
    return tuple(dict.fromkeys(variables(meant)))


def _listed(text: str, scope: Scope) -> tuple[TypeVariable, ...]:
    """The type parameters that `TypeAliasType("X", …, type_params=(A, B))` lists."""
    from coroscope.model.annotations import annotation

    call = parse_expression(text)
    words = {word.arg: word.value for word in call.keywords} if isinstance(call, ast.Call) else {}
    listed = words.get("type_params")
    meant = [annotation(item, scope) for item in listed.elts] if isinstance(listed, ast.Tuple) else []
    return tuple(item for item in meant if isinstance(item, TypeVariable))


def _meant_by(found: Found, target: Found, name: str) -> Type:
    from coroscope.model.annotations import as_annotation

    last = target.declarations[-1]
    if isinstance(last, Alias):
        return _alias(target, last, name)
    if target.scope.module.summary.name in SPECIAL_MODULES and _name_of(target, name) in ALIASES:
        return as_annotation(target.scope.lookup(_name_of(target, name)) or UNKNOWN, found.scope.program)
    if isinstance(last, Variable) and (last.annotation is None or last.annotation.endswith("TypeAlias")):
        bound = [d for d in effective(target.declarations) if isinstance(d, Variable) and d.value != "None"]
        return union(_variable(target, variable) for variable in bound or [last])
    value = target.scope.lookup(_name_of(target, name))
    return UNKNOWN if value is None else as_annotation(value, found.scope.program)


def _name_of(found: Found, name: str) -> str:
    """The name under which declarations stand in their scope, which an import may have changed."""
    declaration = found.declarations[-1]
    own = getattr(declaration, "name", None)
    if isinstance(own, str):
        return own
    names = found.scope.module.summary.names
    if any(other is declaration for other in names.get(name, ())):
        return name
    return next((key for key, value in names.items() if any(other is declaration for other in value)), name)


def _alias(found: Found, alias: Alias, name: str) -> Type:
    from coroscope.model.annotations import annotation_text

    home = f"{found.scope.path}:{name}"
    scope = HeaderScope(alias, home, found.scope)
    return found.scope.program.remember(("alias", home), lambda: annotation_text(alias.value, scope), UNKNOWN)


def _variable(found: Found, variable: Variable) -> Type:
    """An alias such as `Callback = Callable[..., Awaitable[None]]`, or a type variable."""
    from coroscope.model.annotations import annotation_text, as_annotation

    def read() -> Type:
        if variable.value is None:
            return UNKNOWN
        made = type_variable(variable.value, found.scope)
        return made if made is not None else annotation_text(variable.value, found.scope)

    key = ("variable alias", found.scope.path, variable.value)
    others = [d for d in found.declarations if not isinstance(d, Variable)]
    if not others:
        return found.scope.program.remember(key, read, UNKNOWN)
    meant = found.scope.program.remember(key, read, NEVER)  # `Thing = Thing` adds nothing to what it is
    from coroscope.model.declarations import declared

    return union([meant, *(as_annotation(declared(d, found.scope), found.scope.program) for d in others)])
