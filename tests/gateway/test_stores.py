"""Stores through the door: what is collected at a counter, and what a person decides over a till's file."""

import pytest

from actors.connectors.tills import calls_of
from actors.runtime.intake import Call
from contracts.inventory import ReceiveStock, StockRow
from tests.gateway.test_desks import say, until
from tests.support.gateway import PROBLEM_FIELDS, numbered, opened
from tests.support.tills import text_of

WRONG = text_of(total="2,4,8.76,1.75,3.00,7.50")
FILE = "/v1/stores/ST1/till-files/ST1-1-0001"


@pytest.fixture
async def door(tmp_path):
    async with opened(tmp_path) as one:
        yield one


async def a_pickup(door):
    """An order that lies in ST2."""
    rows = (StockRow("85123A", "ST2", 20),)
    receipt = ReceiveStock("default", "store", rows)
    call = Call(
        "ops", "RECORD", "seed", "store", "", "inventory", "default", "store", receipt, sheddable=False
    )
    door.system.door.take_record_nowait(call)
    order = numbered(1, delivery={"service": "pickup", "pickup_location": "ST2"})
    location = (await door.post(order, "o")).headers["location"]
    await until(door, location, lambda one: one["erp_status"] == "acknowledged")
    return location


async def test_an_order_is_handed_over_once_and_only_where_it_waits(door):
    location = await a_pickup(door)
    wrong = await say(door, f"{location}/collections", {"collected_at": "now"}, "a")
    assert (wrong.status_code, set(wrong.json())) == (422, PROBLEM_FIELDS)
    assert {error["pointer"] for error in wrong.json()["errors"]} == {"/collection_id", "/collected_at"}
    slip = {"collection_id": "COL-1", "by": "eve"}
    told = await say(door, f"{location}/collections", slip, "b")
    order_id = location.rpartition("/")[2]
    assert told.status_code == 200
    assert told.json() == {"order_id": order_id, "collection_id": "COL-1", "status": "collected"}
    again = await say(door, f"{location}/collections", slip, "b")
    assert (again.content, again.headers["idempotent-replayed"]) == (told.content, "true")
    second = await say(door, f"{location}/collections", {"collection_id": "COL-2"}, "c")
    assert (second.status_code, second.json()["code"]) == (409, "not-waiting")
    assert (await door.rest(location))["fulfillment_status"] == "dispatched"


async def test_what_is_sent_or_unknown_is_not_handed_over(door):
    location = (await door.post(numbered(2), "o")).headers["location"]
    await door.rest(location)
    slip = {"collection_id": "COL-1"}
    assert (await say(door, f"{location}/collections", slip, "a")).json()["code"] == "not-waiting"
    nobody = "/v1/orders/ord_" + "a" * 26
    assert (await say(door, f"{nobody}/collections", slip, "b")).status_code == 404


async def test_a_till_file_that_waits_shows_both_counts_and_is_decided_once(door):
    (record,) = calls_of("ST1", "ST1-1-0001.csv", WRONG.encode())
    door.system.door.take_record_nowait(record)
    file = await until(door, FILE, lambda one: one["status"] == "waiting")
    assert (file["counted"]["net_minor"], file["receipts"]["net_minor"]) == (876, 875)
    assert file["differences"] == ["net: the till counted 8.76 GBP, its receipts come to 8.75 GBP"]
    assert len(file["exceptions"]) == 1
    listed = (await door.get("/v1/stores/ST1/till-files")).json()["items"]
    assert [(row["file_id"], row["status"]) for row in listed] == [("ST1-1-0001", "waiting")]
    wrong = await say(door, f"{FILE}/resolution", {"action": "burn"}, "a")
    assert {error["pointer"] for error in wrong.json()["errors"]} == {"/action", "/reason"}
    decision = {"action": "discard", "reason": "rung up twice"}
    decided = await say(door, f"{FILE}/resolution", decision, "b")
    assert (decided.status_code, decided.json()) == (202, {"status": "discarded", "file_id": "ST1-1-0001"})
    late = await say(door, f"{FILE}/resolution", decision, "c")
    assert (late.status_code, late.json()["code"]) == (409, "not-waiting")
    assert (await door.get(FILE)).json()["status"] == "discarded"


async def test_a_store_or_file_that_is_not_there_is_not_found(door):
    for path in ("/v1/stores/ST9/till-files", "/v1/stores/ST9/till-files/x", "/v1/stores/ST1/till-files/x"):
        assert (await door.get(path)).status_code == 404
    decision = {"action": "post", "reason": "counted again"}
    gone = await say(door, "/v1/stores/ST1/till-files/x/resolution", decision, "a")
    assert (gone.status_code, gone.json()["code"]) == (404, "not-waiting")
