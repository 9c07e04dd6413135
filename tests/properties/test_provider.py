"""What a provider tells by itself, in any order and as often as it likes: each fact once, and the last word stands."""

from collections import Counter
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from actors.connectors.connector import connector_spec
from actors.connectors.payments import PAYMENTS
from contracts.deposits import DEPOSIT
from contracts.outcomes import OK
from contracts.partners import BookCapture, PaymentCaptured
from contracts.platform import CallResult
from contracts.refunds import ProviderEvent, RefundPayment, TellCaptures
from contracts.turn import Address
from tests.support.walk import message_to, take

SPEC = connector_spec(PAYMENTS)
AMOUNT = 1_000
CAPTURES = tuple(PaymentCaptured("o", "psp-a", f"ch_{n}", f"pi_{n}", AMOUNT, "GBP", "GB01") for n in range(2))
# By object: what the provider may say of it. A dispute ends one way; so does a refund.
ENDS = {"dp": ("dispute.won", "dispute.lost"), "re": ("refund.succeeded", "refund.failed")}


# What a call for a refund is answered that ends as told. An event is about one of ours, or one that nobody asked for.
ANSWERS = {"refund.succeeded": ("pending", "succeeded"), "refund.failed": ("pending", "failed")}


@st.composite
def tellings(draw):
    """Two disputes and two refunds, their events repeated and shuffled, and what calls for refunds are answered."""
    told: list[Any] = []
    for n in range(4):
        kind, capture = ("dp", "re")[n % 2], f"ch_{draw(st.integers(0, 1))}"
        end = draw(st.sampled_from(ENDS[kind]))
        kinds = (
            [end]
            if kind == "re"
            else draw(st.sampled_from([["dispute.opened"], [end], ["dispute.opened", end]]))
        )
        amount = draw(st.integers(1, 200))
        return_id = draw(st.sampled_from(("ret_1", DEPOSIT, "")))
        for k in kinds:
            event = ProviderEvent(
                "o", f"{k}-{n}", k, f"{kind}_{n}", capture, amount, 15, "GBP", return_id, ""
            )
            told += [event] * draw(st.integers(1, 3))
        if kind == "re" and draw(st.booleans()):
            asked = RefundPayment("o", f"k{n}", "psp-a", capture, amount, "GBP", "GB01", return_id)
            answer = {"id": f"re_{n}", "status": draw(st.sampled_from(ANSWERS[end])), "amount": amount}
            told += [(asked, answer)] * draw(st.integers(1, 2))
    return draw(st.permutations(told))


def heard(events) -> tuple[Any, list[tuple[str, Any]]]:
    """The connector's state after these, and the facts it told."""
    state, facts = SPEC.initial("o"), []
    for capture in CAPTURES:
        SPEC.folds["payment.captured"](state, capture)
    for n, event in enumerate(events):
        if isinstance(event, tuple):
            decision = concluded(state, event[0], event[1], n)
        else:
            decision = take(SPEC, state, message_to(SPEC, "o", event, n=n), 0)
        facts += [(fact.type, fact.body) for fact in decision.events if fact.type != "exception.opened"]
    return state, facts


def concluded(state, asked, answer, n):
    """A call for a refund has its answer."""
    result = CallResult(OK, 200, msgspec.json.encode(answer), 1)
    assert SPEC.conclude is not None
    decision = SPEC.conclude(state, message_to(SPEC, "o", asked, n=n), result, None, 0)
    for event in decision.events:
        SPEC.folds[event.type](state, event.body)
    return decision


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
    ended = {event.object_id for event in ended_last(events) if event.kind in ENDS["dp"]}
    assert {body.dispute_id for type_, body in facts if type_ in ends} == ended


