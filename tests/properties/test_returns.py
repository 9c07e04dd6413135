"""Returns: whatever comes back in whatever pieces, every penny goes back once and none twice."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from actors.domains.returns import model
from actors.domains.returns.model import ReturnState
from actors.flows.returns_to_refund import amounts
from contracts.refunds import CaptureLeft
from contracts.returns import InspectedLine, ReturnableLine, ReturnLine, SoldLine

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
    paid = amounts.refunds(captures, before, payable)
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
    if denied is None:
        assert min(wanted) > 0
        assert sum(wanted) <= shipped - back
    else:
        assert denied[0] == "over-return"


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
