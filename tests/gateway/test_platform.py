"""The platform through the door: partners' files, parked work, connectors, metrics."""

import re

import pytest
import trio

from actors.domains.inventory.actor import INVENTORY
from actors.runtime.intake import Call
from actors.system import System
from contracts.inventory import StockRow
from contracts.stock import TakeStock
from tests.support.gateway import PROBLEM_FIELDS, numbered, opened

# The warehouse takes its time: what has left its file tells.
SLOW = {"pick_min_ms": 600_000, "pick_max_ms": 600_000}
CONFIRMATIONS = "/v1/partner-files/warehouse/confirmations"


@pytest.fixture
async def door(tmp_path):
    async with opened(tmp_path, twins=SLOW) as one:
        yield one


async def released(door):
    """(order's path, its confirmation in the warehouse's own words)."""
    answer = await door.post(numbered(1), "order")
    order_id = answer.json()["order_id"]
    with trio.fail_after(20):
        while not (items := (await door.get(f"/v1/fulfillment-orders?order_id={order_id}")).json()["items"]):
            await trio.sleep(0.02)
    id_ = items[0]["fulfillment_order_id"]
    record = {"depositor_order": id_, "ref": order_id, "shipment": "S-1", "tracking": "1Z", "shipped_at": 1}
    await door.quiet()
    return answer.headers["location"], record


async def test_a_partners_file_is_taken_once_and_each_record_is_acknowledged(door):
    location, record = await released(door)
    body = {
        "control_number": "945-1",
        "records": [record, {"ref": "ord_x"}, {**record, "shipped_at": "soon"}],
    }
    taken = await door.say(CONFIRMATIONS, body, "a")
    assert (taken.status_code, taken.json()["taken"], taken.json()["rejected"]) == (202, 1, 2), taken.text
    assert [one["status"] for one in taken.json()["records"]] == ["taken", "rejected", "rejected"]
    assert "depositor_order" in taken.json()["records"][1]["detail"]
    assert (await door.say(CONFIRMATIONS, body, "a")).content == taken.content
    assert (await door.rest(location))["order_status"] == "completed"
    twice = await door.say(CONFIRMATIONS, body, "b")
    assert (twice.status_code, twice.json()["code"]) == (409, "duplicate-control-number")
    assert set(twice.json()) == PROBLEM_FIELDS
    other = await door.say(CONFIRMATIONS, {"control_number": "945-2", "records": [record]}, "c")
    assert other.status_code == 202
    await door.quiet()
    shipments = (await door.get(f"/v1/shipments?order_id={record['ref']}")).json()["items"]
    assert [one["shipment_id"] for one in shipments] == ["S-1"]
    files = (await door.get(CONFIRMATIONS)).json()["items"]
    assert [(one["control_number"], one["taken"], one["rejected"]) for one in files] == [
        ("945-1", 1, 2),
        ("945-2", 1, 0),
    ]
    page = await door.get(f"{CONFIRMATIONS}?limit=1")
    assert [one["control_number"] for one in page.json()["items"]] == ["945-1"]
    assert "link" in page.headers


async def test_no_file_of_what_is_unknown_or_personal_is_taken_and_it_leaves_no_turn(door):
    before = door.turns()
    body = {"control_number": "1", "records": [{}]}
    for path in ("warehouse/poems", "erp/customer_changes", "nobody/confirmations"):
        assert (await door.say(f"/v1/partner-files/{path}", body, path)).status_code == 404
        assert (await door.get(f"/v1/partner-files/{path}")).status_code == 404
    wrong = await door.say(CONFIRMATIONS, {"records": [], "colour": 1}, "a")
    assert {error["pointer"] for error in wrong.json()["errors"]} == {
        "/control_number", "/records", "/colour",
    }  # fmt: skip
    assert (await door.get(CONFIRMATIONS)).json()["items"] == []
    assert door.turns() == before


