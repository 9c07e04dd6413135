"""The pain: orders are gone and their reservations stay, or are given back twice and fall below zero."""

from contracts.inventory import ReleaseReservation
from sim.run import run_plan
from tests.support.bugs import reservation_kept
from tests.support.bugs_of_pains import released_as_often_as_asked
from tests.support.saved import broken_in, saved
from tests.support.shop import an_order, id_of

PLAN = saved("orphaned_reservations")


async def what_is_reserved(world):
    """An order is cancelled, and its release is asked for twice more by others who think it is theirs to do."""
    order = an_order(("TEA", 2), channel="phone")
    await world.place(order)
    await world.until(lambda: world.axes(order)[0] == "accepted")
    await world.cancel(order)
    await world.ended(order)
    for name in ("again", "and again"):
        world.record(
            "inventory", "default", ReleaseReservation(id_of(order), "default", name), name, id_of(order)
        )
    await world.wait(1_000)
    return len(world.reservations()), world.stock("TEA")


async def test_a_reservation_is_given_back_once_however_often_that_is_asked(open_world):
    assert await what_is_reserved(await open_world()) == (0, (1000, 0))


async def test_with_a_release_that_does_not_look_reserved_falls_below_zero(open_world, monkeypatch):
    released_as_often_as_asked(monkeypatch)
    assert await what_is_reserved(await open_world()) == (0, (1004, -4))


async def test_with_a_release_that_is_forgotten_the_reservation_stays_for_ever(open_world, monkeypatch):
    reservation_kept(monkeypatch)
    assert await what_is_reserved(await open_world()) == (1, (998, 2))


def test_among_cancellations_crashes_and_retries_no_reservation_outlives_its_order():
    result = run_plan(PLAN).result
    assert result.verdict == "held", result.because
    assert next(one for one in result.invariants if one.id == "Q2").at_risk > 2


def test_with_a_release_that_is_forgotten_the_plan_shows_orphans(monkeypatch):
    reservation_kept(monkeypatch)
    assert "Q2" in broken_in(PLAN)
