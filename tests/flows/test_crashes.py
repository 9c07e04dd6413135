"""The process dies before or after every single commit of a short run: the end is always the same."""

import pytest

from contracts.orders import TERMINAL
from tests.support.shop import an_order, id_of
from tests.support.world import ProcessCrash, in_a_world

# Longer than an ERP is left to settle before it is asked: the rejection always comes before the dispatch.
SLOW_PICK = {"pick_min_ms": 15_000, "pick_max_ms": 15_000}


class CrashOnce:
    """Wraps the journal: the process dies before or after the n-th append after `arm`."""

    def __init__(self, inner, n, after):
        self.inner, self.n, self.after = inner, n, after
        self.armed = False
        self.commits = 0

    async def append(self, group, coordinates, epoch):
        dies = self.armed and self.commits == self.n
        if dies:
            self.armed = False
        if dies and not self.after:
            raise ProcessCrash("before the commit")
        await self.inner.append(group, coordinates, epoch)
        self.commits += self.armed
        if dies:
            raise ProcessCrash("after the commit")

    def __getattr__(self, name):
        return getattr(self.inner, name)


def orders_of_the_run():
    """One that completes, one of two payments, one that is out of stock, one that the ERP rejects."""
    return [
        an_order(("TEA", 2), ("SOAP", 1), n=1),
        an_order(("MUG", 2), n=2, pay=[("tok_visa", 1_500), ("tok_amex", 500)]),
        an_order(("MUG", 4), n=3),
        an_order(("T-ERP-REJECT", 1), n=4),
    ]


async def short_run(world):
    """The orders, with the process started again whenever it dies. What is left in every book."""
    journal = world.ports.journal
    journal.armed = True
    orders = orders_of_the_run()
    answers = []

    async def place(order):
        answers.append(await world.insist(order))

    for order in orders:
        world.nursery.start_soon(place, order)
    await world.keep_alive_until(
        lambda: (
            len(answers) == 4
            and all(world.state(order).order_status in TERMINAL for order in orders)
            and world.system.is_quiet()
        )
    )
    assert all(answer.status == 202 for answer in answers)
    assert world.rebuilt_digest() == world.system.engine.fold.digest()
    books = world.books()
    return (
        {
            "axes": [world.axes(order) for order in orders],
            "reasons": [world.state(order).reason for order in orders],
            "books": {name: sorted(rows) for name, rows in books.items()},
            "postings": sorted(world.postings()),
            "stock": [world.stock(sku) for sku in ("TEA", "SOAP", "MUG", "T-ERP-REJECT")],
            "reserved": world.reservations(),
            "exceptions": world.exceptions(),
        },
        journal.commits,
        world.restarts,
    )


def run_with_a_crash(n, after):
    return in_a_world(short_run, twins=SLOW_PICK, wrap=lambda inner: CrashOnce(inner, n, after), seed=3)


@pytest.fixture(scope="module")
def undisturbed():
    result, commits, restarts = run_with_a_crash(-1, False)
    assert restarts == 0
    return result, commits


def test_the_undisturbed_run_ends_as_it_must(undisturbed):
    result, commits = undisturbed
    done, double, _out, _rejected = orders_of_the_run()
    assert [axes[0] for axes in result["axes"]] == ["completed", "completed", "rejected", "rejected"]
    assert result["books"]["captured"] == sorted(
        [(id_of(done), 1_005), (id_of(double), 1_500), (id_of(double), 500)]
    )
    assert result["books"]["erp"] == sorted([(id_of(done), "open"), (id_of(double), "open")])
    assert result["books"]["shipped"] == sorted([id_of(done), id_of(double)])
    assert commits >= 30


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_crash_at_any_commit_changes_no_end(undisturbed, after):
    expected, commits = undisturbed
    for n in range(commits):
        result, _, restarts = run_with_a_crash(n, after)
        assert restarts == 1, n
        assert result == expected, n
