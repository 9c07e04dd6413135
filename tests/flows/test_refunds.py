"""Money that goes back: at once, later, never; once, whatever is lost, repeated or out of order; and disputes."""

import msgspec
import pytest

from actors.runtime.intake import Call
from contracts.gift_cards import IssueGiftCard
from contracts.ports import ForeignRequest
from contracts.refunds import PayCredit
from tests.support.script import answer, lost_after, lost_before
from tests.support.sendings import money_back, return_id, send_back, state_of
from tests.support.settling import balances
from tests.support.shop import an_order, id_of

CLEARING = "1200 PSP clearing psp-a"
DISPUTES = "1220 dispute receivable psp-a"
FEES = "6100 dispute fees"
LOSSES = "6110 dispute losses"


async def sold(open_world, token="tok_visa", *lines):
    world = await open_world()
    order = an_order(*(lines or (("TEA", 2),)), token=token)
    await world.play(order)
    return world, order


def steps(world, *names):
    """The postings of these steps."""
    return [posting for posting in world.postings() if posting[0] in names]


async def test_a_pending_refund_is_booked_when_it_is_paid_and_closes_the_return_then(open_world):
    world, order = await sold(open_world, "tok_refund_pending")
    await send_back(world, order, ("1", 2))
    assert money_back(world)[0] == [(id_of(order), 510, "pending")]
    assert state_of(world, order).status == "inspected"
    assert steps(world, "refund") == []
    assert [note.payable_minor for note in world.facts("credit_note.issued")] == [510]
    await world.wait(10_000)
    assert money_back(world)[0] == [(id_of(order), 510, "succeeded")]
    assert state_of(world, order).closed == "refunded"
    assert len(steps(world, "refund")) == 1
    assert world.exceptions() == []


@pytest.mark.parametrize("token", ["tok_refund_fails", "tok_refund_pending_fails"])
async def test_a_refund_that_fails_leaves_what_is_owed_and_somebody_looks(open_world, token):
    world, order = await sold(open_world, token)
    await send_back(world, order, ("1", 2))
    await world.wait(10_000)
    assert world.exceptions() == ["refund-failed"]
    assert steps(world, "refund") == []
    assert state_of(world, order).status == "inspected"
    assert world.facts("payment.refund_failed")[0].amount_minor == 510


async def pay_otherwise(world, order, card="gc_goodwill", key="pay"):
    """(status, body) of a person paying what is owed of the return's credit onto a gift card."""
    id_ = return_id(order)
    command = PayCredit(id_, id_of(order), card, "ann", "the customer agreed")
    call = Call("ann", "POST", "credit-payments", key, "f", "returns_to_refund", id_of(order), id_of(order), command,
                sheddable=False)  # fmt: skip
    answered = await world.system.submit(call)
    await world.quiet()
    return answered.status, msgspec.json.decode(answered.body)


@pytest.mark.parametrize("token", ["tok_refund_fails", "tok_refund_pending_fails"])
async def test_what_could_not_be_refunded_is_paid_onto_a_gift_card_and_nobody_needs_to_look_any_more(
    open_world, token
):
    world, order = await sold(open_world, token)
    await send_back(world, order, ("1", 2))
    await world.wait(10_000)
    assert [row.category for row in world.system.work_list.of()] == ["refund-failed"]
    (owed,) = world.facts("payment.refund_owed")
    assert (owed.amount_minor, owed.currency, owed.category) == (510, "GBP", "refund-failed")
    status, told = await pay_otherwise(world, order)
    assert (status, told["amount_minor"], told["card_id"]) == (202, 510, "gc_goodwill")
    assert state_of(world, order).closed == "refunded"
    assert world.system.look("gift_cards", "gc_goodwill").credited_minor == 510
    assert balances(world)["2110 gift-card liability"] == -510
    assert "2120 refunds payable" not in balances(world)
    assert world.system.work_list.of() == []
    # It is paid: nobody pays it again, and neither does a repeat.
    assert (await pay_otherwise(world, order))[0] == 202
    assert (await pay_otherwise(world, order, key="again"))[1]["code"] == "nothing-owed"
    assert world.system.look("gift_cards", "gc_goodwill").credited_minor == 510
    assert world.rebuilt_digest() == world.system.engine.fold.digest()