async def test_what_could_not_be_worked_on_is_listed_with_its_reason(door, monkeypatch):
    def broken(state, message, at):
        raise ValueError("a bug of ours")

    assert (await door.get("/v1/parked")).json()["items"] == []
    monkeypatch.setitem(INVENTORY.handlers, "inventory.take_stock", broken)
    for n in (1, 2):
        command = TakeStock("default", f"till-{n}", (StockRow("22423", "STORE-1", 1),))
        call = Call("tests", "RECORD", "tests", f"t{n}", "", "inventory", "default", "till", command)
        door.system.door.take_record_nowait(call)
    await door.quiet()
    first, second = (await door.get("/v1/parked")).json()["items"]
    assert (first["actor"], first["key"], first["subject"]) == ("inventory", "default", "till")
    assert (first["message_type"], first["behind"]) == ("inventory.take_stock", None)
    assert "a bug of ours" in first["reason"]
    assert second["behind"]
    page = await door.get("/v1/parked?limit=1&actor=inventory")
    path = page.headers["link"].partition(">")[0].removeprefix("<")
    assert (await door.get(path)).json()["items"] == [second]
    assert (await door.get("/v1/parked?actor=catalog")).json()["items"] == []
    assert (await door.get("/v1/parked?actor=nobody")).status_code == 400


async def test_a_connector_says_what_waits_and_what_is_left_alone(door):
    order = await door.post(numbered(1), "order")
    await door.quiet()
    assert order.status_code == 202
    whole = (await door.get("/v1/connectors")).json()["items"]
    assert {"payments", "erp", "warehouse"} <= {one["connector_id"] for one in whole}
    told = (await door.get("/v1/connectors/payments")).json()
    assert (told["waiting"], told["in_flight"]) == (0, 0)
    assert told["calls"] >= 1
    assert told["limits"]["rate_per_s"] > 0
    assert {one["operation"]: one["open"] for one in told["breakers"]}["payments.capture"] is False
    assert (await door.get("/v1/connectors/nobody")).status_code == 404


async def test_metrics_are_numbers_that_others_can_read_and_need_the_scope_ops(door):
    answer = await door.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    row = re.compile(r'[a-zA-Z_][a-zA-Z0-9_]*(\{[a-z]+="[^"]*"(,[a-z]+="[^"]*")*\})? -?[0-9.e+-]+')
    rows = [line for line in answer.text.splitlines() if not line.startswith("#")]
    assert [line for line in rows if not row.fullmatch(line)] == []
    assert any(line.startswith('tidegate_pumps_calls{system="payments"} ') for line in rows)
    assert len(rows) == len({line.partition(" ")[0] for line in rows})
    _, reader = door.access.create("reader", ["orders:read"])
    assert (await door.get("/metrics", authorization=f"Bearer {reader}")).status_code == 403


async def test_a_connector_is_slowed_down_by_whoever_has_seen_it_and_stays_so(door):
    path = "/v1/connectors/erp"
    seen = (await door.get(path)).json()
    slow = {"rate_per_s": 2, "burst": 1, "reason": "the ERP asks us to"}
    blind = await door.client.patch(path, json=slow)
    assert (blind.status_code, blind.json()["code"]) == (428, "precondition-required")
    headers = {"if-match": f'"{seen["policy_version"]}"'}
    answer = await door.client.patch(path, json=slow, headers=headers)
    assert (answer.status_code, answer.json()) == (200, {"connector_id": "erp", "status": "set"}), answer.text
    told = (await door.get(path)).json()
    assert (told["limits"]["rate_per_s"], told["limits"]["burst"]) == (2, 1)
    assert told["limits"]["concurrency"] == seen["limits"]["concurrency"]
    assert answer.headers["etag"].strip('"') == told["policy_version"]
    stale = await door.client.patch(path, json=slow, headers=headers)
    assert (stale.status_code, stale.json()["code"]) == (412, "precondition-failed")
    much = {"rate_per_s": 100_000, "concurrency": 10_000, "reason": "faster"}
    over = await door.client.patch(path, json=much, headers={"if-match": "*"})
    assert {error["pointer"] for error in over.json()["errors"]} == {"/rate_per_s", "/concurrency"}
    wrong = await door.client.patch(path, json={**much, "burst": 0}, headers={"if-match": "*"})
    assert {error["pointer"] for error in wrong.json()["errors"]} == {"/burst"}
    assert (await door.client.patch("/v1/connectors/x", json=slow)).status_code == 404
    again = System(door.system.ports, door.system.settings)
    assert again.pumps["erp"].limits.rate_per_s == 2
    assert again.pumps["tax"].limits == door.system.pumps["tax"].limits
