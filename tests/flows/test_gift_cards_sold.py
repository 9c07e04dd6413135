"""Gift cards that an order sells: issued when they are paid for, beside goods or alone; given back while unused."""

import msgspec
import pytest

from actors.runtime.intake import Call
from contracts.gift_cards import CancelGiftCard, HoldGiftCard
from contracts.orders import SoldCard
from tests.flows.test_gift_cards import a_card, paid_with
from tests.flows.test_resolutions import resolve
from tests.flows.test_several_shipments import accounts, arrives
from tests.support.script import lost_after
from tests.support.sendings import money_back, send_back, state_of
from tests.support.shop import an_order, id_of

AR, LIABILITY, PAYABLE = "1100 accounts receivable", "2110 gift-card liability", "2120 refunds payable"
REVENUE, CLEARING = "4000 revenue", "1200 PSP clearing psp-a"
DONE = ("completed", "captured", "dispatched", "acknowledged")


def selling(order, *amounts, alone=False, extra=0):
    """The order with gift cards of these amounts, paid for by its last payment. `alone`: nothing else is in it."""
    cards = tuple(SoldCard(f"card {n}", f"gc_{n}", amount) for n, amount in enumerate(amounts, start=1))
    last = order.payments[-1]
    paid = sum(amounts) + extra + (0 if alone else last.amount_minor)
    payments = (*order.payments[:-1], msgspec.structs.replace(last, amount_minor=paid))
    lines = () if alone else order.lines
    return msgspec.structs.replace(order, lines=lines, gift_cards=cards, payments=payments)


def on(world, card_id="gc_1"):
    return world.system.look("gift_cards", card_id)


async def give_back(world, order, card_id="gc_1", key="back"):
    """The buyer's wish; the status and the body of its answer."""
    command = CancelGiftCard(card_id, id_of(order), "ann", "not wanted")
    call = Call("ann", "DELETE", "/v1/cards", key, key, "gift_cards", card_id, id_of(order), command)
    answered = await world.system.submit(call)
    await world.wait(5_000)
    return answered.status, msgspec.json.decode(answered.body)


def nothing_left(world):
    return {account: left for account, left in accounts(world).items() if left}


async def test_a_card_sold_beside_goods_is_issued_after_they_are_paid_with_no_revenue_and_no_tax(open_world):
    world = await open_world()
    order = selling(an_order(("TEA", 2)), 1_000)
    await world.play(order)
    assert world.axes(order) == DONE
    assert on(world).issued_minor == 1_000
    assert world.books()["captured"] == [(id_of(order), 510), (id_of(order), 1_000)]
    assert [p for p in world.postings() if p[0] == "gift_card_sold"] == [
        ("gift_card_sold", [("D", CLEARING, 1_000), ("C", LIABILITY, 1_000)])
    ]
    assert [fact.gross_minor for fact in world.facts("invoice.issued")] == [510]
    assert accounts(world)[LIABILITY] == -1_000
    assert accounts(world).get(AR, 0) == 0
    (document,) = world.twins.books()["erp"]["documents"]
    assert document["total"] == 1_510
    assert world.exceptions() == []
    assert not world.system.engine.fold.timers
    assert world.rebuilt_digest() == world.system.engine.fold.digest()


async def test_an_order_of_cards_alone_reserves_and_ships_nothing_and_is_paid_at_once(open_world):
    world = await open_world()
    order = selling(an_order(), 1_000, 2_500, alone=True)
    await world.play(order)
    assert world.axes(order) == DONE
    assert (on(world).issued_minor, on(world, "gc_2").issued_minor) == (1_000, 2_500)
    assert world.books()["warehouse"] == world.books()["tax"] == []
    assert world.facts("invoice.issued") == []
    assert nothing_left(world) == {CLEARING: 3_500, LIABILITY: -3_500}
    assert world.state(order).total_minor == 3_500


async def test_what_was_sold_pays_for_another_order(open_world):
    world = await open_world()
    await world.play(selling(an_order(), 1_000, alone=True))
    order = paid_with(an_order(("TEA", 2), n=2), ("gc_1", 510))
    await world.play(order)
    assert world.axes(order) == DONE
    assert (on(world).redeemed_minor, accounts(world)[LIABILITY]) == (510, -490)


