"""Gift cards: a return's credit goes onto one, and what is on it pays, never more than that."""

from contracts.gift_cards import CreditGiftCard, IssueGiftCard, RedeemGiftCard
from tests.support.sendings import money_back, send_back, state_of
from tests.support.shop import an_order

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
