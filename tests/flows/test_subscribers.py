"""CRM, planning and BI: one connector, a mapping table each; erased people are forgotten there as well."""

from typing import Any

from contracts.customers import EraseCustomer
from contracts.orders import Person
from contracts.ports import SYSTEMS, ForeignRequest, ForeignResponse
from contracts.subscribers import FIELDS, SUBSCRIBERS
from tests.support.script import lost_after, unreachable
from tests.support.sendings import send_back
from tests.support.shop import an_order, id_of
from tests.support.world import World

EVERY_MS = 5_000
READER = Person("A. Person", "a@person.example", "+44 1")


def book(world: World, name: str, kind: str) -> dict[str, dict[str, Any]]:
    """What a subscriber has of a kind of thing, by reference, without versions."""
    rows = world.twins.books()[name]["books"].get(name, {}).get(kind, [])
    return {row["ref"]: {name: row[name] for name in row if name not in ("ref", "version")} for row in rows}


def test_a_mapping_names_only_what_can_be_told_and_a_port_there_is():
    for name, subscriber in SUBSCRIBERS.items():
        assert subscriber.system in SYSTEMS
        assert subscriber.slower >= 1
        for feed in subscriber.feeds:
            assert {ours for ours, _ in feed.fields} <= set(FIELDS[feed.kind]), (name, feed.name)
            theirs = [one for _, one in feed.fields]
            assert len(set(theirs)) == len(theirs)


async def test_every_field_that_can_be_mapped_is_told(open_world):
    world = await open_world(sync_every_ms=EVERY_MS)
    order = an_order(("TEA", 2), contact=READER, customer_id="C-1")
    await world.play(order)
    await send_back(world, order, ("1", 1))
    await world.quiet()
    for name, subscriber in SUBSCRIBERS.items():
        if subscriber.channel in ("", "web") and subscriber.system != "mail":
            for feed in subscriber.feeds:
                books = world.twins.books()[subscriber.system]["books"][name]
                told = {name for row in books[feed.name] for name in row} - {"ref", "version"}
                empty = {"reason"} if subscriber.form == "files" else set()
                assert told == {theirs for _, theirs in feed.fields} - empty, (name, feed.name)


async def test_the_crm_has_customers_and_what_they_ordered(open_world):
    world = await open_world(sync_every_ms=EVERY_MS)
    order = an_order(("TEA", 2), contact=READER, customer_id="C-1")
    await world.play(order)
    assert book(world, "crm", "contacts") == {
        "C-1": {
            "id": "C-1", "state": "known", "full_name": "A. Person", "email": "a@person.example",
            "phone": "+44 1",
        }
    }  # fmt: skip
    assert book(world, "crm", "deals") == {
        id_of(order): {
            "number": "W1", "source": "web", "contact": "C-1", "stage": "completed", "amount": 510,
            "currency": "GBP",
        }
    }  # fmt: skip


async def test_the_crm_forgets_whoever_is_erased_and_keeps_the_order(open_world):
    world = await open_world(sync_every_ms=EVERY_MS)
    order = an_order(contact=READER, customer_id="C-1")
    await world.play(order)
    world.record("customers", "C-1", EraseCustomer("C-1", "desk", "requested"), "erase", "C-1")
    await world.until(lambda: world.facts("customer.erased"))
    await world.quiet()
    (contact,) = book(world, "crm", "contacts").values()
    assert contact == {"id": "C-1", "state": "erased", "full_name": None, "email": None, "phone": None}
    assert book(world, "crm", "deals")[id_of(order)]["stage"] == "completed"


async def test_whoever_is_erased_while_the_crm_is_away_is_never_named_to_it(open_world):
    world = await open_world(sync_every_ms=EVERY_MS)
    world.script.always["crm/items:push"] = unreachable
    order = an_order(contact=READER, customer_id="C-1")
    await world.place(order)
    await world.until(lambda: world.state(order).order_status == "completed")
    world.record("customers", "C-1", EraseCustomer("C-1", "desk", "requested"), "erase", "C-1")
    await world.until(lambda: world.facts("customer.erased"))
    heard: list[ForeignRequest] = []

    async def overheard(script: Any, request: ForeignRequest) -> ForeignResponse:
        heard.append(request)
        answer: ForeignResponse = await script.inner.call(request)
        return answer

    world.script.always["crm/items:push"] = overheard
    await world.quiet()
    assert heard
    assert not [request for request in heard if "person.example" in repr(request.body)]
    assert book(world, "crm", "contacts")["C-1"]["state"] == "erased"


async def test_planning_has_the_days_sales_margin_stock_and_open_orders(open_world):
    world = await open_world(sync_every_ms=EVERY_MS)
    order = an_order(("TEA", 2), ("SOAP", 1))
    await world.play(order)
    (day,) = book(world, "planning", "daily_sales").values()
    # 510 with a sixth of tax in it, 495 with a 21st; two at 100 and one at 150.
    assert (day["sales"], day["returns"], day["cost"], day["margin"]) == (425 + 471, 0, 350, 546)
    tea = {"on_hand": 1_003, "free": 1_003, "promised": 0, "backlog": 0}
    assert book(world, "planning", "stock")["TEA"] == tea
    await send_back(world, order, ("1", 2))
    waiting = an_order(("MUG", 5), n=2, channel="preorder")
    await world.place(waiting)
    await world.wait(25 * EVERY_MS)
    (day,) = book(world, "planning", "daily_sales").values()
    assert (day["returns"], day["cost"], day["margin"]) == (425, 150, 321)
    assert book(world, "planning", "stock")["MUG"]["backlog"] == 2
    assert book(world, "planning", "open_orders")[id_of(waiting)]["state"] == "accepted"


async def test_days_are_the_same_after_a_restart(open_world):
    world = await open_world(sync_every_ms=EVERY_MS)
    await world.play(an_order(n=1))
    before = book(world, "planning", "daily_sales")
    await world.restart()
    await world.quiet()
    assert book(world, "planning", "daily_sales") == before
    await world.play(an_order(n=2))
    (day,) = book(world, "planning", "daily_sales").values()
    assert day["sales"] == 2 * 425


async def test_bi_gets_files_named_by_their_watermark_and_a_lost_answer_does_no_harm(open_world):
    world = await open_world(sync_every_ms=EVERY_MS)
    world.script.next("bi/files:put", lost_after)
    orders = [an_order(n=n) for n in range(5)]
    for order in orders:
        await world.place(order)
    await world.ended(*orders, within_ms=600_000)
    rows = book(world, "bi", "fact_order")
    assert sorted(row["order_no"] for row in rows.values()) == [f"W{n}" for n in range(5)]
    assert {row["status"] for row in rows.values()} == {"completed"}
    assert len(book(world, "bi", "fact_shipment")) == 5
    files = world.twins.books()["bi"]["files"]
    names = [file["name"] for file in files if "fact_order" in file["name"]]
    assert names == sorted(names)
    assert all(name.startswith("bi-fact_order-0000") and name.endswith(".csv") for name in names)
