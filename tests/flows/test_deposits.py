"""Deposits: paid when an order has to wait, applied to its invoices, given back where nothing is invoiced."""

import msgspec
import pytest

from contracts.channels import CHANNELS, Channel
from contracts.sourcing import SOURCING, SPLIT, SourcingRule
from tests.flows.test_gift_cards import a_card, paid_with
from tests.flows.test_several_shipments import accounts, arrives, assert_done
from tests.support.script import answer, lost_after
from tests.support.sendings import money_back, send_back, state_of
from tests.support.shop import an_order, id_of

AR, DEPOSITS, PAYABLE = "1100 accounts receivable", "2100 customer deposits", "2120 refunds payable"
CLEARING = "1200 PSP clearing psp-a"
# Three mugs are there; five cost 5,000, of which three tenths are paid at once.
TOTAL, DEPOSIT = 5_000, 1_500


def presale(*lines, n=1, **fields):
    return an_order(*(lines or (("MUG", 5),)), n=n, channel="presale", **fields)


async def waiting(open_world, order=None, **options):
    """An order that waits for two mugs, its deposit held."""
    world = await open_world(**options)
    order = order or presale()
    await world.place(order)
    await world.until(lambda: world.axes(order)[3] == "acknowledged")
    await world.quiet()
    return world, order


def steps(world, *names):
    return [posting for posting in world.postings() if posting[0] in names]


async def test_an_order_that_waits_pays_a_part_at_once_and_the_rest_when_it_ships(open_world):
    world, order = await waiting(open_world)
    assert world.books()["captured"] == [(id_of(order), DEPOSIT)]
    assert world.postings() == [("deposit", [("D", CLEARING, DEPOSIT), ("C", DEPOSITS, DEPOSIT)])]
    arrives(world, ("MUG", "WH1", 2))
    await world.ended(order)
    assert_done(world, order, TOTAL)
    assert world.books()["captured"] == [(id_of(order), DEPOSIT), (id_of(order), TOTAL - DEPOSIT)]
    assert steps(world, "deposit_applied") == [
        ("deposit_applied", [("D", DEPOSITS, DEPOSIT), ("C", AR, DEPOSIT)])
    ]
    assert accounts(world)[DEPOSITS] == 0
    assert money_back(world)[0] == []


async def test_what_is_there_at_once_pays_no_deposit_and_takes_the_turns_of_any_order(open_world):
    world = await open_world()
    plain, order = an_order(("TEA", 2), n=1), presale(("TEA", 2), n=2)
    await world.play(plain)
    await world.play(order)
    assert len(world.turns(order)) == len(world.turns(plain))
    assert world.facts("deposit.held") == []


async def test_a_preorder_without_a_deposit_waits_with_its_authorization_alone(open_world):
    world, order = await waiting(open_world, an_order(("MUG", 5), channel="preorder"))
    assert world.books()["captured"] == []
    arrives(world, ("MUG", "WH1", 2))
    await world.ended(order)
    assert_done(world, order, TOTAL)


async def test_a_cancelled_preorder_gets_its_deposit_back_and_the_rest_is_let_go(open_world):
    world, order = await waiting(open_world)
    assert (await world.cancel(order)).status == 202
    await world.ended(order)
    await world.quiet()
    assert world.axes(order) == ("cancelled", "voided", "cancelled", "cancelled")
    assert money_back(world)[0] == [(id_of(order), DEPOSIT, "succeeded")]
    assert world.books()["held"] == [(id_of(order), TOTAL, DEPOSIT, TOTAL - DEPOSIT)]
    assert steps(world, "deposit_returned", "refund") == [
        ("deposit_returned", [("D", DEPOSITS, DEPOSIT), ("C", PAYABLE, DEPOSIT)]),
        ("refund", [("D", PAYABLE, DEPOSIT), ("C", CLEARING, DEPOSIT)]),
    ]
    assert {account: left for account, left in accounts(world).items() if left} == {}
    assert world.exceptions() == []
    assert world.rebuilt_digest() == world.system.engine.fold.digest()


async def test_a_deposit_that_is_taken_after_its_order_was_cancelled_goes_back_all_the_same(open_world):
    world = await open_world()
    order = presale()
    hold = world.script.hold("payments/captures")
    await world.place(order)
    await hold.came.wait()
    await world.cancel(order)
    await world.until(lambda: world.axes(order)[0] == "cancelled")
    hold.let_go.set()
    await world.quiet()
    assert money_back(world)[0] == [(id_of(order), DEPOSIT, "succeeded")]
    assert {account: left for account, left in accounts(world).items() if left} == {}


async def test_goods_that_overtake_the_deposit_are_paid_by_it_when_it_comes(open_world):
    world = await open_world()
    order = presale()
    hold = world.script.hold("payments/captures")
    await world.place(order)
    await hold.came.wait()
    arrives(world, ("MUG", "WH1", 2))
    await world.until(lambda: world.facts("invoice.issued"))
    hold.let_go.set()
    await world.ended(order)
    assert_done(world, order, TOTAL)
    assert accounts(world)[DEPOSITS] == 0


