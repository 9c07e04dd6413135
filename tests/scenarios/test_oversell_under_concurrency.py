"""The pain: many customers at once, little stock, and more is sold than there ever was."""

from sim.run import run_plan
from tests.support.bugs_of_pains import stock_of_a_while_ago
from tests.support.saved import broken_in, saved

PLAN = saved("oversell_under_concurrency")


def test_the_last_units_are_sold_once_however_many_want_them_at_once():
    result = run_plan(PLAN).result
    assert result.verdict == "held", result.because
    (oversell,) = [one for one in result.invariants if one.id == "A5"]
    assert oversell.at_risk > 20


def test_with_levels_of_a_while_ago_more_is_sold_than_there_was(monkeypatch):
    stock_of_a_while_ago(monkeypatch)
    assert broken_in(PLAN) & {"A2", "A5"} == {"A2", "A5"}
