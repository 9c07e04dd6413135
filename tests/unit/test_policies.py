"""Rate, deadline, retry and breaker: time and draws are arguments."""

import msgspec
import pytest

from actors.policies.breaker import FAILURES_IN_A_ROW, OPEN_AT_MOST_MS, OPEN_MS, Breaker
from actors.policies.deadline import Deadline
from actors.policies.limiter import TokenBucket
from actors.policies.retry import backoff_ceiling_ms, may_repeat, must_ask_first
from contracts.outcomes import OK, OUTCOMES, REFUSED, THROTTLED, UNAVAILABLE, UNKNOWN
from contracts.ports import Recovery, SystemLimits

RESEND, ASK, PERSON = (
    Recovery("resend_same_key"),
    Recovery("ask", settle_ms=1, look_up="x"),
    Recovery("exception"),
)
LIMITS = SystemLimits(
    concurrency=1, rate_per_s=1, burst=1, timeout_ms=1, backoff_base_ms=200, backoff_cap_ms=10_000
)


def test_a_bucket_starts_empty_and_fills_at_its_rate_to_its_burst():
    bucket = TokenBucket(rate_per_s=10, burst=3, now_ms=1_000)
    assert bucket.wait_ms(1_000) == 100
    assert not bucket.take(1_099)
    assert bucket.take(1_100)
    assert [bucket.take(60_000) for _ in range(4)] == [True, True, True, False]


