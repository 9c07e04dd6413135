"""Planted wrongs in the journal: facts that contradict each other."""

from __future__ import annotations

import msgspec

from contracts.finance import InvoiceIssued
from contracts.inventory import (
    DemandLine,
    ProductRow,
    ProductsUpserted,
    ReservationCommitted,
    ReservationReleased,
    StockMoved,
    StockRow,
)
from contracts.orders import OrderCompleted, OrderReceived
from contracts.partners import ErpAcknowledged, ExceptionOpened
from contracts.platform import CallAnswered, CallFreed, CallOpened, Discarded, Parked
from contracts.turn import DECIDED, DISCARDED, PARKED, RETRIED
from contracts.vocabulary import fact
from tests.support.plants import plant, unpost
from tests.support.story import (
    CANCELLED,
    COST,
    EXCEPTED,
    EXPIRES_MS,
    GROSS,
    PRICE,
    REFUSED,
    SHIPPED,
    Story,
    an_order,
    authorized,
    captured,
    closed,
    dispatched,
    listed,
    order_id,
    posting,
    reserved,
    voided,
)
from tests.support.turns import cause_of

replace = msgspec.structs.replace


def drop(story: Story, type_: str, of: str) -> None:
    """A fact of an order never happened."""
    for n, turn in enumerate(story.turns):
        if turn.subject == of:
            story.turns[n] = replace(turn, events=tuple(e for e in turn.events if e.type != type_))


# A1


@plant("A1", "debits less credits are 1")
def a_posting_is_a_penny_out(story: Story) -> None:
    story.turn("finance", "GB01", posting(9, SHIPPED, "x", "r9", ("a", "D", 3), ("b", "C", 1), ("c", "C", 1)))


@plant("A1", "an entry D -5")
def a_posting_has_a_negative_amount(story: Story) -> None:
    story.turn("finance", "GB01", posting(9, SHIPPED, "x", "r9", ("a", "D", -5), ("b", "C", -5)))


@plant("A1", "0 entries")
def a_posting_is_empty(story: Story) -> None:
    story.turn("finance", "GB01", posting(8, SHIPPED, "x", "r8"))


@plant("A1", "its number was posted before")
def a_posting_takes_the_number_of_another(story: Story) -> None:
    story.turn("finance", "GB01", posting(1, SHIPPED, "x", "r9", ("a", "D", 5), ("b", "C", 5)))


# A2, A4, A5


@plant("A2", "brought available of A at WH1 to -1")
def two_lines_of_one_sku_are_checked_apart(story: Story) -> None:
    story.turn(
        "inventory",
        "default",
        reserved(EXCEPTED, (DemandLine("1", "A", 4), DemandLine("2", "A", 3))),
        subject=EXCEPTED,
    )


@plant("A2", "7 on hand by what was shipped, 11 in buckets")
def what_was_shipped_is_not_taken_from_stock(story: Story) -> None:
    drop(story, "inventory.reservation_committed", SHIPPED)
    story.turn("inventory", "default", ReservationReleased(SHIPPED, "default", "oops"))


@plant("A4", "-4 of A stand reserved at WH1, orders hold 0")
def a_reservation_is_released_twice(story: Story) -> None:
    story.turn("inventory", "default", ReservationReleased(CANCELLED, "default", "again"), subject=CANCELLED)


@plant("A4", "8 of A stand reserved at WH1, orders hold 4")
def an_order_reserves_twice(story: Story) -> None:
    for _ in range(2):
        story.turn("inventory", "default", reserved(REFUSED), subject=REFUSED)


@plant("A4", "that was never reserved for it")
def what_was_never_reserved_is_taken_away(story: Story) -> None:
    story.turn("inventory", "default", ReservationCommitted(REFUSED, "default", "SH-3"), subject=REFUSED)


@plant("A5", "14 promised, 10 ever there")
def stock_is_promised_beyond_the_supply(story: Story) -> None:
    story.turn("inventory", "default", reserved(EXCEPTED, (DemandLine("1", "A", 10),)), subject=EXCEPTED)


@plant("A5", "5 promised, 0 ever there")
def a_sku_that_never_was_in_stock_is_promised(story: Story) -> None:
    story.turn("inventory", "default", StockMoved("default", "receipt", "r", (StockRow("C", "WH1", 5),)))
    story.turn("inventory", "default", reserved(EXCEPTED, (DemandLine("1", "B", 5),)), subject=EXCEPTED)


# A8, A9


@plant("A8", f"captured {GROSS + 1} of pi_{SHIPPED}")
def more_is_captured_than_was_authorized(story: Story) -> None:
    story.turn("payments", SHIPPED, captured(SHIPPED, "ch_2", 1))


@plant("A8", "after it was voided")
def a_voided_authorization_is_captured(story: Story) -> None:
    story.turn("payments", CANCELLED, captured(CANCELLED, "ch_2", 1))


