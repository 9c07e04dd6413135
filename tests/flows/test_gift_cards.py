"""Gift cards: a return's credit goes onto one, and what is on it pays, never more than that."""

import msgspec
import pytest

from contracts.channels import CHANNELS, Channel
from contracts.gift_cards import CreditGiftCard, IssueGiftCard, RedeemGiftCard
from contracts.orders import Payment
from tests.support.sendings import money_back, send_back, state_of
from tests.support.settling import balances
from tests.support.shop import an_order, id_of

LIABILITY, PAYABLE, AR = "2110 gift-card liability", "2120 refunds payable", "1100 accounts receivable"
CLEARING = "1200 PSP clearing psp-a"


async def test_a_credit_goes_onto_a_card_where_the_customer_wants_it_there(open_world):
    world = await open_world()
    order = an_order(("TEA", 2))
    await world.play(order)
    await send_back(world, order, ("1", 1), card="gc_1")
    await send_back(world, order, ("1", 1), card="gc_1", ref="R2")
    assert state_of(world, order).closed == state_of(world, order, "R2").closed == "refunded"
    assert world.system.look("gift_cards", "gc_1").credited_minor == 510
    assert money_back(world)[0] == []
    posted = [entries for step, entries in world.postings() if step == "refund_to_gift_card"]
    assert posted == [[("D", PAYABLE, 255), ("C", LIABILITY, 255)]] * 2


async def test_a_card_in_another_currency_is_not_credited_and_somebody_looks(open_world):
    world = await open_world()
    world.record("gift_cards", "gc_1", IssueGiftCard("gc_1", "o", "e1", "GB01", "JPY", 500, "psp-a"), "card")
    order = an_order(("TEA", 2))
    await world.play(order)
    await send_back(world, order, ("1", 1), card="gc_1")
    assert world.exceptions() == ["refund-failed"]
    assert state_of(world, order).status == "inspected"


async def test_a_card_pays_what_is_on_it_once_and_never_more(open_world):
    world = await open_world()
    for name, command in (
        ("a", RedeemGiftCard("gc_1", "o", "e0", "GBP", 5)),
        ("b", IssueGiftCard("gc_1", "o", "e1", "GB01", "GBP", 500, "psp-a")),
        ("c", RedeemGiftCard("gc_1", "o", "e2", "GBP", 400)),
        ("d", RedeemGiftCard("gc_1", "o", "e2", "GBP", 400)),
        ("e", RedeemGiftCard("gc_1", "o", "e3", "GBP", 101)),
        ("f", CreditGiftCard("gc_1", "o", "e4", "GB01", "GBP", 0, "r")),
    ):
        world.record("gift_cards", "gc_1", command, name)
    await world.quiet()
    card = world.system.look("gift_cards", "gc_1")
    assert (card.issued_minor, card.redeemed_minor) == (500, 400)
    assert [refused.code for refused in world.facts("gift_card.refused")] == [
        "unknown-card",
        "too-little",
        "no-amount",
    ]
    assert world.postings() == [
        ("gift_card_sold", [("D", CLEARING, 500), ("C", LIABILITY, 500)]),
        ("gift_card_redeemed", [("D", LIABILITY, 400), ("C", AR, 400)]),
    ]


def paid_with(order, *payments):
    """The order with these means of payment: (card or token, amount)."""
    return msgspec.structs.replace(
        order,
        payments=tuple(
            Payment("gift_card", "gift_card", "", amount, card_id=how)
            if how.startswith("gc_")
            else Payment("psp-a", "card", how, amount)
            for how, amount in payments
        ),
    )


async def a_card(world, card_id="gc_1", amount=500, currency="GBP"):
    issue = IssueGiftCard(card_id, "", f"sold {card_id}", "GB01", currency, amount, "psp-a")
    world.record("gift_cards", card_id, issue, f"sold {card_id}")
    await world.quiet()
    return lambda: world.system.look("gift_cards", card_id)


async def test_an_order_is_paid_with_a_card_alone(open_world):
    world = await open_world()
    card = await a_card(world)
    order = paid_with(an_order(("TEA", 1)), ("gc_1", 255))
    await world.play(order)
    assert world.axes(order)[:2] == ("completed", "captured")
    assert (card().redeemed_minor, card().held) == (255, {})
    assert world.books()["captured"] == []
    assert balances(world)[LIABILITY] == -245
    assert AR not in balances(world)


@pytest.mark.parametrize("first", ["gc_1", "tok_visa"])
async def test_a_card_is_taken_before_anything_else(open_world, first):
    world = await open_world()
    card = await a_card(world, amount=200)
    payments = [("gc_1", 200), ("tok_visa", 310)]
    order = paid_with(an_order(("TEA", 2)), *sorted(payments, key=lambda one: one[0] != first))
    await world.play(order)
    assert world.axes(order)[:2] == ("completed", "captured")
    assert card().redeemed_minor == 200
    assert sum(amount for _, amount in world.books()["captured"]) == 310
    assert AR not in balances(world)
    assert world.rebuilt_digest() == world.system.engine.fold.digest()


async def test_too_little_on_a_card_rejects_the_order_and_lets_the_rest_go(open_world):
    world = await open_world()
    card = await a_card(world, amount=100)
    order = paid_with(an_order(("TEA", 2)), ("tok_visa", 309), ("gc_1", 201))
    await world.play(order)
    state = world.state(order)
    assert (state.order_status, state.reason) == ("rejected", "payment-declined: gift card: too-little")
    assert (card().redeemed_minor, card().held) == (0, {})
    (held,) = world.twins.books()["payments"]["authorizations"]
    assert held["captured"] == 0
    assert held["voided"] == 309
    assert world.reservations() == []


