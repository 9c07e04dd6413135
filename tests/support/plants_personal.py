"""Planted wrongs with people's data."""

from __future__ import annotations

import msgspec

from contracts.orders import OrderReceived, Person
from tests.support.plants import plant
from tests.support.story import Story, an_order, order_id


@plant("P1", "has 'tok_visa' in clear")
def a_card_token_stands_in_a_turn(story: Story) -> None:
    order = an_order("W9")
    payment = msgspec.structs.replace(order.payments[0], token="tok_visa")
    story.order("W9", order=msgspec.structs.replace(order, payments=(payment,)))


@plant("P1", "has 'Shopper ' in clear")
def a_name_stands_in_a_turn(story: Story) -> None:
    order = msgspec.structs.replace(an_order("W9"), contact=Person("Shopper 7"))
    story.turn("orders", order_id("W9"), OrderReceived(order_id("W9"), order))


# What looks wrong and is right.


def somebody_is_called_like_the_street(story: Story) -> None:
    story.turn("intake", "call of the Shoppers", subject="High Street")