async def test_a_card_that_cannot_take_a_credit_leaves_it_owed_and_another_takes_it(open_world):
    world, order = await sold(open_world, "tok_refund_fails")
    euros = IssueGiftCard("gc_euro", "", "sold gc_euro", "GB01", "EUR", 100, "psp-a")
    world.record("gift_cards", "gc_euro", euros, "euro", "gc_euro")
    await send_back(world, order, ("1", 2))
    await world.wait(10_000)
    assert (await pay_otherwise(world, order, "gc_euro"))[0] == 202
    assert [row.category for row in world.system.work_list.of()] == ["refund-failed"] * 2
    assert (await pay_otherwise(world, order, key="b"))[0] == 202
    assert state_of(world, order).closed == "refunded"
    assert world.system.work_list.of() == []


async def test_while_a_refund_is_under_way_nothing_is_owed(open_world):
    world, order = await sold(open_world, "tok_refund_pending")
    await send_back(world, order, ("1", 2))
    assert (await pay_otherwise(world, order))[1]["code"] == "nothing-owed"
    await world.wait(10_000)
    assert state_of(world, order).closed == "refunded"
    assert world.facts("gift_card.credited") == []


@pytest.mark.parametrize("act", [lost_after, lost_before, answer(503), answer(500)])
@pytest.mark.parametrize("token", ["tok_visa", "tok_refund_pending"])
async def test_a_refund_whose_answer_is_lost_is_made_once(open_world, act, token):
    world, order = await sold(open_world, token)
    world.script.next("payments/refunds", act, act)
    await send_back(world, order, ("1", 2))
    await world.wait(10_000)
    assert money_back(world)[0] == [(id_of(order), 510, "succeeded")]
    assert len({call.effect_key for call in world.script.made("payments/refunds")}) == 1
    assert len(world.facts("payment.refunded")) == len(steps(world, "refund")) == 1
    assert state_of(world, order).closed == "refunded"


async def test_the_feed_may_tell_of_a_refund_before_its_call_is_answered(open_world):
    world, order = await sold(open_world)
    hold = world.script.hold("payments/refunds")
    world.nursery.start_soon(send_back, world, order, ("1", 2))
    await hold.came.wait()
    # The provider does it, and tells it by its feed; the answer is still under way.
    made = world.script.made("payments/refunds")[0]
    capture = world.twins.books()["payments"]["captures"][0]["id"]
    body = {
        "charge": capture, "amount": 510, "currency": "gbp", "reference": id_of(order), "note": return_id(order),
    }  # fmt: skip
    await world.twins.call(ForeignRequest("payments", "refunds", made.effect_key, made.subject, body))
    await world.wait(2_000)
    hold.let_go.set()
    await world.wait(2_000)
    assert len(world.facts("payment.refunded")) == len(steps(world, "refund")) == 1
    assert state_of(world, order).closed == "refunded"


async def test_a_lost_dispute_costs_the_amount_and_the_fee(open_world):
    world, order = await sold(open_world, "tok_dispute_lost")
    await world.wait(20_000)
    assert money_back(world)[1] == [(id_of(order), 510, "lost")]
    assert steps(world, "dispute_opened", "dispute_lost") == [
        ("dispute_opened", [("D", DISPUTES, 510), ("D", FEES, 1_500), ("C", CLEARING, 2_010)]),
        ("dispute_lost", [("D", LOSSES, 510), ("C", DISPUTES, 510)]),
    ]
    assert world.exceptions() == ["dispute-opened"]
    assert world.system.work_list.of() == []
    assert [one.resolution for one in world.facts("exception.resolved")] == ["written_off"]


