"""The pain: a refund is pending at the provider, which is booked as a refund of nothing, for ever."""

from sim.run import run_plan
from tests.support.bugs import pending_refund_as_zero
from tests.support.saved import broken_in, saved
from tests.support.sendings import money_back, send_back
from tests.support.shop import an_order

PLAN = saved("pending_refunds")


async def what_is_refunded(world):
    """The amounts refunded: while it is pending, afterwards, and by the provider's own books."""
    order = an_order(token="tok_refund_pending")
    await world.play(order)
    await send_back(world, order, ("1", 2))
    at_once = [fact.amount_minor for fact in world.facts("payment.refunded")]
    await world.wait(20_000)
    later = [fact.amount_minor for fact in world.facts("payment.refunded")]
    return at_once, later, [amount for _, amount, _ in money_back(world)[0]]


async def test_a_pending_refund_is_none_until_it_is_paid_and_then_it_is_whole(open_world):
    assert await what_is_refunded(await open_world()) == ([], [510], [510])


async def test_with_the_bug_it_is_a_refund_of_nothing_and_stays_one(open_world, monkeypatch):
    pending_refund_as_zero(monkeypatch)
    assert await what_is_refunded(await open_world()) == ([0], [0], [510])


def test_among_many_returns_every_refund_ends_in_the_books():
    result = run_plan(PLAN).result
    assert result.verdict == "held", result.because
    assert next(one for one in result.invariants if one.id == "Q5").at_risk > 2


def test_with_the_bug_the_plan_breaks_where_returns_end(monkeypatch):
    pending_refund_as_zero(monkeypatch)
    assert broken_in(PLAN) & {"Q5", "Q9"}