def test_a_bucket_says_to_the_millisecond_when_a_token_is_there():
    bucket = TokenBucket(rate_per_s=7, burst=2, now_ms=0)
    now = 0
    for _ in range(50):
        now += bucket.wait_ms(now)
        assert not TokenBucket.take(_copy(bucket), now - 1)
        assert bucket.take(now)
    assert now == -(-50 * 1_000 // 7)


def _copy(bucket):
    other = TokenBucket(bucket.rate_per_s, bucket.burst, 0)
    other._milli, other._at_ms = bucket._milli, bucket._at_ms
    return other


def test_a_pause_holds_everything_until_its_time_and_a_shorter_one_does_not_end_it():
    bucket = TokenBucket(rate_per_s=100, burst=100, now_ms=0)
    assert bucket.take(10_000)
    bucket.pause(17_000)
    bucket.pause(12_000)
    assert not bucket.take(16_999)
    assert bucket.wait_ms(10_000) == 7_010
    assert bucket.take(17_010)


def test_a_bucket_takes_another_rate_from_its_instant_on_and_keeps_no_more_than_its_burst():
    bucket = TokenBucket(10, 5, 0)
    assert bucket.wait_ms(1_000) == 0
    bucket.change(2, 1, 1_000)
    assert bucket.take(1_000)
    assert not bucket.take(1_000)
    assert bucket.wait_ms(1_000) == 500
    assert not bucket.take(1_499)
    assert bucket.take(1_500)


def test_a_clock_that_stands_still_fills_nothing():
    bucket = TokenBucket(rate_per_s=1_000, burst=5, now_ms=0)
    assert bucket.take(1)
    assert not any(bucket.take(1) for _ in range(10))


def test_a_deadline_is_an_instant():
    deadline = Deadline(1_000, 500)
    assert not deadline.passed(1_499)
    assert deadline.passed(1_500)
    assert (deadline.remaining_ms(1_200), deadline.remaining_ms(9_999)) == (300, 0)


def test_backing_off_doubles_up_to_its_cap_and_never_overflows():
    assert [backoff_ceiling_ms(LIMITS, n) for n in range(1, 9)] == [
        200,
        400,
        800,
        1_600,
        3_200,
        6_400,
        10_000,
        10_000,
    ]
    assert backoff_ceiling_ms(LIMITS, 10_000) == 10_000
    uncapped = msgspec.structs.replace(LIMITS, backoff_cap_ms=10**12)
    assert backoff_ceiling_ms(uncapped, 10_000) == 200 << 16


@pytest.mark.parametrize(
    "recovery, outcome, first",
    [
        (ASK, UNKNOWN, True),
        (ASK, None, True),
        (ASK, THROTTLED, False),
        (ASK, UNAVAILABLE, False),
        (RESEND, UNKNOWN, False),
        (RESEND, None, False),
        (PERSON, UNKNOWN, False),
    ],
)
def test_only_what_may_have_happened_and_cannot_be_resent_is_asked_for_first(recovery, outcome, first):
    assert must_ask_first(recovery, outcome) is first


def test_what_is_final_is_not_repeated_and_what_nobody_can_know_is_left_to_a_person():
    for recovery in (RESEND, ASK, PERSON):
        assert not may_repeat(recovery, OK)
        assert not may_repeat(recovery, REFUSED)
        assert may_repeat(recovery, THROTTLED)
        assert may_repeat(recovery, UNAVAILABLE)
    assert may_repeat(RESEND, UNKNOWN)
    assert may_repeat(ASK, UNKNOWN)
    assert not may_repeat(PERSON, UNKNOWN)
    assert set(OUTCOMES) == {OK, REFUSED, THROTTLED, UNAVAILABLE, UNKNOWN, "gave_up"}


def opened(now_ms=0):
    breaker = Breaker()
    for _ in range(FAILURES_IN_A_ROW):
        assert breaker.admits(now_ms)
        breaker.heard(UNAVAILABLE, now_ms)
    return breaker


def test_a_breaker_opens_after_so_many_failures_in_a_row_and_not_before():
    breaker = Breaker()
    for outcome in [UNKNOWN] * (FAILURES_IN_A_ROW - 1) + [OK] + [UNAVAILABLE] * (FAILURES_IN_A_ROW - 1):
        breaker.heard(outcome, 0)
    assert breaker.is_closed
    breaker.heard(UNKNOWN, 0)
    assert not breaker.is_closed
    assert not breaker.admits(OPEN_MS - 1)


@pytest.mark.parametrize("outcome", [REFUSED, THROTTLED])
def test_a_refusal_and_a_throttled_call_are_no_failures(outcome):
    breaker = Breaker()
    for _ in range(3 * FAILURES_IN_A_ROW):
        breaker.heard(outcome, 0)
    assert breaker.is_closed


def test_after_its_time_one_call_finds_out_and_its_answer_closes_the_breaker():
    breaker = opened()
    assert [breaker.admits(OPEN_MS) for _ in range(3)] == [True, False, False]
    breaker.heard(OK, OPEN_MS + 5)
    assert breaker.is_closed
    assert breaker.statistics() == {"open": False, "opened": 1}


def test_a_call_that_finds_it_still_down_doubles_the_time_up_to_a_bound():
    breaker, now, waits = opened(), 0, []
    for _ in range(8):
        waits.append(breaker.wait_ms(now))
        now += waits[-1]
        assert breaker.admits(now)
        breaker.heard(UNKNOWN, now)
    assert waits[:4] == [OPEN_MS, 2 * OPEN_MS, 4 * OPEN_MS, 8 * OPEN_MS]
    assert set(waits[4:]) == {OPEN_AT_MOST_MS}


def test_a_call_that_is_throttled_while_it_finds_out_is_no_failure_and_another_finds_out():
    breaker = opened()
    assert breaker.admits(OPEN_MS)
    breaker.heard(THROTTLED, OPEN_MS)
    assert (breaker.admits(OPEN_MS), breaker.opened) == (True, 1)


def test_failures_of_calls_that_were_under_way_when_it_opened_do_not_count():
    breaker = opened()
    for _ in range(50):
        breaker.heard(UNAVAILABLE, 10)
    assert (breaker.wait_ms(0), breaker.opened) == (OPEN_MS, 1)


def test_a_call_that_is_not_made_after_all_lets_another_find_out():
    breaker = opened()
    assert breaker.admits(OPEN_MS)
    breaker.let_go()
    assert breaker.admits(OPEN_MS)