async def test_a_dispute_that_is_won_brings_the_amount_back(open_world):
    world, order = await sold(open_world, "tok_dispute_won")
    await world.wait(20_000)
    assert money_back(world)[1] == [(id_of(order), 510, "won")]
    assert steps(world, "dispute_won") == [("dispute_won", [("D", CLEARING, 510), ("C", DISPUTES, 510)])]
    assert [one.resolution for one in world.facts("exception.resolved")] == ["corrected"]


async def test_what_a_dispute_took_is_not_refunded_too(open_world):
    world, order = await sold(open_world, "tok_dispute_lost")
    await world.wait(20_000)
    await send_back(world, order, ("1", 2))
    assert money_back(world)[0] == []
    assert world.exceptions() == ["dispute-opened", "refund-short"]


async def test_what_was_refunded_is_not_disputed_too(open_world):
    world, order = await sold(open_world, "tok_dispute_lost", ("TEA", 2), ("MUG", 1))
    await send_back(world, order, ("2", 1))
    await world.wait(20_000)
    assert money_back(world) == (
        [(id_of(order), 1_000, "succeeded")],
        [(id_of(order), 510, "lost")],
    )


def record(n, type_, order, capture, **changes):
    """A record of the provider's feed."""
    fields = {
        "n": n, "id": f"evt_{n}", "type": type_, "object": "dp_1", "charge": capture, "amount": 510, "fee": 1_500,
        "currency": "gbp", "reference": id_of(order), "note": "", "reason": "",
    }  # fmt: skip
    return {**fields, **changes}


async def told(open_world, records):
    """A world whose provider tells these records, made from (order, capture), for ever."""
    world, order = await sold(open_world)
    capture = world.twins.books()["payments"]["captures"][0]["id"]
    world.script.always["payments/events"] = answer(200, {"records": records(order, capture)})
    await world.wait(3_000)
    return world, order


async def test_a_dispute_that_ends_before_it_begins_is_told_whole_and_once(open_world):
    world, _ = await told(
        open_world,
        lambda order, capture: [
            record(1, "dispute.won", order, capture),
            record(2, "dispute.opened", order, capture),
            record(3, "dispute.won", order, capture, id="evt_1"),
            record(4, "dispute.lost", order, capture),
        ],
    )
    assert [step for step, _ in world.postings()[3:]] == ["dispute_opened", "dispute_won"]
    assert world.exceptions() == ["dispute-opened"]
    assert world.system.work_list.of() == []


async def test_a_refund_that_no_return_asked_for_is_booked_and_somebody_looks(open_world):
    world, _ = await told(
        open_world,
        lambda order, capture: [record(1, "refund.succeeded", order, capture, object="re_9", amount=100)],
    )
    assert len(steps(world, "refund")) == 1
    assert world.exceptions() == ["refund-unasked"]


async def test_an_event_about_a_capture_that_is_nobodys_is_shown_and_posts_nothing(open_world):
    world, _ = await told(
        open_world, lambda order, capture: [record(1, "dispute.opened", order, "ch_unknown")]
    )
    assert [step for step, _ in world.postings()[3:]] == []
    assert world.exceptions() == ["provider-event-unmatched"]


async def test_a_record_that_cannot_be_read_stops_the_feed_before_it(open_world):
    world, _ = await told(
        open_world,
        lambda order, capture: [
            record(1, "dispute.withdrawn", order, capture),
            record(2, "dispute.opened", order, capture),
        ],
    )
    feed = next(feed for feed in world.system.feeds if feed.key == "feed:events")
    assert feed.counts["unreadable"] > 0
    assert world.system.look("payments", "feed:events") is None
    assert len(world.facts("payment.dispute_opened")) == 1


async def test_returns_and_refunds_survive_a_restart_at_any_step(open_world):
    world, order = await sold(open_world, "tok_refund_pending")
    await send_back(world, order, ("1", 1))
    await world.restart()
    await world.wait(10_000)
    await send_back(world, order, ("1", 1), ref="R2")
    await world.restart()
    await world.wait(10_000)
    assert [status for _, _, status in money_back(world)[0]] == ["succeeded", "succeeded"]
    assert state_of(world, order, "R2").closed == "refunded"
    assert len(steps(world, "refund")) == 2
