"""How long a backlog will take: what goes less what comes, or the whole quota where nothing goes yet."""

from hypothesis import given
from hypothesis import strategies as st

from actors.policies.drain import Drain


def drained(drain, now_ms, came, waiting):
    return drain.forecast(now_ms, came, waiting).drained_in_s


def test_an_hour_of_eight_a_second_that_a_quota_of_twenty_takes_is_gone_in_less():
    drain = Drain(20)
    for minute in range(61):
        drain.note(minute * 60_000, minute * 480, minute * 480)
    told = drain.forecast(3_600_000, 28_800, 28_800)
    assert (told.waiting, told.arriving_per_s, told.leaving_per_s) == (28_800, 8.0, 0.0)
    assert told.drained_in_s == 28_800 / (20 - 8)


def test_what_goes_now_is_reckoned_with_where_it_is_more_than_what_comes():
    drain = Drain(20)
    drain.note(0, 1_000, 1_000)
    assert drained(drain, 60_000, 1_060, 1_060 - 900) == 160 / (15 - 1)


def test_more_than_the_quota_never_drains_and_nothing_takes_no_time():
    drain = Drain(20)
    drain.note(0, 0, 0)
    assert drained(drain, 10_000, 300, 300) is None
    assert drained(drain, 10_000, 300, 0) == 0.0
    assert drained(Drain(20), 5, 40, 40) == 2.0


@given(st.lists(st.tuples(st.integers(0, 400), st.integers(0, 400)), min_size=1, max_size=40))
def test_rates_are_those_of_the_last_minute(steps):
    drain, came, gone, history = Drain(20), 0, 0, []
    for n, (more, fewer) in enumerate(steps):
        came += more
        gone = min(came, gone + fewer)
        drain.note(n * 10_000, came, came - gone)
        history.append((came, gone))
    first = max(0, len(history) - 7)
    span_s = max((len(history) - 1 - first) * 10, 0.001)
    told = drain.forecast((len(history) - 1) * 10_000, came, came - gone)
    assert told.waiting == came - gone
    assert told.arriving_per_s == (came - history[first][0]) / span_s
    assert told.leaving_per_s == (gone - history[first][1]) / span_s
