"""Planted wrongs of order and of bounds: numbers that jump, states that come back, more than there may be."""

from __future__ import annotations

import msgspec

from contracts.orders import OrderAxisChanged, OrderCompleted
from sim.invariants import Bound
from tests.support.plants import plant
from tests.support.story import CANCELLED, SHIPPED, Story

replace = msgspec.structs.replace


@plant("A15", "wrote turn 3 after turn 1")
def a_turn_of_an_order_is_not_there(story: Story) -> None:
    del story.turns[_nth(story, SHIPPED, 2)]


@plant("A15", "wrote turn 1 after turn 1")
def a_key_is_begun_anew(story: Story) -> None:
    n = _nth(story, SHIPPED, 2)
    story.turns[n] = replace(story.turns[n], seq=1)


@plant("A15", "is completed after a status that comes later")
def a_cancelled_order_is_completed(story: Story) -> None:
    story.turn("orders", CANCELLED, OrderCompleted(CANCELLED))


@plant("A15", "erp is submitted again, after acknowledged")
def an_old_status_of_the_erp_overwrites_the_newer(story: Story) -> None:
    for status in ("submitted", "acknowledged", "submitted"):
        story.turn("orders", SHIPPED, OrderAxisChanged(SHIPPED, "erp", status))


@plant("A21", "calls to erp: 16, where 15 are the most")
def a_call_too_many_is_in_flight(story: Story) -> None:
    story.fields["bounds"] = [Bound("calls to erp", 16, 15)]


@plant("A21", "mailbox of orders: 20001, where 20000 are the most")
def a_mailbox_has_grown_beyond_its_bound(story: Story) -> None:
    story.fields["bounds"] = [Bound("mailbox of orders", 20_001, 20_000)]


def an_axis_is_told_twice(story: Story) -> None:
    for _ in range(2):
        story.turn("orders", SHIPPED, OrderAxisChanged(SHIPPED, "erp", "acknowledged"))


def _nth(story: Story, order_id: str, seq: int) -> int:
    """Where the order's turn of this number stands."""
    return next(n for n, t in enumerate(story.turns) if (t.actor, t.key, t.seq) == ("orders", order_id, seq))
