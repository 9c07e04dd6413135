"""Events: what happened, told once each, in order, a page at a time or as it happens, and never who it was about."""

import json
from contextlib import asynccontextmanager
from typing import Any

import pytest
import trio
from httpx_sse import EventSource

from contracts.catalogue import PUBLISHED, published
from contracts.vocabulary import VOCABULARY
from gateway.feed import Cursor, NoCursor, cursor_of
from gateway.resources import events
from tests.support.gateway import PROBLEM_FIELDS, numbered, opened

# A stream that is left before its end leaves the HTTP client's own generators half-read: its warning, not ours.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")

NEEDED = {
    "specversion",
    "id",
    "source",
    "type",
    "subject",
    "time",
    "datacontenttype",
    "partitionkey",
    "sequence",
    "data",
}


@pytest.fixture
async def door(tmp_path):
    async with opened(tmp_path) as one:
        yield one


async def an_order(door, number):
    """The id of an order that has come to rest."""
    answer = await door.post(numbered(number), f"key-{number}")
    order = await door.rest(answer.headers["location"])
    assert order["order_status"] == "completed"
    return order["order_id"]


async def everything(door, query=""):
    """Every event so far, page by page."""
    found: list[Any] = []
    path: str | None = f"/v1/events?limit=7{query}"
    while path:
        answer = await door.get(path)
        assert answer.status_code == 200, answer.text
        found += answer.json()["items"]
        link = answer.headers.get("link")
        path = link.partition(">")[0].removeprefix("<") if link else None
    return found


class Reader:
    """A stream's events, one after the other, by a parser of the W3C's format for server-sent events."""

    def __init__(self, response):
        self._lines = response.aiter_lines()
        self.id = None

    async def next(self):
        """(event's type, data), or None at the stream's end."""
        type_, data = "message", list[str]()
        with trio.fail_after(10):
            async for line in self._lines:
                if not line and data:
                    return type_, json.loads("\n".join(data))
                name, _, value = line.partition(":")
                if name == "id":
                    self.id = value.strip()
                elif name == "event":
                    type_ = value.strip()
                elif name == "data":
                    data.append(value.strip())
        return None


@asynccontextmanager
async def streaming(door, path="/v1/events/stream", **headers):
    async with door.client.stream("GET", path, headers=headers) as response:
        assert response.status_code == 200, await response.aread()
        assert response.headers["content-type"].startswith("text/event-stream")
        reader = Reader(response)
        assert (await reader.next())[0] == "stream.opened"
        yield reader


def test_every_fact_that_is_told_has_a_contract():
    assert set(published()) <= set(VOCABULARY)
    assert all(PUBLISHED.values())


def test_a_cursor_says_nothing_and_comes_back_as_it_went():
    for cursor in (Cursor(0, -1, -1), Cursor(7, 0, 0), Cursor(123_456, 999, 3)):
        assert cursor_of(cursor.text()) == cursor
    for wrong in ("", "x", "MTIz", "é", "0.0.0", "MS4yLjMuNA"):
        with pytest.raises(NoCursor):
            cursor_of(wrong)


async def test_what_became_of_an_order_is_told_in_the_order_in_which_it_happened(door):
    order_id = await an_order(door, 1)
    told = [event for event in await everything(door) if event["subject"] == order_id]
    types = [event["type"] for event in told]
    assert types[0] == "retail.order.received.v1"
    for before, after in (
        ("payment.authorized", "inventory.reserved"), ("inventory.reserved", "order.accepted"),
        ("order.accepted", "shipment.dispatched"), ("shipment.dispatched", "invoice.issued"),
        ("invoice.issued", "payment.captured"), ("payment.captured", "order.completed"),
    ):  # fmt: skip
        assert types.index(f"retail.{before}.v1") < types.index(f"retail.{after}.v1")
    assert all(set(event) >= NEEDED for event in told)
    assert len({event["id"] for event in told}) == len(told)
    assert types.count("retail.shipment.dispatched.v1") == 1, "whoever takes a fact does not tell it again"
    accepted = told[types.index("retail.order.accepted.v1")]
    assert (accepted["source"], accepted["partitionkey"]) == ("/tidegate/orders", order_id)


async def test_per_key_the_sequence_only_grows(door):
    for number in range(1, 4):
        await an_order(door, number)
    last: dict[tuple[str, str], tuple[int, ...]] = {}
    for event in await everything(door):
        at = (event["source"], event["partitionkey"])
        sequence = tuple(map(int, event["sequence"].split(".")))
        assert sequence > last.get(at, (0, -1))
        last[at] = sequence


async def test_no_event_holds_anything_of_the_person(door):
    await an_order(door, 1)
    order = numbered(1)
    told = await everything(door)
    text = json.dumps(told)
    for private in (order["contact"]["name"], order["contact"]["email"], order["ship_to"]["lines"][0]):
        assert private not in text
    received = next(event for event in told if event["type"] == "retail.order.received.v1")
    assert received["piiref"]
    assert "contact" not in received["data"]


async def test_pages_by_type_and_subject_hold_what_was_asked_for(door):
    first, second = await an_order(door, 1), await an_order(door, 2)
    orders = await everything(door, "&type=order.*")
    assert {event["type"].split(".")[1] for event in orders} == {"order"}
    assert {event["subject"] for event in orders} == {first, second}
    some = await everything(door, f"&type=order.accepted,payment.captured&subject={second}")
    assert [event["type"] for event in some] == ["retail.order.accepted.v1", "retail.payment.captured.v1"]


