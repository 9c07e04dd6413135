"""Returns: whatever comes back in whatever pieces, every penny goes back once and none twice."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from actors.domains.returns import model
from actors.domains.returns.actor import RETURNS
from actors.domains.returns.model import ReturnState
from actors.flows.returns_to_refund import amounts
from contracts.money import EXPONENTS
from contracts.refunds import CaptureLeft
from contracts.returns import (
    AdviseReturn,
    CardPaid,
    InspectedLine,
    ReceiveReturn,
    ReturnableLine,
    ReturnAllowed,
    ReturnLine,
    SoldLine,
)
from tests.support.walk import message_to, take

CURRENCIES = ("GBP", "JPY", "KWD")
amount = st.integers(0, 10_000_000)
units = st.integers(1, 50)
sold_line = st.builds(SoldLine, st.just("1"), st.just("A"), units, amount, amount, amount, amount)


@given(sold=sold_line, data=st.data())
def test_a_line_returned_in_any_pieces_is_credited_with_exactly_what_was_invoiced(sold, data):
    left = sold.quantity
    taken: dict[Any, Any] = {}
    pieces: list[Any] = []
    while left:
        piece = data.draw(st.integers(1, left))
        grades = data.draw(st.permutations([piece, 0, 0]))
        pieces += amounts.credit_lines([sold], taken, [InspectedLine("1", *grades)])
        taken["1"] = taken.get("1", 0) + piece
        left -= piece
    assert sum(piece.quantity for piece in pieces) == sold.quantity
    assert sum(piece.net_minor for piece in pieces) == sold.net_minor
    assert sum(piece.tax_minor for piece in pieces) == sold.tax_minor
    assert sum(piece.discount_minor for piece in pieces) == sold.discount_minor
    assert all(min(piece.net_minor, piece.tax_minor, piece.discount_minor) >= 0 for piece in pieces)


@given(whole=amount, of=units, before=st.integers(0, 50), more=st.integers(0, 50))
def test_a_part_is_within_half_a_unit_of_its_share(whole, of, before, more):
    before = min(before, of)
    more = min(more, of - before)
    assert abs(amounts.part(whole, before, more, of) * of - whole * more) <= of


@given(
    left=st.lists(st.integers(-100, 1_000), max_size=4),
    asked=st.lists(st.integers(0, 1_000), min_size=4, max_size=4),
    payable=st.integers(1, 3_000),
)
def test_refunds_never_ask_more_of_a_capture_than_it_has_left(left, asked, payable):
    captures = [CaptureLeft("psp-a", str(n), minor) for n, minor in enumerate(left)]
    before = {str(n): minor for n, minor in enumerate(asked)}
    paid: list[Any] = list(amounts.refunds(captures, before, payable))
    room = sum(max(0, one.left_minor - before[one.capture_id]) for one in captures)
    assert sum(minor for _, minor in paid) == min(payable, room)
    assert all(0 < minor <= one.left_minor - before[one.capture_id] for one, minor in paid)


@given(
    shipped=units,
    back=st.integers(0, 50),
    wanted=st.lists(st.integers(-2, 60), min_size=1, max_size=3),
)
def test_no_more_may_come_back_than_was_shipped(shipped, back, wanted):
    sold = [SoldLine("1", "A", shipped, 0, 0, 0, 0)]
    lines = [ReturnLine("1", n) for n in wanted]
    denied = amounts.denial(sold, {"1": back}, lines)
    # And whatever may come back is let.
    assert (denied is None) == (min(wanted) > 0 and sum(wanted) <= shipped - back)
    assert denied is None or denied[0] == "over-return"
    unsold = amounts.denial(sold, {}, [ReturnLine("1", 1), ReturnLine("2", 1)])
    assert unsold is not None
    assert unsold[0] == "unknown-line"


@given(gross=amount, fee_bp=st.integers(0, 10_000))
def test_the_fee_is_never_more_than_what_is_credited(gross, fee_bp):
    assert 0 <= amounts.fee_minor(gross, fee_bp) <= gross


@given(
    advised=units,
    receipts=st.lists(st.integers(-1, 20), max_size=5),
    grades=st.tuples(*[st.integers(-1, 20)] * 4),
)
def test_what_is_received_stays_within_what_was_advised_and_what_is_graded_is_what_was_received(
    advised, receipts, grades
):
    state = ReturnState(lines=(ReturnableLine("1", "A", advised),), location="WH1")
    for n in receipts:
        lines = [ReturnLine("1", n)]
        if not model.excess(state, lines):
            assert n > 0
            state.received["1"] = state.received.get("1", 0) + n
    assert state.received.get("1", 0) <= advised
    line = InspectedLine("1", *grades)
    wrong = model.ungraded(state, [line])
    assert (wrong == []) == (min(grades) >= 0 and sum(grades) == state.received.get("1", 0))
    if not wrong:
        rows, aside = model.restocked(state, [line])
        scrap = model.scrapped([line])
        moved = sum(row.quantity for row in (*rows, *aside)) + sum(one.quantity for one in scrap)
        assert moved == sum(grades) - grades[3]


@given(sold=sold_line, grades=st.tuples(*[st.integers(0, 20)] * 4))
def test_the_goods_leave_quarantine_at_the_cost_at_which_they_came(sold, grades):
    received = amounts.cost_minor([sold], {"1": sum(grades)})
    assert sum(amounts.graded_costs_minor([sold], [InspectedLine("1", *grades)])) == received


tenders = st.lists(st.tuples(st.integers(1, 3), st.integers(1, 100_000)), min_size=1, max_size=4)


@given(
    paid=tenders,
    cards=st.lists(st.integers(1, 50_000), max_size=2),
    currency=st.sampled_from(CURRENCIES),
    data=st.data(),
)
def test_refunds_over_several_means_of_payment_never_exceed_what_each_paid_and_come_to_all_of_it(
    paid, cards, currency, data
):
    """Each tender's captures, cut as shipments left; amounts of any currency, however many decimals it has."""
    unit = 10 ** EXPONENTS[currency]
    captures = [
        CaptureLeft("psp-a", f"{auth}-{n}", minor * unit, f"auth-{auth}")
        for n, (auth, minor) in enumerate(paid)
    ]
    on_cards = [CardPaid(f"gc_{n}", minor * unit + 1) for n, minor in enumerate(cards)]
    whole = sum(one.left_minor for one in captures) + sum(one.amount_minor for one in on_cards)
    asked: dict[str, int] = {}
    left = whole
    while left:
        credit = min(left, data.draw(st.integers(max(1, whole // 5), whole)))
        for of, minor in amounts.refunds(captures, asked, credit, on_cards, "pro_rata"):
            name = of.card_id if isinstance(of, CardPaid) else of.capture_id
            asked[name] = asked.get(name, 0) + minor
        left -= credit
        assert sum(asked.values()) == whole - left
        assert all(asked.get(one.capture_id, 0) <= one.left_minor for one in captures)
        assert all(asked.get(one.card_id, 0) <= one.amount_minor for one in on_cards)
    assert amounts.refunds(captures, asked, 1, on_cards, "pro_rata") == []


@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=6), st.integers(0, 10**7))
def test_a_share_pro_rata_is_its_part_rounded_down_and_the_odd_units_are_the_lasts(rooms, amount):
    shares = amounts.pro_rata(amount, rooms)
    whole = sum(rooms)
    assert sum(shares) == min(amount, whole)
    assert all(0 <= share <= room for share, room in zip(shares, rooms, strict=True))
    if whole > amount:
        floors = [amount * room // whole for room in rooms]
        last = next((n for n, (s, f) in enumerate(zip(shares, floors, strict=True)) if s > f), len(rooms))
        assert all(
            share == floor or n >= last for n, (share, floor) in enumerate(zip(shares, floors, strict=True))
        )
        assert sum(shares) - sum(floors) < len(rooms)


def test_captures_of_one_authorization_are_one_means_of_payment():
    captures = [CaptureLeft("psp-a", "c1", 100, "a"), CaptureLeft("psp-a", "c2", 100, "a")]
    card = CardPaid("gc_1", 200)
    paid = amounts.refunds(captures, {}, 100, [card], "pro_rata")
    assert paid == [(captures[0], 50), (card, 50)]
    assert amounts.refunds(captures, {}, 250, [card], "first") == [
        (captures[0], 100),
        (captures[1], 100),
        (card, 50),
    ]


@given(
    st.integers(1, 12),
    st.lists(st.tuples(st.sampled_from(("G1", "G2", "G3")), st.integers(1, 6)), max_size=8),
)
def test_a_receipt_that_is_told_again_is_received_once(advised, told):
    state = RETURNS.initial("ret_1")
    line = ReturnableLine("1", "A", advised)
    first = [
        AdviseReturn("ret_1", "o", "too-small", (ReturnLine("1", advised),), 600_000),
        ReturnAllowed("ret_1", "o", "p", "WH1", (line,)),
    ]
    receipts: dict[str, int] = {}
    for body in first:
        take(RETURNS, state, message_to(RETURNS, "ret_1", body), 0)
    for n, (receipt, units) in enumerate(told):
        command = ReceiveReturn("ret_1", "o", receipt, (ReturnLine("1", units),))
        decision = take(RETURNS, state, message_to(RETURNS, "ret_1", command, n=n), 0)
        if receipt in receipts:
            assert decision.events == []
        elif sum(receipts.values()) + units <= advised:
            receipts[receipt] = units
    assert state.received.get("1", 0) == sum(receipts.values())
    assert state.receipts == tuple(receipts)