@plant("A8", "after capturing all of it")
def a_captured_authorization_is_voided(story: Story) -> None:
    story.turn("payments", SHIPPED, voided(SHIPPED))


@plant("A8", "of unknown pi_")
def an_unknown_authorization_is_captured(story: Story) -> None:
    story.turn("payments", REFUSED, captured(REFUSED, "ch_2"))


@plant("A8", "were both given pi_")
def two_orders_share_an_authorization(story: Story) -> None:
    story.turn("payments", REFUSED, replace(authorized(SHIPPED), order_id=REFUSED))


@plant("A9", "took 0")
def a_capture_takes_nothing(story: Story) -> None:
    story.turn("payments", EXCEPTED, captured(EXCEPTED, "ch_2", 0))


# A11, A13, A14


@plant("A11", "web W1 was received twice")
def an_order_is_received_again_under_another_id(story: Story) -> None:
    story.turn("orders", "ord_other", OrderReceived("ord_other", an_order("W1")))


@plant("A11", "web W1 was received twice")
def the_duplicate_check_is_missing(story: Story) -> None:
    story.turn("orders", SHIPPED, OrderReceived(SHIPPED, an_order("W1")))


@plant("A11", "which is not its id")
def an_order_has_an_id_that_was_drawn(story: Story) -> None:
    story.turn("orders", "ord_drawn", OrderReceived("ord_drawn", an_order("W9")))


@plant("A11", "which no client sent it as")
def an_order_is_received_that_nobody_sent(story: Story) -> None:
    story.turn("orders", order_id("W9"), OrderReceived(order_id("W9"), an_order("W9")))


@plant("A13", "was executed twice")
def a_call_is_executed_while_its_key_is_taken(story: Story) -> None:
    story.turn("intake", "call W1", CallOpened("fp", EXPIRES_MS, True))


@plant("A13", "was answered and never opened")
def a_call_is_answered_that_nobody_made(story: Story) -> None:
    story.turn("intake", "call W9", CallAnswered(202, (), b""))


@plant("A14", "took message")
def a_parked_message_is_retried_twice(story: Story) -> None:
    a_parked_message_is_retried(story)
    story.turn("finance", "GB01", subject=SHIPPED, cause=story.turns[-1].cause, kind=RETRIED)


@plant("A14", "took message 2.100.0 twice")
def a_message_is_taken_twice(story: Story) -> None:
    said = story.turn("orders", SHIPPED, says=[("finance", "GB01", SHIPPED)], partition=2, pos=100)
    for _ in range(2):
        story.turn("finance", "GB01", subject=SHIPPED, cause=cause_of(said))


@plant("A14", "took x:same, from outside, twice")
def a_call_from_outside_is_taken_twice(story: Story) -> None:
    for _ in range(2):
        story.turn("warehouse", "feed", cause="x:same")


@plant("A14", "took the timer release, which did not stand")
def a_timer_that_does_not_stand_is_taken(story: Story) -> None:
    story.turn("fulfillment", "ful", subject=SHIPPED, cause="t:1.1:release")


@plant("A14", "was shipped twice")
def a_fulfillment_order_is_shipped_twice(story: Story) -> None:
    story.turn("fulfillment", "ful", dispatched(SHIPPED, "SH-2"), subject=SHIPPED)


@plant("A14", "SH-1 was invoiced twice")
def a_shipment_is_invoiced_twice(story: Story) -> None:
    story.turn("finance", "GB01", InvoiceIssued(SHIPPED, "GB01", 2, "SH-1", "GBP", GROSS, 0), subject=SHIPPED)


@plant("A14", "GB01 capture ch_1 was posted as capture twice")
def a_capture_is_posted_twice(story: Story) -> None:
    again = posting(9, SHIPPED, "capture", "capture ch_1", ("a", "D", GROSS), ("b", "C", GROSS))
    story.turn("finance", "GB01", again, subject=SHIPPED)


# Q1, Q2, Q3, Q4


@plant("Q1", "is accepted and nothing will go on with it")
def an_order_is_forgotten(story: Story) -> None:
    drop(story, "order.completed", SHIPPED)


@plant("Q1", "was completed, then cancelled")
def an_order_ends_twice(story: Story) -> None:
    story.turn("orders", SHIPPED, closed("cancelled", SHIPPED))


@plant("Q1", "no exception is open")
def an_order_is_excepted_and_nobody_is_asked(story: Story) -> None:
    drop(story, "exception.opened", EXCEPTED)


@plant("Q2", "is cancelled and its reservation stands")
def a_cancelled_order_keeps_its_reservation(story: Story) -> None:
    drop(story, "inventory.reservation_released", CANCELLED)


