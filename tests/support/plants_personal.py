"""Planted wrongs with people's data."""

from __future__ import annotations

import msgspec

from contracts.customers import CustomerErased, CustomerErasing
from contracts.orders import OrderReceived, Person
from tests.support.plants import plant
from tests.support.story import EXCEPTED, SHIPPED, Story, an_order, order_id


@plant("P1", "has 'tok_visa' in clear")
def a_card_token_stands_in_a_turn(story: Story) -> None:
    order = an_order("W9")
    payment = msgspec.structs.replace(order.payments[0], token="tok_visa")
    story.order("W9", order=msgspec.structs.replace(order, payments=(payment,)))


@plant("P1", "has 'Shopper ' in clear")
def a_name_stands_in_a_turn(story: Story) -> None:
    order = msgspec.structs.replace(an_order("W9"), contact=Person("Shopper 7"))
    story.turn("orders", order_id("W9"), OrderReceived(order_id("W9"), order))


@plant("P2", "C-9 was erased, and seal 1 is still there")
def a_seal_outlives_its_person(story: Story) -> None:
    story.turn("customers", "C-9", CustomerErased("C-9", 1, (), ("1",)))


@plant("P2", "was excepted when its customer was erased")
def somebody_is_erased_whose_order_is_open(story: Story) -> None:
    story.turn("customers", "C-9", CustomerErasing("C-9", (SHIPPED, EXCEPTED), ("7",)))


@plant("P2", "was received when its customer was erased")
def a_seal_is_destroyed_of_an_order_that_nobody_asked(story: Story) -> None:
    order = msgspec.structs.replace(an_order("W9"), contact=Person("~7.c2VhbGVk"))
    story.turn("orders", order_id("W9"), OrderReceived(order_id("W9"), order))
    story.turn("customers", "C-9", CustomerErasing("C-9", (SHIPPED,), ("7",)))


@plant("P2", "was unknown when its customer was erased")
def somebody_is_erased_whose_order_nobody_knows(story: Story) -> None:
    story.turn("customers", "C-9", CustomerErasing("C-9", ("ord_none",), ()))


# What looks wrong and is right.


def somebody_is_called_like_the_street(story: Story) -> None:
    story.turn("intake", "call of the Shoppers", subject="High Street")
