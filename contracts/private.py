"""The mark of personal data, and what stands in a turn in its place.

A field annotated `Private[T]` holds what identifies a person or pays for them. Problem details and answers leave such
values out (`private_fields`), and no turn holds them in clear: at the door the private fields of each struct are
sealed together, and the first of them becomes `~REF.CIPHERTEXT`. REF is the `pii_ref`: it names the seal in the
vault, outside the journal. Whoever copies the field copies both, so nothing else has to know of it; when the seal
is destroyed, every copy in every turn, snapshot and backup is lost at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Annotated, Any, NamedTuple, TypeVar, get_args, get_origin, get_type_hints

import msgspec
from msgspec import NODEFAULT, Struct

T = TypeVar("T")

SEALED = "~"


class PrivateMark:
    """Marker in `Annotated`: the value is personal data or a payment token."""


Private = Annotated[T, PrivateMark()]


class PersonErased(LookupError):
    """The seal is gone: whose data this was has been erased. The argument is the reference."""


class Shape(NamedTuple):
    """What of a contract is private.

    `own` are its private fields, `empty` what stands in for each when its value is elsewhere or gone; `inner` are the
    fields that hold structs with private fields of their own, alone or in a tuple.
    """

    own: tuple[str, ...]
    empty: tuple[Any, ...]
    inner: tuple[str, ...]


def private_fields(contract: type[Any]) -> tuple[str, ...]:
    """The names of a contract's fields that are marked private, in their order."""
    hints = get_type_hints(contract, include_extras=True)
    return tuple(name for name, hint in hints.items() if _is_private(hint))


@cache
def shape_of(contract: type[Struct]) -> Shape | None:
    """What is private in a contract, at any depth; None if nothing is."""
    own = private_fields(contract)
    hints = get_type_hints(contract)
    fields = {field.name: field for field in msgspec.structs.fields(contract)}
    empty = tuple(_empty(fields[name].default, hints[name]) for name in own)
    inner = tuple(
        name
        for name, hint in hints.items()
        if name not in own and any(one is not contract and shape_of(one) for one in _structs(hint))
    )
    return Shape(own, empty, inner) if own or inner else None


def pii_refs(value: Struct) -> list[str]:
    """The seals that the private values in a struct are under, each once, in their order."""
    found: dict[str, None] = {}
    _find_refs(value, found)
    return list(found)


def ref_of(text: Any) -> str | None:
    """The seal of a sealed value; None for anything else."""
    if type(text) is not str or not text.startswith(SEALED):
        return None
    ref, dot, _ = text[1:].partition(".")
    return ref if dot else None


def _find_refs(value: Struct, found: dict[str, None]) -> None:
    shape = shape_of(type(value))
    if shape is None:
        return
    if shape.own and (ref := ref_of(getattr(value, shape.own[0]))) is not None:
        found[ref] = None
    for name in shape.inner:
        inner = getattr(value, name)
        if type(inner) is tuple:
            for one in inner:
                _find_refs(one, found)
        elif inner is not None:
            _find_refs(inner, found)


def _empty(default: Any, hint: Any) -> Any:
    if default is not NODEFAULT:
        return default
    return "" if hint is str else () if get_origin(hint) is tuple else None


def _structs(hint: Any) -> Iterator[type[Struct]]:
    if isinstance(hint, type) and issubclass(hint, Struct):
        yield hint
    for part in get_args(hint):
        yield from _structs(part)


def _is_private(hint: Any) -> bool:
    if get_origin(hint) is Annotated and any(isinstance(mark, PrivateMark) for mark in get_args(hint)[1:]):
        return True
    return any(_is_private(part) for part in get_args(hint) if part is not Ellipsis)
