"""What a provider tells by itself, in any order and as often as it likes: each fact once, and the last word stands."""

from collections import Counter
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from actors.connectors.connector import connector_spec
from actors.connectors.payments import PAYMENTS
from contracts.partners import PaymentCaptured
from contracts.refunds import ProviderEvent
from tests.support.walk import message_to, take

SPEC = connector_spec(PAYMENTS)
AMOUNT = 1_000
CAPTURES = tuple(PaymentCaptured("o", "psp-a", f"ch_{n}", f"pi_{n}", AMOUNT, "GBP", "GB01") for n in range(2))
# By object: what the provider may say of it. A dispute ends one way; so does a refund.
ENDS = {"dp": ("dispute.won", "dispute.lost"), "re": ("refund.succeeded", "refund.failed")}


@st.composite
def tellings(draw):
    """Two disputes and two refunds, their events repeated and shuffled."""
    told = []
    for n in range(4):
        kind, capture = ("dp", "re")[n % 2], f"ch_{draw(st.integers(0, 1))}"
        end = draw(st.sampled_from(ENDS[kind]))
        kinds = (
            [end]
            if kind == "re"
            else draw(st.sampled_from([["dispute.opened"], [end], ["dispute.opened", end]]))
        )
        amount = draw(st.integers(1, 200))
        for k in kinds:
            event = ProviderEvent("o", f"{k}-{n}", k, f"{kind}_{n}", capture, amount, 15, "GBP", "ret_1", "")
            told += [event] * draw(st.integers(1, 3))
    return draw(st.permutations(told))


def heard(events) -> tuple[Any, list[tuple[str, Any]]]:
    """The connector's state after these, and the facts it told."""
    state, facts = SPEC.initial("o"), []
    for capture in CAPTURES:
        SPEC.folds["payment.captured"](state, capture)
    for n, event in enumerate(events):
        decision = take(SPEC, state, message_to(SPEC, "o", event, n=n), 0)
        facts += [(fact.type, fact.body) for fact in decision.events if fact.type != "exception.opened"]
    return state, facts


@given(tellings())
def test_each_fact_is_told_once_and_a_dispute_begins_before_it_ends(events):
    _, facts = heard(events)
    told = Counter(
        (type_, getattr(body, "dispute_id", "") or getattr(body, "refund_id", "")) for type_, body in facts
    )
    assert set(told.values()) <= {1}
    opened = set()
    for type_, body in facts:
        if type_ == "payment.dispute_opened":
            opened.add(body.dispute_id)
        elif type_.startswith("payment.dispute"):
            assert body.dispute_id in opened
    # A15: whatever came last, a dispute that ended has ended.
    ends = ("payment.dispute_won", "payment.dispute_lost")
    ended = {event.object_id for event in events if event.kind in ENDS["dp"]}
    assert {body.dispute_id for type_, body in facts if type_ in ends} == ended


@given(tellings(), st.randoms(use_true_random=False))
def test_what_is_left_of_a_capture_is_the_same_in_whatever_order_it_is_told(events, random):
    again = list(events)
    random.shuffle(again)
    ends = []
    for told in (events, again):
        state, facts = heard(told)
        sums: Counter[str] = Counter()
        for type_, body in facts:
            sums[type_] += body.amount_minor
        ends.append((sums, state.disputes, state.refunds))
        # A9: what went back of a capture, or may, is never more than what it took.
        gone: Counter[str] = Counter()
        for back in [*(state.disputes or {}).values(), *(state.refunds or {}).values()]:
            gone[back.capture_id] += back.amount_minor * (back.status not in ("won", "failed"))
        assert all(amount <= AMOUNT for amount in gone.values())
    assert ends[0] == ends[1]
