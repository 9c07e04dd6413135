"""When an authorization is renewed, for any expiry."""

from hypothesis import given
from hypothesis import strategies as st

from actors.flows.order_to_cash.renewing import LEAD_MS, due_ms, replaced
from actors.flows.order_to_cash.state import Held
from contracts.partners import PaymentAuthorized

instants = st.integers(0, 10**13)


@given(at=instants, left_ms=st.integers(-(10**9), 10**10))
def test_it_is_renewed_before_it_expires_and_not_before_now(at, left_ms):
    due = due_ms(at + left_ms, at)
    assert due >= at
    if left_ms >= 0:
        assert due <= at + left_ms
        assert left_ms - (due - at) <= LEAD_MS
        assert due - at >= left_ms * 3 // 4


@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=4), st.integers(0, 10**6), st.data())
def test_a_new_one_stands_for_what_was_left_of_the_old_one_and_no_other_is_touched(amounts, new, data):
    held = [Held("psp-a", f"pi_{n}", amount, 1, n) for n, amount in enumerate(amounts)]
    at = data.draw(st.integers(0, len(held) - 1))
    fact = PaymentAuthorized("o", "psp-b", "pi_new", new, "GBP", 9)
    after = replaced(held, f"pi_{at}", fact)
    assert [one for n, one in enumerate(after) if n != at] == [one for n, one in enumerate(held) if n != at]
    assert after[at] == Held("psp-b", "pi_new", min(amounts[at], new), 9, at)