async def test_what_does_not_come_in_time_is_given_up_and_its_deposit_with_it(open_world, monkeypatch):
    rule = msgspec.structs.replace(SOURCING["default", "presale"], wait_ms=30_000)
    monkeypatch.setitem(SOURCING, ("default", "presale"), rule)
    world, order = await waiting(open_world)
    await world.ended(order)
    await world.quiet()
    assert world.axes(order)[0] == "cancelled"
    assert money_back(world)[0] == [(id_of(order), DEPOSIT, "succeeded")]
    assert accounts(world)[DEPOSITS] == accounts(world)[PAYABLE] == 0


@pytest.mark.parametrize("act", [lost_after, answer(503)])
async def test_a_deposit_whose_answers_are_lost_is_taken_once_and_given_back_once(open_world, act):
    world = await open_world()
    world.script.next("payments/captures", act, act)
    world.script.next("payments/refunds", act, act)
    order = presale()
    await world.place(order)
    await world.until(lambda: world.facts("deposit.held"))
    await world.cancel(order)
    await world.ended(order)
    await world.wait(10_000)
    assert world.books()["captured"] == [(id_of(order), DEPOSIT)]
    assert money_back(world)[0] == [(id_of(order), DEPOSIT, "succeeded")]
    assert {account: left for account, left in accounts(world).items() if left} == {}


async def test_a_deposit_that_cannot_be_given_back_stays_owed_and_somebody_looks(open_world):
    world, order = await waiting(open_world, presale(token="tok_refund_fails"))
    await world.cancel(order)
    await world.ended(order)
    await world.wait(10_000)
    assert world.exceptions() == ["refund-failed"]
    assert accounts(world)[PAYABLE] == -DEPOSIT
    assert accounts(world)[DEPOSITS] == 0


async def test_a_deposit_that_cannot_be_taken_is_a_persons(open_world):
    world, order = await waiting(open_world, presale(token="tok_capture_fails"))
    assert world.axes(order)[:3] == ("excepted", "failed", "pending")
    assert world.exceptions() == ["capture-failed"]


async def test_all_of_it_may_be_paid_at_once(open_world, monkeypatch):
    monkeypatch.setitem(CHANNELS, "presale", Channel(price_policy="trust", deposit_bp=10_000))
    world, order = await waiting(open_world)
    other = presale(n=2)
    await world.place(other)
    await world.until(lambda: len(world.facts("deposit.held")) == 2)
    await world.cancel(other)
    arrives(world, ("MUG", "WH1", 2))
    await world.ended(order, other)
    await world.quiet()
    assert_done(world, order, 2 * TOTAL)
    assert world.facts("payment.auth_voided") == []
    assert [(row["reference"], row["amount"]) for row in world.twins.books()["payments"]["refunds"]] == [
        (id_of(other), TOTAL)
    ]
    assert accounts(world)[DEPOSITS] == accounts(world)[PAYABLE] == 0


async def test_a_gift_card_is_held_anyway_and_pays_no_deposit(open_world):
    world = await open_world()
    await a_card(world, amount=4_000)
    order = paid_with(presale(), ("gc_1", 4_000), ("tok_visa", 1_000))
    await world.place(order)
    await world.until(lambda: world.facts("deposit.held"))
    assert [fact.amount_minor for fact in world.facts("deposit.held")] == [1_000]
    arrives(world, ("MUG", "WH1", 2))
    await world.ended(order)
    assert world.axes(order) == ("completed", "captured", "dispatched", "acknowledged")
    assert world.system.look("gift_cards", "gc_1").redeemed_minor == 4_000
    assert accounts(world).get(AR, 0) == accounts(world)[DEPOSITS] == 0


async def test_what_is_cancelled_of_an_order_that_left_in_part_costs_it_nothing(open_world, monkeypatch):
    monkeypatch.setitem(SOURCING, ("default", "presale"), SourcingRule((), True, SPLIT, 86_400_000))
    monkeypatch.setitem(CHANNELS, "presale", Channel(price_policy="trust", deposit_bp=8_000))
    world, order = await waiting(open_world)
    await world.until(lambda: world.facts("receivable.cleared"))
    await world.cancel(order)
    await world.ended(order)
    await world.quiet()
    # Three mugs left, two were cancelled: 4,000 were paid ahead, 3,000 are owed.
    assert world.axes(order)[0] == "completed"
    assert sum(amount for _, amount in world.books()["captured"]) == 4_000
    assert money_back(world)[0] == [(id_of(order), 1_000, "succeeded")]
    assert accounts(world).get(AR, 0) == accounts(world)[DEPOSITS] == accounts(world)[PAYABLE] == 0
    await send_back(world, order, ("1", 3))
    assert state_of(world, order).closed == "refunded"
    assert sum(row[1] for row in money_back(world)[0]) == 4_000


async def test_every_restart_keeps_what_is_held(open_world):
    world, order = await waiting(open_world)
    await world.restart()
    await world.cancel(order)
    await world.ended(order)
    await world.quiet()
    assert money_back(world)[0] == [(id_of(order), DEPOSIT, "succeeded")]
