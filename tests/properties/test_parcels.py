"""The carrier's scans, in any order and any number: the last word is the same."""

from hypothesis import given
from hypothesis import strategies as st

from actors.domains.fulfillment.model import Parcel, is_news
from contracts.parcels import DELIVERED, PARCEL_STATUSES

scans = st.lists(st.tuples(st.sampled_from(PARCEL_STATUSES), st.integers(0, 4)), min_size=1, max_size=8)


def last_word(told):
    known = None
    for status, at_ms in told:
        if is_news(known, status, at_ms):
            known = Parcel(status, at_ms)
    return known


@given(scans, st.randoms())
def test_the_last_word_is_the_same_in_whatever_order_scans_come(told, random):
    shuffled = [*told, *told[:2]]
    random.shuffle(shuffled)
    assert last_word(shuffled).status == last_word(told).status


@given(scans)
def test_what_was_delivered_is_delivered_and_else_the_newest_scan_stands(told):
    known = last_word(told)
    if any(status == DELIVERED for status, _ in told):
        assert known.status == DELIVERED
    else:
        assert known.at_ms == max(at_ms for _, at_ms in told)


@given(scans)
def test_nothing_told_is_told_again(told):
    known = last_word(told)
    assert not is_news(known, known.status, known.at_ms)