@plant("Q3", "was never taken")
def a_message_is_lost(story: Story) -> None:
    story.turn("orders", SHIPPED, says=[("finance", "GB01", SHIPPED)])


@plant("Q3", "nobody said 9.99.0")
def a_message_is_made_up(story: Story) -> None:
    story.turn("finance", "GB01", subject=SHIPPED, cause="9.99.0")


@plant("Q3", "was said to finance GB01")
def a_message_is_taken_by_another_than_it_was_said_to(story: Story) -> None:
    said = story.turn("orders", SHIPPED, says=[("finance", "GB01", SHIPPED)])
    story.turn("inventory", "default", subject=SHIPPED, cause=cause_of(said))


@plant("Q3", "aside where nobody sees it")
def a_message_is_parked_where_nobody_sees_it(story: Story) -> None:
    said = story.turn("orders", SHIPPED, says=[("finance", "GB01", SHIPPED)])
    story.turn("finance", "GB01", subject=SHIPPED, cause=cause_of(said), kind=PARKED)


@plant("Q4", "never invoiced")
def a_shipped_order_is_not_invoiced(story: Story) -> None:
    drop(story, "invoice.issued", SHIPPED)
    drop(story, "payment.captured", SHIPPED)


@plant("Q4", f"0 captured where {GROSS} were invoiced")
def a_shipped_order_is_not_captured(story: Story) -> None:
    drop(story, "payment.captured", SHIPPED)


@plant("Q4", f"{GROSS + 5} captured where {GROSS} were invoiced")
def too_much_is_captured_even_with_an_exception_open(story: Story) -> None:
    story.turn("payments", SHIPPED, captured(SHIPPED, "ch_2", 5))
    story.turn("order_to_cash", SHIPPED, ExceptionOpened("exc_1", "capture-failed", SHIPPED, ""))


@plant("Q4", "cost of goods is 0, not 400")
def the_cost_of_what_left_is_not_posted(story: Story) -> None:
    drop(story, "ledger.posted", SHIPPED)


@plant("Q4", "the ERP never acknowledged it")
def a_shipped_order_never_reaches_the_erp(story: Story) -> None:
    drop(story, "erp.order_acknowledged", SHIPPED)


@plant("A12", "was acknowledged as SO-1 and SO-9")
def an_order_is_acknowledged_under_two_numbers(story: Story) -> None:
    story.turn("erp", SHIPPED, ErpAcknowledged(SHIPPED, "SO-9"))


# What looks wrong and is right: applied by tests that expect every invariant to hold.


def a_key_is_used_again_after_it_was_freed(story: Story) -> None:
    story.turn("intake", "call W5", CallOpened("fp", EXPIRES_MS, True))
    story.turn("intake", "call W5", CallFreed(500))
    story.turn("intake", "call W5", CallOpened("fp", EXPIRES_MS, True))


def a_completion_is_repeated_as_a_message_taken(story: Story) -> None:
    event = replace(fact(OrderCompleted(SHIPPED)), body=None)
    story.turn("order_to_cash", SHIPPED, event, kind=DECIDED)


def a_parked_message_is_retried(story: Story) -> None:
    said = story.turn("orders", SHIPPED, says=[("finance", "GB01", SHIPPED)])
    cause = cause_of(said)
    parked = Parked(cause, "finance.issue_invoice", "no", None)
    story.turn("finance", "GB01", parked, subject=SHIPPED, cause=cause, kind=PARKED)
    story.turn("finance", "GB01", subject=SHIPPED, cause=cause, kind=RETRIED)


def a_message_is_discarded_in_sight(story: Story) -> None:
    said = story.turn("orders", SHIPPED, says=[("finance", "GB01", SHIPPED)])
    body = Discarded(cause_of(said), "finance.issue_invoice", "no")
    story.turn("finance", "GB01", body, subject=SHIPPED, cause=cause_of(said), kind=DISCARDED)


def goods_cost_more_from_now_on(story: Story) -> None:
    row = ProductRow("A", "A", PRICE, COST + 1, "GBP")
    story.turn("catalog", "default", ProductsUpserted("default", (row,)))


def a_capture_that_failed_is_excepted(story: Story) -> None:
    story.turn("exceptions", "exc_1", listed(SHIPPED, "capture-failed", "exc_1"), subject=SHIPPED)
    for type_ in ("captured", "refunded", "refund_pending", "dispute_opened", "dispute_lost"):
        drop(story, f"payment.{type_}", SHIPPED)
    for reference in ("capture ch_1", "refund re_1", "dispute dp_1"):
        unpost(story, reference)
    for kind in ("captures", "refunds", "disputes"):
        rows = story.books["payments"][kind]
        rows[:] = [row for row in rows if row["reference"] != SHIPPED]
    story.turn("order_to_cash", SHIPPED, ExceptionOpened("exc_1", "capture-failed", SHIPPED, ""))
