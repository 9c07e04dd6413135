"""Lists are of the system's own tenant: what happens in another's shop is in none of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from contracts.turn import Turn


class View(Protocol):
    """Told of committed turns."""

    def take(self, turns: Sequence[Turn]) -> None:
        """Note a committed group."""


def only(tenant: str, views: Sequence[View]) -> Callable[[Sequence[Turn]], None]:
    """Tells the views of a tenant's turns alone."""

    def take(turns: Sequence[Turn]) -> None:
        own = [turn for turn in turns if turn.tenant == tenant]
        for view in views:
            view.take(own)

    return take