@given(tellings())
def test_a_refund_is_paid_or_fails_once_however_it_is_told_and_is_pending_only_before(events):
    """By the answer to our call, by events, by both, in any order."""
    state, facts = heard(events)
    said: dict[str, list[str]] = {}
    for type_, body in facts:
        if hasattr(body, "refund_id"):
            said.setdefault(body.refund_id, []).append(type_.removeprefix("payment."))
    ends = {event.object_id: event.kind for event in events if isinstance(event, ProviderEvent)}
    for refund_id, kind in ends.items():
        if kind in ENDS["re"]:
            end = "refunded" if kind == "refund.succeeded" else "refund_failed"
            assert said.pop(refund_id) in ([end], ["refund_pending", end])
            assert state.refunds[refund_id].status == ("done" if end == "refunded" else "failed")
    assert said == {}


@given(tellings())
def test_returns_are_told_what_disputes_and_refunds_they_did_not_ask_for_have_left(events):
    state, _ = heard(events)
    ask = msgspec.structs.replace(
        message_to(SPEC, "o", TellCaptures("o", "ret_9")), reply_to=Address("flow", "o", "o")
    )
    (told,) = take(SPEC, state, ask, 0).said
    left = dict.fromkeys((capture.capture_id for capture in CAPTURES), AMOUNT)
    for event in {event.object_id: event for event in ended_last(events)}.values():
        of_a_return = event.kind.startswith("refund") and event.return_id not in ("", DEPOSIT)
        if event.kind not in ("dispute.won", "refund.failed") and not of_a_return:
            left[event.capture_id] -= event.amount_minor
    assert {one.capture_id: one.left_minor for one in told.body.captures} == left


def ended_last(events):
    """The events, those that end something behind those that begin it."""
    told = [event for event in events if isinstance(event, ProviderEvent)]
    return sorted(told, key=lambda event: event.kind != "dispute.opened")


@given(tellings(), st.randoms(use_true_random=False))
def test_what_is_left_of_a_capture_is_the_same_in_whatever_order_it_is_told(events, random):
    again = list(events)
    random.shuffle(again)
    ends = []
    for told in (events, again):
        state, facts = heard(told)
        sums: Counter[str] = Counter()
        for type_, body in facts:
            # Whether it was told to be pending first hangs on what came first.
            if type_ != "payment.refund_pending":
                sums[type_] += body.amount_minor
        ends.append((sums, state.disputes, state.refunds))
        # A9: what went back of a capture, or may, is never more than what it took.
        gone: Counter[str] = Counter()
        for back in [*(state.disputes or {}).values(), *(state.refunds or {}).values()]:
            gone[back.capture_id] += back.amount_minor * (back.status not in ("won", "failed"))
        assert all(amount <= AMOUNT for amount in gone.values())
    assert ends[0] == ends[1]


def test_an_authorization_expires_once_however_often_it_is_told():
    expired = ProviderEvent("o", "x", "authorization.expired", "pi_0", "", 0, 0, "GBP", "", "")
    other = msgspec.structs.replace(expired, object_id="pi_1")
    _, facts = heard([expired, expired, other, expired, other])
    assert [(type_, body.authorization_id) for type_, body in facts] == [
        ("payment.auth_expired", "pi_0"),
        ("payment.auth_expired", "pi_1"),
    ]


def test_what_is_told_of_a_capture_that_nobody_knows_is_a_persons():
    state = SPEC.initial("o")
    event = ProviderEvent("o", "x", "refund.succeeded", "re_1", "ch_9", 5, 0, "GBP", "", "")
    decision = take(SPEC, state, message_to(SPEC, "o", event), 0)
    assert [fact.body.category for fact in decision.events] == ["provider-event-unmatched"]
    assert state == SPEC.initial("o")


def test_a_capture_that_is_known_is_sent_to_the_ledger_again_and_is_not_captured_again():
    state = SPEC.initial("o")
    for _ in range(2):
        decision = take(SPEC, state, message_to(SPEC, "o", BookCapture("o", CAPTURES[0])), 0)
        assert state.captures == CAPTURES[:1]
    assert decision.events == []
    assert [(said.to, said.body) for said in decision.said] == [("finance", CAPTURES[0])]
