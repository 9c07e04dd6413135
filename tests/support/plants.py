"""Planted wrongs: each changes one thing in a history that holds, and names the invariant it breaks."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import msgspec

from tests.support.story import Story


class Plant(NamedTuple):
    """`name` is a sentence; `words` stand in the violation that it must cause."""

    invariant: str
    name: str
    words: str
    apply: Callable[[Story], None]


PLANTS: list[Plant] = []


def plant(invariant: str, words: str) -> Callable[[Callable[[Story], None]], Callable[[Story], None]]:
    """Register a planted wrong under its function's name."""

    def register(apply: Callable[[Story], None]) -> Callable[[Story], None]:
        PLANTS.append(Plant(invariant, apply.__name__.replace("_", " "), words, apply))
        return apply

    return register


def unpost(story: Story, reference: str) -> None:
    """What is posted under this reference never was."""
    for n, turn in enumerate(story.turns):
        kept = tuple(e for e in turn.events if e.type != "ledger.posted" or e.body.reference != reference)
        story.turns[n] = msgspec.structs.replace(turn, events=kept)
