"""The ERP is down for a whole promotion: the shop goes on, its orders wait on the disk, and go over afterwards.

The short dose has a storm of five minutes, the long one of two hours, at a tenth of a big shop's rates: 1 order/s, and
8 in the promotion. What the system holds in memory has the same bound in both.
"""

import msgspec
import pytest

from actors.connectors.pump import ASIDE_AT_MOST
from actors.journal.sqlite import SqliteJournal
from actors.runtime.backlog import HOT
from actors.runtime.fold import Fold
from contracts.ports import SYSTEMS
from sim.plan import PLANS
from sim.run import run_plan

IN_CI = 2_550
MIB = 1 << 20
# Whatever waits: keys leave after a minute or two, so this is what some minutes of orders are worth.
HELD_AT_MOST = 40 * MIB
AT_REST_AT_MOST = 9 * MIB
# The largest order of the profile, whole, is less than this.
WHOLE_ENTRY = 16 * 1024
PACKED_ENTRY = 32


def with_the_erp_down(orders, tmp_path):
    """The shipped plan, its journal on the disk."""
    plan = msgspec.structs.replace(PLANS["erp-down"], orders=orders)
    journal = SqliteJournal.open(tmp_path, "simulated", durable=False)
    try:
        return run_plan(plan, journal=journal)
    finally:
        journal.close()


def assert_memory_follows_open_work(result):
    """Held by the system, in all and for what waits; at rest hardly anything."""
    looks = result.memory
    assert [look.phase for look in looks] == ["storm"] * 5 + ["heal", "rest"]
    waiting = {told.at_ms: told.waiting for told in result.forecasts if told.system == "erp"}
    for look in looks:
        assert look.held < HELD_AT_MOST, look
        whole = (HOT + ASIDE_AT_MOST) * WHOLE_ENTRY
        assert look.system["backlogs"] < whole + PACKED_ENTRY * waiting.get(look.at_ms, 0), look
    assert looks[-1].held < AT_REST_AT_MOST, looks[-1]


def assert_the_shop_went_on(outcome):
    """Every order accepted and none refused; all over in the ERP in the end, in the time that was forecast."""
    result = outcome.result
    orders = result.orders
    assert result.verdict == "held", (result.because, [one for one in result.invariants if not one.held])
    assert orders.accepted == orders.received == orders.submitted
    assert orders.completed + orders.cancelled == orders.submitted
    assert (orders.rejected, orders.excepted) == (0, 0)
    assert result.latency_ms.accept.p99 is not None
    assert result.latency_ms.accept.p99 < 2_000
    documents = outcome.stage.books["erp"]["documents"]
    assert len(documents) == len({one["external_ref"] for one in documents}) >= orders.completed

    # Nearly everything that the promotion sold waited, and nothing for anybody else.
    limits = SYSTEMS["erp"]
    assert result.backlog_max["erp"] > 0.9 * result.load.orders_in_storm - 2 * limits.rate_per_s
    assert result.stressed == ("erp",)
    (drained,) = result.drains
    assert drained.system == "erp"
    assert drained.leaving_per_s == pytest.approx(limits.rate_per_s, rel=0.1)
    assert drained.forecast_s == pytest.approx(drained.took_s, rel=0.1, abs=4)
    # In the storm it is told too: from when the ERP is there again, beside what goes on coming.
    last = [told for told in result.forecasts if told.system == "erp"][-2]
    assert last.drained_in_s == pytest.approx(last.waiting / (limits.rate_per_s - last.arriving_per_s), 0.01)
    assert 6 < last.arriving_per_s < 10
    assert last.leaving_per_s == 0


def test_a_promotion_of_five_minutes_without_the_erp(tmp_path):
    outcome = with_the_erp_down(IN_CI, tmp_path)
    assert_the_shop_went_on(outcome)
    assert_memory_follows_open_work(outcome.result)


def test_a_journal_on_the_disk_is_the_one_in_memory(tmp_path):
    on_disk = with_the_erp_down(120, tmp_path).result
    in_memory = run_plan(msgspec.structs.replace(PLANS["erp-down"], orders=120)).result
    assert on_disk.journal_sha256 == in_memory.journal_sha256
    assert in_memory.memory == ()


def test_keys_that_never_leave_memory_are_noticed(tmp_path, monkeypatch):
    monkeypatch.setattr(Fold, "rest", lambda self, most, durable: 0)
    result = with_the_erp_down(300, tmp_path).result
    assert result.verdict == "held"
    with pytest.raises(AssertionError):
        assert_memory_follows_open_work(result)


@pytest.mark.slow
def test_a_promotion_of_two_hours_without_the_erp(tmp_path):
    outcome = with_the_erp_down(PLANS["erp-down"].orders, tmp_path)
    assert_the_shop_went_on(outcome)
    assert_memory_follows_open_work(outcome.result)
