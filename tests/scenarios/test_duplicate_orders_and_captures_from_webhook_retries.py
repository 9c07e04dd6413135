"""The pain: a storefront sends its webhook again, and there are two orders, two sales orders, two captures."""

import pytest

from tests.support.bugs import blind_retry, no_duplicate_check
from tests.support.bugs_of_pains import a_new_key_for_every_try
from tests.support.script import lost_after
from tests.support.shop import an_order


async def what_is_there(world):
    """One delivery, the same again, one under another key; the answers of ERP and provider are lost."""
    order = an_order(pay=[("tok_visa", 2_000)])
    world.script.next("erp/sales_orders", lost_after)
    world.script.next("payments/captures", lost_after)
    statuses = []
    for key in ("delivery-1", "delivery-1", "delivery-2"):
        statuses.append((await world.place(order, key)).status)
        await world.wait(100)
    await world.wait(60_000)
    books = world.books()
    orders = len(world.facts("order.received"))
    return statuses, {"orders": orders, "sales orders": len(books["erp"]), "captures": len(books["captured"])}


async def test_a_webhook_sent_again_is_one_order_one_sales_order_and_one_capture(open_world):
    statuses, there = await what_is_there(await open_world())
    assert statuses == [202, 202, 409]
    assert there == {"orders": 1, "sales orders": 1, "captures": 1}


@pytest.mark.parametrize(
    "bug, twice",
    [(no_duplicate_check, "orders"), (blind_retry, "sales orders"), (a_new_key_for_every_try, "captures")],
    ids=lambda value: getattr(value, "__name__", value),
)
async def test_with_the_bug_there_are_two(open_world, monkeypatch, bug, twice):
    bug(monkeypatch)
    _, there = await what_is_there(await open_world())
    assert there == {"orders": 1, "sales orders": 1, "captures": 1} | {twice: 2}
