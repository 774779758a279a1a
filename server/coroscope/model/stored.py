"""What the methods of a class store in an attribute of its instances, and what they put into the containers there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from coroscope.model.summary import Variable
from coroscope.model.types import NEVER, UNKNOWN, Instance, SpecialForm, TupleType, Type, each, members, union

if TYPE_CHECKING:
    from coroscope.model.classes import ClassInfo

ITSELF = "__itself__"
"""What stands, in the closed expression of an augmented assignment, for what the attribute was before."""


def instance_attribute(
    cls: ClassInfo, name: str, assigned: tuple[Variable, ...], receiver: Type | None = None, before: Type = NEVER
) -> Type:
    """What the methods of a class assign to an attribute: its annotation, else one of its values.

    `receiver` is what they are called on, if not just any instance of the class; `before` what the class body assigns.
    """
    from coroscope.model.annotations import annotation_text

    annotated = next((variable.annotation for variable in assigned if variable.annotation), None)
    if annotated is not None:
        said = annotation_text(annotated, cls.scope)
        if not isinstance(said, SpecialForm):
            return said
    unannotated = [variable for variable in assigned if variable.annotation is None]
    augmented = [variable for variable in unannotated if ITSELF in (variable.value or "")]
    plain = [_value(cls, variable, receiver, UNKNOWN) for variable in unannotated if variable not in augmented]
    if any(holder == name for holder, _ in cls.module.summary.replaced):
        plain.append(UNKNOWN)  # a method of it is replaced on this very object
    whole = union([before, *plain])
    whole = UNKNOWN if whole == NEVER and augmented else whole
    whole = union([whole, *(_value(cls, variable, receiver, whole) for variable in augmented)])
    contents = cls.module.summary.contents.get(f"{cls.qualname}.{name}")
    if contents is None or cls.declaration is not cls.module.summary.names.get(cls.name, (None,))[0]:
        return whole
    put = [_value(cls, variable, receiver, whole) for variable in contents]
    is_handed_out = any(variable.conditional for variable in contents)
    items = [one.items for one in put if isinstance(one, TupleType)]
    return each(whole, lambda member: filled(member, items, is_handed_out))


def filled(container: Type, put: Sequence[tuple[Type, ...]], is_handed_out: bool = False) -> Type:
    """A container that began empty, with what is put into it (see `coroscope.model.filling`).

    `is_handed_out` tells that others may add something to its values.
    """
    if not isinstance(container, Instance):
        return container
    args = container.args or (UNKNOWN,) * len(container.cls.parameters)
    if not args or args[0] != UNKNOWN:
        return container
    is_keyed = len(args) == 2
    if any((len(items) > 1) is not is_keyed for items in put):
        return container
    if not is_keyed:
        return Instance(container.cls, (union(_widened(union(items[0] for items in put))),))
    added = [] if is_handed_out else [(items[-2],) for items in put if len(items) > 2]
    values = [items[1] for items in put if len(items) != 3]
    values += [args[1]] if args[1] != UNKNOWN or not values else []
    value = union(filled(member, added) if added else member for one in values for member in members(one))
    return Instance(container.cls, (union(_widened(union(items[0] for items in put))), union(_widened(value))))


def _value(cls: ClassInfo, variable: Variable, receiver: Type | None, before: Type) -> Type:
    """One value, without that of a constant: the attribute will have others."""
    from coroscope.model.infer import infer_text
    from coroscope.model.signatures import inside

    scope = None if variable.within is None else inside(cls, variable.within, receiver, {ITSELF: before})
    if variable.value is None or scope is None:
        return UNKNOWN
    return union(_widened(infer_text(variable.value, scope)))


def _widened(type_: Type) -> Iterator[Type]:
    for member in members(type_):
        is_constant = isinstance(member, Instance) and member.literal is not None
        yield Instance(member.cls, member.args) if is_constant and isinstance(member, Instance) else member