async def test_a_page_read_to_the_end_goes_on_with_what_comes_later(door):
    await an_order(door, 1)
    answer = (await door.get("/v1/events?limit=200&type=order.*")).json()
    while answer["more"]:
        answer = (await door.get(f"/v1/events?limit=200&type=order.*&after={answer['after']}")).json()
    second = await an_order(door, 2)
    later = (await door.get(f"/v1/events?limit=200&type=order.*&after={answer['after']}")).json()["items"]
    assert {event["subject"] for event in later} == {second}


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("type=order.unheard", 400, "invalid-parameter"),
        ("type=nonsense", 400, "invalid-parameter"),
        ("after=nonsense", 400, "invalid-parameter"),
        ("limit=0", 400, "invalid-parameter"),
        ("unknown=1", 400, "invalid-parameter"),
        (f"after={Cursor(10**9, 0, 0).text()}", 410, "cursor-expired"),
    ],
)
async def test_a_question_that_makes_no_sense_is_refused_with_its_reason(door, query, status, code):
    for path in ("/v1/events", "/v1/events/stream"):
        if path.endswith("stream") and query.startswith("limit"):
            continue
        answer = await door.get(f"{path}?{query}")
        assert (answer.status_code, answer.json()["code"]) == (status, code)
        assert set(answer.json()) >= PROBLEM_FIELDS


async def test_a_stream_tells_what_happens_as_it_happens_and_the_same_as_the_pages(door):
    await an_order(door, 1)
    async with streaming(door, "/v1/events/stream?type=order.*") as reader:
        order_id = await an_order(door, 2)
        told = list[Any]()
        while not told or told[-1]["type"] != "retail.order.completed.v1":
            type_, event = await reader.next()
            assert type_ == event["type"]
            told.append(event)
    assert {event["subject"] for event in told} == {order_id}
    assert told == await everything(door, f"&type=order.*&subject={order_id}")


async def test_a_parser_that_others_wrote_reads_a_stream_as_it_is_meant(door):
    await an_order(door, 1)
    whole, told, at = await everything(door), list[Any](), Cursor(0, -1, -1).text()
    for half in (len(whole) // 2, len(whole)):
        async with door.client.stream("GET", f"/v1/events/stream?after={at}") as response:
            with trio.fail_after(10):
                async for event in EventSource(response).aiter_sse():
                    if event.event == "stream.opened":
                        assert (event.id, event.retry, event.data) == (at, events.RETRY_MS, "{}")
                        continue
                    told.append(event.json())
                    assert event.event == told[-1]["type"]
                    at = event.id
                    if len(told) == half:
                        break
    assert told == whole


async def test_a_stream_taken_up_again_ten_times_tells_each_event_once_in_order(door):
    for number in range(1, 4):
        await an_order(door, number)
    whole = await everything(door)
    told, last = list[Any](), Cursor(0, -1, -1).text()
    for n in range(10):
        async with streaming(door, **{"last-event-id": last}) as reader:
            for _ in range(len(whole) // 10 if n < 9 else len(whole) - len(told)):
                told.append((await reader.next())[1])
            last = reader.id
    assert told == whole
    with trio.fail_after(10):
        while door.feed.streams:
            await trio.sleep(0.01)


async def test_a_silent_stream_beats_and_says_where_it_stands(door, monkeypatch):
    monkeypatch.setattr(events, "HEARTBEAT_SECONDS", 0.05)
    async with door.client.stream("GET", "/v1/events/stream?type=customer.erased") as response:
        beats = 0
        with trio.fail_after(10):
            async for line in response.aiter_lines():
                beats += line.startswith(": heartbeat")
                if beats == 3:
                    break
    assert beats == 3


async def test_a_stream_ends_with_its_key_and_with_the_process(door, monkeypatch):
    monkeypatch.setattr(events, "HEARTBEAT_SECONDS", 0.05)
    key, secret = door.access.create("a reader", scopes=("events:read",))
    async with streaming(door, authorization=f"Bearer {secret}") as reader, streaming(door) as other:
        door.access.revoke(key.id)
        assert (await reader.next()) == ("stream.closing", {"reason": "key-revoked"})
        assert await reader.next() is None
        door.shutdown.set()
        assert (await other.next()) == ("stream.closing", {"reason": "shutting-down"})
    with trio.fail_after(10):
        await door.ended.wait()


async def test_events_are_for_keys_that_may_read_them(door):
    _, secret = door.access.create("another", scopes=("orders:read",))
    for path in ("/v1/events", "/v1/events/stream"):
        answer = await door.get(path, authorization=f"Bearer {secret}")
        assert (answer.status_code, answer.json()["code"]) == (403, "insufficient-scope")


async def test_more_streams_than_there_is_room_for_are_refused(door, monkeypatch):
    monkeypatch.setattr(events, "STREAMS_AT_MOST", 1)
    async with streaming(door):
        answer = await door.get("/v1/events/stream")
        assert (answer.status_code, answer.json()["code"]) == (503, "temporary-reduced-capacity")
