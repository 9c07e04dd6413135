"""An order by a quote for the story, and planted wrongs in what was promised and what was kept of it."""

from __future__ import annotations

from typing import Any

import msgspec

from contracts.orders import OrderLine
from contracts.prices import PriceRow, PricesChanged
from contracts.quotes import OfferedLine, PriceQuoted, QuoteUsed
from sim.invariants import ClientAnswer
from tests.support.plants import plant
from tests.support.story import EXPIRES_MS, PRICE, SHIPPED, Story, an_order, closed, order_id
from tests.support.turns import START_MS

QUOTED, LATER = order_id("W18"), order_id("W19")
QUOTE = "quo_w18"
NEW_PRICE = PRICE + 99
replace = msgspec.structs.replace


def _promise(quote_id: str = QUOTE, price: int = PRICE, expires_ms: int = EXPIRES_MS) -> PriceQuoted:
    lines = (OfferedLine("A", 4, price),)
    return PriceQuoted(quote_id, "default", "web", "GBP", lines, expires_ms)


def promise(story: Story, made: PriceQuoted, told_price: int = PRICE) -> None:
    """It is kept, and a client is told."""
    story.turn("catalog", "default", made)
    line = {"sku": "A", "quantity": 4, "unit_price_minor": told_price}
    body = {"quote_id": made.quote_id, "lines": [line], "expires_at": "2023-11-21T22:13:20.000Z"}
    story.answers.append(
        ClientAnswer(
            story.next_index(), story.turns[-1].at_ms, "shop", "POST", "/v1/price-quotes", made.quote_id, "fp", 201,
            msgspec.json.encode(body), False, None,
        )
    )  # fmt: skip


def _placed(story: Story, name: str, quote_id: str, reason: str, *, used: bool, price: int = PRICE) -> str:
    """An order by a quote, which was refused in the end."""
    lines = tuple(replace(line, unit_price_minor=price) for line in an_order(name).lines)
    id_ = order_id(name)
    uses = [("catalog", "default", [QuoteUsed(quote_id, id_)])] if used else []
    end = replace_reason(closed("rejected", id_), reason)
    order = replace(an_order(name), quote_id=quote_id, lines=lines, contact=None)
    return story.order(name, *uses, ("orders", id_, [end]), order=order)


def replace_reason(end: Any, reason: str) -> Any:
    return replace(end, body=replace(end.body, reason=reason))


def tell_quoted(story: Story) -> None:
    """W18 is priced by its quote, though the list has changed; W19 names it too, and is charged the list."""
    promise(story, _promise())
    story.turn(
        "catalog", "default", PricesChanged("default", (PriceRow("A", NEW_PRICE, "GBP", START_MS, 1),))
    )
    _placed(story, "W18", QUOTE, "payment-declined", used=True)
    _placed(story, "W19", QUOTE, "price-changed", used=False)


@plant("R4", "named quo_w10 in time and was refused: price-changed")
def an_order_is_refused_because_the_list_has_changed_since_its_quote(story: Story) -> None:
    promise(story, _promise("quo_w10"))
    _placed(story, "W20", "quo_w10", "price-changed", used=False)


@plant("R4", f"{QUOTE} was used by {QUOTED} and by")
def a_quote_is_used_by_two_orders(story: Story) -> None:
    _placed(story, "W20", QUOTE, "payment-declined", used=True)


@plant("R4", "was priced by quo_w10, which does not hold for it")
def an_order_is_priced_by_a_quote_that_has_expired(story: Story) -> None:
    promise(story, _promise("quo_w10", expires_ms=START_MS))
    _placed(story, "W20", "quo_w10", "payment-declined", used=True)


@plant("R4", "was priced by quo_w10, which does not hold for it")
def an_order_is_priced_by_a_quote_of_other_goods(story: Story) -> None:
    promise(story, _promise("quo_w10", NEW_PRICE), NEW_PRICE)
    _placed(story, "W20", "quo_w10", "payment-declined", used=True)


@plant("R4", "quo_w10 was told as [('A', 500)], kept is [('A', 599)]")
def a_client_is_told_another_price_than_is_kept(story: Story) -> None:
    promise(story, _promise("quo_w10", NEW_PRICE))


@plant("R4", "quo_w10 was promised and is not kept")
def a_quote_is_promised_and_forgotten(story: Story) -> None:
    promise(story, _promise("quo_w10"))
    story.turns.pop()
    story.commits.pop()


@plant("R4", "was sold without a quote")
def a_channel_of_quotes_sells_without_one(story: Story) -> None:
    _change(story, SHIPPED, channel="trade")


@plant("R4", "was sold by quo_none, which does not hold for it")
def a_channel_of_quotes_sells_by_a_quote_that_nobody_made(story: Story) -> None:
    _change(story, SHIPPED, channel="trade", quote_id="quo_none")


@plant("R4", "was invoiced 2000, quoted were 2300")
def an_order_is_invoiced_otherwise_than_it_was_quoted(story: Story) -> None:
    promise(story, _promise("quo_w1", 575), 575)
    lines = tuple(OrderLine(line.line_id, "A", line.quantity, 575) for line in an_order("W1").lines)
    _change(story, SHIPPED, quote_id="quo_w1", lines=lines)
    story.turn("catalog", "default", QuoteUsed("quo_w1", SHIPPED), subject=SHIPPED)


def _change(story: Story, of: str, **fields: Any) -> None:
    for n, turn in enumerate(story.turns):
        events = tuple(
            replace(event, body=replace(event.body, order=replace(event.body.order, **fields)))
            if event.type == "order.received" and event.body.order_id == of
            else event
            for event in turn.events
        )
        story.turns[n] = replace(turn, events=events)


@plant("R4", "named quo_w10 in time and was refused: quote-expired")
def an_order_comes_at_the_last_moment_and_is_refused_because_it_was_taken_up_after_it(story: Story) -> None:
    promise(story, _promise("quo_w10", expires_ms=story.turns[-1].at_ms + 5_000))
    _placed(story, "W20", "quo_w10", "quote-expired", used=False)
