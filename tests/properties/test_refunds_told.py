"""What becomes of the money a return has asked back, told twice, late and in any order: it is closed once, when all is
paid.
"""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from actors.flows.returns_to_refund import RETURNS_TO_REFUND
from actors.flows.returns_to_refund.state import REFUNDING, Asked, Case
from contracts.gift_cards import GiftCardCredited, GiftCardRefused
from contracts.refunds import CaptureLeft, CapturesTold, RefundFailed, RefundMade
from contracts.returns import SaleTold
from tests.support.walk import bodies, message_to, take

O, R = "ord_1", "ret_1"
MADE, FAILED = "made", "failed"
amounts = st.lists(st.sampled_from((30, 50, 80)), min_size=1, max_size=4)
# (which of what was asked, what became of it): of two that came to as much as one, neither is that one.
told = st.lists(st.tuples(st.integers(0, 3), st.sampled_from((MADE, MADE, FAILED))), max_size=14)


def fact(n: int, amount: int, became: str, onto_card: bool) -> Any:
    """A fact of the n-th: of a capture, or of a gift card."""
    if onto_card:
        if became == MADE:
            return GiftCardCredited(f"to_{n}", O, "k", "GB01", "GBP", amount, R)
        return GiftCardRefused(f"to_{n}", O, "k", "unknown-card", R)
    if became == MADE:
        return RefundMade(O, "psp-a", f"re_{n}", f"to_{n}", amount, "GBP", "GB01", R)
    return RefundFailed(O, "psp-a", f"re_{n}", f"to_{n}", amount, "GBP", "GB01", R, "why")


@settings(max_examples=200)
@given(amounts, told, st.booleans())
def test_a_return_is_closed_once_and_when_each_amount_that_it_asked_back_is_paid(
    asked, events, last_onto_card
):
    state = RETURNS_TO_REFUND.initial(O)
    state.cases[R] = Case((), 0, REFUNDING, sum(asked))
    state.refunds = [Asked(R, f"to_{n}", amount) for n, amount in enumerate(asked)]
    # Another return's, which is paid: it counts for that return alone.
    state.refunds.insert(0, Asked("ret_0", "to_0", asked[0], "done"))
    cards = {len(asked) - 1} if last_onto_card else set()
    paid: set[int] = set()
    failed: set[int] = set()
    closed = 0
    for turn, (n, became) in enumerate(events):
        if n >= len(asked):
            continue
        body = fact(n, asked[n], became, n in cards)
        decision = take(RETURNS_TO_REFUND, state, message_to(RETURNS_TO_REFUND, O, body, n=turn), 0)
        news = n not in paid | failed if became == FAILED or n in cards else n not in paid
        if not news:
            # A15: what is paid is paid, and not paid again; nor does it fail any more.
            assert decision.events == []
            continue
        assert len(bodies(decision, "exception.opened")) == (became == FAILED)
        if became == MADE:
            paid.add(n)
            failed.discard(n)
        else:
            failed.add(n)
        closes = bodies(decision, "returns.close")
        assert bool(closes) == (len(paid) == len(asked))
        closed += len(closes)
        assert {one.capture_id: one.status for one in state.refunds[1:]} == {
            f"to_{n}": "done" if n in paid else "failed" if n in failed else "asked"
            for n in range(len(asked))
        }
    assert closed == (len(paid) == len(asked))
    assert (R in state.cases) == (not closed)


@given(st.lists(st.integers(1, 90), min_size=1, max_size=3), st.integers(1, 300), st.integers(2, 3))
def test_captures_that_are_told_again_are_asked_for_nothing_more(lefts, credit, times):
    """A9: however often the provider's account of an order comes, a return asks once for what it is credited."""
    state = RETURNS_TO_REFUND.initial(O)
    state.sale = SaleTold(O, R, "sold", currency="GBP", book="GB01")
    state.cases[R] = Case((), 0, REFUNDING, credit)
    captures = tuple(CaptureLeft("psp-a", f"ch_{n}", left) for n, left in enumerate(lefts))
    asked = []
    for n in range(times):
        told = CapturesTold(O, R, captures)
        decision = take(RETURNS_TO_REFUND, state, message_to(RETURNS_TO_REFUND, O, told, n=n), 0)
        asked += [said.body for said in decision.said]
        assert not (n and decision.events)
    assert sum(one.amount_minor for one in asked) == min(credit, sum(lefts))
    assert len({one.effect_key for one in asked}) == len(asked)
    assert {one.capture_id: one.amount_minor for one in state.refunds} == {
        one.capture_id: one.amount_minor for one in asked
    }
