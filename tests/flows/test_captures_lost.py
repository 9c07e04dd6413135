"""Captures that got lost on their way to the ledger: booked as what they were taken for, by what the provider notes."""

import pytest

from actors.connectors.reconcile.repairs import CannotRepair
from tests.flows.test_reconciliations import a_played_world
from tests.support import losing
from tests.support.reconciling import SETTLED_MS, found, repair, run_of
from tests.support.shop import id_of


@pytest.mark.parametrize(
    ("note", "step", "account"),
    [
        ("deposit", "deposit", "2100 customer deposits"),
        ("gift_card gc_1", "gift_card_sold", "2110 gift-card liability"),
    ],
)
async def test_a_capture_that_got_lost_is_booked_as_what_it_was_taken_for(open_world, note, step, account):
    world, order = await a_played_world(open_world)
    at_ms = world.timeline.now_ms()
    losing.capture_behind_our_back(world.twins, id_of(order), 250, at_ms, note)
    await world.wait(SETTLED_MS)
    await run_of(world, "captures")
    (difference,) = found(world, "captures")
    assert await repair(world, "captures", difference.ref) == 202
    booked = [entries for name, entries in world.postings() if name == step]
    assert booked == [[("D", "1200 PSP clearing psp-a", 250), ("C", account, 250)]]
    assert (await run_of(world, "captures")).found == 0


async def test_a_capture_for_what_nobody_here_captures_for_is_not_booked(open_world):
    world, order = await a_played_world(open_world)
    losing.capture_behind_our_back(world.twins, id_of(order), 250, world.timeline.now_ms(), "tip")
    await world.wait(SETTLED_MS)
    await run_of(world, "captures")
    (difference,) = found(world, "captures")
    with pytest.raises(CannotRepair, match="nobody here captures for 'tip'"):
        await repair(world, "captures", difference.ref)