async def test_two_orders_race_for_one_card_and_one_of_them_gets_it(open_world):
    world = await open_world()
    card = await a_card(world, amount=300)
    orders = [paid_with(an_order(("TEA", 1), n=n), ("gc_1", 255)) for n in range(2)]
    for order in orders:
        await world.place(order)
    await world.ended(*orders)
    assert sorted(world.state(order).order_status for order in orders) == ["completed", "rejected"]
    assert (card().redeemed_minor, card().held) == (255, {})


async def test_a_second_card_of_which_nothing_is_needed_is_let_go(open_world):
    world = await open_world()
    first, second = await a_card(world), await a_card(world, "gc_2")
    order = paid_with(an_order(("TEA", 1)), ("gc_2", 255), ("gc_1", 255))
    await world.play(order)
    assert world.axes(order)[:2] == ("completed", "captured")
    assert first().redeemed_minor + second().redeemed_minor == 255
    assert (first().held, second().held) == ({}, {})
    assert AR not in balances(world)


async def test_a_card_named_twice_pays_both_parts_and_is_let_go_after_the_last(open_world):
    world = await open_world()
    card = await a_card(world)
    order = paid_with(an_order(("TEA", 1)), ("gc_1", 100), ("gc_1", 200))
    await world.play(order)
    assert world.axes(order)[:2] == ("completed", "captured")
    assert (card().redeemed_minor, card().held) == (255, {})
    redeemed = world.facts("gift_card.redeemed")
    # What is held for the order is kept for it until its last redemption.
    assert [(one.amount_minor, one.held_minor) for one in redeemed] == [(200, 200), (55, 100)]


async def test_a_cancelled_order_lets_the_card_go(open_world):
    world = await open_world()
    card = await a_card(world)
    order = paid_with(an_order(("TEA", 1), channel="phone"), ("gc_1", 255))
    await world.place(order)
    await world.until(lambda: world.state(order).order_status == "accepted")
    assert card().held == {id_of(order): 255}
    await world.cancel(order)
    await world.ended(order)
    assert world.state(order).order_status == "cancelled"
    assert (card().redeemed_minor, card().held) == (0, {})


async def test_an_order_in_two_shipments_takes_the_card_first_and_lets_go_of_what_is_left(open_world):
    world = await open_world()
    card = await a_card(world, amount=300_000)
    big = an_order(("TEA", 1_003), ("BOOK", 1))
    total = 1_003 * 255 + 700
    order = paid_with(msgspec.structs.replace(big, prices_include_tax=True), ("gc_1", total))
    await world.play(order)
    assert world.axes(order)[:2] == ("completed", "captured")
    assert (card().redeemed_minor, card().held) == (total, {})
    assert len([step for step, _ in world.postings() if step == "gift_card_redeemed"]) == 2
    assert AR not in balances(world)


async def test_a_credit_is_shared_over_a_card_and_a_capture_by_what_each_paid(open_world):
    world = await open_world()
    card = await a_card(world, amount=500)
    order = paid_with(an_order(("TEA", 2)), ("gc_1", 299), ("tok_visa", 211))
    await world.play(order)
    await send_back(world, order, ("1", 1))
    # 255 by 211 of 510 is 105.5: the odd unit is the last's.
    assert [row["amount"] for row in world.twins.books()["payments"]["refunds"]] == [105]
    assert card().credited_minor == 150
    await send_back(world, order, ("1", 1), ref="R2")
    assert [row["amount"] for row in world.twins.books()["payments"]["refunds"]] == [105, 106]
    assert card().credited_minor == 299
    assert state_of(world, order).closed == state_of(world, order, "R2").closed == "refunded"
    assert world.exceptions() == []
    assert PAYABLE not in balances(world)


async def test_two_cards_and_a_capture_of_an_order_in_two_pieces_get_back_what_each_paid(open_world):
    world = await open_world()
    cards = [await a_card(world, f"gc_{n}", 100_000) for n in (1, 2)]
    total = 1_003 * 255 + 700
    payments = (("gc_1", 100_000), ("gc_2", 50_000), ("tok_visa", total - 150_000))
    order = paid_with(an_order(("TEA", 1_003), ("BOOK", 1)), *payments)
    await world.play(order)
    for n, units in enumerate((1, 7, 995)):
        await send_back(world, order, ("1", units), ref=f"R{n}")
    await send_back(world, order, ("2", 1), ref="R9")
    assert sum(row["amount"] for row in world.twins.books()["payments"]["refunds"]) == total - 150_000
    assert [card().credited_minor for card in cards] == [100_000, 50_000]
    assert world.exceptions() == []
    assert PAYABLE not in balances(world)


async def test_where_the_channel_says_so_a_card_gets_back_what_no_capture_has_left(open_world, monkeypatch):
    monkeypatch.setitem(CHANNELS, "web", Channel(refund_by="first"))
    world = await open_world()
    card = await a_card(world, amount=300)
    order = paid_with(an_order(("TEA", 2)), ("gc_1", 300), ("tok_visa", 210))
    await world.play(order)
    await send_back(world, order, ("1", 1))
    assert [row["amount"] for row in world.twins.books()["payments"]["refunds"]] == [210]
    assert card().credited_minor == 45
    await send_back(world, order, ("1", 1), ref="R2")
    assert card().credited_minor == 300
    assert state_of(world, order).closed == state_of(world, order, "R2").closed == "refunded"
    assert world.exceptions() == []
    assert PAYABLE not in balances(world)
