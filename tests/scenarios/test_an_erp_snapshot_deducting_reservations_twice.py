"""The pain: the ERP's or the warehouse's snapshot is imported, and what is reserved is deducted once more."""

import pytest

from contracts.inventory import StockRow
from contracts.stock import ApplyCount, OpenCount
from tests.support.bugs_of_pains import snapshot_less_what_is_reserved, snapshot_without_a_watermark
from tests.support.shop import an_order


async def what_is_there(world):
    """Two are reserved when the snapshot of 1,000 is made, and three more are sold and leave before it arrives."""
    held, sold = an_order(("TEA", 2), n=1, channel="phone"), an_order(("TEA", 3), n=2)
    await world.place(held)
    await world.until(lambda: world.axes(held)[0] == "accepted")
    world.record("inventory", "default", OpenCount("default", "C1", "WH1", ("TEA",)), "asked for")
    await world.play(sold)
    snapshot = ApplyCount("default", "C1", (StockRow("TEA", "WH1", 1_000),))
    world.record("inventory", "default", snapshot, "snapshot")
    world.record("inventory", "default", snapshot, "and once more")
    await world.until(lambda: world.facts("inventory.snapshot_applied"))
    await world.wait(1_000)
    position = world.system.look("inventory", "default").positions["TEA"]["WH1"]
    return {"on hand": position.on_hand, "available": position.available, "reserved": position.reserved}


async def test_a_snapshot_counts_what_was_there_and_movements_after_it_stay(open_world):
    there = await what_is_there(await open_world())
    assert there == {"on hand": 997, "available": 995, "reserved": 2}


@pytest.mark.parametrize(
    "bug, wrong",
    [
        (snapshot_less_what_is_reserved, {"on hand": 995, "available": 993, "reserved": 2}),
        (snapshot_without_a_watermark, {"on hand": 1_000, "available": 998, "reserved": 2}),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
async def test_with_the_bug_units_vanish_or_come_back_from_nowhere(open_world, monkeypatch, bug, wrong):
    bug(monkeypatch)
    assert await what_is_there(await open_world()) == wrong
