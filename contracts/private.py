"""The mark of personal data.

A field annotated `Private[T]` holds what identifies a person or pays for them. The mark is data that
other floors read (`private_fields`): logs and problem details leave such values out.
"""

from __future__ import annotations

from typing import Annotated, Any, TypeVar, get_args, get_origin, get_type_hints

T = TypeVar("T")


class PrivateMark:
    """Marker in `Annotated`: the value is personal data or a payment token."""


Private = Annotated[T, PrivateMark()]


def private_fields(contract: type[Any]) -> tuple[str, ...]:
    """The names of a contract's fields that are marked private, in their order."""
    hints = get_type_hints(contract, include_extras=True)
    return tuple(name for name, hint in hints.items() if _is_private(hint))


def _is_private(hint: Any) -> bool:
    if get_origin(hint) is Annotated and any(isinstance(mark, PrivateMark) for mark in get_args(hint)[1:]):
        return True
    return any(_is_private(part) for part in get_args(hint) if part is not Ellipsis)