async def test_a_card_pays_for_the_goods_and_money_for_the_card_that_is_sold(open_world):
    world = await open_world()
    await a_card(world, "gc_old", 300)
    order = selling(paid_with(an_order(("TEA", 2)), ("gc_old", 300), ("tok_visa", 210)), 1_000)
    await world.play(order)
    assert world.axes(order) == DONE
    assert on(world, "gc_old").redeemed_minor == 300
    assert on(world).issued_minor == 1_000
    assert sum(amount for _, amount in world.books()["captured"]) == 1_210
    await send_back(world, order, ("1", 2))
    assert state_of(world, order).closed == "refunded"
    assert (on(world, "gc_old").credited_minor, sum(row[1] for row in money_back(world)[0])) == (300, 210)


async def test_an_order_in_several_pieces_sells_its_card_with_the_last(open_world):
    world = await open_world()
    order = selling(an_order(("MUG", 5), channel="wholesale"), 1_000)
    await world.place(order)
    await world.until(lambda: world.facts("receivable.cleared"))
    assert on(world) is None
    arrives(world, ("MUG", "WH1", 2))
    await world.ended(order)
    assert world.axes(order) == DONE
    assert on(world).issued_minor == 1_000


async def test_a_cancelled_order_has_sold_no_card(open_world):
    world = await open_world()
    order = selling(an_order(("TEA", 2), channel="phone"), 1_000)
    await world.place(order)
    await world.until(lambda: world.axes(order)[3] == "acknowledged")
    await world.cancel(order)
    await world.ended(order)
    assert world.axes(order)[0] == "cancelled"
    assert on(world) is None
    assert world.books()["captured"] == world.postings() == []


@pytest.mark.parametrize("alone", [True, False])
async def test_a_card_given_back_unused_is_paid_back_by_the_capture_that_paid_for_it(open_world, alone):
    world = await open_world()
    order = selling(an_order(("TEA", 2)), 1_000, alone=alone)
    await world.play(order)
    assert (await give_back(world, order))[0] == 202
    assert money_back(world)[0] == [(id_of(order), 1_000, "succeeded")]
    (capture,) = [row for row in world.twins.books()["payments"]["captures"] if row["amount"] == 1_000]
    assert world.twins.books()["payments"]["refunds"][0]["capture"] == capture["id"]
    assert [p for p in world.postings() if p[0] in ("gift_card_cancelled", "refund")] == [
        ("gift_card_cancelled", [("D", LIABILITY, 1_000), ("C", PAYABLE, 1_000)]),
        ("refund", [("D", PAYABLE, 1_000), ("C", CLEARING, 1_000)]),
    ]
    assert accounts(world)[LIABILITY] == accounts(world)[PAYABLE] == 0
    # Nothing is on it, it cannot be given back twice, and the goods may still come back.
    assert (await give_back(world, order, key="again"))[1]["code"] == "gift-card-not-found"
    if not alone:
        await send_back(world, order, ("1", 2))
        assert state_of(world, order).closed == "refunded"
        assert sum(row[1] for row in money_back(world)[0]) == 1_510
    assert world.exceptions() == []
    assert world.rebuilt_digest() == world.system.engine.fold.digest()


async def test_a_card_that_was_used_or_is_held_is_not_given_back(open_world):
    world = await open_world()
    order = selling(an_order(), 1_000, alone=True)
    await world.play(order)
    world.record("gift_cards", "gc_1", HoldGiftCard("gc_1", "o2", "h", "GBP", 10), "hold", "o2")
    await world.quiet()
    assert (await give_back(world, order))[1]["code"] == "gift-card-used"
    assert (await give_back(world, order, "gc_9", key="other"))[0] == 404
    assert money_back(world)[0] == []


async def test_a_card_that_could_not_be_paid_for_is_never_issued(open_world):
    world = await open_world()
    order = selling(an_order(token="tok_capture_fails"), 1_000, alone=True)
    await world.place(order)
    await world.until(lambda: world.axes(order)[0] == "excepted")
    await world.quiet()
    assert world.axes(order)[:3] == ("excepted", "failed", "pending")
    assert on(world) is None
    assert (await resolve(world, "cancelled")).status == 200
    await world.quiet()
    assert world.axes(order)[0] == "cancelled"
    assert nothing_left(world) == {}


async def test_a_capture_for_a_card_whose_answer_is_lost_issues_it_once(open_world):
    world = await open_world()
    world.script.next("payments/captures", lost_after, lost_after)
    order = selling(an_order(), 1_000, alone=True)
    await world.play(order)
    assert world.books()["captured"] == [(id_of(order), 1_000)]
    assert on(world).issued_minor == 1_000


async def test_a_plain_order_knows_nothing_of_cards(open_world):
    world = await open_world()
    order = an_order()
    await world.play(order)
    assert world.facts("flow.selling_gift_cards") == world.facts("finance.gift_card_paid") == []
