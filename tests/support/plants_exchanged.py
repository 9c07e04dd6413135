"""Planted wrongs in what is settled in another currency than it was invoiced in."""

from __future__ import annotations

from contracts.finance import InvoiceIssued
from contracts.fx import ExchangeRate, RatesImported
from contracts.partners import PaymentCaptured
from contracts.refunds import Dispute
from contracts.turn import Fact
from tests.support.plants import plant
from tests.support.story import Story, order_id, posting

ABROAD = order_id("W9")
RATE = 860_000_000
CLEARING, LOSS = "1230 currency clearing", "7110 FX loss"


def rates(story: Story) -> None:
    story.turn("finance", "GB01", RatesImported("GB01", (ExchangeRate("EUR", 0, RATE),)))


def invoiced(story: Story, rate: int = RATE, number: int = 4) -> None:
    """Ten euros, by an invoice of nobody else's order."""
    issued = InvoiceIssued(ABROAD, "GB01", number, "SH-9", "EUR", 1_000, 0, 1_000, 0, 0, 1, rate)
    story.turn("finance", "GB01", issued)


def settled(story: Story, gained: int | None = -5) -> None:
    """They are captured, and settled for 8.55."""
    fact = PaymentCaptured(ABROAD, "psp-c", "ch_9", "pi_9", 1_000, "EUR", "GB01", 855, "GBP")
    story.turn("payments", ABROAD, fact)
    if gained:
        lost = (LOSS, "D", -gained) if gained < 0 else ("7100 FX gain", "C", gained)
        other = (CLEARING, "C" if gained < 0 else "D", abs(gained))
        story.turn(
            "finance", "GB01", posting(70, ABROAD, "exchange", "exchange of capture ch_9", other, lost)
        )


def euros_are_told_of(story: Story) -> None:
    rates(story)


@plant("R3", "has the rate 859000000, not 860000000")
def an_invoice_has_an_older_rate(story: Story) -> None:
    rates(story)
    invoiced(story, 859_000_000)


@plant("R3", "by a change before the one it stood at")
def an_older_change_overwrites_a_newer_one(story: Story) -> None:
    for changed in (2_000, 1_000):
        told = RatesImported("GB01", (ExchangeRate("EUR", 0, RATE, changed, 7),))
        story.turn("finance", "GB01", told)


@plant("R3", "exchange of capture ch_9: 0 gained, it should be [-5]")
def what_was_lost_is_posted_nowhere(story: Story) -> None:
    rates(story)
    invoiced(story)
    settled(story, None)


@plant("R3", "exchange of capture ch_9: 5 gained, it should be [-5]")
def a_loss_is_posted_as_a_gain(story: Story) -> None:
    rates(story)
    invoiced(story)
    settled(story, 5)


@plant("R3", "exchange of dispute dp_9: 0 gained, it should be 7")
def a_dispute_gives_back_more_than_it_took_and_nobody_gains(story: Story) -> None:
    fact = Dispute(ABROAD, "psp-c", "dp_9", "ch_9", 1_000, 0, "EUR", "GB01", 862, "GBP", 855)
    story.turn("payments", ABROAD, Fact("payment.dispute_won", 1, fact))


@plant("R3", "-5 gained, and nothing was settled")
def something_is_lost_on_nothing(story: Story) -> None:
    lost = posting(70, "", "exchange", "exchange of capture ch_8", (CLEARING, "C", 5), (LOSS, "D", 5))
    story.turn("finance", "GB01", lost)
