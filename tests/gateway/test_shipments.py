"""Fulfillment through the door: accepted, rejected, held, shipped, seen on its way."""

import pytest
import trio

from tests.support.gateway import PROBLEM_FIELDS, numbered, opened

# The warehouse takes its time: whoever ships tells it here.
SLOW = {"pick_min_ms": 600_000, "pick_max_ms": 600_000}


@pytest.fixture
async def door(tmp_path):
    async with opened(tmp_path, twins=SLOW) as one:
        yield one


async def released(door, number=1, status="released", **changes):
    """(order's path, fulfillment order's id) of one that is so far."""
    answer = await door.post(numbered(number, **changes), f"order-{number}")
    location = answer.headers["location"]
    with trio.fail_after(20):
        while True:
            found = await door.get(f"/v1/fulfillment-orders?order_id={answer.json()['order_id']}")
            if items := found.json()["items"]:
                id_ = items[0]["fulfillment_order_id"]
                if (await door.get(f"/v1/fulfillment-orders/{id_}")).json()["status"] == status:
                    return location, id_
            await trio.sleep(0.02)


def shipment(id_, **changes):
    at = "2026-05-17T12:00:00Z"
    return {
        "fulfillment_order_id": id_,
        "shipment_id": "S-1",
        "tracking": "1Z",
        "dispatched_at": at,
        **changes,
    }


async def test_what_a_partner_ships_completes_the_order_and_is_seen_on_its_way(door):
    location, id_ = await released(door)
    accepted = await door.say(f"/v1/fulfillment-orders/{id_}/accept", None, "a")
    assert (accepted.status_code, accepted.json()["status"]) == (200, "accepted"), accepted.text
    told = await door.get(f"/v1/fulfillment-orders/{id_}")
    assert (told.json()["accepted"], [line["quantity"] for line in told.json()["lines"]]) == (True, [6])
    headers = {"if-none-match": told.headers["etag"]}
    assert (await door.get(f"/v1/fulfillment-orders/{id_}", **headers)).status_code == 304
    sent = await door.say("/v1/shipments", shipment(id_), "b")
    assert (sent.status_code, sent.headers["location"]) == (201, "/v1/shipments/S-1"), sent.text
    assert (await door.say("/v1/shipments", shipment(id_), "b")).content == sent.content
    assert (await door.rest(location))["order_status"] == "completed"
    twice = await door.say("/v1/shipments", shipment(id_), "c")
    assert (twice.status_code, twice.json()["code"]) == (409, "duplicate-shipment")
    path = "/v1/shipments/S-1/tracking-events"
    for n, (status, at) in enumerate((("delivered", "13"), ("in_transit", "12"))):
        seen = await door.say(path, {"status": status, "at": f"2026-05-17T{at}:00:00Z"}, f"t{n}")
        assert seen.status_code == 201
    assert seen.json()["status"] == "superseded"
    await door.quiet()
    one = (await door.get("/v1/shipments/S-1")).json()
    assert (one["status"], one["tracking"], one["fulfillment_order_id"]) == ("delivered", "1Z", id_)
    assert [event["status"] for event in (await door.get(path)).json()["items"]] == ["delivered"]
    (listed,) = (await door.get(f"/v1/shipments?order_id={one['order_id']}&status=delivered")).json()["items"]
    assert listed["shipment_id"] == "S-1"
    assert (await door.get("/v1/shipments/S-2")).status_code == 404


async def test_more_than_is_to_be_shipped_is_refused_by_line(door):
    _, id_ = await released(door)
    over = await door.say("/v1/shipments", shipment(id_, lines=[{"line_id": "1", "quantity": 7}]), "a")
    assert (over.status_code, over.json()["code"]) == (409, "over-ship")
    assert [error["pointer"] for error in over.json()["errors"]] == ["/lines/0"]
    assert set(over.json()) == PROBLEM_FIELDS
    unknown = await door.say("/v1/shipments", shipment(id_, lines=[{"line_id": "9", "quantity": 1}]), "b")
    assert (unknown.status_code, unknown.json()["code"]) == (422, "unknown-line")
    part = shipment(id_, lines=[{"line_id": "1", "quantity": 2}], final=False, shipments=2)
    assert (await door.say("/v1/shipments", part, "c")).status_code == 201
    left = (await door.get(f"/v1/fulfillment-orders/{id_}")).json()
    assert (left["lines"][0]["quantity"], left["shipments"]) == (4, ["S-1"])
    assert (await door.get("/v1/exceptions")).json()["items"] == []


async def test_what_is_not_released_is_neither_accepted_nor_shipped(door):
    location, id_ = await released(door, status="created", channel="phone")
    await door.quiet()
    before = door.turns()
    for path, body in (
        (f"/v1/fulfillment-orders/{id_}/accept", None),
        (f"/v1/fulfillment-orders/{id_}/reject", {"reason": "full"}),
        ("/v1/shipments", shipment(id_)),
    ):
        refused = await door.say(path, body, path)
        assert (refused.status_code, refused.json()["code"]) == (409, "illegal-transition"), path
    assert door.turns() > before
    held = await door.say(f"/v1/fulfillment-orders/{id_}/hold", {"hold_id": "h", "reason": "why"}, "h")
    assert (held.status_code, held.json()["status"]) == (202, "hold-requested")
    with trio.fail_after(10):
        while not (await door.get(f"/v1/fulfillment-orders/{id_}")).json()["held"]:
            await trio.sleep(0.02)
    assert (await door.get(location)).json()["holds"][0]["status"] == "standing"


async def test_what_a_partner_rejects_is_not_shipped_by_it(door):
    location, id_ = await released(door)
    refused = await door.say(f"/v1/fulfillment-orders/{id_}/reject", {"reason": "a flood"}, "a")
    assert (refused.status_code, refused.json()["status"]) == (200, "cancelled"), refused.text
    assert (await door.get(f"/v1/fulfillment-orders/{id_}")).json()["status"] == "cancelled"
    late = await door.say("/v1/shipments", shipment(id_), "b")
    assert (late.status_code, late.json()["code"]) == (409, "illegal-transition")
    path = f"/v1/fulfillment-orders?order_id={(await door.get(location)).json()['order_id']}"
    with trio.fail_after(10):
        while len(items := (await door.get(path)).json()["items"]) < 2:
            await trio.sleep(0.02)
    assert items[0]["location"] != items[1]["location"]


async def test_what_is_unknown_is_404_and_a_bad_body_names_every_field_and_neither_leaves_a_turn(door):
    before = door.turns()
    for path, body in (
        ("/v1/fulfillment-orders/ful_x/accept", None),
        ("/v1/fulfillment-orders/ful_x/reject", {"reason": "full"}),
        ("/v1/fulfillment-orders/ful_x/hold", {"hold_id": "h", "reason": "why"}),
        ("/v1/shipments", shipment("ful_x")),
        ("/v1/shipments/S-9/tracking-events", {"status": "lost", "at": "2026-05-17T12:00:00Z"}),
    ):
        assert (await door.say(path, body, path)).status_code == 404, path
    wrong = await door.say("/v1/shipments", {"shipment_id": "", "lines": [], "colour": 1}, "a")
    assert {error["pointer"] for error in wrong.json()["errors"]} == {
        "/fulfillment_order_id", "/shipment_id", "/tracking", "/dispatched_at", "/lines", "/colour",
    }  # fmt: skip
    assert (await door.get("/v1/shipments?status=eaten")).status_code == 400
    assert door.turns() == before
